#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tools/simulator/core/core_storm.hpp"

// Thousands of seeded networks of machines. TROUPE_SEEDS sets how many, TROUPE_SEED the first one.
namespace troupe::simulator {

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets the environment while tests run
  const char* const given = std::getenv(name);
  return given == nullptr ? otherwise : std::stoull(given);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulation_test)

BOOST_AUTO_TEST_CASE(no_seed_breaks_an_invariant_and_every_network_is_live_after_healing) {
  const std::uint64_t first = from_environment("TROUPE_SEED", 1);
  const std::uint64_t count = from_environment("TROUPE_SEEDS", 400);
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t steps = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const CoreReport report = run_core_storm(seed);
    steps += report.steps;
    for (const std::string& violation : report.violations) {
      BOOST_ERROR("seed " << seed << ": " << violation);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << count << " seeds from " << first << ", " << steps << " steps, "
            << static_cast<double>(count) / took.count() << " seeds/s\n";
}

BOOST_AUTO_TEST_CASE(one_seed_gives_one_trace) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    BOOST_CHECK_EQUAL(run_core_storm(seed).trace_hash, run_core_storm(seed).trace_hash);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
