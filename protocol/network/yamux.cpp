#include "protocol/network/yamux.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::network {
namespace {

constexpr std::uint32_t kStreamNumberMax = 0x7fffffff;
/// Data events of one stream are joined up to this size, so that small frames cost no event each.
constexpr std::size_t kJoinedDataBytesMax = 16 * 1024;

/// ACK for the first frame that answers the peer's SYN, else nothing.
std::uint16_t take_acknowledgement(YamuxStream& stream) {
  return std::exchange(stream.acknowledge, false) ? yamux_flag::kAck : std::uint16_t{0};
}

bool has_fin_to_send(const YamuxStream& stream) {
  return stream.finishing && !stream.finished && stream.queue.size() == 0;
}

bool has_something_to_send(const YamuxStream& stream) {
  return stream.grant_due || has_fin_to_send(stream) ||
         (stream.queue.size() > 0 && stream.send_window > 0);
}

YamuxGoAway to_go_away(std::uint32_t code) {
  return code <= static_cast<std::uint32_t>(YamuxGoAway::InternalError)
             ? static_cast<YamuxGoAway>(code)
             : YamuxGoAway::ProtocolError;
}

}  // namespace

std::string_view describe(YamuxError error) {
  switch (error) {
    case YamuxError::FrameMalformed: return "a malformed frame header";
    case YamuxError::StreamNumberWrong: return "a stream opened under a number that is not free";
    case YamuxError::WindowExceeded: return "more data than the stream's window allows";
    case YamuxError::WindowOverflow: return "window updates beyond 32 bits";
    case YamuxError::DataAfterFin: return "data after the end of a stream";
    case YamuxError::PingFlood: return "too many pings a second";
    case YamuxError::EmptyFrameFlood: return "too many empty frames a second";
    case YamuxError::ResetFlood: return "too many streams opened and reset a second";
    case YamuxError::UnconsumedExceeded: return "too many received bytes that nobody consumed";
    case YamuxError::ControlExceeded: return "too many answers that the peer does not read";
  }
  return "unknown error";
}

std::string_view describe(YamuxOpenError error) {
  switch (error) {
    case YamuxOpenError::GoingAway: return "the connection is about to close";
    case YamuxOpenError::TooManyStreams: return "too many streams are open";
    case YamuxOpenError::TooManyUnacknowledged:
      return "too many streams wait for the peer's answer";
    case YamuxOpenError::NumbersExhausted: return "the connection has used up its stream numbers";
  }
  return "unknown error";
}

bool RateCounter::count(Instant now, std::uint32_t per_second_max) {
  if (now - second_start_ >= std::chrono::seconds(1)) {
    second_start_ = now;
    count_ = 0;
  }
  return ++count_ <= per_second_max;
}

Yamux::Yamux(Role role, YamuxLimits limits)
    : role_(role), limits_(limits), next_number_(role == Role::Dialer ? 1 : 2) {
  INVARIANT(limits_.window_bytes >= limits_.initial_window_bytes);
}

Result<Done, YamuxError> Yamux::received(ByteView plain, Instant now) {
  while (!plain.empty()) {
    if (body_remaining_ > 0) {
      read_body(plain);
    } else if (const auto step = read_header(plain, now); !step) {
      return step;
    }
  }
  if (control_.size() > limits_.control_bytes_max) return failure(YamuxError::ControlExceeded);
  check_invariants();
  return Done{};
}

Yamux::Step Yamux::read_header(ByteView& plain, Instant now) {
  const ByteView piece = plain.first(std::min(plain.size(), kYamuxHeaderBytes - header_size_));
  std::ranges::copy(piece, header_bytes_.begin() + static_cast<std::ptrdiff_t>(header_size_));
  plain = plain.subspan(piece.size());
  header_size_ += piece.size();
  if (header_size_ < kYamuxHeaderBytes) return Done{};
  const auto header = decode_header(header_bytes_);
  if (!header) return failure(YamuxError::FrameMalformed);
  header_ = *header;
  header_size_ = 0;
  body_remaining_ = header_.type == YamuxType::Data ? header_.length : 0;
  if (const auto step = on_frame(now); !step) return step;
  if (body_remaining_ == 0) end_frame();
  return Done{};
}

