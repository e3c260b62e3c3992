#include "protocol/proof/accuser.hpp"

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::proof {

Accuser::Accuser(AccuserConfig config,
                 Height height,
                 const std::vector<RecordedAccusation>& recorded)
    : config_(config), height_(height) {
  INVARIANT(!config_.self || config_.self->number < config_.validator_count);
  for (const RecordedAccusation& each : recorded)
    take(each);
}

std::vector<SubmitAccusation> Accuser::step(const AccuserInput& input, Instant now) {
  std::visit([&](const auto& content) { on(content, now); }, input);
  std::vector<SubmitAccusation> submissions;
  for (auto& [lie, known] : cases_) {
    if (!known.due || *known.due > now) continue;
    if (known.valid_through <= height_)
      known.valid_through = Height{height_.number + kValidThroughHeightsMax};
    known.due = now + config_.patience * config_.validator_count;
    submissions.push_back({known.accusation, known.valid_through});
  }
  return submissions;
}

void Accuser::on(const Accused& input, Instant now) {
  const Lie lie = lie_of(input.accusation);
  INVARIANT(lie.culprit.number < config_.validator_count);
  const auto [known, is_new] = cases_.try_emplace(lie);
  if (!is_new) return;
  known->second.accusation = input.accusation;
  if (config_.self) known->second.due = now + turn_of(lie);
}

void Accuser::on(const Recorded& input, Instant) {
  height_ = input.height;
  for (const RecordedAccusation& each : input.accusations)
    take(each);
}

void Accuser::on(const AccuserTimerFired&, Instant) {}

void Accuser::take(const RecordedAccusation& recorded) {
  Case& known = cases_[lie_of(recorded.accusation)];
  known.accusation = recorded.accusation;
  known.recorded = recorded.height;
  known.due.reset();
}

/// None for the validator after the liar; last of all comes the liar himself, if he is accused here.
Duration Accuser::turn_of(const Lie& lie) const {
  const std::uint32_t count = config_.validator_count;
  const std::uint32_t rank =
      (config_.self->number + count - lie.culprit.number + count - 1) % count;
  return config_.patience * rank;
}

std::optional<Instant> Accuser::next_deadline() const {
  std::optional<Instant> earliest;
  for (const auto& [lie, known] : cases_) {
    if (known.due && (!earliest || *known.due < *earliest)) earliest = known.due;
  }
  return earliest;
}

std::vector<KnownLie> Accuser::known() const {
  std::vector<KnownLie> lies;
  for (const auto& [lie, known] : cases_)
    lies.push_back({known.accusation, known.recorded});
  return lies;
}

}  // namespace troupe::proof
