// What a fault does again and again while it lasts.
#include <algorithm>
#include <variant>

#include "tools/simulator/insider.hpp"
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
  } else if (is_of_insider(kind)) {
    speak_as_insider(standing);
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

/// What members say whose program is another one: who votes is the node that the fault is on, and who
/// hears garbage is too.
void Player::speak_as_insider(Standing& standing) {
  const scenario::FaultKind& kind = standing.fault->kind;
  if (const auto* far = std::get_if<scenario::FutureVotes>(&kind)) {
    const View view{judge_.view() + far->ahead + static_cast<std::uint64_t>(standing.steps)};
    for (const std::size_t node : insiders_of(standing)) {
      const Bytes vote = far_vote(world_.node(node).options(), node, judge_.electorate(), view);
      for (std::size_t to = 0; to < world_.size(); ++to)
        if (to != node) world_.insinuate({node, to}, kConsensusChannel, vote);
    }
    standing.next_step = world_.now() + one_of(far->per_second);
    return;
  }
  const auto& garbage = std::get<scenario::Garbage>(kind);
  const std::size_t from = insiders_of(standing).front();
  for (const std::size_t to : standing.on) {
    const auto channel = static_cast<std::uint8_t>(standing.random.below(kChannels));
    const Bytes words = standing.random.bytes(std::max<std::size_t>(garbage.bytes.bytes, 1));
    if (to != from) world_.insinuate({from, to}, channel, words);
  }
  standing.next_step = world_.now() + one_of(garbage.per_second);
}

/// Who says it: the validators that a vote is of, or for garbage the last one that does not hear it.
std::vector<std::size_t> Player::insiders_of(const Standing& standing) const {
  const std::size_t validators = scenario_.network.validators;
  std::vector<std::size_t> nodes;
  if (std::holds_alternative<scenario::FutureVotes>(standing.fault->kind)) {
    for (const std::size_t node : standing.on)
      if (node < validators) nodes.push_back(node);
    return nodes;
  }
  std::size_t last = validators - 1;
  for (std::size_t i = 0; i < validators; ++i)
    if (std::ranges::find(standing.on, i) == standing.on.end()) last = i;
  return {last};
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
