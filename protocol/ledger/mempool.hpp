#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "protocol/base/limits.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/batch_fetch.hpp"
#include "protocol/ledger/lane.hpp"
#include "protocol/ledger/lane_acks.hpp"
#include "protocol/ledger/lane_stream.hpp"
#include "protocol/ledger/mempool_messages.hpp"
#include "protocol/ledger/mempool_rules.hpp"
#include "protocol/ledger/payload_check.hpp"

// The mempool of one node in one epoch (consensus.md, section 4): it takes transactions in, seals
// them into batches of this node's own lane, streams these to the other validators, keeps the other
// lanes' batches, and says what can be proposed and what is available.
//
// An own batch:    queued -> Storing -> Signing -> Held -> streamed, proposed -> ordered
// Another one:     received or fetched -> Checking -> Storing -> Held -> acknowledged -> ordered
//
// - Sealing is adaptive. With no own batch unordered a transaction is sealed at once: nothing is
//   gained by waiting. Else a batch is sealed when it is full, or after `seal_delay`; the second half
//   of the lane is kept for full batches. Beyond the lane's rules nothing is sealed, the queue fills
//   up, and admission sheds the newcomers.
// - A batch is stored before it is signed and signed before it leaves the node. The signer refuses a
//   second batch for one place, so a batch that was signed must never be lost; the same batch always
//   gets the same signature, so a lost signature does no harm.
// - What was accepted and not sealed is gone after a restart. Acceptance promises nothing; only
//   finality does (section 8, invariant 6).
// - A branch beside the followed one is evidence, once its author's signature is found good. The lane
//   is then neither followed further nor proposed, but a block may still reference either branch.
// - Once a final block recorded the fork, the lane is closed: a block that has executed that one may
//   reference nothing more of it, nothing of it is work, and if it is the own lane it seals nothing.
// - A validator that rejoined begins a new life: all that its lane held unordered is no longer followed
//   nor proposed by whoever executed the block that says so. The own lane stays closed until the
//   signer has a journal for its new life.
// - Everything held is on disk. What leaves the memory (the oldest batches beside a followed branch)
//   is read back when a block references it; only batches that can never be ordered are forgotten.
// - Acknowledgements go to all validators, coalesced, and are repeated while there is work.
namespace troupe::ledger {

/// What may differ between nodes of one chain: policies, never rules of validity.
struct MempoolPolicy {
  /// How long an own transaction waits at most for company while other own batches are unordered.
  Duration seal_delay = std::chrono::milliseconds(4);
  /// An own batch of this size is full. At most kBatchPayloadBytesMax.
  std::size_t batch_bytes_full = 256 * 1024;
  /// Acknowledgements wait this long for company; the first after a pause goes at once.
  Duration ack_interval = std::chrono::milliseconds(5);
  /// A batch that a block references and that is not here may still be on its way for this long;
  /// only then a peer is asked for it.
  Duration fetch_grace = std::chrono::milliseconds(10);
  /// After this long without an answer a fetch asks the next peer, a stalled stream starts again at
  /// the peer's acknowledgement, and acknowledgements are repeated.
  Duration retry_interval = std::chrono::milliseconds(250);
  /// r of the same section: batches a slow lane must get ordered without a fetch to be trusted anew.
  std::uint64_t slow_lane_batches = 16;
};

struct MempoolConfig {
  Epoch epoch;
  /// The digest of the epoch's root block: the parent of every lane's first batch.
  crypto::Digest root;
  std::uint32_t validator_count = 0;
  /// This node's place in the set; nothing if it only follows.
  std::optional<ValidatorIndex> self;
  /// The life of each lane, by lane index; 0 until its validator has rejoined.
  std::vector<Incarnation> incarnations;
  /// Lanes whose forks this node can prove, and those whose forks its ledger records.
  std::vector<ValidatorIndex> forked;
  std::vector<LaneClosing> closed;
  LaneRules rules;
  MempoolPolicy policy;
};

/// What a node knows at its start: the last final block that its ledger executed, and the stored
/// batches above its tips, in any order.
struct MempoolRecovery {
  Height height;
  std::vector<LaneTip> tips;
  std::vector<BatchPointer> batches;
};

/// What the machine reports for `status` and `explain`.
struct MempoolStatus {
  std::size_t waiting_transactions = 0;  ///< accepted here and not ordered yet
  std::size_t waiting_bytes = 0;
  std::size_t fetches = 0;
  std::size_t payload_checks = 0;
  bool own_lane_halted = false;
};

struct LaneStatus {
  ValidatorIndex lane;
  LaneTip ordered;
  Sequence held;          ///< the end of the followed branch that is on disk
  Sequence acknowledged;  ///< what q validators hold of it
  bool is_slow = false;
  bool has_equivocated = false;
  bool is_closed = false;  ///< the ledger records its fork
};

/// The machine. Every step ends with its invariants, which are those of its parts (named where
/// they are defined) and:
///
///   (1) no acknowledgement and no proposal goes beyond what is held;
///   (2) an own batch is sealed only on top of the own lane's end, and never once the lane is halted;
///   (3) at most kPayloadChecksMax checks, kLanePeersMax peers, and kBatchRequestsServedMax requests
///       served for each of them.
class Mempool {
 public:
  Mempool(MempoolConfig config, const MempoolRecovery& recovery);

