#include "protocol/network/connection.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::network {
namespace {

NoiseSetup noise_setup(const ConnectionSetup& setup) {
  NoiseSetup noise{.role = setup.role,
                   .node_key = setup.node_key,
                   .keys = setup.noise_keys,
                   .expected_peer = setup.expected_peer,
                   .muxers = {}};
  if (setup.early_muxer) noise.muxers.emplace_back(kYamuxProtocol);
  return noise;
}

/// All that the peer may open, the connection's own protocols first.
std::vector<std::string> supported_protocols(const std::vector<std::string>& application) {
  std::vector<std::string> protocols{std::string(kIdentifyProtocol),
                                     std::string(kIdentifyPushProtocol),
                                     std::string(kPingProtocol)};
  protocols.insert(protocols.end(), application.begin(), application.end());
  return protocols;
}

CloseCause to_cause(YamuxError error) {
  const auto cause = [error](CloseReason reason) {
    return CloseCause{.reason = reason, .detail = describe(error)};
  };
  switch (error) {
    case YamuxError::FrameMalformed:
    case YamuxError::StreamNumberWrong:
    case YamuxError::WindowExceeded:
    case YamuxError::WindowOverflow:
    case YamuxError::DataAfterFin: return cause(CloseReason::MuxerInvalid);
    case YamuxError::PingFlood:
    case YamuxError::EmptyFrameFlood:
    case YamuxError::ResetFlood: return cause(CloseReason::Flood);
    case YamuxError::UnconsumedExceeded:
    case YamuxError::ControlExceeded: return cause(CloseReason::BufferFull);
  }
  return cause(CloseReason::MuxerInvalid);
}

CloseCause plain_cause(CloseReason reason) {
  return {.reason = reason, .detail = describe(reason)};
}

OpenError to_open_error(YamuxOpenError error) {
  switch (error) {
    case YamuxOpenError::TooManyStreams:
    case YamuxOpenError::TooManyUnacknowledged: return OpenError::TooManyStreams;
    case YamuxOpenError::GoingAway:
    case YamuxOpenError::NumbersExhausted: return OpenError::Exhausted;
  }
  return OpenError::Exhausted;
}

}  // namespace

std::string_view describe(OpenError error) {
  switch (error) {
    case OpenError::NotReady: return "the connection is not ready";
    case OpenError::TooManyStreams: return "too many streams are open";
    case OpenError::Exhausted: return "the connection takes no more streams";
    case OpenError::Busy: return "a ping is under way";
  }
  return "unknown error";
}

Connection::Connection(ConnectionSetup setup, Instant now)
    : setup_(std::move(setup)),
      supported_(
          std::make_unique<const std::vector<std::string>>(supported_protocols(setup_.protocols))),
      now_(now),
      upgrade_deadline_(now + setup_.limits.upgrade_timeout),
      idle_since_(now) {
  INVARIANT(std::ranges::none_of(setup_.protocols,
                                 [this](const auto& name) { return is_own_protocol(name); }));
  upgrade_.emplace(noise_setup(setup_), wire_out_);
}

void Connection::received(ByteView bytes, Instant now) {
  now_ = now;
  if (phase_ == Phase::Upgrading) {
    const auto step = upgrade_->received(bytes, wire_out_);
    if (!peer_ && upgrade_->outcome()) {
      peer_ = upgrade_->outcome()->peer;
      events_.emplace_back(
          connection_event::Secured{.peer = *peer_, .key = upgrade_->outcome()->peer_key});
    }
    if (!step) return fail(step.error());
    if (!upgrade_->is_complete()) return;
    on_upgraded();
  }
  if (phase_ == Phase::Open) read_channel(bytes);
}

void Connection::on_upgraded() {
  phase_ = Phase::Open;
  channel_.emplace(upgrade_->take_channel());
  muxer_.emplace(setup_.role, setup_.limits.muxer);
  const Bytes first_bytes = upgrade_->take_plain();
  upgrade_.reset();
  idle_since_ = now_;
  events_.emplace_back(connection_event::Ready{});
  send_keep_alive();
  const auto identify = start_stream(std::string(kIdentifyProtocol));
  INVARIANT(identify.ok());  // the first stream of all
  if (feed_muxer(first_bytes)) handle_muxer_events();
}

