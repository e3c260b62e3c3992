#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/admin_messages.hpp"

namespace troupe::tools {

/// Calls `then`, once and from another thread, as soon as the node is connected to so many
/// validators that they are a quorum together.
void announce_quorum(caf::actor_system& system,
                     actors::AdminActor admin,
                     std::function<void()> then);

/// How many validators this node reaches, itself included if it is one. Observers do not count.
[[nodiscard]] std::size_t validators_reached(const actors::StatusReport& status,
                                             const actors::PeersReport& peers);

}  // namespace troupe::tools
