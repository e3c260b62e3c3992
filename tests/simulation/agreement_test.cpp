#include <cstdlib>
#include <iostream>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tools/simulator/judge.hpp"
#include "tools/simulator/swarm.hpp"
#include "tools/simulator/world.hpp"

// Whole nodes under everything that the swarm draws. TROUPE_SEEDS sets how many seeds, TROUPE_SEED
// the one that is run alone.
namespace troupe::simulator {

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Outcome judged(std::uint64_t seed) {
  const Outcome outcome = play_seed(seed);
  for (const Violation& violation : outcome.violations) {
    BOOST_ERROR("seed " << seed << " (" << describe_faults(draw(seed).scenario)
                        << "): " << violation.checker << ": " << violation.what);
  }
  return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(agreement_test)

BOOST_AUTO_TEST_CASE(four_quiet_nodes_finalize_what_a_client_submits) {
  World world(WorldOptions{});
  Judge judge(world.genesis(), {});
  world.add_witness(judge);
  world.boot_all();
  world.run_for(std::chrono::milliseconds(100));

  world.submit(0);
  const bool is_final =
      world.run_until(std::chrono::seconds(5), [&] { return world.acknowledged().size() == 1; });

  BOOST_TEST(is_final);
  BOOST_TEST(judge.violations().empty());
  BOOST_TEST(judge.final_view() > 0);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_trace) {
  const std::uint64_t first = from_environment("TROUPE_SEED", 7);
  for (std::uint64_t seed = first; seed < first + 5; ++seed) {
    const Outcome one = play_seed(seed);
    const Outcome again = play_seed(seed);

    BOOST_TEST(one.trace == again.trace);
    BOOST_TEST(one.jobs == again.jobs);
  }
}

BOOST_AUTO_TEST_CASE(after_a_storm_all_nodes_agree_and_nothing_acknowledged_is_lost) {
  const std::uint64_t first = from_environment("TROUPE_SEED", 116);
  const std::uint64_t count =
      std::getenv("TROUPE_SEED") != nullptr ? 1 : from_environment("TROUPE_SEEDS", 20);
  std::size_t heights = 0;
  std::size_t acknowledged = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome outcome = judged(seed);
    heights += outcome.height;
    acknowledged += outcome.acknowledged;
  }
  std::cout << count << " seeds from " << first << ": " << heights << " blocks, " << acknowledged
            << " acknowledged transactions\n";
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
