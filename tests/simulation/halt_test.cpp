#include <chrono>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tools/simulator/world.hpp"
#include "tools/troupe/diagnosis.hpp"

// Halts that not every machine lets real processes show: whole nodes on simulated disks, and what the
// diagnosis makes of what they say as they stop.
namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFirst = 1;
constexpr std::size_t kSecond = 2;

DiskFault full_disk() {
  DiskFault fault;
  fault.operation = "write";
  fault.error = storage::StorageErrorKind::Full;
  return fault;
}

bool makes_final(World& world, std::size_t node, Duration within) {
  const std::size_t before = world.acknowledged().size();
  world.submit(node);
  return world.run_until(within, [&] { return world.acknowledged().size() > before; });
}

/// As `troupe explain` would have it: those that gave up are stopped, with their last words.
tools::NetFacts facts_of(const World& world, std::size_t nodes) {
  tools::NetFacts net;
  net.quorum = 3;
  for (std::size_t i = 0; i < nodes; ++i) {
    tools::NodeFacts node;
    node.name = "n" + std::to_string(i + 1);
    node.state = tools::NodeState::Answering;
    for (const auto& given_up : world.given_up()) {
      if (given_up.node != i) continue;
      node.state = tools::NodeState::Stopped;
      node.last_words = given_up.reason;
    }
    net.validators.push_back(node.name);
    net.nodes.push_back(std::move(node));
  }
  return net;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(halt_test)

BOOST_AUTO_TEST_CASE(nodes_whose_disks_are_full_stop_say_so_and_go_on_once_there_is_room) {
  World world({});
  world.boot_all();
  world.run_for(100ms);
  BOOST_REQUIRE(makes_final(world, 0, 10s));

  for (const std::size_t node : {kFirst, kSecond})
    world.disk_faults(node).begin("full", full_disk());
  BOOST_TEST(!makes_final(world, 0, 10s));

  BOOST_REQUIRE(world.given_up().size() == 2u);
  const auto diagnosis = tools::diagnose(facts_of(world, world.size()));
  BOOST_TEST_CONTEXT(diagnosis.sentence) {
    BOOST_TEST(diagnosis.code == "disk-full");
    BOOST_TEST(diagnosis.sentence.find("n2 has no room left on its disk; n3 has no room left") !=
               std::string::npos);
    BOOST_TEST(diagnosis.fix.find("free space and type: troupe net restart n2") !=
               std::string::npos);
  }

  for (const std::size_t node : {kFirst, kSecond}) {
    world.disk_faults(node).end("full");
    world.boot(node);
  }
  BOOST_TEST(makes_final(world, 0, 20s));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
