#include "tools/bench/measure.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(measure_test)

BOOST_AUTO_TEST_CASE(percentiles_are_the_samples_of_those_ranks) {
  Latencies latencies;
  for (int i = 100; i >= 1; --i)
    latencies.add(std::chrono::milliseconds(i));

  BOOST_TEST(latencies.percentile(50) == 50.0);
  BOOST_TEST(latencies.percentile(95) == 95.0);
  BOOST_TEST(latencies.percentile(100) == 100.0);
  BOOST_TEST(latencies.percentile(0) == 1.0);
}

BOOST_AUTO_TEST_CASE(samples_may_come_several_at_a_time) {
  Latencies latencies;
  latencies.add(std::chrono::milliseconds(1), 3);
  latencies.add(std::chrono::milliseconds(9));

  BOOST_TEST(latencies.count() == 4u);
  BOOST_TEST(latencies.percentile(75) == 1.0);
  BOOST_TEST(latencies.percentile(76) == 9.0);
}

BOOST_AUTO_TEST_CASE(no_samples_have_no_latency) {
  Latencies latencies;

  BOOST_TEST(latencies.percentile(50) == 0.0);
}

BOOST_AUTO_TEST_CASE(what_is_measured_in_turns_is_compared_pair_by_pair) {
  // A machine that slows down in the middle: the means of all would say 0.6.
  const auto ratio = ratio_of_turns({100, 90, 100, 95, 10, 10, 10, 8, 10, 9, 7});

  BOOST_TEST(ratio.pairs == 5u);
  BOOST_TEST(ratio.median == 0.9);
  BOOST_TEST(ratio.low == 0.9);
  BOOST_TEST(ratio.high == 0.95);
}

BOOST_AUTO_TEST_CASE(turns_without_a_count_compare_to_nothing) {
  BOOST_TEST(ratio_of_turns({}).pairs == 0u);
  BOOST_TEST(ratio_of_turns({5}).pairs == 0u);
  BOOST_TEST(ratio_of_turns({0, 5}).pairs == 0u);
  BOOST_TEST(ratio_of_turns({0, 5, 2, 1}).median == 0.5);
}

BOOST_AUTO_TEST_CASE(cpu_time_is_read_past_a_name_with_spaces_and_parentheses) {
  const std::string stat =
      "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 100 0 0";

  BOOST_TEST(cpu_seconds(stat, 100).value_or(-1) == 3.0);
  BOOST_TEST(!cpu_seconds("42 (cut) S 1 2", 100).has_value());
  BOOST_TEST(!cpu_seconds("", 100).has_value());
}

BOOST_AUTO_TEST_CASE(this_process_uses_memory_and_one_that_is_not_there_does_not) {
  BOOST_TEST(resident_bytes_of(getpid()).value_or(0) > 100'000u);
  BOOST_TEST(cpu_seconds_of(getpid()).has_value());
  BOOST_TEST(!resident_bytes_of(0).has_value());
  BOOST_TEST(!cpu_seconds_of(-1).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