/// Passes on what has arrived of a body; bodies of streams that are not live are skipped.
void Yamux::read_body(ByteView& plain) {
  const ByteView piece = plain.first(std::min<std::size_t>(plain.size(), body_remaining_));
  plain = plain.subspan(piece.size());
  body_remaining_ -= static_cast<std::uint32_t>(piece.size());
  const StreamNumber number{header_.stream};
  if (is_live(number) && !header_.has(yamux_flag::kRst)) {
    auto* last = events_.empty() ? nullptr : std::get_if<yamux_event::Data>(&events_.back());
    if (last != nullptr && last->stream == number &&
        last->bytes.size() + piece.size() <= kJoinedDataBytesMax) {
      append(last->bytes, piece);
    } else {
      events_.emplace_back(yamux_event::Data{number, to_bytes(piece)});
    }
  }
  if (body_remaining_ == 0) end_frame();
}

/// FIN takes effect after the data of its own frame.
void Yamux::end_frame() {
  const bool is_stream_frame = header_.stream != 0;
  if (is_stream_frame && header_.has(yamux_flag::kFin)) on_fin(StreamNumber{header_.stream});
}

Yamux::Step Yamux::on_frame(Instant now) {
  switch (header_.type) {
    case YamuxType::Data:
    case YamuxType::WindowUpdate: return on_stream_frame(now);
    case YamuxType::Ping: return on_ping(now);
    case YamuxType::GoAway:
      remote_gone_ = true;
      events_.emplace_back(yamux_event::WentAway{to_go_away(header_.length)});
      return Done{};
  }
  return failure(YamuxError::FrameMalformed);
}

Yamux::Step Yamux::on_stream_frame(Instant now) {
  const StreamNumber number{header_.stream};
  const bool says_nothing = header_.length == 0 && header_.flags == 0;
  if (says_nothing && !empty_frames_.count(now, limits_.empty_frames_per_second_max))
    return failure(YamuxError::EmptyFrameFlood);
  if (header_.has(yamux_flag::kRst)) return on_reset(number, now);
  if (header_.has(yamux_flag::kSyn)) {
    if (const auto step = on_syn(number, now); !step) return step;
  }
  const auto found = streams_.find(number);
  if (found == streams_.end()) return Done{};
  YamuxStream& stream = found->second;
  acknowledged(stream);
  const auto step =
      header_.type == YamuxType::Data ? on_data(stream) : on_window_update(number, stream);
  check_invariants(stream);
  return step;
}

Yamux::Step Yamux::on_syn(StreamNumber number, Instant now) {
  if (is_ours(number) || is_live(number)) return failure(YamuxError::StreamNumberWrong);
  if (local_gone_ || inbound_ >= limits_.inbound_max) {
    append_header(
        control_,
        {.type = YamuxType::WindowUpdate, .flags = yamux_flag::kRst, .stream = number.number});
    if (!resets_.count(now, limits_.resets_per_second_max)) return failure(YamuxError::ResetFlood);
    return Done{};
  }
  YamuxStream& stream = streams_[number];
  ++inbound_;
  stream.send_window = limits_.initial_window_bytes;
  stream.receive_window = limits_.initial_window_bytes;
  stream.grant = limits_.window_bytes - limits_.initial_window_bytes;
  stream.acknowledge = true;
  stream.acknowledged = true;
  if (stream.grant > 0) {
    stream.grant_due = true;
    make_ready(number, stream);
  }
  events_.emplace_back(yamux_event::Opened{number});
  return Done{};
}

/// Any frame of the peer on a stream of ours proves that it knows the stream, with or without ACK.
void Yamux::acknowledged(YamuxStream& stream) {
  if (std::exchange(stream.acknowledged, true)) return;
  INVARIANT(unacknowledged_ > 0);
  --unacknowledged_;
}

Yamux::Step Yamux::on_window_update(StreamNumber number, YamuxStream& stream) {
  if (header_.length > UINT32_MAX - stream.send_window) return failure(YamuxError::WindowOverflow);
  stream.send_window += header_.length;
  if (has_something_to_send(stream)) make_ready(number, stream);
  return Done{};
}

