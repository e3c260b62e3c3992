#include "tests/actors/raw_peer.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "actors/noise_keys.hpp"
#include "actors/randomness.hpp"
#include "actors/socket.hpp"
#include "protocol/base/invariant.hpp"
#include "protocol/network/framing.hpp"
#include "tests/actors/swarm_node.hpp"

namespace troupe::test {

namespace {

Instant now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

network::ConnectionSetup setup_of(std::uint8_t number) {
  network::ConnectionSetup setup{.role = network::Role::Dialer,
                                 .node_key = node_key(number),
                                 .noise_keys = actors::draw_noise_keys(actors::system_randomness()),
                                 .expected_peer = std::nullopt,
                                 .protocols = {},
                                 .identity = {},
                                 .remote_address = std::nullopt,
                                 .limits = {}};
  setup.identity.agent_version = "raw";
  for (const auto channel : actors::kChannels) {
    setup.protocols.emplace_back(actors::protocol_id(channel));
  }
  return setup;
}

}  // namespace

RawClient::RawClient(const network::Multiaddr& address) {
  auto connected = actors::connect_tcp(address, kPatience, actors::make_cancel_event());
  INVARIANT(connected.ok());
  descriptor_ = std::move(*connected);
  // From here on it blocks, but not for ever.
  const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int flags = ::fcntl(descriptor_.get(), F_GETFL);
  ::fcntl(descriptor_.get(), F_SETFL, flags & ~O_NONBLOCK);
}

void RawClient::send(ByteView bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    // Whoever was hung up on notices when it reads.
    if (count <= 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void RawClient::finish() {
  ::shutdown(descriptor_.get(), SHUT_WR);
}

bool RawClient::is_hung_up_on() {
  while (receive()) {
  }
  return errno != EAGAIN;
}

std::optional<Bytes> RawClient::receive() {
  Bytes bytes(64 * 1024);
  errno = 0;
  const auto count = ::recv(descriptor_.get(), bytes.data(), bytes.size(), 0);
  if (count <= 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

RawPeer::RawPeer(std::uint8_t number, const network::Multiaddr& address)
    : connection(setup_of(number), now()), client_(address) {}

bool RawPeer::run_until(const std::function<bool(const network::ConnectionEvent&)>& is_met) {
  do {
    collect();
    while (looked_at_ < events_.size()) {
      if (is_met(events_[looked_at_++])) return true;
    }
  } while (step());
  return false;
}

bool RawPeer::run_until_drained(network::StreamNumber stream) {
  write();
  while (connection.queued_bytes(stream) > 0) {
    if (!step()) return false;
    write();
  }
  return true;
}

bool RawPeer::step() {
  write();
  if (connection.is_closed()) return false;
  if (const auto bytes = client_.receive()) {
    connection.received(*bytes, now());
  } else {
    connection.disconnected();
  }
  return true;
}

bool RawPeer::run_until_ready() {
  return run_until([](const auto& event) {
    return std::holds_alternative<network::connection_event::Ready>(event);
  });
}

bool RawPeer::run_until_closed() {
  return run_until([](const auto& event) {
    return std::holds_alternative<network::connection_event::Closed>(event);
  });
}

bool RawPeer::ping() {
  if (!connection.ping(network::PingPayload{}, now())) return false;
  return run_until([](const auto& event) {
    return std::holds_alternative<network::connection_event::Ponged>(event);
  });
}

network::StreamNumber RawPeer::open(actors::Channel channel, const std::vector<Bytes>& messages) {
  const auto stream = connection.open(std::string{actors::protocol_id(channel)}, now()).value();
  Bytes bytes;
  for (const auto& message : messages)
    network::append_message(bytes, message);
  send(stream, bytes);
  return stream;
}

void RawPeer::send(network::StreamNumber stream, ByteView bytes) {
  connection.send(stream, bytes);
  write();
}

void RawPeer::write() {
  Bytes bytes;
  while (connection.drain(bytes)) {
    client_.send(bytes);
    bytes.clear();
  }
}

void RawPeer::collect() {
  for (auto& event : connection.take_events())
    events_.push_back(std::move(event));
}

}  // namespace troupe::test
