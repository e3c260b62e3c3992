#pragma once

#include <caf/io/all.hpp>

#include "actors/session_messages.hpp"

// With listener_broker.hpp the only actors that touch TCP sockets. They share CAF's one I/O thread,
// so they move bytes and do nothing else.
namespace troupe::actors {

/// Carries the bytes of one connection between its socket and its owner.
///
/// From the owner: (write_atom, Bytes), at most kPipelineBytesMax unwritten at any time;
/// (rearm_atom, n) for n reads that it has dealt with; (finish_atom) to end once everything is
/// written. It ends with its owner, and its end tells the owner that the socket is closed.
[[nodiscard]] caf::actor spawn_connection_broker(caf::actor_system& system,
                                                 const SharedDescriptor& descriptor,
                                                 const SocketOwner& owner);

}  // namespace troupe::actors