void Connection::read_channel(ByteView wire) {
  while (phase_ == Phase::Open) {
    plain_in_.clear();
    const auto opened = channel_->open_next(wire, plain_in_);
    if (!opened) return fail(opened.error());
    if (!*opened) return;
    if (feed_muxer(plain_in_)) handle_muxer_events();
  }
}

/// False if the bytes ended the connection; what came before the error is still reported.
bool Connection::feed_muxer(ByteView plain) {
  const auto step = muxer_->received(plain, now_);
  if (step) return true;
  handle_muxer_events();
  if (phase_ == Phase::Open) fail(to_cause(step.error()));
  return false;
}

void Connection::handle_muxer_events() {
  // Handling an event may make the muxer report more, for example that a stream ended.
  while (phase_ == Phase::Open) {
    auto events = muxer_->take_events();
    if (events.empty()) return;
    for (YamuxEvent& event : events) {
      if (phase_ != Phase::Open) return;
      std::visit([this](auto& content) { on_muxer_event(content); }, event);
    }
  }
}

void Connection::fail(CloseCause cause) {
  INVARIANT(phase_ != Phase::Closed);
  if (phase_ == Phase::Open) {
    const bool orderly =
        cause.reason == CloseReason::ClosedByUs || cause.reason == CloseReason::Idle;
    if (orderly) flush_muxer(kDrainBytes);  // go away overtakes what is queued
    muxer_->go_away(orderly ? YamuxGoAway::Normal : YamuxGoAway::ProtocolError);
    flush_muxer(0);
  }
  phase_ = Phase::Closed;
  muxer_.reset();
  channel_.reset();
  upgrade_.reset();
  streams_.clear();
  answering_pings_.clear();
  deadlines_.clear();
  held_bytes_ = 0;
  events_.emplace_back(connection_event::Closed{.reason = cause.reason, .detail = cause.detail});
}

void Connection::flush_muxer(std::size_t bytes_max) {
  plain_out_.clear();
  muxer_->drain(plain_out_, bytes_max);
  channel_->seal(plain_out_, wire_out_);
}

void Connection::disconnected() {
  if (phase_ == Phase::Closed) return;
  const bool between_frames =
      phase_ == Phase::Open && channel_->at_boundary() && muxer_->at_boundary();
  fail(plain_cause(between_frames ? CloseReason::ClosedByPeer : CloseReason::Truncated));
}

void Connection::close() {
  if (phase_ != Phase::Closed) fail(plain_cause(CloseReason::ClosedByUs));
}

std::vector<ConnectionEvent> Connection::take_events() {
  return std::exchange(events_, {});
}

bool Connection::drain(Bytes& to, std::size_t bytes_max) {
  const std::size_t start = to.size();
  if (!wire_out_.empty()) {
    append(to, wire_out_);
    wire_out_ = Bytes();
  }
  if (phase_ == Phase::Open) {
    plain_out_.clear();
    muxer_->drain(plain_out_, bytes_max);
    channel_->seal(plain_out_, to);
    return_ping_windows();
    handle_muxer_events();
  }
  return to.size() > start;
}

void Connection::tick(Instant now) {
  now_ = now;
  switch (phase_) {
    case Phase::Upgrading:
      if (now >= upgrade_deadline_) fail(plain_cause(CloseReason::UpgradeTimeout));
      return;
    case Phase::Open:
      expire_streams();
      check_keep_alive();
      if (phase_ == Phase::Open && application_streams_ == 0 &&
          now >= idle_since_ + setup_.limits.idle_timeout)
        fail(plain_cause(CloseReason::Idle));
      return;
    case Phase::Closed: return;
  }
}

std::optional<Instant> Connection::next_deadline() const {
  switch (phase_) {
    case Phase::Upgrading: return upgrade_deadline_;
    case Phase::Open: break;
    case Phase::Closed: return std::nullopt;
  }
  Instant next = keep_alive_sent_ + (keep_alive_answered_ ? setup_.limits.keep_alive_interval
                                                          : setup_.limits.keep_alive_timeout);
  if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
  if (application_streams_ == 0) next = std::min(next, idle_since_ + setup_.limits.idle_timeout);
  return next;
}

