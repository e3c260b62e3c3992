#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/network/connection.hpp"
#include "tests/support/vectors.hpp"

// Two ends of one connection in a test, wired by hand.
namespace troupe::network::testing {

inline constexpr Instant kStart{std::chrono::seconds(1000)};

inline crypto::KeyPair node_key(std::uint8_t number) {
  return *crypto::KeyPair::from_seed(Bytes(32, number));
}

inline NoiseKeys noise_keys(std::uint8_t number) {
  NoiseKeys keys{};
  keys.static_private.fill(static_cast<std::uint8_t>(0x10 + number));
  keys.ephemeral_private.fill(static_cast<std::uint8_t>(0x20 + number));
  return keys;
}

/// A dialer with the node key of seed 01..01 and a listener with that of 02..02: the keys of the
/// vectors. Both speak /echo/1.0.0.
inline ConnectionSetup setup(Role role) {
  const std::uint8_t number = role == Role::Dialer ? 1 : 2;
  return {.role = role,
          .node_key = node_key(number),
          .noise_keys = noise_keys(number),
          .expected_peer = {},
          .protocols = {"/echo/1.0.0"},
          .early_muxer = true,
          .identity = {.protocol_version = "ipfs/0.1.0",
                       .agent_version = role == Role::Dialer ? "dialer" : "listener",
                       .listen_addresses = {}},
          .remote_address = {},
          .limits = {}};
}

/// One end and all the events it has had.
struct End {
  explicit End(ConnectionSetup own_setup) : connection(std::move(own_setup), kStart) {}

  void collect() {
    for (auto& event : connection.take_events())
      events.push_back(std::move(event));
  }

  template <class Event>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        events, [](const auto& event) { return std::holds_alternative<Event>(event); }));
  }

  /// The first event of the kind; nothing if there was none.
  template <class Event>
  [[nodiscard]] std::optional<Event> first() const {
    for (const auto& event : events)
      if (const auto* found = std::get_if<Event>(&event)) return *found;
    return std::nullopt;
  }

  /// Everything that arrived on a stream.
  [[nodiscard]] Bytes data(StreamNumber stream) const {
    Bytes bytes;
    for (const auto& event : events)
      if (const auto* found = std::get_if<connection_event::Data>(&event);
          found != nullptr && found->stream == stream)
        append(bytes, found->bytes);
    return bytes;
  }

  [[nodiscard]] std::optional<CloseReason> close_reason() const {
    const auto closed = first<connection_event::Closed>();
    if (!closed) return std::nullopt;
    return closed->reason;
  }

  Connection connection;
  std::vector<ConnectionEvent> events;
};

/// Two connected ends; bytes move only when run() is called.
struct Pair {
  Pair() : Pair(setup(Role::Dialer), setup(Role::Listener)) {}

  Pair(ConnectionSetup of_dialer, ConnectionSetup of_listener)
      : dialer(std::move(of_dialer)), listener(std::move(of_listener)) {}

  /// Carries bytes both ways until nothing moves any more.
  void run() {
    while (carry(dialer, listener) || carry(listener, dialer)) {
    }
    dialer.collect();
    listener.collect();
  }

  /// Carries what one end has to say to the other. False if it had nothing to say.
  bool carry(End& from, End& to) const {
    Bytes wire;
    if (!from.connection.drain(wire)) return false;
    to.connection.received(wire, now);
    from.collect();
    to.collect();
    return true;
  }

  /// An echo stream opened by the dialer and agreed on by both.
  StreamNumber open_stream() {
    const StreamNumber stream = dialer.connection.open("/echo/1.0.0", now).value();
    run();
    return stream;
  }

  End dialer;
  End listener;
  Instant now = kStart;
};

/// An established channel to a Connection under test, spoken by hand on the other side.
class Speaker {
 public:
  explicit Speaker(End& end) : end_(&end) {
    Bytes wire;
    Upgrade upgrade({.role = Role::Dialer,
                     .node_key = node_key(1),
                     .keys = noise_keys(1),
                     .expected_peer = std::nullopt,
                     .muxers = {std::string(kYamuxProtocol)}},
                    wire);
    while (!upgrade.is_complete()) {
      end.connection.received(wire, kStart);
      wire.clear();
      Bytes answer;
      end.connection.drain(answer);
      ByteView rest = answer;
      BOOST_TEST_REQUIRE(upgrade.received(rest, wire).ok());
    }
    channel_.emplace(upgrade.take_channel());
    end.connection.received(wire, kStart);
    end.collect();
  }

  /// Says these Yamux bytes, in hexadecimal, inside the channel.
  void say(std::string_view frames, Instant now = kStart) {
    Bytes wire;
    channel_->seal(support::hex(frames), wire);
    end_->connection.received(wire, now);
    end_->collect();
  }

  /// The Yamux bytes that the connection has to say.
  Bytes hear() {
    Bytes wire;
    end_->connection.drain(wire);
    ByteView rest = wire;
    Bytes plain;
    while (true) {
      const auto opened = channel_->open_next(rest, plain);
      BOOST_TEST_REQUIRE(opened.ok());
      if (!*opened) return plain;
    }
  }

 private:
  End* end_;
  std::optional<SecureChannel> channel_;
};

}  // namespace troupe::network::testing
