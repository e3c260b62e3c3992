#include "tools/simulator/workers.hpp"

#include <cstdlib>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

namespace troupe::simulator {

BOOST_AUTO_TEST_SUITE(workers_test)

BOOST_AUTO_TEST_CASE(results_come_in_the_order_of_the_jobs) {
  Workers workers(25, 3, [](std::uint64_t number) { return "job " + std::to_string(number); });

  for (std::uint64_t number = 0; number < 25; ++number)
    BOOST_TEST(workers.next().value_or("died") == "job " + std::to_string(number));

  BOOST_TEST(workers.left() == 0u);
}

BOOST_AUTO_TEST_CASE(a_process_that_dies_takes_one_job_with_it) {
  Workers workers(9, 2, [](std::uint64_t number) {
    if (number == 4 || number == 8) _exit(70);
    return std::to_string(number);
  });

  for (std::uint64_t number = 0; number < 9; ++number) {
    const auto result = workers.next();
    BOOST_TEST(result.has_value() == (number != 4 && number != 8));
    if (result) BOOST_TEST(*result == std::to_string(number));
  }
}

BOOST_AUTO_TEST_CASE(a_result_may_be_longer_than_a_pipe_is_deep) {
  const std::string large(300'000, 'x');
  Workers workers(4, 2, [&large](std::uint64_t) { return large; });

  while (workers.left() > 0)
    BOOST_TEST(workers.next().value_or("").size() == large.size());
}

BOOST_AUTO_TEST_CASE(what_nobody_waits_for_any_more_is_ended) {
  Workers workers(1'000'000, 2, [](std::uint64_t number) { return std::to_string(number); });

  BOOST_TEST(workers.next().value_or("") == "0");
  BOOST_TEST(workers.left() == 999'999u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
