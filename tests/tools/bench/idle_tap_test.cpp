#include "tools/bench/idle_tap.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(idle_tap_test)

BOOST_AUTO_TEST_CASE(every_pair_is_a_turn_without_a_tap_and_one_beside_a_closed_one) {
  const auto turns = play_beside_idle_tap(3, 1000);

  BOOST_TEST(turns.size() == 6u);
  BOOST_TEST(std::ranges::count(turns, 0u) == 0);
}

BOOST_AUTO_TEST_CASE(no_pairs_are_no_game) {
  BOOST_TEST(play_beside_idle_tap(0, 1000).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
