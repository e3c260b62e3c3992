#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/network/close_reason.hpp"
#include "protocol/network/connection_stream.hpp"
#include "protocol/network/identify.hpp"
#include "protocol/network/multiaddr.hpp"
#include "protocol/network/noise.hpp"
#include "protocol/network/peer_id.hpp"
#include "protocol/network/ping.hpp"
#include "protocol/network/role.hpp"
#include "protocol/network/upgrade.hpp"
#include "protocol/network/yamux.hpp"

// One TCP connection to a libp2p peer, from its first byte to its last:
//
//   bytes -> multistream(/noise) -> Noise XX -> muxer (early, or multistream) -> Yamux
//         -> per stream: multistream -> identify | identify push | ping | a protocol of the
//         application
namespace troupe::network {

struct ConnectionLimits {
  YamuxLimits muxer;
  Duration upgrade_timeout = kUpgradeTimeout;
  Duration stream_negotiation_timeout = kStreamNegotiationTimeout;
  Duration keep_alive_interval = kKeepAliveInterval;
  Duration keep_alive_timeout = kKeepAliveTimeout;
  Duration idle_timeout = kConnectionIdleTimeout;
};

/// What we say about ourselves by identify. Protocols are added by the connection.
struct OwnIdentity {
  std::string protocol_version = "ipfs/0.1.0";
  std::string agent_version;
  std::vector<Multiaddr> listen_addresses;
};

struct ConnectionSetup {
  Role role;
  crypto::KeyPair node_key;
  NoiseKeys noise_keys;
  std::optional<PeerId> expected_peer;  ///< the dialed peer; another one is refused
  std::vector<std::string> protocols;   ///< application protocols that the peer may open
  bool early_muxer = true;              ///< advertise Yamux inside the Noise handshake
  OwnIdentity identity;
  std::optional<Multiaddr> remote_address;  ///< told to the peer as its observed address
  ConnectionLimits limits;
};

namespace connection_event {
/// The handshake proved who the peer is: the time to check an allow-list, and close() if need be.
struct Secured {
  PeerId peer;
  crypto::PublicKey key;
};

/// The muxer runs: streams may be opened.
struct Ready {};

/// A protocol is agreed on this stream. Data may follow. For an outbound stream this answers
/// open().
struct StreamOpened {
  StreamNumber stream;
  std::string protocol;
  Direction direction;
};

/// The peer does not speak the protocol of open(); the stream is gone.
struct ProtocolRefused {
  StreamNumber stream;
  std::string protocol;
};

/// Call consumed() with the size once the application is done with the bytes.
struct Data {
  StreamNumber stream;
  Bytes bytes;
};

/// The peer sends no more on the stream; we may go on until finish().
struct StreamFinished {
  StreamNumber stream;
};

/// The stream is gone in both directions; reset by the peer, or its negotiation timed out or
/// failed.
struct StreamReset {
  StreamNumber stream;
};

/// What the peer says about itself: after the connection opened, and after each push.
struct Identified {
  Identification identification;
};

/// The answer to ping().
struct Ponged {
  Duration round_trip;
};

/// The last event. Drain once more, then close the socket.
struct Closed {
  CloseReason reason;
  std::string_view detail;
};
}  // namespace connection_event

using ConnectionEvent = std::variant<connection_event::Secured,
                                     connection_event::Ready,
                                     connection_event::StreamOpened,
                                     connection_event::ProtocolRefused,
                                     connection_event::Data,
                                     connection_event::StreamFinished,
                                     connection_event::StreamReset,
                                     connection_event::Identified,
                                     connection_event::Ponged,
                                     connection_event::Closed>;

enum class OpenError {
  NotReady,        ///< before Ready or after Closed
  TooManyStreams,  ///< as many as the muxer's limits allow are open or unanswered; try later
  Exhausted,       ///< the connection's stream numbers are used up, or it is about to close
  Busy,            ///< a ping is under way
};

[[nodiscard]] std::string_view describe(OpenError error);

/// The whole of a connection as one pure machine.
///
/// Inputs change the state; then the caller takes the events and drains the bytes for the socket.
/// After Closed every input is ignored. Streams of identify and ping never show as events.
///
/// How a caller uses it, for each thing that happens on its socket or timer:
///   connection.received(bytes, now);             // or open, send, consumed, tick, ...
///   for (auto& event : connection.take_events()) ...
///   while (socket has room && connection.drain(buffer)) write(buffer);
class Connection {
 public:
  /// What one drain appends at most, roughly; smaller drains let urgent streams overtake bulk.
  static constexpr std::size_t kDrainBytes = 256 * 1024;

  Connection(ConnectionSetup setup, Instant now);
  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;

  // Inputs from below.

  void received(ByteView bytes, Instant now);

  /// The peer closed its side of the socket.
  void disconnected();

  /// Lets timeouts happen. Call at or after next_deadline().
  void tick(Instant now);

  // Inputs from above. Those that name a stream are ignored if it is no longer live.

  /// Opens a stream and proposes the protocol; StreamOpened or ProtocolRefused answers. Bytes may
  /// be sent at once: they wait for the answer.
  [[nodiscard]] Result<StreamNumber, OpenError> open(std::string protocol, Instant now);

  /// Queues bytes for the peer. False if the stream is gone or finished.
  bool send(StreamNumber stream, ByteView bytes);

  /// Returns window to the peer; every byte of every Data event must be consumed sometime.
  void consumed(StreamNumber stream, std::size_t bytes);

  /// We send no more on this stream. It ends when the peer has finished too.
  void finish(StreamNumber stream);

  void reset(StreamNumber stream);

