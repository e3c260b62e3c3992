#include "protocol/consensus/timers.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::consensus {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(timers_test)

BOOST_AUTO_TEST_CASE(only_the_newest_generation_of_an_armed_timer_counts) {
  Timers timers;
  const SetTimer first = timers.set(Timer::Advance, Instant{1s});
  const SetTimer second = timers.set(Timer::Advance, Instant{2s});

  BOOST_CHECK(!timers.accept({Timer::Advance, first.generation}));
  BOOST_CHECK(timers.accept({Timer::Advance, second.generation}));
  BOOST_CHECK(!timers.accept({Timer::Advance, second.generation}));
}

BOOST_AUTO_TEST_CASE(a_cancelled_timer_fires_for_nothing) {
  Timers timers;
  const SetTimer set = timers.set(Timer::Idle, Instant{1s});

  BOOST_CHECK(timers.cancel(Timer::Idle));
  BOOST_CHECK(!timers.cancel(Timer::Idle));
  BOOST_CHECK(!timers.accept({Timer::Idle, set.generation}));
  BOOST_CHECK(!timers.armed_at(Timer::Idle));
}

BOOST_AUTO_TEST_CASE(timers_do_not_touch_each_other) {
  Timers timers;
  const SetTimer retry = timers.set(Timer::Retry, Instant{1s});
  const SetTimer idle = timers.set(Timer::Idle, Instant{2s});

  BOOST_CHECK(timers.armed_at(Timer::Retry) == Instant{1s});
  BOOST_CHECK(timers.accept({Timer::Idle, idle.generation}));
  BOOST_CHECK(timers.accept({Timer::Retry, retry.generation}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
