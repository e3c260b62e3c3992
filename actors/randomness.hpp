#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "protocol/base/bytes.hpp"

namespace troupe::actors {

/// Yields that many fresh random bytes. Handed to an actor when it is spawned, so that a simulation
/// can hand in a seeded stream. The actors of a node call it side by side, so it has no state that a
/// second thread could break.
using Randomness = std::function<Bytes(std::size_t)>;

/// Eight of its bytes as a number.
[[nodiscard]] std::uint64_t random_number(const Randomness& randomness);

/// The kernel's random bytes (getrandom). Aborts the program if the kernel has none to give.
[[nodiscard]] Randomness system_randomness();

}  // namespace troupe::actors
