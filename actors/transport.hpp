#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "actors/session_messages.hpp"

// Where a swarm's connections come from: TCP in a process, pipes of virtual time in the simulator.
// Everything above, from the first byte of a handshake to the backoff of a dial, is the same code.
namespace troupe::actors {

/// A connection that is open and whose bytes nobody reads yet. Closed with its last holder.
class Wire {
 public:
  Wire() = default;
  virtual ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// Where the far end is; nothing if it is gone already.
  [[nodiscard]] virtual std::optional<network::Multiaddr> remote_address() const = 0;

  /// Spawns whoever carries its bytes to and from their owner from now on; connection_broker.hpp
  /// has what they say to each other. REQUIRES: called once.
  [[nodiscard]] virtual caf::actor carry(caf::actor_system& system, const SocketOwner& owner) = 0;
};

/// Where a swarm is heard of, and whoever hears.
struct Listener {
  /// Hands the swarm what comes in: listener_broker.hpp has what they say to each other.
  caf::actor broker;
  network::Multiaddr address;  ///< with the port that was chosen if 0 was asked for
};

/// Used by one swarm. Ends every dial under way when it goes.
class Transport {
 public:
  Transport() = default;
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Errors: NotTcp, BusyPort, AddressRefused.
  [[nodiscard]] virtual Result<Listener, SwarmError> listen(const SwarmCore& swarm,
                                                            caf::actor_system& system,
                                                            const network::Multiaddr& address) = 0;

  /// Connects; the swarm hears (dialled_atom, Dialled) within kDialDeadline, or never once this is
  /// gone. Errors: NotTcp, Unreachable, Timeout.
  virtual void dial(const SwarmCore& swarm,
                    caf::actor_system& system,
                    std::uint64_t ticket,
                    const network::Multiaddr& address) = 0;
};

}  // namespace troupe::actors
