#include "protocol/consensus/config.hpp"

namespace troupe::consensus {

std::uint32_t Timing::factor_steps_for(Duration delta, Duration survived) {
  // The proposal timer is 3 delta (1 + c / 2), so c = 2 (survived / 3 delta - 1), rounded up.
  if (delta <= Duration{0} || survived <= 3 * delta) return 0;
  return static_cast<std::uint32_t>(2 * ((survived + 3 * delta - Duration{1}) / (3 * delta) - 1));
}

}  // namespace troupe::consensus
