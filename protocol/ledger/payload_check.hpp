#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/lane.hpp"
#include "protocol/ledger/lane_message.hpp"

// "Can I produce the bytes of (parent tips, tips], and are they valid?" (consensus.md, section 2.)
//
// The tips of a block are valid if, lane by lane,
//   - every lane of the parent's tips is still named, and none goes back;
//   - a changed tip lies at most `batches_max` above the parent's: asked before anything is fetched;
//   - its hash chain reaches the parent's tip (the epoch's root digest for a new lane), sequence by
//     sequence, incarnations never falling, at most `bytes_max` altogether;
//   - every batch on the way is held;
// and the RFC 6962 root over the ids of all these transactions, lane by lane, is the header's.
namespace troupe::ledger {

/// Why a walk does not go on, or that it is complete.
enum class WalkState { Complete, Waiting, Invalid };

/// A digest that is not a valid batch of a lane: its content is invalid, or it belongs elsewhere.
using Condemned = std::set<std::pair<ValidatorIndex, crypto::Digest>>;

/// The walk down one lane from a proposed tip to the parent's. It keeps the batches that it passed,
/// so that it goes on where it stopped.
class LaneWalk {
 public:
  /// Requires first.sequence < tip.sequence and one lane in both.
  LaneWalk(const LaneTip& first, const LaneTip& tip);

  /// Goes down as far as batches are held. `first` must not lie below the lane's base.
  WalkState advance(const Lane& lane, const Condemned& condemned, const LaneRules& rules);

  [[nodiscard]] ValidatorIndex lane() const { return first_.lane; }

  [[nodiscard]] const LaneTip& first() const { return first_; }

  /// Where it waits: a batch that is not held, and how many are left from it on.
  [[nodiscard]] BatchRange next() const;

  /// The batches of a complete walk, ascending.
  [[nodiscard]] std::vector<Batch> batches() const;

 private:
  /// True if this batch may stand where the walk is.
  [[nodiscard]] bool fits(const LaneBatch& batch) const;

  LaneTip first_;
  LaneTip cursor_;  // what must come next; its incarnation is that of the batch above
  bool is_at_tip_ = true;
  std::vector<BatchPointer> passed_;  // from the tip downwards
  std::uint64_t bytes_ = 0;
};

/// The walks that a block's tips ask for, one per changed lane, ascending. Nothing if the tips are
/// invalid as they stand. `root` is the digest that a lane begins with.
[[nodiscard]] std::optional<std::vector<LaneWalk>> plan_walks(
    const std::vector<LaneTip>& parent_tips,
    const std::vector<LaneTip>& tips,
    const crypto::Digest& root,
    const LaneRules& rules);

/// The tip of this lane, or the root if the tips do not name it.
[[nodiscard]] LaneTip tip_of(const std::vector<LaneTip>& tips,
                             ValidatorIndex lane,
                             const crypto::Digest& root);

}  // namespace troupe::ledger
