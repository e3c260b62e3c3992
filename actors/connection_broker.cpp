#include "actors/connection_broker.hpp"

#include <chrono>
#include <utility>

#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/doorman_impl.hpp>
#include <caf/io/network/scribe_impl.hpp>
#include <sys/socket.h>

#include "protocol/base/limits.hpp"

namespace troupe::actors {

namespace {

using caf::io::connection_handle;
using internal::accepted_atom;
using internal::bytes_atom;
using internal::deaf_atom;
using internal::finish_atom;
using internal::rearm_atom;
using internal::write_atom;
using internal::wrote_atom;

/// How long a connection that is to end may take to hand its last bytes to the kernel.
constexpr auto kFinishTimeout = std::chrono::milliseconds(500);
/// Reads below this size are copied out of CAF's buffer, which then need not be cleared again.
constexpr std::size_t kCopyBytesMax = 8 * 1024;

caf::io::network::default_multiplexer& backend_of(caf::io::broker* self) {
  return static_cast<caf::io::network::default_multiplexer&>(self->system().middleman().backend());
}

/// Reads on when it is told to, at whatever moment that is.
///
/// CAF 0.17.6 stops reading in two steps: it asks the event loop to forget the socket, and the
/// handler forgets its reader once the loop has done so. A handler that is told to read on between
/// the two still has its reader, takes that for reading, and is then forgotten for good. Dropping
/// the reader first makes it ask the loop again, which cancels what the first step asked for.
template <class Handler, class Manager>
void read_on(Handler& handler, Manager* manager) {
  handler.removed_from_loop(caf::io::network::operation::read);
  handler.activate(manager);
}

class Scribe : public caf::io::network::scribe_impl {
 public:
  using scribe_impl::scribe_impl;

  void add_to_loop() override { read_on(stream_, this); }
};

/// The moving parts of one connection's broker.
class ConnectionBroker {
 public:
  static constexpr const char* name = "connection-broker";

  /// Takes over the socket, which the descriptor must still hold.
  void start(caf::io::broker* self, int descriptor, SessionActor session) {
    self_ = self;
    session_ = std::move(session);
    auto scribe = caf::make_counted<Scribe>(backend_of(self), descriptor);
    handle_ = scribe->hdl();
    self->add_scribe(std::move(scribe));
    self->configure_read(handle_, caf::io::receive_policy::at_most(kReadBytesMax));
    self->ack_writes(handle_, true);
    self->trigger(handle_, kReadsInFlightMax);
    self->monitor(session_);
    self->set_down_handler([this](const caf::down_msg&) { on_session_down(); });
  }

  void on_read(caf::io::new_data_msg& message) {
    ReadBytes read;
    if (message.buf.size() <= kCopyBytesMax) {
      read.bytes = message.buf;
    } else {
      read.bytes = std::move(message.buf);
    }
    self_->send(session_, bytes_atom{}, std::move(read));
  }

  void on_rearm(std::uint64_t reads) { self_->trigger(handle_, reads); }

  void on_write(const Bytes& bytes) {
    unwritten_ += bytes.size();
    self_->write(handle_, bytes.size(), bytes.data());
    self_->flush(handle_);
  }

  void on_wrote(const caf::io::data_transferred_msg& progress) {
    const auto written = unwritten_ - progress.remaining;
    unwritten_ = progress.remaining;
    self_->send(session_, wrote_atom{}, static_cast<std::uint64_t>(written));
    if (finishing_ && unwritten_ == 0) end();
  }

  void on_finish() {
    finishing_ = true;
    if (unwritten_ == 0) return end();
    self_->delayed_send(self_, kFinishTimeout, caf::tick_atom::value);
  }

  void on_session_down() {
    // A session that ends in order has said so; what it wrote last may still be on its way.
    if (!finishing_) end();
  }

  /// Ends for good in both directions. CAF on its own would send a FIN and wait for the peer's, and
  /// keep the socket and its buffer for as long as the peer likes.
  void end() {
    if (self_->valid(handle_)) ::shutdown(static_cast<int>(handle_.id()), SHUT_RDWR);
    self_->quit();
  }

 private:
  caf::io::broker* self_ = nullptr;
  SessionActor session_;
  connection_handle handle_;
  std::size_t unwritten_ = 0;
  bool finishing_ = false;
};

using ConnectionBrokerActor = caf::stateful_actor<ConnectionBroker, caf::io::broker>;

caf::behavior connection_broker(ConnectionBrokerActor* self,
                                const SharedDescriptor& descriptor,
                                const SessionActor& session) {
  auto& state = self->state;
  state.start(self, descriptor->release(), session);
  return {
      [&state](caf::io::new_data_msg& message) { state.on_read(message); },
      [&state](rearm_atom, std::uint64_t reads) { state.on_rearm(reads); },
      [&state](write_atom, const Bytes& bytes) { state.on_write(bytes); },
      [&state](const caf::io::data_transferred_msg& progress) { state.on_wrote(progress); },
      [&state](finish_atom) { state.on_finish(); },
      [&state](caf::tick_atom) { state.end(); },
      [](const caf::io::connection_passivated_msg&) {},
      [&state](const caf::io::connection_closed_msg&) { state.end(); },
  };
}

/// Accepts without making a connection of it: only the descriptor is of interest, and whoever is
/// refused costs nothing more.
class BareDoorman : public caf::io::network::doorman_impl {
 public:
  BareDoorman(caf::io::network::default_multiplexer& backend, int descriptor)
      : doorman_impl(backend, descriptor) {}

  void add_to_loop() override { read_on(acceptor_, this); }

  bool new_connection() override {
    if (detached()) return false;
    const auto accepted = acceptor_.accepted_socket();
    return doorman::new_connection(&acceptor_.backend(), connection_handle::from_int(accepted));
  }
};

class ListenerBroker {
 public:
  static constexpr const char* name = "listener-broker";

  void start(caf::io::broker* self, int descriptor, SwarmCore swarm) {
    self_ = self;
    swarm_ = std::move(swarm);
    auto doorman = caf::make_counted<BareDoorman>(backend_of(self), descriptor);
    handle_ = doorman->hdl();
    self->add_doorman(std::move(doorman));
    self->trigger(handle_, kPendingInboundMax);
    self->monitor(swarm_);
    self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  }

  void on_connection(const caf::io::new_connection_msg& message) {
    auto descriptor = std::make_shared<Descriptor>(static_cast<int>(message.handle.id()));
    self_->send(swarm_, accepted_atom{}, Accepted{std::move(descriptor)});
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
                              const SwarmCore& swarm) {
  auto& state = self->state;
  state.start(self, descriptor->release(), swarm);
  return {
      [&state](const caf::io::new_connection_msg& message) { state.on_connection(message); },
      [&state](rearm_atom, std::uint64_t connections) { state.on_rearm(connections); },
      [](const caf::io::acceptor_passivated_msg&) {},
      [&state](const caf::io::acceptor_closed_msg&) { state.on_closed(); },
  };
}

}  // namespace

caf::actor spawn_connection_broker(caf::actor_system& system,
                                   const SharedDescriptor& descriptor,
                                   const SessionActor& session) {
  return system.middleman().spawn_broker(connection_broker, descriptor, session);
}

caf::actor spawn_listener_broker(caf::actor_system& system,
                                 const SharedDescriptor& descriptor,
                                 const SwarmCore& swarm) {
  return system.middleman().spawn_broker(listener_broker, descriptor, swarm);
}

}  // namespace troupe::actors
