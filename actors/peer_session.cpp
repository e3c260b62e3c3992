#include "actors/peer_session.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "actors/admin_tunnel.hpp"
#include "actors/transport.hpp"
#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/network/channel_hello.hpp"

namespace troupe::actors {

namespace {

using network::StreamNumber;

/// How much of one channel waits inside the muxer for its turn on the connection.
constexpr std::size_t kMuxerBytesMax = 32 * 1024;
/// What goes to the broker at once.
constexpr std::size_t kWriteBytes = 64 * 1024;
/// What a delivered message costs beside its bytes; a flood of empty messages is bounded by it.
constexpr std::size_t kDeliveryOverheadBytes = 256;

/// How often a stranger may ask for what it cannot have.
constexpr std::size_t kStreamsRefusedMax = 16;

static_assert(kWriteBytes < kPipelineBytesMax, "the pipeline must hold more than one write");

/// What may be in the kernel's hands and the broker's together with what is in the muxer.
constexpr std::size_t kUnwrittenBytesMax = kPipelineBytesMax - 2 * kWriteBytes;

std::optional<Channel> channel_named(std::string_view protocol) {
  for (const auto channel : kChannels) {
    if (protocol_id(channel) == protocol) return channel;
  }
  return std::nullopt;
}

std::vector<std::string> protocols_of(const SessionRules& rules) {
  std::vector<std::string> names;
  for (const auto channel : kChannels)
    names.emplace_back(protocol_id(channel));
  if (rules.door.open) names.emplace_back(kAdminProtocol);
  return names;
}

network::ConnectionSetup connection_setup(const SessionSetup& setup) {
  const auto& rules = *setup.rules;
  return network::ConnectionSetup{.role = setup.role,
                                  .node_key = rules.node_key,
                                  .noise_keys = setup.noise_keys,
                                  .expected_peer = setup.expected_peer,
                                  .protocols = protocols_of(rules),
                                  .identity = rules.identity,
                                  .remote_address = setup.remote_address,
                                  .limits = rules.limits};
}

/// Wakes a session for a channel without keeping it alive.
std::function<void()> waker(SessionActor::pointer self, Channel channel) {
  return [weak = caf::actor_cast<caf::weak_actor_ptr>(self), channel] {
    const auto session = caf::actor_cast<SessionActor>(weak.lock());
    if (session) caf::anon_send(session, internal::wake_atom{}, channel);
  };
}

SessionChannel make_channel(SessionActor::pointer self, Channel channel) {
  return SessionChannel{channel, waker(self, channel)};
}

ByteView as_view(const std::vector<char>& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

SessionChannel::SessionChannel(Channel which, std::function<void()> wake)
    : channel(which),
      reader(message_bytes_max(which)),
      credit(kUncreditedBytesMax, std::move(wake)) {}

PeerSession::PeerSession(SessionActor::pointer self,
                         SessionSetup setup,
                         SharedWire wire,
                         ReportSink swarm)
    : self_(self),
      setup_(std::move(setup)),
      wire_(std::move(wire)),
      swarm_(std::move(swarm)),
      connection_(connection_setup(setup_), instant_of(self)),
      channels_{make_channel(self, Channel::Consensus),
                make_channel(self, Channel::Lanes),
                make_channel(self, Channel::Sync)} {}

SessionActor::behavior_type PeerSession::make_behavior() {
  broker_ = wire_->carry(self_->system(), SocketOwner{SessionActor{self_}});
  self_->monitor(broker_);
  self_->set_down_handler([this](const caf::down_msg& notice) { on_down(notice); });
  advance();
  return {
      [this](internal::bytes_atom, const ReadBytes& read) { on_read(read); },
      [this](internal::wrote_atom, std::uint64_t bytes) { on_wrote(bytes); },
      [this](send_atom, Channel channel, const SharedBytes& message) { on_send(channel, message); },
      [this](internal::grant_atom, Channel channel, const ChannelSink& sink) {
        on_grant(channel, sink);
      },
      [this](caf::close_atom) { on_close(); },
      [this](caf::tick_atom) { on_tick(); },
      [this](caf::flush_atom) { on_flush(); },
      [this](internal::wake_atom, Channel channel) { on_wake(channel); },
      [this](internal::tunnel_atom, StreamNumber stream, const Bytes& bytes) {
        on_tunnel(stream, bytes);
      },
      [this](internal::took_atom, StreamNumber stream, std::uint64_t bytes) {
        on_took(stream, bytes);
      },
  };
}

void PeerSession::on_read(const ReadBytes& read) {
  setup_.meter->bytes_in += read.bytes.size();
  connection_.received(as_view(read.bytes), instant_of(self_));
  if (++reads_owed_ >= kReadsInFlightMax / 2) {
    caf::anon_send(broker_, internal::rearm_atom{}, std::uint64_t{std::exchange(reads_owed_, 0)});
  }
  advance();
}

void PeerSession::on_wrote(std::uint64_t bytes) {
  INVARIANT(bytes <= unwritten_);
  unwritten_ -= bytes;
  advance();
}

void PeerSession::on_send(Channel channel, const SharedBytes& message) {
  channel_of(channel).queue.push(message);
  // Everything that is already in the mailbox joins the same write.
  if (std::exchange(flush_pending_, true)) return;
  self_->send(self_, caf::flush_atom::value);
}

void PeerSession::on_flush() {
  flush_pending_ = false;
  advance();
}

void PeerSession::on_grant(Channel channel, const ChannelSink& sink) {
  auto& granted = channel_of(channel);
  granted.sink = sink;
  const auto early = std::exchange(granted.early, {});
  receive(granted, early);
  return_window(granted);
  advance();
}

void PeerSession::on_close() {
  connection_.close();
  advance();
}

void PeerSession::on_tick() {
  const auto now = instant_of(self_);
  alarm_.rang(now);
  connection_.tick(now);
  advance();
}

void PeerSession::on_wake(Channel channel) {
  return_window(channel_of(channel));
  advance();
}

void PeerSession::on_tunnel(StreamNumber stream, const Bytes& bytes) {
  const auto found = tunnels_.find(stream);
  if (found == tunnels_.end()) return;
  connection_.send(stream, bytes);
  ++found->second.reads_owed;
  advance();
}

void PeerSession::on_took(StreamNumber stream, std::uint64_t bytes) {
  connection_.consumed(stream, bytes);
  advance();
}

void PeerSession::on_down(const caf::down_msg& notice) {
  const auto tunnel = std::ranges::find_if(
      tunnels_, [&](const auto& each) { return each.second.actor.address() == notice.source; });
  if (tunnel == tunnels_.end()) {
    connection_.disconnected();
  } else {
    connection_.reset(tunnel->first);
    tunnels_.erase(tunnel);
  }
  advance();
}

void PeerSession::advance() {
  if (has_ended_) return;
  perform_events();
  if (has_ended_) return;
  write();
  return_reads();
  if (const auto rtt = connection_.round_trip()) setup_.meter->rtt_microseconds = rtt->count();
  if (const auto due = connection_.next_deadline()) alarm_.set(self_, *due);
}

void PeerSession::perform_events() {
  for (auto events = connection_.take_events(); !events.empty() && !has_ended_;
       events = connection_.take_events()) {
    for (auto& event : events) {
      std::visit([this](auto& happened) { perform(happened); }, event);
    }
  }
}

void PeerSession::perform(network::connection_event::Secured& event) {
  is_member_ = setup_.rules->members.contains(event.peer);
  report(session_report::Secured{event.peer});
}

void PeerSession::perform(network::connection_event::Ready&) {
  if (!is_member_) return;
  for (auto& channel : channels_) {
    const auto opened =
        connection_.open(std::string{protocol_id(channel.channel)}, instant_of(self_));
    if (!opened) return connection_.close();
    channel.outbound = *opened;
    Bytes hello;
    network::append_message(hello, network::encode_hello(setup_.rules->chain));
    connection_.send(*opened, hello);
  }
}

void PeerSession::perform(network::connection_event::StreamOpened& event) {
  if (event.direction == network::Direction::Outbound) return;
  if (event.protocol == kAdminProtocol) return open_tunnel(event.stream);
  const auto named = channel_named(event.protocol);
  if (!named || !is_member_) return refuse(event.stream);
  auto& channel = channel_of(*named);
  // A second stream of one channel would leave open in which order the two are to be read.
  if (channel.inbound) return connection_.close();
  channel.inbound = event.stream;
}

void PeerSession::perform(network::connection_event::ProtocolRefused&) {
  // The only protocols that a session asks for are the channels, which every member speaks.
  connection_.close();
}

void PeerSession::perform(network::connection_event::Data& event) {
  if (const auto tunnel = tunnels_.find(event.stream); tunnel != tunnels_.end()) {
    self_->send(tunnel->second.actor, internal::tunnel_atom{}, std::move(event.bytes));
    return;
  }
  auto* channel = inbound_channel(event.stream);
  // Channels are one-way: what comes back on a stream of ours means nothing.
  if (channel == nullptr) return connection_.consumed(event.stream, event.bytes.size());
  channel->unreturned += event.bytes.size();
  receive(*channel, event.bytes);
  return_window(*channel);
}

void PeerSession::perform(network::connection_event::StreamFinished& event) {
  lose(event.stream);
}

void PeerSession::perform(network::connection_event::StreamReset& event) {
  lose(event.stream);
}

void PeerSession::perform(network::connection_event::Identified& event) {
  auto& said = event.identification;
  auto& addresses = said.listen_addresses;
  if (addresses.size() > kAddressesPerPeerMax) {
    addresses.erase(addresses.begin() + kAddressesPerPeerMax, addresses.end());
  }
  report(session_report::Identified{std::move(said.agent_version), std::move(addresses)});
}

void PeerSession::perform(network::connection_event::Ponged& event) {
  setup_.meter->rtt_microseconds = event.round_trip.count();
}

void PeerSession::perform(network::connection_event::Closed& event) {
  end(event);
}

void PeerSession::receive(SessionChannel& channel, ByteView bytes) {
  while (!connection_.is_closed()) {
    if (channel.is_greeted && !channel.sink) return append(channel.early, bytes);
    auto next = channel.reader.next(bytes);
    if (!next) return connection_.close();
    if (!next->has_value()) return;
    if (channel.is_greeted) {
      deliver(channel, std::move(**next));
    } else if (!greet(channel, **next)) {
      return;
    }
  }
}

bool PeerSession::greet(SessionChannel& channel, ByteView hello) {
  const auto checked = network::check_hello(hello, setup_.rules->chain);
  if (!checked) {
    connection_.reset(*channel.inbound);
    report(session_report::WrongChain{checked.error()});
    connection_.close();
    return false;
  }
  channel.is_greeted = true;
  report(session_report::ChannelUp{channel.channel});
  return true;
}

void PeerSession::deliver(SessionChannel& channel, Bytes message) {
  INVARIANT(channel.is_greeted && channel.sink);  // (2)
  ++setup_.meter->messages_in;
  auto credit = channel.credit.draw(message.size() + kDeliveryOverheadBytes);
  self_->send(*channel.sink,
              deliver_atom{},
              Delivery{.from = *connection_.peer(),
                       .channel = channel.channel,
                       .message = share(std::move(message)),
                       .credit = std::move(credit)});
}

void PeerSession::return_window(SessionChannel& channel) {
  if (!channel.inbound || channel.unreturned == 0) return;
  // Early bytes wait in the window that their sender has used up; there is no other bound to them.
  if (!channel.early.empty() || channel.credit.must_wait()) return;
  connection_.consumed(*channel.inbound, std::exchange(channel.unreturned, 0));
}

void PeerSession::open_tunnel(StreamNumber stream) {
  std::optional<ConsoleEntry> entry;
  if (tunnels_.size() < kTunnelsPerSessionMax) entry = setup_.rules->door.open(*connection_.peer());
  if (!entry) return refuse(stream);
  auto tunnel = spawn_monitored<TunnelActor, AdminTunnel>(
      self_, Placement::Pooled, SessionActor{self_}, stream, std::move(*entry));
  tunnels_.emplace(stream, SessionTunnel{std::move(tunnel)});
}

void PeerSession::refuse(StreamNumber stream) {
  connection_.reset(stream);
  report(session_report::StreamRefused{});
  if (++streams_refused_ >= kStreamsRefusedMax) connection_.close();
}

void PeerSession::return_reads() {
  for (auto& [stream, tunnel] : tunnels_) {
    if (tunnel.reads_owed == 0 || connection_.queued_bytes(stream) >= kMuxerBytesMax) continue;
    self_->send(
        tunnel.actor, internal::rearm_atom{}, std::uint64_t{std::exchange(tunnel.reads_owed, 0)});
  }
}

void PeerSession::lose(StreamNumber stream) {
  if (const auto tunnel = tunnels_.extract(stream); !tunnel.empty()) {
    self_->send(tunnel.mapped().actor, internal::finish_atom{});
    return connection_.reset(stream);
  }
  const auto carries = [stream](const SessionChannel& channel) {
    return channel.outbound == stream || channel.inbound == stream;
  };
  if (std::any_of(channels_.begin(), channels_.end(), carries)) connection_.close();
}

void PeerSession::write() {
  while (unwritten_ < kUnwrittenBytesMax) {
    feed_consensus();
    if (drain()) continue;
    // Nothing urgent is left that the peer has room for.
    if (!feed_bulk() || !drain()) return;
  }
}

bool PeerSession::feed_consensus() {
  return feed(channel_of(Channel::Consensus));
}

bool PeerSession::feed_bulk() {
  const bool lanes = feed(channel_of(Channel::Lanes));
  const bool sync = feed(channel_of(Channel::Sync));
  return lanes || sync;
}

bool PeerSession::feed(SessionChannel& channel) {
  if (!channel.outbound) return false;
  bool fed = false;
  auto& queued = setup_.meter->queued_bytes[index_of(channel.channel)];
  auto held = connection_.queued_bytes(*channel.outbound);
  while (!channel.queue.empty() && held < kMuxerBytesMax) {
    const auto bytes = channel.queue.front(kMuxerBytesMax);
    if (!connection_.send(*channel.outbound, bytes)) return fed;
    held += bytes.size();
    const auto popped = channel.queue.pop(bytes.size());
    queued -= popped.message_bytes;
    setup_.meter->messages_out += popped.messages;
    fed = true;
  }
  return fed;
}

bool PeerSession::drain() {
  Bytes bytes;
  if (!connection_.drain(bytes, kWriteBytes)) return false;
  unwritten_ += bytes.size();
  setup_.meter->bytes_out += bytes.size();
  caf::anon_send(broker_, internal::write_atom{}, std::move(bytes));
  return true;
}

void PeerSession::end(const network::connection_event::Closed& event) {
  has_ended_ = true;
  drain();
  caf::anon_send(broker_, internal::finish_atom{});
  report(session_report::Ended{event.reason, std::string{event.detail}});
  self_->quit();
}

SessionChannel& PeerSession::channel_of(Channel channel) {
  return channels_[index_of(channel)];
}

SessionChannel* PeerSession::inbound_channel(StreamNumber stream) {
  const auto found =
      std::find_if(channels_.begin(), channels_.end(), [stream](const auto& channel) {
        return channel.inbound == stream;
      });
  return found == channels_.end() ? nullptr : &*found;
}

void PeerSession::report(SessionReport report) {
  self_->send(swarm_, internal::report_atom{}, setup_.id, std::move(report));
}

}  // namespace troupe::actors
