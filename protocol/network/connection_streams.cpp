// What a Connection does on each of its streams; the layers below them are in connection.cpp.

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/network/connection.hpp"

namespace troupe::network {

bool Connection::is_own_protocol(std::string_view protocol) const {
  return protocol == kIdentifyProtocol || protocol == kIdentifyPushProtocol ||
         protocol == kPingProtocol;
}

/// Streams that the peer opened count from their agreement on, our own from their opening on.
bool Connection::belongs_to_application(const ConnectionStream& stream) const {
  const bool agreed = !std::holds_alternative<stream_use::Negotiating>(stream.use);
  return (agreed || stream.direction == Direction::Outbound) && !is_own_protocol(stream.protocol);
}

void Connection::set_deadline(StreamNumber number,
                              ConnectionStream& stream,
                              std::optional<Instant> deadline) {
  if (stream.deadline) deadlines_.erase({*stream.deadline, number});
  stream.deadline = deadline;
  if (deadline) deadlines_.emplace(*deadline, number);
}

void Connection::expire_streams() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_)
    drop_stream(deadlines_.begin()->second);
}

/// Resets a stream. The application hears of it unless it never knew of the stream.
void Connection::drop_stream(StreamNumber number) {
  const auto found = streams_.find(number);
  INVARIANT(found != streams_.end());
  const bool known = belongs_to_application(found->second);
  muxer_->reset(number);
  erase_stream(found);
  if (known) events_.emplace_back(connection_event::StreamReset{number});
}

void Connection::erase_stream(Streams::iterator found) {
  ConnectionStream& stream = found->second;
  set_deadline(found->first, stream, std::nullopt);
  if (const auto* negotiating = std::get_if<stream_use::Negotiating>(&stream.use))
    held_bytes_ -= negotiating->held.size();
  answering_pings_.erase(found->first);
  const bool answered = std::holds_alternative<stream_use::Said>(stream.use);
  if (stream.direction == Direction::Outbound && stream.protocol == kPingProtocol && !answered)
    ping_payload_.reset();
  if (belongs_to_application(stream) && --application_streams_ == 0) idle_since_ = now_;
  streams_.erase(found);
}

void Connection::on_muxer_event(const yamux_event::Opened& event) {
  ConnectionStream stream{
      .direction = Direction::Inbound,
      .protocol = {},
      .deadline = {},
      .use = stream_use::Negotiating{.side = NegotiationResponder(*supported_), .held = {}}};
  const auto [entry, is_new] = streams_.emplace(event.stream, std::move(stream));
  INVARIANT(is_new);
  set_deadline(event.stream, entry->second, now_ + setup_.limits.stream_negotiation_timeout);
}

void Connection::on_muxer_event(yamux_event::Data& event) {
  const auto found = streams_.find(event.stream);
  if (found == streams_.end()) return;  // dropped by an earlier event of the same input
  std::visit([&](auto& use) { on_data(event.stream, use, std::move(event.bytes)); },
             found->second.use);
}

void Connection::on_muxer_event(const yamux_event::Finished& event) {
  const auto found = streams_.find(event.stream);
  if (found == streams_.end()) return;
  std::visit([&](auto& use) { on_finished(event.stream, use); }, found->second.use);
}

void Connection::on_muxer_event(const yamux_event::Reset& event) {
  const auto found = streams_.find(event.stream);
  if (found == streams_.end()) return;
  const bool known = belongs_to_application(found->second);
  erase_stream(found);
  if (known) events_.emplace_back(connection_event::StreamReset{event.stream});
}

void Connection::on_muxer_event(const yamux_event::Ended& event) {
  const auto found = streams_.find(event.stream);
  if (found != streams_.end()) erase_stream(found);
}

void Connection::on_data(StreamNumber number, stream_use::Negotiating& use, Bytes bytes) {
  ByteView rest = bytes;
  Bytes answer;
  const auto state = std::visit([&](auto& side) { return side.received(rest, answer); }, use.side);
  if (!state) return drop_stream(number);
  muxer_->send(number, answer);
  muxer_->consumed(number, bytes.size() - rest.size());
  ConnectionStream& stream = streams_.at(number);
  if (*state == NegotiationState::Refused) {
    const std::string protocol = stream.protocol;
    const bool known = belongs_to_application(stream);
    muxer_->reset(number);
    erase_stream(streams_.find(number));
    if (known) events_.emplace_back(connection_event::ProtocolRefused{number, protocol});
    return;
  }
  if (*state == NegotiationState::Pending) return;
  on_agreed(number, stream);
  if (rest.empty() || !streams_.contains(number)) return;
  std::visit([&](auto& next) { on_data(number, next, to_bytes(rest)); }, stream.use);
}

void Connection::on_agreed(StreamNumber number, ConnectionStream& stream) {
  auto& negotiating = std::get<stream_use::Negotiating>(stream.use);
  if (const auto* responder = std::get_if<NegotiationResponder>(&negotiating.side)) {
    stream.protocol = responder->protocol();
    begin_inbound(number, stream);
  } else {
    begin_outbound(number, stream);
  }
}

void Connection::begin_inbound(StreamNumber number, ConnectionStream& stream) {
  if (!is_own_protocol(stream.protocol)) {
    ++application_streams_;
    begin_application(number, stream);
  } else if (stream.protocol == kIdentifyProtocol) {
    tell_identity(number, stream);
  } else if (stream.protocol == kIdentifyPushProtocol) {
    stream.use = stream_use::Identifying{.reader = MessageReader(kIdentifyMessageBytesMax),
                                         .identification = {}};
  } else if (answering_pings_.size() >= kPingStreamsInboundMax) {
    drop_stream(number);
  } else {
    answering_pings_.insert(number);
    stream.use = stream_use::AnsweringPing{};
    set_deadline(number, stream, std::nullopt);  // rust-libp2p keeps one open and uses it at times
  }
}

