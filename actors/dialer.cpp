#include "actors/dialer.hpp"

#include <memory>
#include <utility>

#include "actors/socket.hpp"
#include "actors/tcp_transport.hpp"

namespace troupe::actors {

namespace {

Dialled dial(std::uint64_t ticket, const network::Multiaddr& address, const Descriptor& cancel) {
  auto connected = connect_tcp(address, kDialDeadline, cancel);
  if (!connected) return Dialled{ticket, failure(connected.error())};
  return Dialled{ticket, make_tcp_wire(std::move(*connected))};
}

}  // namespace

void spawn_dialer(const SwarmCore& swarm,
                  caf::actor_system& system,
                  std::uint64_t ticket,
                  const network::Multiaddr& address,
                  const SharedDescriptor& cancel) {
  system.spawn<caf::detached>([swarm, ticket, address, cancel](caf::event_based_actor*) {
    caf::anon_send(swarm, internal::dialled_atom{}, dial(ticket, address, *cancel));
  });
}

}  // namespace troupe::actors