/// Books the whole body when its header comes; read_body() hands it on as it arrives.
Yamux::Step Yamux::on_data(YamuxStream& stream) {
  if (header_.length == 0) return Done{};
  if (stream.remote_finished) return failure(YamuxError::DataAfterFin);
  if (header_.length > stream.receive_window) return failure(YamuxError::WindowExceeded);
  stream.receive_window -= header_.length;
  stream.unconsumed += header_.length;
  unconsumed_bytes_ += header_.length;
  if (unconsumed_bytes_ > limits_.unconsumed_bytes_max)
    return failure(YamuxError::UnconsumedExceeded);
  return Done{};
}

Yamux::Step Yamux::on_reset(StreamNumber number, Instant now) {
  if (!resets_.count(now, limits_.resets_per_second_max)) return failure(YamuxError::ResetFlood);
  const auto found = streams_.find(number);
  if (found == streams_.end()) return Done{};
  forget(found);
  events_.emplace_back(yamux_event::Reset{number});
  return Done{};
}

Yamux::Step Yamux::on_ping(Instant now) {
  if (!pings_.count(now, limits_.pings_per_second_max)) return failure(YamuxError::PingFlood);
  if (header_.has(yamux_flag::kSyn)) {
    append_header(control_,
                  {.type = YamuxType::Ping, .flags = yamux_flag::kAck, .length = header_.length});
  } else if (header_.has(yamux_flag::kAck)) {
    events_.emplace_back(yamux_event::Pong{header_.length});
  }
  return Done{};
}

void Yamux::on_fin(StreamNumber number) {
  const auto found = streams_.find(number);
  if (found == streams_.end() || found->second.remote_finished) return;
  found->second.remote_finished = true;
  found->second.grant_due = false;
  events_.emplace_back(yamux_event::Finished{number});
  forget_if_done(found);
}

std::vector<YamuxEvent> Yamux::take_events() {
  return std::exchange(events_, {});
}

Result<StreamNumber, YamuxOpenError> Yamux::open() {
  if (local_gone_ || remote_gone_) return failure(YamuxOpenError::GoingAway);
  if (outbound_ >= limits_.outbound_max) return failure(YamuxOpenError::TooManyStreams);
  if (unacknowledged_ >= limits_.unacknowledged_max)
    return failure(YamuxOpenError::TooManyUnacknowledged);
  if (next_number_ > kStreamNumberMax) return failure(YamuxOpenError::NumbersExhausted);
  const StreamNumber number{next_number_};
  next_number_ += 2;
  YamuxStream& stream = streams_[number];
  ++outbound_;
  ++unacknowledged_;
  stream.send_window = limits_.initial_window_bytes;
  stream.receive_window = limits_.window_bytes;
  append_header(control_,
                {.type = YamuxType::WindowUpdate,
                 .flags = yamux_flag::kSyn,
                 .stream = number.number,
                 .length = limits_.window_bytes - limits_.initial_window_bytes});
  check_invariants(stream);
  check_invariants();
  return number;
}

bool Yamux::send(StreamNumber number, ByteView bytes) {
  const auto found = streams_.find(number);
  if (found == streams_.end() || found->second.finishing) return false;
  YamuxStream& stream = found->second;
  stream.queue.push(bytes);
  queued_bytes_ += bytes.size();
  if (has_something_to_send(stream)) make_ready(number, stream);
  return true;
}

void Yamux::consumed(StreamNumber number, std::size_t bytes) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  YamuxStream& stream = found->second;
  INVARIANT(bytes <= stream.unconsumed);
  INVARIANT(bytes <= unconsumed_bytes_);
  stream.unconsumed -= static_cast<std::uint32_t>(bytes);
  stream.grant += static_cast<std::uint32_t>(bytes);
  unconsumed_bytes_ -= bytes;
  if (!stream.remote_finished && stream.grant >= limits_.window_bytes / 2 && stream.grant > 0) {
    stream.grant_due = true;
    make_ready(number, stream);
  }
  check_invariants(stream);
  forget_if_done(found);
}

void Yamux::finish(StreamNumber number) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  found->second.finishing = true;
  if (has_something_to_send(found->second)) make_ready(number, found->second);
}

void Yamux::reset(StreamNumber number) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  append_header(
      control_,
      {.type = YamuxType::WindowUpdate, .flags = yamux_flag::kRst, .stream = number.number});
  forget(found);
}

