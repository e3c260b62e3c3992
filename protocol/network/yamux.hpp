#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/network/role.hpp"
#include "protocol/network/yamux_frame.hpp"
#include "protocol/network/yamux_stream.hpp"

// Many streams over one connection (hashicorp/yamux spec.md, as libp2p deploys it: a window of
// 256 KiB per stream and direction to begin with).
namespace troupe::network {

struct YamuxLimits {
  std::size_t inbound_max = kStreamsInboundMax;
  std::size_t outbound_max = kStreamsOutboundMax;
  std::size_t unacknowledged_max = kStreamsUnacknowledgedMax;
  std::size_t unconsumed_bytes_max = kConnectionUnconsumedBytesMax;
  std::size_t control_bytes_max = kControlBytesMax;
  /// What we let the peer send ahead on each stream; at least initial_window_bytes.
  std::uint32_t window_bytes = kStreamWindowBytes;
  /// What either side may send before the first window update. The specification says 256 KiB; both
  /// ends must believe in the same number.
  std::uint32_t initial_window_bytes = kStreamWindowBytes;
  std::uint32_t pings_per_second_max = kYamuxPingsPerSecondMax;
  std::uint32_t empty_frames_per_second_max = kYamuxEmptyFramesPerSecondMax;
  std::uint32_t resets_per_second_max = kYamuxResetsPerSecondMax;
};

enum class YamuxError {
  FrameMalformed,     ///< a header that decode_header refuses
  StreamNumberWrong,  ///< SYN with a number of our parity, or of a live stream
  WindowExceeded,     ///< more data than the window allows
  WindowOverflow,     ///< window updates that add up to more than 32 bits
  DataAfterFin,
  PingFlood,
  EmptyFrameFlood,
  ResetFlood,
  UnconsumedExceeded,  ///< more received bytes than the application may leave unconsumed
  ControlExceeded,     ///< the peer asks for answers and does not read them
};

[[nodiscard]] std::string_view describe(YamuxError error);

enum class YamuxOpenError {
  GoingAway,              ///< one side has announced that it opens and accepts no more streams
  TooManyStreams,         ///< outbound_max streams are open
  TooManyUnacknowledged,  ///< unacknowledged_max streams wait for the peer's first answer
  NumbersExhausted,       ///< 2^31 streams have been opened: open a new connection
};

[[nodiscard]] std::string_view describe(YamuxOpenError error);

namespace yamux_event {
struct Opened {
  StreamNumber stream;
};  ///< by the peer

struct Data {
  StreamNumber stream;
  Bytes bytes;
};

struct Finished {
  StreamNumber stream;
};  ///< the peer sends no more; we may go on

struct Reset {
  StreamNumber stream;
};  ///< by the peer; the stream is forgotten

/// Both sides have finished and all is consumed; the stream is forgotten.
struct Ended {
  StreamNumber stream;
};

struct Pong {
  std::uint32_t opaque;
};

struct WentAway {
  YamuxGoAway code;
};
}  // namespace yamux_event

using YamuxEvent = std::variant<yamux_event::Opened,
                                yamux_event::Data,
                                yamux_event::Finished,
                                yamux_event::Reset,
                                yamux_event::Ended,
                                yamux_event::Pong,
                                yamux_event::WentAway>;

/// Counts what happens within one second.
class RateCounter {
 public:
  /// Counts one more; false if that makes more than `per_second_max` within the current second.
  [[nodiscard]] bool count(Instant now, std::uint32_t per_second_max);

 private:
  Instant second_start_;
  std::uint32_t count_ = 0;
};

/// The muxer of one connection, as a pure machine: plaintext in, events and plaintext out.
///
/// A stream is live from its SYN until it is reset, or until both sides have finished and all that
/// was received is consumed. Frames for streams that are not live are ignored, whatever they carry.
///
/// Invariants:
///  (1) for a live stream, the bytes that the peer may send, those that are unconsumed and those
///  that
///      are consumed but not granted again add up to window_bytes;
///  (2) the streams that each side opened are at most inbound_max and outbound_max, and together
///  they
///      are the live ones;
///  (3) without live streams nothing is unconsumed and nothing of a stream is queued.
class Yamux {
 public:
  explicit Yamux(Role role, YamuxLimits limits = {});

