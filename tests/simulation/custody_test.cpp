#include <boost/test/unit_test.hpp>

#include "tools/simulator/play.hpp"

// Whole nodes whose disks somebody alters behind their backs (tools/simulator/player_custody.cpp).
namespace troupe::simulator {

namespace {

/// Somebody rewrites a record on these disks; afterwards so many entries must have been mended.
scenario::Scenario tampered(const scenario::Nodes& on, std::uint64_t min) {
  scenario::Scenario scenario;
  scenario.load.kind = scenario::LoadKind::Put;
  scenario.load.rate = {20, false};
  scenario::Fault fault;
  fault.id = "thief";
  fault.kind = scenario::Tamper{std::nullopt, "owner=mallory"};
  fault.on = scenario::selector::Named{on};
  fault.at.height = 20;
  scenario.faults.push_back(std::move(fault));
  scenario::RepairedFromPeers repaired;
  repaired.min = min;
  scenario.expectations.emplace_back(repaired);
  return scenario;
}

Outcome run(const scenario::Scenario& scenario, std::uint64_t seed) {
  PlayOptions options;
  options.seed = seed;
  return play(scenario, options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(custody_test)

BOOST_AUTO_TEST_CASE(what_is_altered_on_a_disk_is_told_to_nobody_built_upon_by_nobody_and_mended) {
  for (const scenario::Nodes& on : {scenario::Nodes{"n2"}, {"n1", "n2"}}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      for (const Violation& violation : run(tampered(on, on.size()), seed).violations)
        BOOST_ERROR("seed " << seed << ": " << violation.checker << ": " << violation.what);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_repair_that_did_not_happen_is_missed) {
  const Outcome outcome = run(tampered({"n2"}, 1000), 1);

  BOOST_TEST((outcome.verdict() == Verdict::Expectation));
  BOOST_REQUIRE(!outcome.violations.empty());
  BOOST_TEST(outcome.violations.front().checker == "repaired_from_peers");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
