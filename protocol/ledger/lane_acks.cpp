#include "protocol/ledger/lane_acks.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::ledger {

ReceivedAcks::ReceivedAcks(std::uint32_t validator_count, std::optional<ValidatorIndex> self)
    : validator_count_(validator_count), self_(self) {}

void ReceivedAcks::note(ValidatorIndex from, const LaneAck& ack) {
  INVARIANT(from.number < validator_count_);
  INVARIANT(ack.lane.number < validator_count_);
  const auto [position, is_new] = acks_.try_emplace({ack.lane, from}, ack);
  if (!is_new && ack.incarnation >= position->second.incarnation) position->second = ack;
}

Sequence ReceivedAcks::quorum_held(const Lane& lane) const {
  const std::uint32_t faulty_max = (validator_count_ - 1) / 3;
  const std::uint32_t quorum = validator_count_ - faulty_max;
  std::vector<Sequence> held;
  held.reserve(validator_count_);
  for (std::uint32_t i = 0; i < validator_count_; ++i) {
    held.push_back(held_by(ValidatorIndex{i}, lane));
  }
  const auto nth = held.begin() + (quorum - 1);
  std::nth_element(held.begin(), nth, held.end(), std::greater<>());
  return *nth;
}

/// An acknowledgement above what this node holds cannot be compared and counts in full; one of
/// another branch counts for nothing.
Sequence ReceivedAcks::held_by(ValidatorIndex validator, const Lane& lane) const {
  const LaneTip& base = lane.base();
  const Sequence held = lane.held().sequence;
  if (validator == self_ || validator == base.lane) return held;
  const auto position = acks_.find({base.lane, validator});
  if (position == acks_.end()) return base.sequence;
  const LaneAck& ack = position->second;
  if (ack.sequence > held) return held;
  const bool is_followed =
      ack.sequence > base.sequence && lane.digest_at(ack.sequence) == ack.digest;
  return is_followed ? ack.sequence : base.sequence;
}

void PendingAcks::add(ValidatorIndex lane, bool resume) {
  bool& flag = lanes_[lane];
  flag = flag || resume;
}

std::map<ValidatorIndex, bool> PendingAcks::take(Instant now) {
  if (lanes_.empty()) return {};
  if (sent_at_ && now < *sent_at_ + interval_) return {};
  sent_at_ = now;
  return std::exchange(lanes_, {});
}

std::optional<Instant> PendingAcks::next_deadline() const {
  if (lanes_.empty()) return std::nullopt;
  return sent_at_ ? *sent_at_ + interval_ : Instant{};
}

}  // namespace troupe::ledger