void Connection::begin_outbound(StreamNumber number, ConnectionStream& stream) {
  if (!is_own_protocol(stream.protocol)) {
    begin_application(number, stream);
  } else if (stream.protocol == kIdentifyProtocol) {
    stream.use = stream_use::Identifying{.reader = MessageReader(kIdentifyMessageBytesMax),
                                         .identification = {}};
    muxer_->finish(number);
  } else if (stream.protocol == kIdentifyPushProtocol) {
    tell_identity(number, stream);
  } else {
    begin_ping(number, stream);
  }
}

/// Hands the stream to the application, and to the muxer what the application sent meanwhile.
void Connection::begin_application(StreamNumber number, ConnectionStream& stream) {
  auto negotiating = std::move(std::get<stream_use::Negotiating>(stream.use));
  stream.use = stream_use::ForApplication{};
  set_deadline(number, stream, std::nullopt);
  held_bytes_ -= negotiating.held.size();
  muxer_->send(number, negotiating.held);
  if (negotiating.finish) muxer_->finish(number);
  events_.emplace_back(connection_event::StreamOpened{number, stream.protocol, stream.direction});
}

void Connection::tell_identity(StreamNumber number, ConnectionStream& stream) {
  const Bytes message = encode(Identification{.public_key = setup_.node_key.public_key(),
                                              .listen_addresses = setup_.identity.listen_addresses,
                                              .protocols = *supported_,
                                              .observed_address = setup_.remote_address,
                                              .protocol_version = setup_.identity.protocol_version,
                                              .agent_version = setup_.identity.agent_version});
  Bytes framed;
  append_message(framed, message);
  muxer_->send(number, framed);
  muxer_->finish(number);
  stream.use = stream_use::Said{};
}

void Connection::begin_ping(StreamNumber number, ConnectionStream& stream) {
  INVARIANT(ping_payload_.has_value());
  Bytes payload;
  stream_use::AskingPing asking{.initiator = {}, .asked = now_};
  asking.initiator.start(*ping_payload_, payload);
  muxer_->send(number, payload);
  stream.use = std::move(asking);
}

void Connection::on_data(StreamNumber number, stream_use::ForApplication&, Bytes bytes) {
  events_.emplace_back(connection_event::Data{number, std::move(bytes)});
}

void Connection::on_data(StreamNumber number, stream_use::Identifying& use, Bytes bytes) {
  ByteView rest = bytes;
  while (!rest.empty()) {
    const auto message = use.reader.next(rest);
    if (!message) return drop_stream(number);
    if (!*message) break;
    auto identification = decode_identification(**message);
    if (!identification || ++use.messages > kIdentifyMessagesMax) return drop_stream(number);
    merge(use.identification, std::move(*identification));
  }
  muxer_->consumed(number, bytes.size());
}

void Connection::on_data(StreamNumber number, stream_use::Said&, Bytes bytes) {
  muxer_->consumed(number, bytes.size());
}

void Connection::on_data(StreamNumber number, stream_use::AnsweringPing& use, Bytes bytes) {
  Bytes echo;
  use.responder.received(bytes, echo);
  muxer_->send(number, echo);
  use.unconsumed += bytes.size();
  return_ping_window(number, use);
}

/// A peer that asks faster than it reads answers fills its window and waits.
void Connection::return_ping_window(StreamNumber number, stream_use::AnsweringPing& use) {
  if (use.unconsumed == 0 || muxer_->queued_bytes(number) > kYamuxFrameBytesMax) return;
  muxer_->consumed(number, std::exchange(use.unconsumed, 0));
}

void Connection::return_ping_windows() {
  for (const StreamNumber number : answering_pings_)
    return_ping_window(number, std::get<stream_use::AnsweringPing>(streams_.at(number).use));
}

void Connection::on_data(StreamNumber number, stream_use::AskingPing& use, Bytes bytes) {
  switch (use.initiator.received(bytes)) {
    case PingInitiator::Answer::Incomplete: muxer_->consumed(number, bytes.size()); return;
    case PingInitiator::Answer::Wrong: return drop_stream(number);
    case PingInitiator::Answer::Right: break;
  }
  events_.emplace_back(connection_event::Ponged{now_ - use.asked});
  muxer_->consumed(number, bytes.size());
  muxer_->finish(number);
  streams_.at(number).use = stream_use::Said{};
  ping_payload_.reset();
}

void Connection::on_finished(StreamNumber number, stream_use::Negotiating&) {
  drop_stream(number);
}

void Connection::on_finished(StreamNumber number, stream_use::ForApplication&) {
  events_.emplace_back(connection_event::StreamFinished{number});
}

/// The message counts only if it is whole and the key in it is the one that the handshake proved;
/// a push may leave the key out.
void Connection::on_finished(StreamNumber number, stream_use::Identifying& use) {
  ConnectionStream& stream = streams_.at(number);
  const auto& key = use.identification.public_key;
  const bool key_right =
      key ? PeerId::from_public_key(*key) == *peer_ : stream.protocol == kIdentifyPushProtocol;
  if (use.messages == 0 || !use.reader.at_boundary() || !key_right) return drop_stream(number);
  merge(identification_, std::move(use.identification));
  events_.emplace_back(connection_event::Identified{identification_});
  stream.use = stream_use::Said{};
  muxer_->finish(number);
}

void Connection::on_finished(StreamNumber, stream_use::Said&) {}

void Connection::on_finished(StreamNumber number, stream_use::AnsweringPing&) {
  muxer_->finish(number);
}

void Connection::on_finished(StreamNumber number, stream_use::AskingPing&) {
  drop_stream(number);
}

}  // namespace troupe::network
