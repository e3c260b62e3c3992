#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/time.hpp"

namespace troupe::simulator {

struct CoreReport {
  std::vector<std::string> violations;
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  std::uint64_t height = 0;  ///< of the highest final block
  std::uint64_t accused = 0;
  Duration simulated{0};
  std::uint32_t nodes = 0;
};

/// One network of 4 to 7 validators, drawn from the seed: up to f liars; loss, delay, reordering,
/// doubling; partitions; crashes with journal; power cuts of all. Storm and healing alternate; after
/// each healing a finalization is owed within f + 2 views, at the end all honest nodes hold the same
/// chain, and every batch that an honest validator sealed is on it.
[[nodiscard]] CoreReport run_core_storm(std::uint64_t seed);

}  // namespace troupe::simulator
