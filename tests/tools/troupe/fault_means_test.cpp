#include "tools/troupe/fault_means.hpp"

#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

using Told = std::vector<std::pair<std::string, std::string>>;

ActiveFault fault_of(FaultKind kind, std::vector<std::string> nodes) {
  ActiveFault fault;
  fault.kind = kind;
  fault.sides = {std::move(nodes)};
  fault.since_ms = 1000;
  return fault;
}

ActiveFault clock_of(const std::string& node, std::int64_t ahead_ms) {
  auto fault = fault_of(FaultKind::Clock, {node});
  fault.ahead_ms = ahead_ms;
  return fault;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fault_means_test)

BOOST_AUTO_TEST_CASE(nodes_are_told_what_to_suffer_and_when_it_is_over) {
  Stage stage;
  auto context = stage.context();
  const auto clock = record_fault(stage.net, clock_of("n1", 3'600'000));
  BOOST_REQUIRE(clock.ok());

  BOOST_TEST(inject_fault(context, stage.net, *clock).ok());
  BOOST_TEST(undo_fault(context, stage.net, *clock).ok());

  BOOST_CHECK((stage.ledger.told == Told{{"clock", "3600000"}, {"clock", "0"}}));
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_run_is_passed_over) {
  Stage stage;
  auto context = stage.context();

  BOOST_TEST(
      inject_fault(context, stage.net, fault_of(FaultKind::Stall, {"n1", "n2"})).ok());  // n1 runs

  BOOST_CHECK((stage.ledger.told == Told{{"stall", "1"}}));
}

BOOST_AUTO_TEST_CASE(what_another_fault_asks_of_the_same_node_stays_when_one_is_undone) {
  Stage stage;
  auto context = stage.context();
  BOOST_REQUIRE(record_fault(stage.net, clock_of("n1", -30'000)).ok());
  BOOST_REQUIRE(record_fault(stage.net, fault_of(FaultKind::Stall, {"n1"})).ok());
  const auto second = record_fault(stage.net, clock_of("n1", 5'000));
  BOOST_REQUIRE(second.ok());

  BOOST_TEST(undo_fault(context, stage.net, *second).ok());

  BOOST_CHECK((stage.ledger.told == Told{{"clock", "-30000"}}));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_lost_is_an_error_and_no_silence) {
  Stage stage;
  stage.ledger.is_lost = true;
  auto context = stage.context();

  const auto done = inject_fault(context, stage.net, fault_of(FaultKind::Stall, {"n1"}));

  BOOST_TEST_REQUIRE(!done.ok());
  BOOST_TEST(done.error().code == "unreachable");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