  /// Reads frames, split anywhere. The first error is final; events before it stand.
  [[nodiscard]] Result<Done, YamuxError> received(ByteView plain, Instant now);

  /// What happened, in order, since the last call.
  [[nodiscard]] std::vector<YamuxEvent> take_events();

  [[nodiscard]] Result<StreamNumber, YamuxOpenError> open();

  /// Queues bytes; they leave as the peer's window allows. False if the stream is not live or was
  /// finished by us.
  bool send(StreamNumber stream, ByteView bytes);

  /// Says that the application is done with this many bytes of Data events: only this lets the peer
  /// send more. Ignored for streams that are not live.
  void consumed(StreamNumber stream, std::size_t bytes);

  /// Sends FIN after what is queued.
  void finish(StreamNumber stream);

  /// Sends RST, drops what is queued and forgets the stream.
  void reset(StreamNumber stream);

  void ping(std::uint32_t opaque);
  void go_away(YamuxGoAway code);

  /// Appends frames until about `bytes_max` bytes were added (at most one frame more); streams take
  /// turns frame by frame. True if there is more to send right now.
  bool drain(Bytes& to, std::size_t bytes_max);

  [[nodiscard]] bool is_live(StreamNumber stream) const { return streams_.contains(stream); }

  /// Bytes of this stream that have not been drained, for want of window or of a drain.
  [[nodiscard]] std::size_t queued_bytes(StreamNumber stream) const;

  /// The same for all streams, and the control frames.
  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_ + control_.size(); }

  [[nodiscard]] std::size_t unconsumed_bytes() const { return unconsumed_bytes_; }

  /// True between frames: the connection may end here.
  [[nodiscard]] bool at_boundary() const { return header_size_ == 0 && body_remaining_ == 0; }

  [[nodiscard]] std::size_t stream_count() const { return streams_.size(); }

 private:
  using Streams = std::map<StreamNumber, YamuxStream>;
  using Step = Result<Done, YamuxError>;

  [[nodiscard]] Step read_header(ByteView& plain, Instant now);
  void read_body(ByteView& plain);
  void end_frame();
  [[nodiscard]] Step on_frame(Instant now);
  [[nodiscard]] Step on_stream_frame(Instant now);
  [[nodiscard]] Step on_syn(StreamNumber number, Instant now);
  [[nodiscard]] Step on_window_update(StreamNumber number, YamuxStream& stream);
  [[nodiscard]] Step on_data(YamuxStream& stream);
  [[nodiscard]] Step on_reset(StreamNumber number, Instant now);
  [[nodiscard]] Step on_ping(Instant now);
  void on_fin(StreamNumber number);
  void acknowledged(YamuxStream& stream);

  void make_ready(StreamNumber number, YamuxStream& stream);
  void drain_stream(StreamNumber number, YamuxStream& stream, Bytes& to);
  void forget_if_done(Streams::iterator stream);
  void forget(Streams::iterator stream);
  [[nodiscard]] bool is_ours(StreamNumber number) const;
  void check_invariants(const YamuxStream& stream) const;
  void check_invariants() const;

  Role role_;
  YamuxLimits limits_;
  Streams streams_;
  std::deque<StreamNumber> ready_;  // streams with something to send, each once, in turn
  Bytes control_;  // frames that belong to no stream's queue: SYN, RST, ping, go away
  std::vector<YamuxEvent> events_;
  std::uint32_t next_number_;
  std::size_t inbound_ = 0;
  std::size_t outbound_ = 0;
  std::size_t unacknowledged_ = 0;
  std::size_t queued_bytes_ = 0;
  std::size_t unconsumed_bytes_ = 0;
  bool local_gone_ = false;
  bool remote_gone_ = false;

  // The frame being read: its header, as far as it has arrived, then what is missing of its body.
  std::array<std::uint8_t, kYamuxHeaderBytes> header_bytes_{};
  std::size_t header_size_ = 0;
  YamuxHeader header_;
  std::uint32_t body_remaining_ = 0;

  RateCounter pings_;
  RateCounter empty_frames_;
  RateCounter resets_;
};

}  // namespace troupe::network
