#include "actors/connection_broker.hpp"

#include <chrono>
#include <utility>

#include <caf/io/network/scribe_impl.hpp>
#include <sys/socket.h>

#include "actors/event_loop.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::actors {

namespace {

using caf::io::connection_handle;
using internal::bytes_atom;
using internal::finish_atom;
using internal::rearm_atom;
using internal::write_atom;
using internal::wrote_atom;

/// How long a connection that is to end may take to hand its last bytes to the kernel.
constexpr auto kFinishTimeout = std::chrono::milliseconds(500);
/// Reads below this size are copied out of CAF's buffer, which then need not be cleared again.
constexpr std::size_t kCopyBytesMax = 8 * 1024;

/// CAF's own, but for how it reads on.
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
  void start(caf::io::broker* self, int descriptor, SocketOwner owner) {
    self_ = self;
    owner_ = std::move(owner);
    auto scribe = caf::make_counted<Scribe>(event_loop_of(self), descriptor);
    handle_ = scribe->hdl();
    self->add_scribe(std::move(scribe));
    self->configure_read(handle_, caf::io::receive_policy::at_most(kReadBytesMax));
    self->ack_writes(handle_, true);
    self->trigger(handle_, kReadsInFlightMax);
    self->monitor(owner_);
    self->set_down_handler([this](const caf::down_msg&) { on_owner_down(); });
  }

  void on_read(caf::io::new_data_msg& message) {
    ReadBytes read;
    if (message.buf.size() <= kCopyBytesMax) {
      read.bytes = message.buf;
    } else {
      read.bytes = std::move(message.buf);
    }
    self_->send(owner_, bytes_atom{}, std::move(read));
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
    self_->send(owner_, wrote_atom{}, static_cast<std::uint64_t>(written));
    if (finishing_ && unwritten_ == 0) end();
  }

  void on_finish() {
    finishing_ = true;
    if (unwritten_ == 0) return end();
    self_->delayed_send(self_, kFinishTimeout, caf::tick_atom::value);
  }

  void on_owner_down() {
    // An owner that ends in order has said so; what it wrote last may still be on its way.
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
  SocketOwner owner_;
  connection_handle handle_;
  std::size_t unwritten_ = 0;
  bool finishing_ = false;
};

using ConnectionBrokerActor = caf::stateful_actor<ConnectionBroker, caf::io::broker>;

caf::behavior connection_broker(ConnectionBrokerActor* self,
                                const SharedDescriptor& descriptor,
                                const SocketOwner& owner) {
  auto& state = self->state;
  state.start(self, descriptor->release(), owner);
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

}  // namespace

caf::actor spawn_connection_broker(caf::actor_system& system,
                                   const SharedDescriptor& descriptor,
                                   const SocketOwner& owner) {
  return system.middleman().spawn_broker(connection_broker, descriptor, owner);
}

}  // namespace troupe::actors
