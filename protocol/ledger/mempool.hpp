#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/base/limits.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/lane.hpp"
#include "protocol/ledger/mempool_messages.hpp"

namespace troupe::ledger {

/// What may differ between nodes of one chain: policies, never rules of validity.
struct MempoolPolicy {
  /// How long an own transaction waits at most for company while other own batches are unordered.
  Duration seal_delay = std::chrono::milliseconds(4);
  /// An own batch of this size is full. At most kBatchPayloadBytesMax.
  std::size_t batch_bytes_full = 256 * 1024;
  /// Acknowledgements wait this long for company; the first after a pause goes at once.
  Duration ack_interval = std::chrono::milliseconds(5);
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
};

}  // namespace troupe::ledger
