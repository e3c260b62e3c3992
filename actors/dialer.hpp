#pragma once

#include <chrono>
#include <cstdint>

#include "actors/session_messages.hpp"

namespace troupe::actors {

/// Connects to an address in an actor with a thread of its own, which ends when that is done.
/// The swarm hears (dialled_atom, Dialled) within the deadline, or soon after `cancel` is fired.
/// REQUIRES: cancel is an event of make_cancel_event().
void spawn_dialer(const SwarmCore& swarm,
                  caf::actor_system& system,
                  std::uint64_t ticket,
                  const network::Multiaddr& address,
                  const SharedDescriptor& cancel);

/// How long a dial may take. A member in another part of the world answers within a second.
inline constexpr std::chrono::milliseconds kDialDeadline{5000};

}  // namespace troupe::actors
