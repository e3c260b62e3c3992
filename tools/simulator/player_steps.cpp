// What a fault does again and again while it lasts.
#include <algorithm>
#include <variant>

#include "tools/simulator/player.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

/// A share of this is what a starved node may run, as a control group's quota has it.
constexpr Duration kQuotaPeriod = 100ms;
/// What a stranger says who wants nothing.
constexpr std::string_view kGreeting = "\x13/multistream/1.0.0\n";

Duration one_of(double per_second) {
  return Duration{static_cast<Duration::rep>(1e6 / std::clamp(per_second, 0.1, 10'000.0))};
}

}  // namespace

void Player::step(Standing& standing) {
  const scenario::FaultKind& kind = standing.fault->kind;
  ++standing.steps;
  standing.next_step.reset();
  if (std::holds_alternative<scenario::Clock>(kind)) {
    step_clock(standing);
  } else if (const auto* churn = std::get_if<scenario::Churn>(&kind)) {
    for (const std::size_t node : standing.on)
      world_.knock(node, to_bytes(as_bytes(kGreeting)));
    standing.next_step = world_.now() + one_of(churn->per_second);
  } else if (const auto* garbage = std::get_if<scenario::Garbage>(&kind)) {
    for (const std::size_t node : standing.on)
      world_.knock(node, standing.random.bytes(std::max<std::size_t>(garbage->bytes.bytes, 1)));
    standing.next_step = world_.now() + one_of(garbage->per_second);
  } else if (const auto* flood = std::get_if<scenario::Flood>(&kind)) {
    for (const std::size_t node : standing.on)
      world_.submit(node, std::nullopt, standing.random.chance(flood->invalid.share));
    standing.next_step = world_.now() + one_of(flood->rate.amount);
  } else if (const auto* starve = std::get_if<scenario::Starve>(&kind)) {
    step_quota(standing, *starve);
  }
}

/// It runs for a share of each period and stands still for the rest.
void Player::step_quota(Standing& standing, const scenario::Starve& starve) {
  if (starve.what != scenario::Starve::What::Cpu) return;
  const bool stands = standing.steps % 2 == 1;
  for (const std::size_t node : standing.on)
    if (world_.node(node).is_up()) world_.set_stopped(node, stands);
  const double share = std::clamp(starve.share.share, 0.01, 0.99);
  const double part = stands ? 1 - share : share;
  standing.next_step =
      world_.now() +
      Duration{static_cast<Duration::rep>(part * static_cast<double>(kQuotaPeriod.count()))};
}

/// Offset and drift stand; a jump adds up, and a strobe goes there and back.
void Player::step_clock(Standing& standing) {
  const auto& clock = std::get<scenario::Clock>(standing.fault->kind);
  ClockLaw law;
  law.offset = clock.offset;
  law.drift_ppm = clock.freeze ? -999'000 : static_cast<std::int64_t>(clock.drift * 1e6);
  if (clock.jump) {
    law.offset += clock.jump->by * standing.steps;
    if (clock.jump->every) standing.next_step = world_.now() + *clock.jump->every;
  } else if (clock.strobe) {
    if (standing.steps % 2 == 1) law.offset += clock.strobe->by;
    standing.next_step = world_.now() + clock.strobe->every.value_or(100ms);
  }
  for (const std::size_t node : standing.on)
    world_.set_clock(node, law);
}

}  // namespace troupe::simulator
