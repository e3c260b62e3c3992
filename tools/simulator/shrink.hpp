#pragma once

#include <cstdint>
#include <functional>

#include "tools/simulator/swarm.hpp"

namespace troupe::simulator {

/// Makes a failing run smaller as long as it fails alike: the same verdict by the same checker.
/// Schedule first, then faults (in halves, quarters, one by one), then what is left of links, load,
/// time and nodes. Every fault draws from streams of its own, so those that stay do what they did.
struct Shrunk {
  Drawn run;
  std::uint64_t tries = 0;
};

/// Judges one candidate; play() in earnest.
using Try = std::function<Outcome(const Drawn& candidate)>;

/// Requires a run that fails. Tries at most `tries_max` candidates.
[[nodiscard]] Shrunk shrink(Drawn run, const Try& attempt, std::uint64_t tries_max);

}  // namespace troupe::simulator
