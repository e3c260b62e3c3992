#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/admin_messages.hpp"

namespace troupe::tools {

/// Calls `then`, once and from another thread, as soon as the node is connected to so many others
/// that they have a quorum together.
void announce_quorum(caf::actor_system& system,
                     actors::AdminActor admin,
                     std::function<void()> then);

/// True if this node and those it is connected to are enough to decide.
[[nodiscard]] bool has_quorum(const actors::StatusReport& status);

}  // namespace troupe::tools
