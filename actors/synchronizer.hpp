#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "protocol/consensus/catch_up.hpp"
#include "protocol/consensus/sync_message.hpp"

namespace troupe::actors {

/// What a synchronizer starts from.
struct SynchronizerSeed {
  consensus::CatchUpConfig config;
  Height last_ordering;  ///< the highest final block that orders something
};

/// Brings this node up to the others, and others up to this node. The machine decides whom to ask
/// for which blocks and proves what comes; the mempool then fetches what they order, and the
/// writer commits them in order. At the end of each run consensus is told where the ledger stands.
class Synchronizer {
 public:
  static constexpr const char* name = "synchronizer";

  Synchronizer(SynchronizerActor::pointer self,
               SharedContext context,
               std::shared_ptr<SynchronizerSeed> seed);

  SynchronizerActor::behavior_type make_behavior();

 private:
  /// Requests of the machine count from below and never get here.
  static constexpr std::uint64_t kFirstWanted = std::uint64_t{1} << 63;

  void on_delivery(const Delivery& delivery);
  void on_request(const network::PeerId& peer, const consensus::RunRequest& request);
  void on_peer_up(const network::PeerId& peer);
  void on_peer_down(const network::PeerId& peer);
  void on_final(const BlockCommitted& block);
  void on_payload(const ledger::PayloadChecked& checked);
  void on_dropped(const crypto::Digest& block);
  void on_tick();

  void on_input(const consensus::CatchUpInput& input);
  void perform(const consensus::CatchUpEffect& effect);
  void perform_deliver(const consensus::DeliverRun& run);
  void ask_for_payloads();
  void commit_ready();
  void on_committed(Height last);
  void announce();
  void send(const network::PeerId& peer, const consensus::SyncMessage& message);

  /// A damaged part of this node's ledger that is asked for, one peer after the other.
  struct Wanted {
    std::variant<WantedBlock, WantedBatch, WantedAnswer> what;
    std::vector<network::PeerId> untried;
    std::optional<network::PeerId> asked;
    std::variant<caf::typed_response_promise<FetchedBlock>,
                 caf::typed_response_promise<FetchedBatch>,
                 caf::typed_response_promise<FetchedAnswer>>
        promise;
    Instant deadline;
  };

  caf::result<FetchedBlock> fetch_block(const WantedBlock& wanted);
  caf::result<FetchedBatch> fetch_batch(const WantedBatch& wanted);
  caf::result<FetchedAnswer> fetch_answer(const WantedAnswer& wanted);
  void want(Wanted wanted);
  void ask_next(std::uint64_t number);
  void on_run(const network::PeerId& from, const consensus::RunAnswer& answer);
  void on_batch(const network::PeerId& from, const consensus::SyncBatchAnswer& answer);
  void on_batch_request(const network::PeerId& peer, const consensus::SyncBatchRequest& request);
  void on_snapshot_request(const network::PeerId& peer, const consensus::SnapshotRequest& request);
  void on_answer(const network::PeerId& from, const consensus::SnapshotAnswer& answer);
  void ask_again_in_time();

  [[nodiscard]] Instant now() const;

  /// A proven block on its way into the ledger.
  struct Block {
    consensus::CertifiedBlock block;
    crypto::Digest digest;
    std::vector<ledger::LaneTip> parent_tips;
    std::optional<crypto::MerkleFrontier> frontier;  // at the end of a run
    bool is_asked = false;
    bool is_held = false;  // the mempool holds what it orders
    bool is_committing = false;
  };

  SynchronizerActor::pointer self_;
  SharedContext context_;
  CastPointer cast_;
  consensus::Electorate electorate_;
  consensus::CatchUpMachine machine_;
  consensus::Header stored_;
  consensus::Header delivered_;  // the last block of the queue, or stored_
  Height last_ordering_;
  Height announced_;
  bool announcing_ = false;
  std::deque<Block> queue_;
  std::map<network::PeerId, consensus::SyncPeer> peers_;
  std::map<consensus::SyncPeer, network::PeerId> ids_;
  std::uint64_t next_peer_ = 1;
  std::set<network::PeerId> serving_;                     // peers whose request is being answered
  std::map<network::PeerId, std::size_t> serving_parts_;  // questions about snapshots
  std::map<std::uint64_t, Wanted> wanted_;
  std::uint64_t next_wanted_ = kFirstWanted;
  std::optional<Instant> wake_at_;
  std::optional<Instant> ask_again_at_;  // for the payloads that the mempool dropped
};

}  // namespace troupe::actors
