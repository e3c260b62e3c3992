#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/scenario/scenario.hpp"
#include "tools/simulator/schedule.hpp"
#include "tools/simulator/verdict.hpp"
#include "tools/simulator/witness.hpp"

namespace troupe::simulator {

/// What one run came to.
struct Outcome {
  std::vector<Violation> violations;
  std::uint64_t trace = 0;  ///< equal for equal runs
  std::uint64_t jobs = 0;
  std::uint64_t crashes = 0;
  std::uint64_t power_cuts = 0;
  std::size_t height = 0;
  std::size_t acknowledged = 0;
  std::size_t accused = 0;
  Duration simulated{0};  ///< of the world, to be multiplied by its nodes
  std::uint32_t nodes = 0;
  std::set<std::string> marks;  ///< what came about at least once (marks.hpp)

  [[nodiscard]] Verdict verdict() const { return gravest(violations); }
};

/// How to execute a scenario.
struct PlayOptions {
  std::uint64_t seed = 1;
  Strategy strategy = Strategy::Uniform;
  Witness* witness = nullptr;  ///< told everything, beside the judges
  /// Holds it against a node if its disk broke its promises: what a canary is made of.
  bool believes_disks = false;
  /// Told each line of each node's log, with the time and the node's and the actor's name before it.
  std::function<void(const std::string&)> log = nullptr;
  /// Real sessions over streams of bytes, where the scenario lets that be (T1n); nothing: as the seed
  /// says.
  std::optional<bool> has_pipes = std::nullopt;
};

/// Executes a scenario on whole simulated nodes: the storm of its faults under its load, then
/// everything heals, progress is demanded, everybody stops and the disks are judged. A fault that
/// the simulator has no means for makes the run NotRun, naming it.
[[nodiscard]] Outcome play(const scenario::Scenario& scenario, const PlayOptions& options);

}  // namespace troupe::simulator