  /// Advances by one input. Performs nothing; the caller performs the effects in order.
  [[nodiscard]] MempoolEffects step(MempoolInput input, Now now);

  /// When to send TimerFired next, if at all. Ask after every step.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// A batch that is in memory and held, so that executing it needs no read from disk.
  [[nodiscard]] BatchPointer held_batch(const crypto::Digest& digest) const;

  /// How far each lane is held: what a hint tells a leader.
  [[nodiscard]] std::vector<LaneTip> held_tips() const;

  [[nodiscard]] MempoolStatus status() const;
  [[nodiscard]] std::vector<LaneStatus> lane_statuses() const;

  /// How a transaction that was accepted here waits to be ordered; nothing if it does not.
  [[nodiscard]] std::optional<WaitingTransactions::Stage> find(const crypto::Digest& id) const {
    return waiting_.find(id);
  }

 private:
  struct Check {
    CheckPayload request;
    std::vector<LaneWalk> walks;
    std::size_t rotation = 0;  // grows when a holder sent a forged copy
  };

  struct OwnProposal {
    View view;
    std::vector<ValidatorIndex> unacknowledged;  // lanes referenced beyond what q validators hold
  };

  // mempool.cpp: the own lane, and what finality does
  void on(Started input, Now now);
  void on(TimerFired input, Now now);
  void on(Submission input, Now now);
  void on(BatchSigned input, Now now);
  void on(SignatureRefused input, Now now);
  void on(BatchStored input, Now now);
  void on(Ordered input, Now now);
  void on(Rejoined input, Now now);
  void begin_life(const LaneLife& life);
  void close(const LaneClosing& closing);
  void recover(const MempoolRecovery& recovery);
  [[nodiscard]] std::size_t payload_bytes_max() const;
  [[nodiscard]] bool may_seal() const;
  [[nodiscard]] bool should_seal(Instant now) const;
  void seal(Instant now);
  void forget_unsigned(const crypto::Digest& digest);
  void halt_own_lane(std::string_view reason);
  void advance_lane(const LaneTip& tip);
  void note_ordered(ValidatorIndex lane, const std::vector<LaneBatch>& ordered);
  void settle(Instant now);
  void settle_touched_lanes(Instant now);
  void send_acks(Instant now);
  void send_fetches(Instant now);
  void check_invariants() const;

