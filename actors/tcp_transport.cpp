#include "actors/tcp_transport.hpp"

#include <utility>

#include "actors/connection_broker.hpp"
#include "actors/dialer.hpp"
#include "actors/listener_broker.hpp"
#include "actors/socket.hpp"

namespace troupe::actors {

namespace {

class TcpWire final : public Wire {
 public:
  explicit TcpWire(Descriptor descriptor)
      : descriptor_(std::make_shared<Descriptor>(std::move(descriptor))) {}

  [[nodiscard]] std::optional<network::Multiaddr> remote_address() const override {
    return actors::remote_address(*descriptor_);
  }

  [[nodiscard]] caf::actor carry(caf::actor_system& system, const SocketOwner& owner) override {
    return spawn_connection_broker(system, descriptor_, owner);
  }

 private:
  SharedDescriptor descriptor_;
};

class TcpTransport final : public Transport {
 public:
  TcpTransport() : cancel_dials_(std::make_shared<Descriptor>(make_cancel_event())) {}

  ~TcpTransport() override { fire(*cancel_dials_); }

  [[nodiscard]] Result<Listener, SwarmError> listen(const SwarmCore& swarm,
                                                    caf::actor_system& system,
                                                    const network::Multiaddr& address) override {
    auto opened = listen_tcp(address);
    if (!opened) return failure(opened.error());
    const auto descriptor = std::make_shared<Descriptor>(std::move(opened->descriptor));
    return Listener{spawn_listener_broker(system, descriptor, swarm), opened->address};
  }

  void dial(const SwarmCore& swarm,
            caf::actor_system& system,
            std::uint64_t ticket,
            const network::Multiaddr& address) override {
    spawn_dialer(swarm, system, ticket, address, cancel_dials_);
  }

 private:
  SharedDescriptor cancel_dials_;  // shared with the dialers
};

}  // namespace

SharedWire make_tcp_wire(Descriptor descriptor) {
  return std::make_shared<TcpWire>(std::move(descriptor));
}

std::unique_ptr<Transport> make_tcp_transport() {
  return std::make_unique<TcpTransport>();
}

}  // namespace troupe::actors
