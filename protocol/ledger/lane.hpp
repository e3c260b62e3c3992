#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/lane_message.hpp"

// One validator's lane as one node knows it (consensus.md, section 4): the last ordered tip, the
// branch that this node follows beyond it, and batches beside that branch. Which of two branches is
// followed is decided by arrival, until a final block orders a batch of the other one.
//
//            ordered            followed branch
//      ... --[base]--[held]--[held]--[storing]--[checking]
//                +---[side]--[side]         kept because a block references them, or as evidence
namespace troupe::ledger {

using BatchPointer = std::shared_ptr<const Batch>;

/// What all validators of a chain agree on: k, B and U of consensus.md section 4, from the genesis.
struct LaneRules {
  std::uint64_t batches_max = kLaneBatchesMax;  ///< unordered batches of one lane
  std::uint64_t bytes_max = kLaneBytesMax;      ///< unordered encoded bytes of one lane
  /// What a proposal references at most beyond batches that q validators hold. A leader's policy.
  std::uint64_t unacknowledged_bytes_max = 4 * 1024 * 1024;
};

/// False for an own batch that waits for its signature: it carries 64 zero bytes instead.
[[nodiscard]] bool is_signed(const Batch& batch);

/// How far a batch has come on this node.
enum class BatchState {
  Checking,  ///< signatures are being verified
  Storing,   ///< valid, on its way to disk
  Signing,   ///< an own batch on disk, on its way to and from the signer
  Held,      ///< checked, signed and synced: this node can produce the bytes
};

struct LaneBatch {
  BatchPointer batch;
  BatchState state = BatchState::Checking;
  bool is_fetched = false;          ///< it had to be asked for
  bool is_witness = false;          ///< contradicts another batch, and is kept for nothing else
  bool is_stored_followed = false;  ///< storage was told that it belongs to the followed branch

  [[nodiscard]] const BatchPlace& place() const { return batch->place(); }

  [[nodiscard]] std::size_t bytes() const { return batch->encoded().size(); }

  /// True if the author's signature was found good.
  [[nodiscard]] bool is_authentic() const { return state != BatchState::Checking; }
};

/// How a batch relates to what is known of its lane.
enum class Placement {
  Old,       ///< at or below the ordered tip
  Known,     ///< here already
  Next,      ///< continues the followed branch
  Conflict,  ///< another batch stands at its place of the followed branch
  Gap,       ///< its parent is not the end of the followed branch
  Beyond,    ///< would exceed the bounds of the lane
};

/// What an ordered tip made of a lane.
struct LaneAdvance {
  std::vector<LaneBatch> ordered;  ///< ordered now, ascending, as far back as they were known
  std::vector<BatchPointer> dead;  ///< can never be ordered any more
};

/// Invariants:
///
///   (1) the followed branch is hash-linked and contiguous from the base on;
///   (2) its length and bytes are within the rules;
///   (3) batches beside it are as many and as large as the rules allow a branch;
///   (4) the held part is a prefix of the followed branch;
///   (5) nothing on the followed branch is of an earlier life than the lane's.
class Lane {
 public:
  /// `life`: batches of an earlier one are not followed, whoever may still order them.
  Lane(const LaneTip& base, const LaneRules& rules, Incarnation life = {});

  /// The last ordered tip, sequence 0 and the root's digest at first.
  [[nodiscard]] const LaneTip& base() const { return base_; }

  /// The end of the followed branch; the base if there is nothing beyond it.
  [[nodiscard]] LaneTip end() const;

  /// The end of the held prefix of the followed branch: what may be acknowledged and referenced.
  [[nodiscard]] LaneTip held() const;

  [[nodiscard]] bool is_empty() const { return chain_.empty(); }

  [[nodiscard]] std::uint64_t length() const { return chain_.size(); }

  [[nodiscard]] std::uint64_t bytes() const;

  /// The digest on the followed branch, or of the base; nothing beyond the end or below the base.
  [[nodiscard]] std::optional<crypto::Digest> digest_at(Sequence sequence) const;

  [[nodiscard]] const LaneBatch* find(const crypto::Digest& digest) const;

  /// The batch of the followed branch at this sequence. Requires base < sequence <= end.
  [[nodiscard]] const LaneBatch& at(Sequence sequence) const;

  /// The tip of the followed branch at this sequence, the base included. Requires it to be there.
  [[nodiscard]] LaneTip tip_at(Sequence sequence) const;

  /// Encoded bytes of the followed branch in (first, last]. Requires base <= first <= last <= end.
  [[nodiscard]] std::uint64_t bytes_between(Sequence first, Sequence last) const;

  /// True if a batch of this size fits the rules beyond the end.
  [[nodiscard]] bool has_room(std::size_t bytes) const;

  [[nodiscard]] Placement place(const Batch& batch) const;

  /// Continues the followed branch. Requires place(batch) == Next.
  void follow(LaneBatch batch);

  /// Keeps a batch beside the followed branch, or on it if it continues it by now. The oldest ones
  /// make room; they stay on disk. Requires that it is not known.
  void keep(LaneBatch batch);

  /// Requires a known batch. Advances the held prefix where it can.
  void set_state(const crypto::Digest& digest, BatchState state);
  void set_stored_followed(const crypto::Digest& digest);

  /// The batch is wanted for itself now. Requires a witness.
  void promote_witness(const crypto::Digest& digest);

  /// The signed form of an own batch takes the place of the unsigned one.
  void replace(const BatchPointer& batch);

  /// Forgets a batch and what follows it on the followed branch. Returns what left, ascending.
  std::vector<BatchPointer> remove(const crypto::Digest& digest);

  /// An authentic batch that proves with this known one that the author forked its lane.
  [[nodiscard]] const LaneBatch* find_conflict(const LaneBatch& batch) const;

  [[nodiscard]] bool has_witness() const;

  /// The lane's validator rejoined: what no block ordered yet of its earlier life is no longer
  /// followed. It is kept beside, for blocks that were proposed before that was known.
  void begin_life(Incarnation life);

  /// Moves the base to a tip that a final block names. Requires a sequence above the base.
  LaneAdvance advance(const LaneTip& tip);

  /// Batches that came onto the followed branch after storage was told that they are beside it.
  [[nodiscard]] std::vector<BatchPointer> take_adopted();

  void check_invariants() const;

 private:
  struct Link {
    crypto::Digest digest;
    std::uint64_t bytes_end = 0;  // of this batch, in bytes counted from the lane's creation
  };

  [[nodiscard]] std::size_t index_of(Sequence sequence) const;
  [[nodiscard]] bool continues(const Batch& batch) const;
  void push(const crypto::Digest& digest);
  void adopt_sides();
  void advance_held();
  void shed_sides();
  void leave_branch();
  void take_ordered_links(const LaneTip& tip, std::vector<LaneBatch>& ordered);
  void take_ordered_sides(const LaneTip& tip, std::vector<LaneBatch>& ordered);
  [[nodiscard]] std::vector<BatchPointer> drop_dead_sides(bool is_ancestry_known);

  LaneTip base_;
  LaneRules rules_;
  Incarnation life_;
  std::unordered_map<crypto::Digest, LaneBatch, crypto::DigestHash> batches_;  // never iterated
  std::deque<Link> chain_;
  std::uint64_t bytes_base_ = 0;      // bytes_end of the batch before chain_.front()
  std::uint64_t held_ = 0;            // length of the held prefix
  std::deque<crypto::Digest> sides_;  // in order of arrival
  std::uint64_t side_bytes_ = 0;
  std::vector<BatchPointer> adopted_;
};

}  // namespace troupe::ledger
