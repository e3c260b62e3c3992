#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lanes_world.hpp"

namespace troupe::ledger {

namespace {

using samples::LanesWorld;

struct Storm {
  bool has_restarts = false;
  bool has_partition = false;
  std::uint32_t loss_percent = 0;
};

/// Load under faults, then healing, then the judgement.
void weather(LanesWorld& world, const Storm& storm) {
  world.faults.loss_percent = storm.loss_percent;
  world.faults.delay_max = std::chrono::milliseconds(20);
  for (int i = 0; i < 150; ++i) {
    const auto node = static_cast<std::uint32_t>(samples::below(world.random(), samples::kNodes));
    const std::uint64_t count = samples::below(world.random(), 12);
    world.submit(node, count);
    if (storm.has_partition) world.faults.has_partition = i > 40 && i < 90;
    const bool dies = storm.has_restarts && samples::below(world.random(), 10) == 0;
    if (dies) {
      world.restart(static_cast<std::uint32_t>(samples::below(world.random(), samples::kNodes)));
    }
    world.run_for(std::chrono::milliseconds(15));
  }
  world.faults = {};
  world.run_for(std::chrono::seconds(20));
  BOOST_TEST_MESSAGE("height " << world.height() << ", ordered " << world.ordered() << " of "
                               << world.accepted() << " accepted, " << world.fetched()
                               << " batches fetched");
}

std::uint64_t seed_of(std::uint64_t run) {
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed() << " run " << run);
  return samples::seed() + run;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_simulation_test)

BOOST_AUTO_TEST_CASE(without_faults_everything_accepted_is_ordered) {
  LanesWorld world(seed_of(0));

  weather(world, {});

  BOOST_TEST(world.accepted() > 300u);
  BOOST_TEST(world.ordered() == world.accepted());
  world.check_converged();
}

BOOST_AUTO_TEST_CASE(loss_and_reordering_lose_no_transaction) {
  for (std::uint64_t run = 0; run < 15; ++run) {
    LanesWorld world(seed_of(run));

    weather(world, {.loss_percent = 20});

    BOOST_TEST(world.ordered() == world.accepted());
    world.check_converged();
  }
}

BOOST_AUTO_TEST_CASE(a_partition_stops_ordering_and_healing_resumes_it) {
  for (std::uint64_t run = 0; run < 15; ++run) {
    LanesWorld world(seed_of(run));

    weather(world, {.has_partition = true, .loss_percent = 5});

    BOOST_TEST(world.ordered() == world.accepted());
    world.check_converged();
  }
}

BOOST_AUTO_TEST_CASE(no_lane_forks_across_restarts_and_what_was_sealed_is_ordered) {
  for (std::uint64_t run = 0; run < 30; ++run) {
    LanesWorld world(seed_of(run));

    weather(world, {.has_restarts = true, .has_partition = run % 2 == 0, .loss_percent = 10});

    BOOST_TEST(world.ordered() > 0u);
    BOOST_TEST(world.ordered() <= world.accepted());
    world.check_converged();
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_effects) {
  LanesWorld first(seed_of(3));
  LanesWorld second(seed_of(3));

  weather(first, {.has_restarts = true, .loss_percent = 10});
  weather(second, {.has_restarts = true, .loss_percent = 10});

  BOOST_TEST((first.trace() == second.trace()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
