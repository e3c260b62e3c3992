#include "actors/admin_tunnel.hpp"

#include <utility>

#include "actors/connection_broker.hpp"
#include "protocol/base/invariant.hpp"

namespace troupe::actors {

AdminTunnel::AdminTunnel(TunnelActor::pointer self,
                         SessionActor session,
                         network::StreamNumber stream,
                         ConsoleEntry entry)
    : self_(self),
      session_(std::move(session)),
      stream_(stream),
      link_(std::move(entry.link)),
      guard_(entry.gate) {}

TunnelActor::behavior_type AdminTunnel::make_behavior() {
  broker_ = spawn_connection_broker(self_->system(), link_, SocketOwner{TunnelActor{self_}});
  self_->monitor(broker_);
  self_->monitor(session_);
  // Neither end is of use without the other.
  self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); });
  return {
      [this](internal::bytes_atom, const ReadBytes& read) { on_read(read); },
      [this](internal::wrote_atom, std::uint64_t bytes) { on_wrote(bytes); },
      [this](internal::tunnel_atom, const Bytes& bytes) { on_console(bytes); },
      [this](internal::rearm_atom, std::uint64_t reads) {
        caf::anon_send(broker_, internal::rearm_atom{}, reads);
      },
      [this](internal::finish_atom) { on_finish(); },
  };
}

void AdminTunnel::on_read(const ReadBytes& read) {
  Bytes bytes(read.bytes.begin(), read.bytes.end());
  self_->send(session_, internal::tunnel_atom{}, stream_, std::move(bytes));
}

void AdminTunnel::on_console(const Bytes& bytes) {
  auto passed = guard_.from_console(bytes);
  if (!passed) return self_->quit();
  owed_ += bytes.size();
  unwritten_ += passed->size();
  if (!passed->empty()) caf::anon_send(broker_, internal::write_atom{}, std::move(passed).value());
  return_window();
}

void AdminTunnel::on_wrote(std::uint64_t bytes) {
  INVARIANT(bytes <= unwritten_);
  unwritten_ -= bytes;
  return_window();
}

void AdminTunnel::on_finish() {
  caf::anon_send(broker_, internal::finish_atom{});
}

void AdminTunnel::return_window() {
  if (unwritten_ > 0 || owed_ == 0) return;
  self_->send(session_, internal::took_atom{}, stream_, std::exchange(owed_, 0));
}

}  // namespace troupe::actors
