#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "tools/scenario/scenario.hpp"
#include "tools/simulator/play.hpp"

namespace troupe::simulator {

/// A run whose every choice follows from the seed: how many validators, which faults, when, on whom
/// and how strong, and in which order actors go. Half of all seeds use at most three kinds of
/// faults, because too many at once hide each other.
struct Drawn {
  scenario::Scenario scenario;
  Strategy strategy = Strategy::Uniform;
};

///
/// A third of all runs have liars. Together with disks that break their promises they are at most
/// f; or, beyond the threshold, a coalition of f + 1 to 2 f in every run, and nothing else amiss
/// with them.
enum class Threshold : std::uint8_t { Within, Beyond };

[[nodiscard]] Drawn draw(std::uint64_t seed, Threshold threshold = Threshold::Within);

/// The judged run of what a seed draws; `has_pipes` as in PlayOptions.
[[nodiscard]] Outcome play_seed(std::uint64_t seed,
                                Threshold threshold = Threshold::Within,
                                std::optional<bool> has_pipes = std::nullopt);

/// A run that must fail: every disk lies about what it synced, all lose their power, and nobody is
/// excused for it. Whoever passes this has stopped looking.
[[nodiscard]] Outcome play_canary(std::uint64_t seed);

/// "partition crash": the faults that a run has, for people.
[[nodiscard]] std::string describe_faults(const scenario::Scenario& scenario);

}  // namespace troupe::simulator
