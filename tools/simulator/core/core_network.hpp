#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "protocol/consensus/config.hpp"
#include "protocol/consensus/effect.hpp"
#include "protocol/consensus/input.hpp"
#include "protocol/consensus/signer_rules.hpp"
#include "protocol/consensus/simplex.hpp"
#include "tools/simulator/core/core_oracle.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"
#include "tools/simulator/core/random.hpp"

namespace troupe::simulator {

/// What a run draws its behaviour from. All durations are virtual.
struct CoreOptions {
  std::uint32_t validators = 4;
  std::set<std::uint32_t> liars;
  std::uint64_t seed = 1;
  Duration latency_min = std::chrono::milliseconds(10);
  Duration latency_max = std::chrono::milliseconds(10);
  std::uint32_t loss_permille = 0;
  std::uint32_t duplicate_permille = 0;
  Duration sign_delay{0};
  Duration write_delay{0};
  Duration clock_skew_max{0};  ///< each node's wall clock is off by up to this much, either way
  bool encode_messages = false;
  consensus::Timing timing;
};

/// n Simplex machines on one virtual clock, with everything around them: a network that loses,
/// delays, reorders and doubles messages, a journal and a ledger that survive crashes, lanes that
/// carry batches, and liars that own their keys. The oracle watches every step.
class CoreNetwork {
 public:
  explicit CoreNetwork(CoreOptions options);

  void run_for(Duration duration);
  void run_until(Instant until);

  [[nodiscard]] Instant now() const { return now_; }

  [[nodiscard]] CoreOracle& oracle() { return oracle_; }

  [[nodiscard]] Random& random() { return random_; }

  [[nodiscard]] const CoreOptions& options() const { return options_; }

  /// A client's batch: this validator seals it, the others receive it.
  void add_batch(std::uint32_t lane);

  void crash(std::uint32_t node);
  void restart(std::uint32_t node);
  /// The journal's disk is lost or rolled back: the node restarts as an observer.
  void damage_journal(std::uint32_t node);
  /// The node runs through `meanwhile`, crashes, and finds its journal as it was before.
  void set_back_journal(std::uint32_t node, const std::function<void()>& meanwhile);
  void set_link(std::uint32_t from, std::uint32_t to, bool is_open);
  void heal();
  void set_faults(std::uint32_t loss_permille, Duration latency_max);

  [[nodiscard]] bool is_alive(std::uint32_t node) const { return nodes_[node].machine != nullptr; }

  [[nodiscard]] bool is_liar(std::uint32_t node) const { return options_.liars.contains(node); }

  [[nodiscard]] const consensus::Simplex& machine(std::uint32_t node) const;

  /// The height of the last durable block.
  [[nodiscard]] std::uint64_t height(std::uint32_t node) const { return nodes_[node].chain.size(); }

  /// The last sequence of a lane that this node's durable chain orders.
  [[nodiscard]] std::uint64_t ordered(std::uint32_t node, std::uint32_t lane) const;

  [[nodiscard]] std::uint64_t sealed(std::uint32_t lane) const { return sealed_[lane]; }

  /// One line a node: where it stands. For the report of a run that got stuck.
  [[nodiscard]] std::string describe() const;

  /// A hash over every step of every node: equal for equal seeds.
  [[nodiscard]] std::uint64_t trace_hash() const { return trace_hash_; }

  [[nodiscard]] std::uint64_t steps() const { return steps_; }

  /// Called for every effect of an honest node, before it is performed.
  std::function<void(std::uint32_t, const consensus::Effect&)> watch;

 private:
  struct Stored {
    consensus::FinalBlock block;
    std::optional<consensus::Certificate> finalization;
    crypto::Digest state_root;
    crypto::MerkleFrontier history;
  };

  struct Node {
    std::unique_ptr<consensus::Simplex> machine;
    std::uint64_t life = 0;
    Instant busy_until;
    bool is_work_told = false;
    std::int64_t skew_milliseconds = 0;
    // On disk
    std::vector<Stored> chain;  // heights 1 ...
    consensus::SignerRules journal;
    consensus::JournalHealth health = consensus::JournalHealth::Intact;
    std::vector<std::uint64_t> held;  // by lane
    std::vector<consensus::Evidence> evidence;
  };