  /// Measures a round trip with the libp2p ping protocol; Ponged answers, or nothing if the peer
  /// does not speak it. The payload is to be random.
  [[nodiscard]] Result<Done, OpenError> ping(const PingPayload& payload, Instant now);

  /// Tells the peer by identify push what is new about us.
  [[nodiscard]] Result<Done, OpenError> push_identity(OwnIdentity identity, Instant now);

  /// Says go away if the muxer runs, and closes.
  void close();

  // Outputs.

  [[nodiscard]] std::vector<ConnectionEvent> take_events();

  /// Appends bytes for the socket, about `bytes_max` at most: small frames share one Noise message,
  /// large ones fill messages of 64 KiB. True if anything was appended.
  bool drain(Bytes& to, std::size_t bytes_max = kDrainBytes);

  // Queries.

  /// When tick() has something to do next.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] bool is_ready() const { return phase_ == Phase::Open; }

  [[nodiscard]] bool is_closed() const { return phase_ == Phase::Closed; }

  [[nodiscard]] const std::optional<PeerId>& peer() const { return peer_; }

  /// Bytes of this stream that wait for the peer's window or for a drain.
  [[nodiscard]] std::size_t queued_bytes(StreamNumber stream) const;

  /// All bytes held: queued for the peer, received in part, and received without being consumed.
  [[nodiscard]] std::size_t buffered_bytes() const;

  /// The last round trip of a keep-alive ping.
  [[nodiscard]] std::optional<Duration> round_trip() const { return round_trip_; }

 private:
  enum class Phase { Upgrading, Open, Closed };
  using Streams = std::map<StreamNumber, ConnectionStream>;

  // The layers.
  void on_upgraded();
  void read_channel(ByteView wire);
  [[nodiscard]] bool feed_muxer(ByteView plain);
  void handle_muxer_events();
  void fail(CloseCause cause);
  void flush_muxer(std::size_t bytes_max);

  // What the muxer reports.
  void on_muxer_event(const yamux_event::Opened& event);
  void on_muxer_event(yamux_event::Data& event);
  void on_muxer_event(const yamux_event::Finished& event);
  void on_muxer_event(const yamux_event::Reset& event);
  void on_muxer_event(const yamux_event::Ended& event);
  void on_muxer_event(const yamux_event::Pong& event);
  void on_muxer_event(const yamux_event::WentAway& event);

  // Bytes for what runs on a stream. Each may replace the stream's use or drop the stream.
  void on_data(StreamNumber number, stream_use::Negotiating& use, Bytes bytes);
  void on_data(StreamNumber number, stream_use::ForApplication& use, Bytes bytes);
  void on_data(StreamNumber number, stream_use::Identifying& use, Bytes bytes);
  void on_data(StreamNumber number, stream_use::Said& use, Bytes bytes);
  void on_data(StreamNumber number, stream_use::AnsweringPing& use, Bytes bytes);
  void on_data(StreamNumber number, stream_use::AskingPing& use, Bytes bytes);

  // The end of what the peer sends on a stream.
  void on_finished(StreamNumber number, stream_use::Negotiating& use);
  void on_finished(StreamNumber number, stream_use::ForApplication& use);
  void on_finished(StreamNumber number, stream_use::Identifying& use);
  void on_finished(StreamNumber number, stream_use::Said& use);
  void on_finished(StreamNumber number, stream_use::AnsweringPing& use);
  void on_finished(StreamNumber number, stream_use::AskingPing& use);

  // A stream's life.
  [[nodiscard]] Result<StreamNumber, OpenError> start_stream(std::string protocol);
  void on_agreed(StreamNumber number, ConnectionStream& stream);
  void begin_inbound(StreamNumber number, ConnectionStream& stream);
  void begin_outbound(StreamNumber number, ConnectionStream& stream);
  void begin_application(StreamNumber number, ConnectionStream& stream);
  void tell_identity(StreamNumber number, ConnectionStream& stream);
  void begin_ping(StreamNumber number, ConnectionStream& stream);
  void return_ping_window(StreamNumber number, stream_use::AnsweringPing& use);
  void return_ping_windows();
  void drop_stream(StreamNumber number);
  void erase_stream(Streams::iterator stream);
  void set_deadline(StreamNumber number, ConnectionStream& stream, std::optional<Instant> deadline);
  [[nodiscard]] bool is_own_protocol(std::string_view protocol) const;
  [[nodiscard]] bool belongs_to_application(const ConnectionStream& stream) const;

  // Time.
  void send_keep_alive();
  void check_keep_alive();
  void expire_streams();

  ConnectionSetup setup_;
  std::unique_ptr<const std::vector<std::string>> supported_;  // responders point to it
  Phase phase_ = Phase::Upgrading;
  Instant now_;
  Instant upgrade_deadline_;
  std::optional<Upgrade> upgrade_;
  std::optional<SecureChannel> channel_;
  std::optional<Yamux> muxer_;
  std::optional<PeerId> peer_;
  Identification identification_;  // what the peer has said so far

  Streams streams_;
  std::set<std::pair<Instant, StreamNumber>> deadlines_;
  std::size_t application_streams_ = 0;
  std::size_t held_bytes_ = 0;
  Instant idle_since_;
  std::optional<PingPayload> ping_payload_;  // of the ping under way
  std::set<StreamNumber> answering_pings_;   // at most kPingStreamsInboundMax

  std::uint32_t keep_alive_number_ = 0;
  Instant keep_alive_sent_;
  bool keep_alive_answered_ = false;
  std::optional<Duration> round_trip_;

  std::vector<ConnectionEvent> events_;
  Bytes wire_out_;  // of the upgrade, and the last words after close
  Bytes plain_in_;  // kept between calls for its memory only
  Bytes plain_out_;
};

}  // namespace troupe::network
