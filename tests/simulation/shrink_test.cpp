#include "tools/simulator/shrink.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

namespace troupe::simulator {

namespace {

Drawn run_with(std::uint32_t faults) {
  Drawn run;
  run.strategy = Strategy::Priority;
  run.scenario.duration = Duration{8'000'000};
  for (std::uint32_t i = 1; i <= faults; ++i) {
    scenario::Fault fault;
    fault.id = "f" + std::to_string(i);
    run.scenario.faults.push_back(fault);
  }
  return run;
}

bool has(const Drawn& run, const std::string& id) {
  return std::ranges::any_of(run.scenario.faults,
                             [&](const scenario::Fault& fault) { return fault.id == id; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shrink_test)

BOOST_AUTO_TEST_CASE(only_the_faults_that_matter_are_left) {
  const Try attempt = [](const Drawn& run) {
    Outcome outcome;
    if (has(run, "f3") && has(run, "f11"))
      outcome.violations.push_back({Verdict::Safety, "votes", "both"});
    return outcome;
  };

  const Shrunk shrunk = shrink(run_with(16), attempt, 500);

  BOOST_TEST(shrunk.run.scenario.faults.size() == 2u);
  BOOST_TEST(has(shrunk.run, "f3"));
  BOOST_TEST(has(shrunk.run, "f11"));
  BOOST_TEST((shrunk.run.strategy == Strategy::Fifo));
}

BOOST_AUTO_TEST_CASE(a_run_that_fails_otherwise_is_not_taken_for_the_same) {
  const Try attempt = [](const Drawn& run) {
    Outcome outcome;
    const std::string checker = has(run, "f1") ? "votes" : "durability";
    outcome.violations.push_back({Verdict::Safety, checker, "it fails anyhow"});
    return outcome;
  };

  const Shrunk shrunk = shrink(run_with(4), attempt, 500);

  BOOST_TEST(shrunk.run.scenario.faults.size() == 1u);
  BOOST_TEST(has(shrunk.run, "f1"));
}

BOOST_AUTO_TEST_CASE(no_more_is_tried_than_allowed) {
  std::uint64_t tries = 0;
  const Try attempt = [&](const Drawn&) {
    ++tries;
    Outcome outcome;
    outcome.violations.push_back({Verdict::Liveness, "liveness", "always"});
    return outcome;
  };

  const Shrunk shrunk = shrink(run_with(64), attempt, 5);

  BOOST_TEST(shrunk.tries == 5u);
  BOOST_TEST(tries == 6u);  // the first one says how it fails
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
