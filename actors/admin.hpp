#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/context.hpp"
#include "actors/event_desk.hpp"
#include "actors/messages.hpp"

namespace troupe::actors {

/// The actor that consoles and commands attach to: passes questions on, and holds those that wait
/// for finality until it comes or their deadline passes.
class Admin {
 public:
  static constexpr const char* name = "admin";

  /// `height` is that of the newest final block that is stored.
  Admin(AdminCore::pointer self, SharedContext context, NodeActor node, Height height);

  AdminCore::behavior_type make_behavior();

 private:
  /// A request that waits for transactions to become final.
  struct Waiting {
    caf::typed_response_promise<SubmitReply> promise;
    SubmitReply reply;
    std::size_t open = 0;  // outcomes that are neither final nor refused
    Instant deadline;
    bool is_asking = false;  // the ledger, whose answer is waited for beyond the deadline
  };

  /// A request that waits for a block.
  struct BlockWaiting {
    caf::typed_response_promise<BlocksReport> promise;
    BlockQuery query;
    Instant deadline;
  };

  caf::result<SubmitReply> on_submit(const SubmitRequest& request);
  void on_verdicts(std::uint64_t number, bool wait, const SubmissionVerdicts& verdicts);
  caf::result<SubmitReply> on_outcome_query(const OutcomeQuery& query);
  caf::result<TransactionReport> on_transaction(const TransactionQuery& query);
  caf::result<BlocksReport> on_blocks(const BlockQuery& query);
  caf::result<StatusReport> on_status();
  void add_validator(StatusReport& report, const ValidatorStatus& status) const;
  caf::result<PeersReport> on_peers();
  caf::result<FactsReport> on_facts();
  caf::result<bool> on_follow(const std::string& peer, bool is_follower);
  caf::result<bool> on_cutoff(const std::string& peer, bool is_cut_off);
  caf::result<bool> on_hindrance(const Hindrance& hindrance);
  caf::result<bool> on_pause(bool is_paused);
  /// Has the swarm send nothing on these channels while any reason for it is left.
  caf::result<bool> mute(const std::vector<Channel>& channels,
                         const std::string& reason,
                         bool is_muted);
  void on_final(const BlockCommittedPointer& block);
  void on_tick();

  void watch(std::uint64_t number);
  void ask_ledger(std::uint64_t number);
  void on_ledger(std::uint64_t number, const SubmitReply& known);
  void settle(std::uint64_t number, const TransactionOutcome& outcome);
  void deliver(std::uint64_t number);
  void set_timer(Instant deadline);
  [[nodiscard]] bool is_busy() const;
  [[nodiscard]] TransactionOutcome outcome_of(const BlockCommitted& block, std::size_t place) const;
  [[nodiscard]] Instant now() const;

  AdminCore::pointer self_;
  SharedContext context_;
  NodeActor node_;
  CastPointer cast_;
  Instant started_;
  Height height_;
  std::map<std::uint64_t, Waiting> waiting_;
  std::map<std::uint64_t, BlockWaiting> block_waiting_;
  std::uint64_t next_ = 1;
  std::map<crypto::Digest, std::set<std::uint64_t>> watched_;  // which requests wait for an id
  std::optional<Instant> timer_at_;
  EventDesk desk_;
  std::map<Channel, std::set<std::string>> muted_;  // why nothing is sent there
  bool is_paused_ = false;
  Instant final_at_;  // when the newest final block became known, or the start
};

/// What a receipt says, for clients.
void describe_receipt(TransactionOutcome& outcome, const ledger::Receipt& receipt);

/// The names of validators, in their order.
[[nodiscard]] std::vector<std::string> names_of(const NodeContext& context,
                                                const std::vector<ValidatorIndex>& validators);

}  // namespace troupe::actors
