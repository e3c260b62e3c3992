#pragma once

#include <cstdint>
#include <optional>

#include "tools/scenario/scenario.hpp"

namespace troupe::simulator {

/// Adds what the swarm draws of overload and hostile input (families O and H) to a scenario that has
/// its other faults: some connections that nobody asked for only where nothing takes hold of single
/// messages. `broken` is the node, if any, that counts in f already; what needs a member that lies
/// has no other.
void draw_overload(scenario::Scenario& scenario,
                   std::uint64_t seed,
                   std::optional<std::uint64_t> broken);

}  // namespace troupe::simulator