  // mempool_exchange.cpp: peers, and batches of other lanes
  void on(BatchVerified input, Now now);
  void on(PeerConnected input, Now now);
  void on(PeerDisconnected input, Now now);
  void on(BatchReceived input, Now now);
  void on(BatchesReceived input, Now now);
  void on(BatchesLoaded input, Now now);
  void on(AcksReceived input, Now now);
  void on(RequestReceived input, Now now);
  void on(BatchesServed input, Now now);
  [[nodiscard]] bool belongs(const Batch& batch, ValidatorIndex lane) const;
  [[nodiscard]] bool is_of_a_known_life(const Batch& batch) const;
  void take_streamed(const BatchPointer& batch);
  void take_witness(const BatchPointer& batch);
  void take_awaited(ValidatorIndex lane, const BatchPointer& batch, bool is_from_disk);
  void end_fetch(const Lane& lane, const Batch& batch);
  void accept_verified(Lane& lane, const LaneBatch& batch);
  void report_conflict(const Lane& lane, const LaneBatch& batch);
  void store(Lane& lane, const BatchPointer& batch);
  void remove(Lane& lane, const crypto::Digest& digest);
  void condemn(ValidatorIndex lane, const crypto::Digest& digest);
  [[nodiscard]] std::vector<LaneAck> all_acks() const;
  [[nodiscard]] LaneAck ack_of(ValidatorIndex lane, bool resume) const;

  // mempool_payload.cpp: what consensus asks
  void on(CheckPayload input, Now now);
  void on(AbandonPayload input, Now now);
  void on(BuildProposal input, Now now);
  void on(OwnViewFailed input, Now now);
  void on(TipsHinted input, Now now);
  [[nodiscard]] bool is_stale(const std::vector<LaneWalk>& walks) const;
  [[nodiscard]] bool takes_from_closed(const std::vector<LaneWalk>& walks, Height executed) const;
  void start_check(CheckPayload request, std::vector<LaneWalk> walks, Instant now);
  void recheck_waiting(Instant now);
  [[nodiscard]] PayloadVerdict evaluate(Check& check, Instant now);
  void await_batch(const Check& check, const LaneWalk& walk, Instant now);
  [[nodiscard]] std::vector<PeerNumber> holders_of(const Check& check, ValidatorIndex lane) const;
  void end_check(const crypto::Digest& block);
  void drop_stale_checks();
  [[nodiscard]] std::vector<LaneTip> choose_tips(const BuildProposal& request);
  [[nodiscard]] bool may_extend(const Lane& lane, const LaneTip& tip) const;

  [[nodiscard]] Lane& lane(ValidatorIndex index) { return lanes_[index.number]; }

  [[nodiscard]] const Lane& lane(ValidatorIndex index) const { return lanes_[index.number]; }

  /// The lane that knows this digest, if one does.
  [[nodiscard]] Lane* lane_with(const crypto::Digest& digest);
  [[nodiscard]] bool is_validator(PeerNumber peer) const;

  void touch(ValidatorIndex lane) { touched_.insert(lane); }

  MempoolConfig config_;
  Height height_;
  std::vector<Lane> lanes_;
  WaitingTransactions waiting_;
  std::optional<Instant> queued_since_;
  bool is_halted_ = false;

  std::set<PeerNumber> connected_;
  std::map<PeerNumber, std::size_t> serving_;
  LaneStreams streams_;
  ReceivedAcks received_acks_;
  PendingAcks pending_acks_;
  std::vector<LaneTip> acknowledged_;  // by lane: the tip that was last made known
  Instant repeat_acks_at_;
  BatchFetches fetches_;

  std::map<crypto::Digest, Check> checks_;
  std::deque<crypto::Digest> check_order_;  // oldest first
  Condemned condemned_;
  std::deque<Condemned::value_type> condemned_order_;
  std::set<ValidatorIndex> equivocated_;
  std::map<ValidatorIndex, Height> closed_;       // a part of equivocated_
  std::set<ValidatorIndex> overrun_;              // dropped something beyond the lane's bounds
  std::map<ValidatorIndex, std::uint64_t> slow_;  // batches until the lane is trusted anew
  std::optional<OwnProposal> own_proposal_;
  std::set<ValidatorIndex> working_;  // lanes that hold something unordered
  bool has_announced_work_ = false;

  // Of the current step.
  MempoolEffects effects_;
  std::set<ValidatorIndex> touched_;  // lanes that changed
  bool is_recheck_due_ = false;       // a batch became held, condemned or unknown
};

}  // namespace troupe::ledger
