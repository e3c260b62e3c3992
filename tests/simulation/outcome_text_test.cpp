#include "tools/simulator/outcome_text.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::simulator {

BOOST_AUTO_TEST_SUITE(outcome_text_test)

BOOST_AUTO_TEST_CASE(what_one_process_writes_another_reads) {
  Outcome outcome;
  outcome.violations.push_back({Verdict::Safety, "votes", "n1 said \"two\"\nthings"});
  outcome.trace = 0xfedcba9876543210;
  outcome.jobs = 12;
  outcome.crashes = 1;
  outcome.power_cuts = 2;
  outcome.height = 30;
  outcome.acknowledged = 4;
  outcome.accused = 1;
  outcome.simulated = Duration{123'456'789};
  outcome.nodes = 7;
  outcome.marks = {"a crash", "a reset"};

  const std::string line = to_line(outcome);
  const auto read = outcome_in(line);

  BOOST_TEST(line.find('\n') == std::string::npos);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(to_line(*read) == line);
  BOOST_TEST(read->trace == outcome.trace);
  BOOST_TEST((read->verdict() == Verdict::Safety));
  BOOST_TEST(read->violations.front().what == outcome.violations.front().what);
}

BOOST_AUTO_TEST_CASE(what_is_no_outcome_is_nothing) {
  BOOST_TEST(!outcome_in("").has_value());
  BOOST_TEST(!outcome_in("7").has_value());
  BOOST_TEST(!outcome_in("{\"trace\":1}").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
