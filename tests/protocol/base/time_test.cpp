#include "protocol/base/time.hpp"

#include <type_traits>

#include <boost/test/unit_test.hpp>

namespace troupe {

using namespace std::chrono_literals;

static_assert(!std::is_convertible_v<Instant, Timestamp>);
static_assert(!std::is_convertible_v<Timestamp, Instant>);

BOOST_AUTO_TEST_SUITE(time_test)

BOOST_AUTO_TEST_CASE(an_instant_moves_by_a_duration_and_differs_by_one) {
  const Instant start{Duration(1000)};

  const Instant later = start + 5ms;

  BOOST_CHECK(later.since_start == 6000us);
  BOOST_CHECK(later - start == 5ms);
  BOOST_CHECK(start - later == -5ms);
  BOOST_CHECK(start < later);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe
