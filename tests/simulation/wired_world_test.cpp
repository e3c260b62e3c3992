#include <boost/test/unit_test.hpp>

#include "tools/simulator/judge.hpp"
#include "tools/simulator/play.hpp"
#include "tools/simulator/swarm.hpp"
#include "tools/simulator/world.hpp"

// Whole nodes whose swarms and sessions are the real ones: negotiation, Noise, Yamux, dials and their
// backoff, over streams of bytes (T1n).
namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

struct Wired {
  Wired() {
    WorldOptions options;
    options.has_pipes = true;
    options.has_cheap_signatures = false;
    world = std::make_unique<World>(options);
    judge = std::make_unique<Judge>(world->genesis(), std::set<std::size_t>{});
    world->add_witness(*judge);
    world->boot_all();
  }

  bool are_connected() const {
    for (std::size_t left = 0; left < world->size(); ++left) {
      for (std::size_t right = left + 1; right < world->size(); ++right)
        if (!world->pipes()->connects(left, right)) return false;
    }
    return true;
  }

  /// A client's transaction becomes final.
  bool goes_on() {
    const std::size_t before = world->acknowledged().size();
    world->submit(0);
    return world->run_until(20s, [&] { return world->acknowledged().size() > before; });
  }

  std::unique_ptr<World> world;
  std::unique_ptr<Judge> judge;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(wired_world_test)

BOOST_FIXTURE_TEST_CASE(nodes_dial_each_other_and_finalize, Wired) {
  BOOST_TEST(world->run_until(10s, [&] { return are_connected(); }));
  BOOST_TEST(goes_on());
  BOOST_TEST(world->pipes()->bytes_carried() > 0U);
  BOOST_TEST(judge->violations().empty());
}

BOOST_FIXTURE_TEST_CASE(a_changed_byte_ends_a_connection_that_comes_back, Wired) {
  BOOST_REQUIRE(world->run_until(10s, [&] { return are_connected(); }));
  LinkFault corrupt;
  corrupt.kind = LinkFault::Kind::Corrupt;
  world->begin_fault("noise", corrupt, {{0, 1}});
  BOOST_TEST(goes_on());
  BOOST_TEST(world->run_until(10s, [&] { return !world->pipes()->connects(0, 1); }));
  world->end_fault("noise");
  BOOST_TEST(world->run_until(30s, [&] { return are_connected(); }));
  BOOST_TEST(goes_on());
  BOOST_TEST(world->given_up().empty());
}

BOOST_FIXTURE_TEST_CASE(a_node_that_lost_its_power_is_met_again, Wired) {
  BOOST_REQUIRE(world->run_until(10s, [&] { return are_connected(); }));
  world->crash(3, PowerCut::LoseAll);
  BOOST_TEST(goes_on());
  world->boot(3);
  BOOST_TEST(world->run_until(60s, [&] { return are_connected(); }));
  BOOST_TEST(goes_on());
  BOOST_TEST(judge->violations().empty());
}

BOOST_FIXTURE_TEST_CASE(strangers_with_garbage_change_nothing, Wired) {
  BOOST_REQUIRE(world->run_until(10s, [&] { return are_connected(); }));
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    world->knock(1, random.bytes(1 + random.below(2000)));
    world->run_for(10ms);
  }
  BOOST_TEST(goes_on());
  BOOST_TEST(are_connected());
  BOOST_TEST(world->given_up().empty());
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_trace_over_streams_of_bytes) {
  for (std::uint64_t seed = 3; seed < 6; ++seed) {
    const Outcome one = play_seed(seed, Threshold::Within, true);
    const Outcome again = play_seed(seed, Threshold::Within, true);
    BOOST_TEST(one.trace == again.trace);
    BOOST_TEST(one.jobs == again.jobs);
    BOOST_TEST(one.violations.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
