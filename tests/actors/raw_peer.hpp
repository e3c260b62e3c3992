#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/descriptor.hpp"
#include "actors/swarm_messages.hpp"
#include "protocol/network/connection.hpp"

namespace troupe::test {

/// A TCP client that says exactly what a test wants, and can be asked what it was told.
class RawClient {
 public:
  /// Connects, or fails the test.
  explicit RawClient(const network::Multiaddr& address);

  void send(ByteView bytes);

  void send(std::string_view text) { send(as_bytes(text)); }

  /// Ends its own side only.
  void finish();

  /// Reads until the other side ends; false if it does not in time.
  [[nodiscard]] bool is_hung_up_on();

  /// What is there, after waiting for at least a byte. Nothing if the other side ended.
  [[nodiscard]] std::optional<Bytes> receive();

  [[nodiscard]] const actors::Descriptor& descriptor() const { return descriptor_; }

 private:
  actors::Descriptor descriptor_;
};

/// A libp2p peer in the hands of a test: the real connection machine over a blocking socket, with
/// the application's part left to the test. It need not keep to any rule of the channels.
class RawPeer {
 public:
  RawPeer(std::uint8_t number, const network::Multiaddr& address);

  /// Drives the connection until something that happened is as wanted; false if it ends before.
  [[nodiscard]] bool run_until(const std::function<bool(const network::ConnectionEvent&)>& is_met);

  /// Until all that was sent on this stream has left, as the other side's windows allowed.
  [[nodiscard]] bool run_until_drained(network::StreamNumber stream);
  [[nodiscard]] bool run_until_ready();
  [[nodiscard]] bool run_until_closed();
  /// Asks and waits for a pong: everything sent before has been dealt with then.
  [[nodiscard]] bool ping();

  /// Opens a stream of a channel and sends these messages on it, framed.
  network::StreamNumber open(actors::Channel channel, const std::vector<Bytes>& messages);
  void send(network::StreamNumber stream, ByteView bytes);

  /// Writes what the connection has to send, as far as the other side's windows allow.
  void write();

  network::Connection connection;

 private:
  void collect();
  /// Writes, reads once and takes what happened. False if the connection has ended.
  bool step();

  RawClient client_;
  std::vector<network::ConnectionEvent> events_;
  std::size_t looked_at_ = 0;
};

}  // namespace troupe::test
