#include "protocol/ledger/payload_check.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"

namespace troupe::ledger {
namespace {

bool ascends(const std::vector<LaneTip>& tips) {
  const auto is_out_of_order = [](const LaneTip& left, const LaneTip& right) {
    return left.lane >= right.lane;
  };
  return std::adjacent_find(tips.begin(), tips.end(), is_out_of_order) == tips.end();
}

bool names(const std::vector<LaneTip>& tips, ValidatorIndex lane) {
  return std::any_of(
      tips.begin(), tips.end(), [lane](const LaneTip& tip) { return tip.lane == lane; });
}

}  // namespace

LaneWalk::LaneWalk(const LaneTip& first, const LaneTip& tip) : first_(first), cursor_(tip) {
  INVARIANT(first.lane == tip.lane);
  INVARIANT(first.sequence < tip.sequence);
}

WalkState LaneWalk::advance(const Lane& lane, const Condemned& condemned, const LaneRules& rules) {
  while (cursor_.sequence > first_.sequence) {
    if (condemned.contains({first_.lane, cursor_.digest})) return WalkState::Invalid;
    const LaneBatch* batch = lane.find(cursor_.digest);
    if (batch == nullptr || batch->state != BatchState::Held) return WalkState::Waiting;
    bytes_ += batch->bytes();
    if (!fits(*batch) || bytes_ > rules.bytes_max) return WalkState::Invalid;
    passed_.push_back(batch->batch);
    cursor_.incarnation = batch->place().incarnation;
    cursor_.sequence = Sequence{cursor_.sequence.number - 1};
    cursor_.digest = batch->place().parent;
    is_at_tip_ = false;
  }
  const bool reaches = cursor_.digest == first_.digest && cursor_.incarnation >= first_.incarnation;
  return reaches ? WalkState::Complete : WalkState::Invalid;
}

BatchRange LaneWalk::next() const {
  return BatchRange{.tip = cursor_.digest,
                    .count = cursor_.sequence.number - first_.sequence.number};
}

std::vector<Batch> LaneWalk::batches() const {
  std::vector<Batch> batches;
  batches.reserve(passed_.size());
  for (auto batch = passed_.rbegin(); batch != passed_.rend(); ++batch)
    batches.push_back(**batch);
  return batches;
}

bool LaneWalk::fits(const LaneBatch& batch) const {
  const BatchPlace& place = batch.place();
  const bool incarnation_fits = is_at_tip_ ? place.incarnation == cursor_.incarnation
                                           : place.incarnation <= cursor_.incarnation;
  return place.lane == first_.lane && place.sequence == cursor_.sequence && incarnation_fits;
}

std::optional<std::vector<LaneWalk>> plan_walks(const std::vector<LaneTip>& parent_tips,
                                                const std::vector<LaneTip>& tips,
                                                const crypto::Digest& root,
                                                const LaneRules& rules) {
  if (!ascends(tips)) return std::nullopt;
  const bool names_all = std::all_of(parent_tips.begin(),
                                     parent_tips.end(),
                                     [&](const LaneTip& tip) { return names(tips, tip.lane); });
  if (!names_all) return std::nullopt;
  std::vector<LaneWalk> walks;
  for (const LaneTip& tip : tips) {
    const LaneTip first = tip_of(parent_tips, tip.lane, root);
    if (tip == first) {
      if (tip.sequence == Sequence{0}) return std::nullopt;
      continue;
    }
    if (tip.sequence <= first.sequence) return std::nullopt;
    if (tip.sequence.number - first.sequence.number > rules.batches_max) return std::nullopt;
    walks.emplace_back(first, tip);
  }
  return walks;
}

LaneTip tip_of(const std::vector<LaneTip>& tips, ValidatorIndex lane, const crypto::Digest& root) {
  const auto position = std::find_if(
      tips.begin(), tips.end(), [lane](const LaneTip& tip) { return tip.lane == lane; });
  if (position != tips.end()) return *position;
  return LaneTip{.lane = lane, .incarnation = {}, .sequence = {}, .digest = root};
}

}  // namespace troupe::ledger
