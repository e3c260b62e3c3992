#include "protocol/consensus/config.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::consensus {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(the_default_cap_is_the_first_that_exceeds_the_delay_to_be_survived) {
  for (const Duration delta : {Duration(10ms), Duration(100ms), Duration(200ms), Duration(7s)}) {
    const std::uint32_t steps = Timing::factor_steps_for(delta);
    BOOST_CHECK_GE((3 * delta + 3 * delta * steps / 2).count(), Duration(60s).count());
    BOOST_CHECK_LT((3 * delta + 3 * delta * (steps - 1) / 2).count(), Duration(60s).count());
  }
}

BOOST_AUTO_TEST_CASE(a_delta_beyond_the_delay_to_be_survived_needs_no_growth) {
  BOOST_CHECK_EQUAL(Timing::factor_steps_for(30s, 60s), 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
