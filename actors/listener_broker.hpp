#pragma once

#include <caf/io/all.hpp>

#include "actors/session_messages.hpp"

namespace troupe::actors {

/// Accepts connections at a listening socket and hands each to the swarm, unread. It accepts
/// kPendingInboundMax ahead; (rearm_atom, n) lets it accept n more. While the process has no
/// descriptor left it hangs up on whoever comes. It ends with its swarm; (deaf_atom) tells the swarm
/// that the listening socket was lost.
[[nodiscard]] caf::actor spawn_listener_broker(caf::actor_system& system,
                                               const SharedDescriptor& descriptor,
                                               const SwarmCore& swarm);

}  // namespace troupe::actors
