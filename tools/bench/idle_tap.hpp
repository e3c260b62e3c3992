#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe::tools {

/// What the tap (actors/message_tap.hpp) costs while nobody observes. A node cannot run without its
/// tap, so this plays a game of its own: two actors on one thread pass a message to and fro and do
/// nothing else, in turns without a tap (0, 2, ...) and in turns with one that is closed (1, 3, ...).
/// A message that does nothing is the worst case: whatever a real one costs, the share is smaller.
///
/// Returns the messages per second of each of the `2 * pairs` turns, for ratio_of_turns.
[[nodiscard]] std::vector<std::uint64_t> play_beside_idle_tap(std::size_t pairs,
                                                              std::uint64_t messages_per_turn);

}  // namespace troupe::tools
