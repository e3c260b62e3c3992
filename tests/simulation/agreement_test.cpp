#include <cstdlib>
#include <iostream>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/simulation/world.hpp"

// Whole nodes under loss, delay, reordering, partitions and crashes. Each seed draws its own
// storm; then the network heals, and everything that was promised must hold.
namespace troupe::simulation {

namespace {

constexpr std::uint32_t kNodes = 4;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct Verdict {
  std::uint64_t trace = 0;
  std::size_t height = 0;
  std::size_t acknowledged = 0;
  std::uint64_t jobs = 0;
};

void storm(World& world, support::Random& random) {
  world.set_weather({std::chrono::milliseconds(1),
                     std::chrono::milliseconds(static_cast<int>(5 + random.below(60))),
                     static_cast<std::uint32_t>(random.below(50))});
  for (int step = 0; step < 12; ++step) {
    for (std::uint64_t i = random.below(4); i > 0; --i)
      world.submit(random.below(kNodes));
    const std::size_t victim = random.below(kNodes);
    switch (random.below(6)) {
      case 0:
        world.partition(static_cast<std::uint32_t>(1 + random.below(14)), random.below(2) == 0);
        break;
      case 1: world.heal(); break;
      case 2:
        if (world.node(victim).is_up()) {
          world.crash(
              victim,
              random.below(2) == 0 ? std::optional(support::PowerCut::Ordered) : std::nullopt);
        }
        break;
      default:
        if (!world.node(victim).is_up()) world.boot(victim);
        break;
    }
    world.run_for(std::chrono::milliseconds(static_cast<int>(50 + random.below(500))));
  }
}

/// Heals everything, demands progress, stops all nodes and compares what their disks hold.
Verdict run(std::uint64_t seed) {
  World world(seed, kNodes);
  support::Random random = support::Random::silent(seed ^ 0x5707);
  world.boot_all();
  storm(world, random);
  world.set_weather({});
  world.heal();
  for (std::size_t i = 0; i < kNodes; ++i) {
    if (!world.node(i).is_up()) world.boot(i);
  }
  world.run_for(std::chrono::seconds(5));
  const std::size_t before = world.acknowledged().size();
  world.submit(seed % kNodes);
  const bool is_live = world.run_until(std::chrono::seconds(90),
                                       [&] { return world.acknowledged().size() > before; });
  BOOST_TEST(is_live, "seed " << seed << ": no finality after healing");
  world.run_for(std::chrono::seconds(10));
  for (std::size_t i = 0; i < kNodes; ++i) {
    BOOST_TEST(world.node(i).failure() == "",
               "seed " << seed << ": node " << i + 1 << ": " << world.node(i).failure());
  }
  Verdict verdict{world.trace(), 0, world.acknowledged().size(), world.jobs()};
  std::vector<std::vector<crypto::Digest>> chains;
  for (std::size_t i = 0; i < kNodes; ++i) {
    world.crash(i, support::PowerCut::LoseAll);
    chains.push_back(stored_chain(world.node(i)));
    BOOST_TEST(missing_from(world.node(i), world.acknowledged()).empty(),
               "seed " << seed << ": node " << i + 1 << " lacks what was acknowledged");
    BOOST_TEST((chains.back() == chains.front()),
               "seed " << seed << ": node " << i + 1 << " has " << chains.back().size()
                       << " blocks, node 1 has " << chains.front().size());
  }
  verdict.height = chains.front().size();
  return verdict;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(agreement_test)

BOOST_AUTO_TEST_CASE(four_quiet_nodes_finalize_what_a_client_submits) {
  World world(1, kNodes);
  world.boot_all();

  world.submit(0);
  const bool is_final =
      world.run_until(std::chrono::seconds(5), [&] { return world.acknowledged().size() == 1; });

  for (std::size_t i = 0; i < kNodes; ++i)
    BOOST_TEST(world.node(i).failure() == "");
  BOOST_TEST(is_final);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_trace) {
  const std::uint64_t seed = from_environment("TROUPE_SEED", 7);

  const Verdict first = run(seed);
  const Verdict second = run(seed);

  BOOST_TEST(first.trace == second.trace);
  BOOST_TEST(first.jobs == second.jobs);
}

BOOST_AUTO_TEST_CASE(after_a_storm_all_nodes_agree_and_nothing_acknowledged_is_lost) {
  const std::uint64_t first = from_environment("TROUPE_SEED", 100);
  const std::uint64_t count =
      std::getenv("TROUPE_SEED") != nullptr ? 1 : from_environment("TROUPE_SEEDS", 100);
  std::size_t heights = 0;
  std::size_t acknowledged = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Verdict verdict = run(seed);
    heights += verdict.height;
    acknowledged += verdict.acknowledged;
  }
  std::cout << count << " seeds from " << first << ": " << heights << " blocks, " << acknowledged
            << " acknowledged transactions\n";
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulation
