#pragma once

#include <memory>
#include <set>
#include <vector>

#include "tools/scenario/scenario.hpp"
#include "tools/simulator/liar.hpp"
#include "tools/simulator/world.hpp"

namespace troupe::simulator {

/// Who lies in a run, drawn from its seed before the run begins.
struct LiarCast {
  struct Part {
    const scenario::Byzantine* table = nullptr;
    std::vector<std::size_t> on;  ///< validators, ascending
  };

  std::vector<Part> parts;
  std::set<std::size_t> liars;     ///< validators, over all parts
  std::vector<std::size_t> twins;  ///< those of them that run twice
};

/// Requires a scenario for whose liars there are means; it must outlive the cast.
[[nodiscard]] LiarCast cast_liars(const scenario::Scenario& scenario, std::uint64_t seed);

/// Gives every liar of the cast its mouth and ear, and masks to twins. What it returns must outlive
/// the world.
[[nodiscard]] std::vector<std::unique_ptr<Liar>> set_liars(World& world,
                                                           const LiarCast& cast,
                                                           const consensus::Electorate& electorate,
                                                           std::uint64_t seed);

/// Which half of a twin a validator sees in a round: the first, the second, or both. Random masks
/// draw it; enumerated ones are the seed-th of all ways to fill so many rounds.
enum class Half : std::uint8_t { First = 0, Second = 1, Both = 2 };

[[nodiscard]] Half half_seen(const scenario::Masks& masks,
                             std::size_t validator,
                             std::size_t validators,
                             std::uint64_t round,
                             std::uint64_t seed);

}  // namespace troupe::simulator
