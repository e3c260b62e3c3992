#pragma once

#include <cstddef>
#include <functional>

#include "protocol/base/bytes.hpp"

namespace troupe::actors {

/// Yields that many fresh random bytes. Handed to an actor when it is spawned, so that a simulation
/// can hand in a seeded stream. Called by one actor only; copies share nothing but their source.
using Randomness = std::function<Bytes(std::size_t)>;

/// The kernel's random bytes (getrandom). Aborts the program if the kernel has none to give.
[[nodiscard]] Randomness system_randomness();

}  // namespace troupe::actors