  struct Event {
    Instant at;
    std::uint64_t order = 0;
    std::uint32_t node = 0;
    std::uint64_t life = 0;
    std::shared_ptr<const consensus::Input> input;
    std::function<void()> action;

    friend bool operator>(const Event& left, const Event& right) {
      return std::pair(left.at, left.order) > std::pair(right.at, right.order);
    }
  };

  void post(std::uint32_t node, Duration after, consensus::Input input);
  void post_shared(std::uint32_t node,
                   Duration after,
                   std::shared_ptr<const consensus::Input> input);
  void act(std::uint32_t node, Duration after, std::function<void()> action);
  void deliver(const Event& event);
  void step(std::uint32_t node, const consensus::Input& input);
  void perform(std::uint32_t node, const consensus::Effect& effect);

  void perform_one(std::uint32_t node, const consensus::Sign& effect);
  void perform_one(std::uint32_t node, const consensus::Broadcast& effect);
  void perform_one(std::uint32_t node, const consensus::Send& effect);
  void perform_one(std::uint32_t node, const consensus::SetTimer& effect);
  void perform_one(std::uint32_t node, const consensus::CheckPayload& effect);
  void perform_one(std::uint32_t node, const consensus::BuildProposal& effect);
  void perform_one(std::uint32_t node, const consensus::Commit& effect);
  void perform_one(std::uint32_t node, const consensus::RaiseMark& effect);
  void perform_one(std::uint32_t node, const consensus::CatchUp& effect);
  void perform_one(std::uint32_t node, const consensus::EvidenceFound& effect);
  void perform_one(std::uint32_t node, const consensus::Observe& effect);

  template <class Other>
  void perform_one(std::uint32_t, const Other&) {}

  static void write_record(Node& node, const consensus::JournalRecord& record);
  void transmit(std::uint32_t from,
                std::uint32_t to,
                const std::shared_ptr<const consensus::Input>&);
  void stream_batch(std::uint32_t lane, std::uint64_t sequence, std::uint32_t to);
  void look_for_payload(std::uint32_t node, const consensus::CheckPayload& check);
  void write(std::uint32_t node, const consensus::Commit& commit);
  void catch_up(std::uint32_t node);
  void tell_work(std::uint32_t node);
  void connect(std::uint32_t node);
  [[nodiscard]] consensus::Recovered recovered(const Node& node) const;
  [[nodiscard]] const consensus::Header& header_at(const Node& node, std::uint64_t height) const;
  [[nodiscard]] bool holds(const Node& node, const std::vector<consensus::Tip>& tips) const;
  [[nodiscard]] Duration draw_latency();

  [[nodiscard]] consensus::Binding binding() const { return binding_; }

  // core_liar.cpp
  void lie(std::uint32_t liar, const consensus::Message& message, std::optional<std::uint32_t> to);
  void lie_about_proposal(std::uint32_t liar, const consensus::Proposal& proposal);
  void lie_about_vote(std::uint32_t liar, const consensus::Vote& vote);
  void lie_about_certificates(std::uint32_t liar, const consensus::Certificates& certificates);
  void rush(std::uint32_t liar, const consensus::Message& message);
  void send_as(std::uint32_t liar, std::uint32_t to, consensus::Body body);
  void vote_as(std::uint32_t liar, const consensus::Vote& vote, std::uint32_t to);
  [[nodiscard]] consensus::Header corrupt(const consensus::Header& header);

  CoreOptions options_;
  Random random_;
  KeyedSignatures signatures_;
  consensus::Header genesis_;
  consensus::Binding binding_;
  CoreOracle oracle_;
  std::vector<Node> nodes_;
  std::vector<std::uint64_t> sealed_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> closed_links_;
  std::map<std::uint64_t, std::set<crypto::Digest>> seen_blocks_;  // by view, for the liars
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::deque<std::pair<std::uint32_t, consensus::Input>> immediate_;
  Instant now_;
  std::uint64_t order_ = 0;
  std::uint64_t trace_hash_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace troupe::simulator
