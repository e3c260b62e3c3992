#pragma once

#include <chrono>
#include <optional>

#include "actors/descriptor.hpp"
#include "actors/swarm_messages.hpp"
#include "protocol/base/result.hpp"
#include "protocol/network/multiaddr.hpp"

// TCP by plain system calls, for what CAF's brokers cannot do: listen at a chosen address with
// errors that have names, and connect with a deadline.
namespace troupe::actors {

struct Listening {
  Descriptor descriptor;
  network::Multiaddr address;  ///< with the port that was chosen if 0 was asked for
};

/// A non-blocking socket that listens at `/ip4|ip6/<address>/tcp/<port>`.
/// Errors: NotTcp, BusyPort, AddressRefused.
[[nodiscard]] Result<Listening, SwarmError> listen_tcp(const network::Multiaddr& address);

/// Connects to `/ip4|ip6|dns|dns4|dns6/<host>/tcp/<port>`; tries the addresses of a name in turn.
/// Blocks until it is done, the deadline has passed or `cancel` becomes readable, except that name
/// resolution has a time limit of its own (resolv.conf(5), timeout).
/// Errors: NotTcp, Unreachable, Timeout (also when cancelled).
[[nodiscard]] Result<Descriptor, SwarmError> connect_tcp(const network::Multiaddr& address,
                                                         std::chrono::milliseconds deadline,
                                                         const Descriptor& cancel);

/// The far end of a connected socket; nothing if it is gone already.
[[nodiscard]] std::optional<network::Multiaddr> remote_address(const Descriptor& descriptor);

/// A descriptor that becomes readable, for good, with fire().
[[nodiscard]] Descriptor make_cancel_event();
void fire(const Descriptor& event);

}  // namespace troupe::actors
