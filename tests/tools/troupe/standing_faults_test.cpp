#include "tools/troupe/standing_faults.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"
#include "tools/troupe/init.hpp"

namespace troupe::tools {

namespace {

ActiveFault fault_of(FaultKind kind, Sides sides) {
  ActiveFault fault;
  fault.kind = kind;
  fault.sides = std::move(sides);
  fault.since_ms = 1000;
  return fault;
}

void record(const Stage& stage, const ActiveFault& fault) {
  BOOST_REQUIRE(record_fault(stage.net, fault).ok());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standing_faults_test)

BOOST_AUTO_TEST_CASE(a_node_that_starts_hears_of_what_it_has_to_suffer_and_of_nothing_else) {
  Stage stage;
  auto clock = fault_of(FaultKind::Clock, {{"n1"}});
  clock.ahead_ms = 5'000;
  auto mute = fault_of(FaultKind::Mute, {{"n2", "n1"}});
  mute.channel = "lanes";
  record(stage, clock);
  record(stage, mute);
  record(stage, fault_of(FaultKind::Stall, {{"n2"}}));
  record(stage, fault_of(FaultKind::Crash, {{"n1"}}));

  const auto standing = standing_faults(stage.net, "n1");

  BOOST_TEST_REQUIRE(standing.ok());
  BOOST_REQUIRE(standing->hindrances.size() == 2u);
  BOOST_TEST(standing->hindrances[0].kind == "clock");
  BOOST_TEST(standing->hindrances[0].amount == 5'000);
  BOOST_TEST(standing->hindrances[1].kind == "mute");
  BOOST_TEST(standing->hindrances[1].target == "lanes");
  BOOST_TEST(standing->cut_off.empty());
}

BOOST_AUTO_TEST_CASE(of_a_partition_it_hears_who_is_on_the_other_side) {
  Stage stage;
  record(stage, fault_of(FaultKind::Partition, {{"n1"}, {"n2"}}));
  const auto other = peer_id_of(stage.net.node("n2").value());
  BOOST_TEST_REQUIRE(other.ok());

  const auto standing = standing_faults(stage.net, "n1");

  BOOST_TEST_REQUIRE(standing.ok());
  BOOST_TEST((standing->cut_off == std::vector{other->text()}));
}

BOOST_AUTO_TEST_CASE(a_node_on_no_side_is_cut_off_from_nobody) {
  Stage stage;
  record(stage, fault_of(FaultKind::Partition, {{"n2"}, {"n3"}}));

  const auto standing = standing_faults(stage.net, "n1");

  BOOST_TEST_REQUIRE(standing.ok());
  BOOST_TEST(standing->cut_off.empty());
  BOOST_TEST(standing->hindrances.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
