// What an operator does about validators that lost their vote journal.
#include "tools/simulator/player.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

constexpr Duration kRejoinMax = 90s;
/// An operator whose first request was lost asks again after this long.
constexpr Duration kRejoinRetry = 5s;

}  // namespace

/// Through the next validator that may be believed and has not forgotten anything itself.
void Player::rejoin(std::size_t node) {
  const std::size_t validators = scenario_.network.validators;
  for (std::size_t i = 1; i < validators; ++i) {
    const std::size_t through = (node + i) % validators;
    if (!judge_.is_trusted(through) || judge_.forgetful().contains(through)) continue;
    if (world_.node(through).is_ready()) return world_.rejoin(node, through);
  }
}

/// Whoever lost its journal votes again once it rejoined; so the network is whole before progress is
/// demanded of it.
void Player::rejoin_forgetful() {
  if (judge_.may_stall()) return;
  const std::set<std::size_t> forgetful = judge_.forgetful();
  for (const std::size_t node : forgetful) {
    if (!judge_.is_trusted(node)) continue;
    const Instant until = world_.now() + kRejoinMax;
    const auto votes = [&] { return !judge_.forgetful().contains(node); };
    while (!votes() && world_.now() < until) {
      rejoin(node);
      (void)world_.run_until(kRejoinRetry, votes);
    }
    if (!votes())
      judge_.violate(Verdict::Liveness,
                     "rejoin",
                     judge_.name_of(node) + " was told to rejoin and did not vote for 90 s");
  }
}

}  // namespace troupe::simulator