void Yamux::ping(std::uint32_t opaque) {
  append_header(control_, {.type = YamuxType::Ping, .flags = yamux_flag::kSyn, .length = opaque});
}

void Yamux::go_away(YamuxGoAway code) {
  if (std::exchange(local_gone_, true)) return;
  append_header(control_, {.type = YamuxType::GoAway, .length = static_cast<std::uint32_t>(code)});
}

bool Yamux::drain(Bytes& to, std::size_t bytes_max) {
  const std::size_t start = to.size();
  append(to, control_);
  control_.clear();
  while (!ready_.empty() && to.size() - start < bytes_max) {
    const StreamNumber number = ready_.front();
    ready_.pop_front();
    const auto found = streams_.find(number);
    if (found == streams_.end() || !std::exchange(found->second.ready, false)) continue;
    drain_stream(number, found->second, to);
    if (has_something_to_send(found->second)) make_ready(number, found->second);
    check_invariants(found->second);
    forget_if_done(found);
  }
  check_invariants();
  return !ready_.empty();
}

/// One turn of a stream: its window update, one data frame, and FIN once nothing is queued.
void Yamux::drain_stream(StreamNumber number, YamuxStream& stream, Bytes& to) {
  if (std::exchange(stream.grant_due, false)) {
    append_header(to,
                  {.type = YamuxType::WindowUpdate,
                   .flags = take_acknowledgement(stream),
                   .stream = number.number,
                   .length = stream.grant});
    stream.receive_window += std::exchange(stream.grant, 0);
  }
  const std::size_t size_max = std::min<std::size_t>(stream.send_window, kYamuxFrameBytesMax);
  if (const ByteView body = stream.queue.front(size_max); !body.empty()) {
    const auto size = static_cast<std::uint32_t>(body.size());
    append_header(to,
                  {.type = YamuxType::Data,
                   .flags = take_acknowledgement(stream),
                   .stream = number.number,
                   .length = size});
    append(to, body);
    stream.queue.pop(size);
    stream.send_window -= size;
    queued_bytes_ -= size;
  }
  if (!has_fin_to_send(stream)) return;
  const auto flags = static_cast<std::uint16_t>(yamux_flag::kFin | take_acknowledgement(stream));
  append_header(to, {.type = YamuxType::WindowUpdate, .flags = flags, .stream = number.number});
  stream.finished = true;
}

std::size_t Yamux::queued_bytes(StreamNumber number) const {
  const auto found = streams_.find(number);
  return found == streams_.end() ? 0 : found->second.queue.size();
}

void Yamux::make_ready(StreamNumber number, YamuxStream& stream) {
  if (!std::exchange(stream.ready, true)) ready_.push_back(number);
}

void Yamux::forget_if_done(Streams::iterator stream) {
  const YamuxStream& books = stream->second;
  if (!books.finished || !books.remote_finished || books.unconsumed > 0) return;
  events_.emplace_back(yamux_event::Ended{stream->first});
  forget(stream);
}

void Yamux::forget(Streams::iterator stream) {
  const YamuxStream& books = stream->second;
  queued_bytes_ -= books.queue.size();
  unconsumed_bytes_ -= books.unconsumed;
  if (!books.acknowledged) --unacknowledged_;
  --(is_ours(stream->first) ? outbound_ : inbound_);
  streams_.erase(stream);
}

bool Yamux::is_ours(StreamNumber number) const {
  return (number.number % 2 == 1) == (role_ == Role::Dialer);
}

void Yamux::check_invariants(const YamuxStream& stream) const {
  const std::uint64_t window =
      std::uint64_t{stream.receive_window} + stream.unconsumed + stream.grant;
  INVARIANT(window == limits_.window_bytes);  // (1)
}

void Yamux::check_invariants() const {
  INVARIANT(inbound_ <= limits_.inbound_max);              // (2)
  INVARIANT(outbound_ <= limits_.outbound_max);            // (2)
  INVARIANT(inbound_ + outbound_ == streams_.size());      // (2)
  INVARIANT(!streams_.empty() || unconsumed_bytes_ == 0);  // (3)
  INVARIANT(!streams_.empty() || queued_bytes_ == 0);      // (3)
}

}  // namespace troupe::network