void Connection::send_keep_alive() {
  muxer_->ping(++keep_alive_number_);
  keep_alive_sent_ = now_;
  keep_alive_answered_ = false;
}

void Connection::check_keep_alive() {
  const Duration waited = now_ - keep_alive_sent_;
  if (!keep_alive_answered_ && waited >= setup_.limits.keep_alive_timeout)
    return fail(plain_cause(CloseReason::KeepAliveTimeout));
  if (keep_alive_answered_ && waited >= setup_.limits.keep_alive_interval) send_keep_alive();
}

void Connection::on_muxer_event(const yamux_event::Pong& event) {
  if (keep_alive_answered_ || event.opaque != keep_alive_number_) return;
  keep_alive_answered_ = true;
  round_trip_ = now_ - keep_alive_sent_;
}

void Connection::on_muxer_event(const yamux_event::WentAway& event) {
  fail(plain_cause(event.code == YamuxGoAway::Normal ? CloseReason::ClosedByPeer
                                                     : CloseReason::PeerFailed));
}

Result<StreamNumber, OpenError> Connection::open(std::string protocol, Instant now) {
  INVARIANT(!is_own_protocol(protocol));
  now_ = now;
  return start_stream(std::move(protocol));
}

bool Connection::send(StreamNumber number, ByteView bytes) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return false;
  if (auto* negotiating = std::get_if<stream_use::Negotiating>(&found->second.use)) {
    if (negotiating->finish) return false;
    append(negotiating->held, bytes);
    held_bytes_ += bytes.size();
    return true;
  }
  return muxer_->send(number, bytes);
}

void Connection::consumed(StreamNumber number, std::size_t bytes) {
  if (!streams_.contains(number)) return;
  muxer_->consumed(number, bytes);
  handle_muxer_events();
}

void Connection::finish(StreamNumber number) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  if (auto* negotiating = std::get_if<stream_use::Negotiating>(&found->second.use)) {
    negotiating->finish = true;
    return;
  }
  muxer_->finish(number);
}

void Connection::reset(StreamNumber number) {
  if (streams_.contains(number)) drop_stream(number);
}

Result<Done, OpenError> Connection::ping(const PingPayload& payload, Instant now) {
  now_ = now;
  if (ping_payload_) return failure(OpenError::Busy);
  const auto stream = start_stream(std::string(kPingProtocol));
  if (!stream) return failure(stream.error());
  ping_payload_ = payload;
  return Done{};
}

Result<Done, OpenError> Connection::push_identity(OwnIdentity identity, Instant now) {
  now_ = now;
  setup_.identity = std::move(identity);
  const auto stream = start_stream(std::string(kIdentifyPushProtocol));
  if (!stream) return failure(stream.error());
  return Done{};
}

std::size_t Connection::queued_bytes(StreamNumber number) const {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return 0;
  const auto* negotiating = std::get_if<stream_use::Negotiating>(&found->second.use);
  return muxer_->queued_bytes(number) + (negotiating == nullptr ? 0 : negotiating->held.size());
}

std::size_t Connection::buffered_bytes() const {
  std::size_t bytes = wire_out_.size() + held_bytes_;
  if (channel_) bytes += channel_->buffered_bytes();
  if (muxer_) bytes += muxer_->queued_bytes() + muxer_->unconsumed_bytes();
  return bytes;
}

Result<StreamNumber, OpenError> Connection::start_stream(std::string protocol) {
  if (phase_ != Phase::Open) return failure(OpenError::NotReady);
  const auto number = muxer_->open();
  if (!number) return failure(to_open_error(number.error()));
  NegotiationInitiator initiator({protocol});
  Bytes proposal;
  initiator.start(proposal);
  muxer_->send(*number, proposal);
  ConnectionStream& stream =
      streams_
          .emplace(*number,
                   ConnectionStream{
                       .direction = Direction::Outbound,
                       .protocol = std::move(protocol),
                       .deadline = {},
                       .use = stream_use::Negotiating{.side = std::move(initiator), .held = {}}})
          .first->second;
  set_deadline(*number, stream, now_ + setup_.limits.stream_negotiation_timeout);
  if (belongs_to_application(stream)) ++application_streams_;
  return *number;
}

}  // namespace troupe::network
