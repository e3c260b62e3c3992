#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::support {

struct ScenarioReport {
  std::vector<std::string> violations;
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  std::uint64_t height = 0;  ///< of the highest final block
  std::uint64_t accused = 0;
};

/// One network of 4 to 7 validators, drawn from the seed: up to f liars; loss, delay, reordering,
/// doubling; partitions; crashes with journal; power cuts of all. Storm and healing alternate; after
/// each healing a finalization is owed within f + 2 views, at the end all honest nodes hold the same
/// chain, and every batch that an honest validator sealed is on it.
[[nodiscard]] ScenarioReport run_scenario(std::uint64_t seed);

}  // namespace troupe::support
