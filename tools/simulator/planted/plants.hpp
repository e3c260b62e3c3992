#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/consensus/plant.hpp"

// Bugs that are built into this program alone, one at a time, to show that the judges find them.
namespace troupe::simulator {

/// A rule that can be taken out, and where to look for what follows.
struct PlantedBug {
  consensus::Plant rule = consensus::Plant::None;
  std::string_view name;
  /// Runs beyond the threshold show it: it is about who is to blame.
  bool is_beyond = false;
  /// The scenario below tests/, without its ending, in which it must show, because what seeds draw
  /// shows it too rarely. Empty: what they draw does.
  std::string_view ground{};
};

/// Those that live in whole nodes.
[[nodiscard]] const std::vector<PlantedBug>& planted_bugs();

/// From now on this process runs without that rule. None: with all of them.
void plant(consensus::Plant rule);

}  // namespace troupe::simulator
