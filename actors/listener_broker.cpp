#include "actors/listener_broker.hpp"

#include <cerrno>
#include <utility>

#include <caf/io/network/acceptor_impl.hpp>
#include <fcntl.h>
#include <sys/socket.h>

#include "actors/event_loop.hpp"
#include "actors/tcp_transport.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::actors {

namespace {

using caf::io::connection_handle;
using internal::accepted_atom;
using internal::deaf_atom;
using internal::rearm_atom;

Descriptor open_spare() {
  return Descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

/// Accepts even when the process has no descriptor left: a spare one is given up for the moment it
/// takes to hang up. Otherwise the connection would stay in the queue and wake the event loop for
/// ever.
class SparingAcceptance {
 public:
  explicit SparingAcceptance(Descriptor spare) : spare_(std::move(spare)) {}

  /// False if nothing was accepted.
  bool try_accept(caf::io::network::native_socket& accepted,
                  caf::io::network::native_socket listening) {
    accepted = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) return true;
    if (errno == EMFILE || errno == ENFILE) hang_up(listening);
    return false;
  }

 private:
  void hang_up(caf::io::network::native_socket listening) {
    spare_ = Descriptor{};
    { const Descriptor refused{::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC)}; }
    spare_ = open_spare();
  }

  Descriptor spare_;
};

/// Accepts without making a connection of it: only the descriptor is of interest, and whoever is
/// refused costs nothing more.
class Doorman : public caf::io::doorman {
 public:
  Doorman(caf::io::network::default_multiplexer& loop, int descriptor, Descriptor spare)
      : doorman(caf::io::accept_handle::from_int(descriptor)),
        acceptor_(loop, descriptor, std::move(spare)) {}

  bool new_connection() override {
    if (detached()) return false;
    const auto accepted = acceptor_.accepted_socket();
    return doorman::new_connection(&acceptor_.backend(), connection_handle::from_int(accepted));
  }

  void launch() override { acceptor_.start(this); }

  void add_to_loop() override { read_on(acceptor_, this); }

  void remove_from_loop() override { acceptor_.passivate(); }

  void graceful_shutdown() override {
    acceptor_.graceful_shutdown();
    detach(&acceptor_.backend(), false);
  }

  std::string addr() const override {
    const auto found = caf::io::network::local_addr_of_fd(acceptor_.fd());
    return found ? *found : std::string{};
  }

  std::uint16_t port() const override {
    const auto found = caf::io::network::local_port_of_fd(acceptor_.fd());
    return found ? *found : std::uint16_t{0};
  }

 private:
  caf::io::network::acceptor_impl<SparingAcceptance> acceptor_;
};

class ListenerBroker {
 public:
  static constexpr const char* name = "listener-broker";

  void start(caf::io::broker* self, int descriptor, Descriptor spare, SwarmCore swarm) {
    self_ = self;
    swarm_ = std::move(swarm);
    auto doorman = caf::make_counted<Doorman>(event_loop_of(self), descriptor, std::move(spare));
    handle_ = doorman->hdl();
    self->add_doorman(std::move(doorman));
    self->trigger(handle_, kPendingInboundMax);
    self->monitor(swarm_);
    self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  }

  void on_connection(const caf::io::new_connection_msg& message) {
    Descriptor accepted{static_cast<int>(message.handle.id())};
    self_->send(swarm_, accepted_atom{}, Accepted{make_tcp_wire(std::move(accepted))});
  }

  void on_rearm(std::uint64_t connections) { self_->trigger(handle_, connections); }

  void on_closed() {
    self_->send(swarm_, deaf_atom{});
    self_->quit();
  }

 private:
  caf::io::broker* self_ = nullptr;
  SwarmCore swarm_;
  caf::io::accept_handle handle_;
};

using ListenerBrokerActor = caf::stateful_actor<ListenerBroker, caf::io::broker>;

caf::behavior listener_broker(ListenerBrokerActor* self,
                              const SharedDescriptor& descriptor,
                              const SharedDescriptor& spare,
                              const SwarmCore& swarm) {
  auto& state = self->state;
  state.start(self, descriptor->release(), std::move(*spare), swarm);
  return {
      [&state](const caf::io::new_connection_msg& message) { state.on_connection(message); },
      [&state](rearm_atom, std::uint64_t connections) { state.on_rearm(connections); },
      [](const caf::io::acceptor_passivated_msg&) {},
      [&state](const caf::io::acceptor_closed_msg&) { state.on_closed(); },
  };
}

}  // namespace

caf::actor spawn_listener_broker(caf::actor_system& system,
                                 const SharedDescriptor& descriptor,
                                 const SwarmCore& swarm) {
  // Opened before anybody can come, and before the process can run out of descriptors.
  const auto spare = std::make_shared<Descriptor>(open_spare());
  return system.middleman().spawn_broker(listener_broker, descriptor, spare, swarm);
}

}  // namespace troupe::actors
