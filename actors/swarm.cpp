#include "actors/swarm.hpp"

#include <algorithm>
#include <utility>

#include "actors/hosted.hpp"
#include "actors/noise_keys.hpp"
#include "actors/peer_session.hpp"
#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::actors {

namespace {

/// How long to wait before listening again after the listening socket was lost.
constexpr Duration kListenAgainAfter = std::chrono::milliseconds(200);

/// The part of an address whose rate is limited.
std::string host_of(const network::Multiaddr& address) {
  const auto endpoint = address.tcp_endpoint();
  return endpoint ? endpoint->host : std::string{};
}

bool is_wildcard(const network::Multiaddr& address) {
  const auto host = host_of(address);
  return host == "0.0.0.0" || host == "::";
}

network::OwnIdentity identity_of(const SwarmSetup& setup,
                                 const std::optional<Result<network::Multiaddr, SwarmError>>& at) {
  network::OwnIdentity identity;
  identity.agent_version = setup.agent;
  // A wildcard is nowhere that anybody could dial.
  if (at && at->ok() && !is_wildcard(**at)) identity.listen_addresses.push_back(**at);
  return identity;
}

SwarmError dial_error(network::CloseReason reason) {
  switch (reason) {
    case network::CloseReason::UpgradeTimeout: return SwarmError::Timeout;
    case network::CloseReason::ClosedByPeer:
    case network::CloseReason::Truncated:
    case network::CloseReason::ClosedByUs: return SwarmError::Unreachable;
    case network::CloseReason::NegotiationInvalid:
    case network::CloseReason::SecurityRefused:
    case network::CloseReason::HandshakeFailed:
    case network::CloseReason::PeerUnexpected:
    case network::CloseReason::PeerIsOurselves:
    case network::CloseReason::MuxerRefused:
    case network::CloseReason::CipherBroken:
    case network::CloseReason::MuxerInvalid:
    case network::CloseReason::Flood:
    case network::CloseReason::BufferFull:
    case network::CloseReason::PeerFailed:
    case network::CloseReason::KeepAliveTimeout:
    case network::CloseReason::Idle: return SwarmError::WrongPeer;
  }
  return SwarmError::WrongPeer;
}

PeerInfo info_of(const SessionRecord& record, Instant now) {
  const auto& meter = *record.meter;
  PeerInfo info{.id = *record.peer,
                .address = record.address,
                .direction = record.direction,
                .is_member = record.is_member,
                .rtt = std::nullopt,
                .agent = record.agent,
                .bytes_in = meter.bytes_in,
                .bytes_out = meter.bytes_out,
                .messages_shed = meter.messages_shed,
                .connected_for = now - record.secured};
  if (const auto rtt = meter.rtt_microseconds.load(); rtt >= 0) info.rtt = Duration{rtt};
  for (const auto channel : kChannels) {
    info.queued_bytes[index_of(channel)] = meter.queued_bytes[index_of(channel)];
  }
  return info;
}

void add_messages(SwarmStats& stats, const SessionMeter& meter) {
  stats.messages_in += meter.messages_in;
  stats.messages_out += meter.messages_out;
  stats.messages_shed += meter.messages_shed;
}

}  // namespace

Swarm::Swarm(SwarmCore::pointer self, SwarmSetup setup)
    : self_(self),
      setup_(std::move(setup)),
      own_(network::PeerId::from_public_key(setup_.node_key.public_key())),
      static_key_(draw_agreement_key(setup_.randomness)),
      book_(own_, setup_.members),
      sessions_(own_) {}

Swarm::~Swarm() {
  if (listener_) caf::anon_send_exit(listener_, caf::exit_reason::user_shutdown);
  for (const auto& [id, record] : sessions_.all()) {
    caf::anon_send(record.actor, caf::close_atom::value);
  }
}

SwarmCore::behavior_type Swarm::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& notice) { on_session_down(notice); });
  if (setup_.listen) listen(*setup_.listen);
  rules_ = std::make_shared<SessionRules>(SessionRules{.node_key = setup_.node_key,
                                                       .chain = setup_.chain,
                                                       .members = setup_.members,
                                                       .identity = identity_of(setup_, listening_),
                                                       .limits = setup_.limits,
                                                       .door = setup_.door});
  for (const auto& address : setup_.peers)
    book_.configure(address, instant_of(self_));
  dial_due();
  set_alarm();
  return {
      [this](send_atom, const network::PeerId& to, Channel channel, const SharedBytes& message) {
        on_send(to, channel, message);
      },
      [this](sendall_atom, Channel channel, const SharedBytes& message) {
        on_send_all(channel, message);
      },
      [this](route_atom, Channel channel, const ChannelSink& sink) { on_route(channel, sink); },
      [this](dial_atom, const network::Multiaddr& address) { return on_dial(address); },
      [this](peers_atom) { return on_peers(); },
      [this](counters_atom) { return on_counters(); },
      [this](listen_atom) { return on_listen(); },
      [this](hangup_atom, const network::PeerId& peer) { on_hangup(peer); },
      [this](admit_atom, const network::PeerId& peer, bool is_member) {
        return on_admit(peer, is_member);
      },
      [this](sever_atom, const network::PeerId& peer, bool is_severed) {
        return on_sever(peer, is_severed);
      },
      [this](mute_atom, Channel channel, bool is_muted) { return on_mute(channel, is_muted); },
      [this](internal::report_atom, SessionId id, const SessionReport& report) {
        on_report(id, report);
      },
      [this](internal::accepted_atom, const Accepted& accepted) { on_accepted(accepted); },
      [this](internal::deaf_atom) { on_deaf(); },
      [this](internal::dialled_atom, const Dialled& dialled) { on_dialled(dialled); },
      [this](caf::tick_atom) { on_tick(); },
  };
}

void Swarm::on_send(const network::PeerId& to, Channel channel, const SharedBytes& message) {
  auto* route = setup_.members.contains(to) ? sessions_.route_to(to) : nullptr;
  if (route != nullptr) return hand_over(*route, channel, message);
  ++stats_.messages_shed;
}

void Swarm::on_send_all(Channel channel, const SharedBytes& message) {
  for (const auto& member : setup_.members) {
    if (auto* route = sessions_.route_to(member)) hand_over(*route, channel, message);
  }
}

void Swarm::hand_over(SessionRecord& record, Channel channel, const SharedBytes& message) {
  INVARIANT(message && message->size() <= message_bytes_max(channel));
  if (muted_.contains(channel)) return;
  auto& queued = record.meter->queued_bytes[index_of(channel)];
  if (queued + message->size() <= queue_bytes_max(channel)) {
    queued += message->size();
    return self_->send(record.actor, send_atom{}, channel, message);
  }
  ++record.meter->messages_shed;
  if (channel == Channel::Consensus) close(record);
}

void Swarm::on_route(Channel channel, const ChannelSink& sink) {
  sinks_[index_of(channel)] = sink;
  for (const auto& [peer, up] : announced_) {
    if (up[index_of(channel)]) self_->send(sink, peerup_atom{}, channel, peer);
  }
  for (const auto& [id, record] : sessions_.all()) {
    if (record.up[index_of(channel)]) {
      self_->send(record.actor, internal::grant_atom{}, channel, sink);
    }
  }
}

caf::typed_response_promise<network::PeerId> Swarm::on_dial(const network::Multiaddr& address) {
  auto promise = self_->make_response_promise<network::PeerId>();
  if (!address.tcp_endpoint()) {
    promise.deliver(make_error(SwarmError::NotTcp));
  } else if (dials_.size() >= 2 * kDialsMax) {
    promise.deliver(make_error(SwarmError::TooManyDials));
  } else {
    start_dial({.address = address.without_peer(),
                .expected_peer = address.peer_id(),
                .is_of_book = false,
                .asker = promise});
  }
  return promise;
}

std::vector<PeerInfo> Swarm::on_peers() const {
  const auto now = instant_of(self_);
  std::vector<PeerInfo> peers;
  for (const auto& [id, record] : sessions_.all()) {
    if (record.peer) peers.push_back(info_of(record, now));
  }
  std::stable_sort(peers.begin(), peers.end(), [](const PeerInfo& one, const PeerInfo& other) {
    return one.id < other.id;
  });
  return peers;
}

SwarmStats Swarm::on_counters() const {
  auto stats = stats_;
  for (const auto& [id, record] : sessions_.all())
    add_messages(stats, *record.meter);
  return stats;
}

caf::result<network::Multiaddr> Swarm::on_listen() const {
  if (!listening_) return make_error(SwarmError::NotListening);
  if (!*listening_) return make_error(listening_->error());
  return **listening_;
}

void Swarm::on_hangup(const network::PeerId& peer) {
  for (auto* record : sessions_.open_to(peer))
    close(*record);
}

void Swarm::on_accepted(const Accepted& accepted) {
  caf::anon_send(listener_, internal::rearm_atom{}, std::uint64_t{1});
  const auto address = accepted.wire->remote_address();
  if (!address) return;
  const auto id = last_number_ + 1;
  if (sessions_.all().size() >= setup_.connections_max) {
    ++stats_.refused_pending;
    return;
  }
  const auto entry = gate_.enter(host_of(*address), id, instant_of(self_));
  if (!entry.admitted) {
    ++stats_.refused_rate;
    return;
  }
  if (entry.evicted) {
    ++stats_.refused_pending;
    if (auto* oldest = sessions_.find(*entry.evicted)) close(*oldest);
  }
  const auto& record =
      start_session(accepted.wire, network::Direction::Inbound, *address, std::nullopt);
  INVARIANT(record.id == id);
}

void Swarm::on_deaf() {
  listener_ = nullptr;
  listen_again_ = instant_of(self_) + kListenAgainAfter;
  set_alarm();
}

void Swarm::on_dialled(const Dialled& dialled) {
  auto node = dials_.extract(dialled.ticket);
  INVARIANT(!node.empty());
  auto dial = std::move(node.mapped());
  if (!dialled.outcome) {
    ++stats_.dials_failed;
    if (dial.is_of_book) book_.failed(*dial.expected_peer, instant_of(self_));
    if (dial.asker) dial.asker->deliver(make_error(dialled.outcome.error()));
    return set_alarm();
  }
  // The peer came to us meanwhile.
  if (dial.is_of_book && sessions_.route_to(*dial.expected_peer) != nullptr) return;
  const auto& record = start_session(
      *dialled.outcome, network::Direction::Outbound, dial.address, dial.expected_peer);
  upgrades_.emplace(record.id, std::move(dial));
}

void Swarm::on_tick() {
  const auto now = instant_of(self_);
  alarm_.rang(now);
  if (listen_again_ && *listen_again_ <= now) {
    listen_again_.reset();
    listen(listening_->value());
  }
  if (look_again_ && *look_again_ <= now) {
    look_again_.reset();
    for (const auto& peer : std::exchange(crowded_, {}))
      settle(peer);
  }
  dial_due();
  set_alarm();
}

void Swarm::on_session_down(const caf::down_msg& notice) {
  // A session in good order has reported its end; one that failed is treated like a lost connection.
  for (const auto& [id, record] : sessions_.all()) {
    if (record.actor.address() == notice.source) return forget(id, {});
  }
}

void Swarm::on_report(SessionId id, const SessionReport& report) {
  auto* record = sessions_.find(id);
  if (record == nullptr) return;
  std::visit([&](const auto& what) { perform(*record, what); }, report);
  set_alarm();
}

void Swarm::perform(SessionRecord& record, const session_report::Secured& report) {
  gate_.leave(record.id);
  ++stats_.connections_opened;
  record.peer = report.peer;
  record.secured = instant_of(self_);
  record.is_member = setup_.members.contains(report.peer);
  record.is_console = !record.is_member && setup_.door.admits.contains(report.peer);
  if (auto dial = upgrades_.extract(record.id); !dial.empty() && dial.mapped().asker) {
    dial.mapped().asker->deliver(report.peer);
  }
  book_.connected(report.peer);
  if (severed_.contains(report.peer)) return close(record);
  if (!record.is_member && record.direction == network::Direction::Inbound && !has_room(record)) {
    ++stats_.refused_strangers;
    return close(record);
  }
  // Each console of one person has a connection of its own.
  if (!record.is_console) settle(report.peer);
}

void Swarm::perform(SessionRecord& record, const session_report::ChannelUp& report) {
  if (!setup_.members.contains(*record.peer)) return;  // expelled while it asked
  const auto index = index_of(report.channel);
  record.up[index] = true;
  book_.settled(*record.peer);
  announce(*record.peer, false);
  const auto& sink = sinks_[index];
  if (sink) self_->send(record.actor, internal::grant_atom{}, report.channel, *sink);
}

void Swarm::perform(SessionRecord& record, const session_report::Identified& report) {
  record.agent = report.agent;
  if (record.is_member) book_.learn(*record.peer, report.listen_addresses);
}

void Swarm::perform(SessionRecord&, const session_report::StreamRefused&) {
  ++stats_.refused_streams;
}

void Swarm::perform(SessionRecord& record, const session_report::WrongChain&) {
  ++stats_.wrong_chain;
  book_.distrust(*record.peer);
}

void Swarm::perform(SessionRecord& record, const session_report::Ended& report) {
  forget(record.id, report);
}

void Swarm::forget(SessionId id, const session_report::Ended& how) {
  gate_.leave(id);
  answer_dial(id, how);
  const auto* route =
      sessions_.find(id)->peer ? sessions_.route_to(*sessions_.find(id)->peer) : nullptr;
  const bool was_route = route != nullptr && route->id == id;
  const auto record = sessions_.remove(id);
  add_messages(stats_, *record.meter);
  if (network::is_peer_fault(how.reason)) ++stats_.protocol_errors;
  if (!record.peer) return;
  ++stats_.connections_closed;
  announce(*record.peer, was_route);
  if (sessions_.open_to(*record.peer).empty()) book_.lost(*record.peer, instant_of(self_));
  set_alarm();
}

void Swarm::answer_dial(SessionId id, const session_report::Ended& how) {
  auto node = upgrades_.extract(id);
  if (node.empty()) return;
  ++stats_.dials_failed;
  auto& dial = node.mapped();
  if (dial.is_of_book) book_.failed(*dial.expected_peer, instant_of(self_));
  if (dial.asker) dial.asker->deliver(make_error(dial_error(how.reason)));
}

void Swarm::listen(const network::Multiaddr& address) {
  auto opened = setup_.transport->listen(SwarmCore{self_}, self_->system(), address);
  if (!opened) {
    // The first time is for the one who asks; later the address was ours and will be again.
    if (!listening_)
      listening_ = failure(opened.error());
    else
      listen_again_ = instant_of(self_) + kListenAgainAfter;
    return;
  }
  listening_ = opened->address;
  listener_ = std::move(opened->broker);
}

void Swarm::dial_due() {
  const auto now = instant_of(self_);
  for (auto& attempt : book_.take_due(now)) {
    if (severed_.contains(attempt.peer)) {
      book_.failed(attempt.peer, now);
      continue;
    }
    start_dial({.address = attempt.address,
                .expected_peer = attempt.peer,
                .is_of_book = true,
                .asker = std::nullopt});
  }
}

void Swarm::start_dial(Dial dial) {
  const auto ticket = ++last_number_;
  setup_.transport->dial(SwarmCore{self_}, self_->system(), ticket, dial.address);
  dials_.emplace(ticket, std::move(dial));
}

SessionRecord& Swarm::start_session(SharedWire wire,
                                    network::Direction direction,
                                    network::Multiaddr address,
                                    std::optional<network::PeerId> expected_peer) {
  const auto id = ++last_number_;
  auto meter = std::make_shared<SessionMeter>();
  SessionSetup setup{.id = id,
                     .role = direction == network::Direction::Outbound ? network::Role::Dialer
                                                                       : network::Role::Listener,
                     .noise_keys = draw_keys(),
                     .expected_peer = std::move(expected_peer),
                     .remote_address = address,
                     .rules = rules_,
                     .meter = meter,
                     .tap = setup_.tap};
  auto actor = spawn_monitored<SessionActor, PeerSession>(
      self_, Placement::Pooled, std::move(setup), std::move(wire), ReportSink{SwarmCore{self_}});
  return sessions_.add({.id = id,
                        .actor = std::move(actor),
                        .direction = direction,
                        .address = std::move(address),
                        .meter = std::move(meter),
                        .peer = std::nullopt,
                        .secured = {},
                        .agent = {}});
}

network::NoiseKeys Swarm::draw_keys() {
  return {.static_private = static_key_,
          .ephemeral_private = draw_agreement_key(setup_.randomness)};
}

void Swarm::close(SessionRecord& record) {
  if (std::exchange(record.is_closing, true)) return;
  self_->send(record.actor, caf::close_atom::value);
}

void Swarm::settle(const network::PeerId& peer) {
  const auto surplus = sessions_.surplus_to(peer, instant_of(self_));
  for (const auto id : surplus.close_now) {
    ++stats_.duplicates_closed;
    close(*sessions_.find(id));
  }
  if (!surplus.look_again) return;
  crowded_.insert(peer);
  if (!look_again_ || *surplus.look_again < *look_again_) look_again_ = surplus.look_again;
}

void Swarm::announce(const network::PeerId& peer, bool renew) {
  if (!setup_.members.contains(peer)) return;
  auto& known = announced_[peer];
  for (const auto channel : kChannels) {
    const bool is_up = sessions_.is_up(peer, channel);
    auto& was_up = known[index_of(channel)];
    const auto& sink = sinks_[index_of(channel)];
    if (sink && was_up && (!is_up || renew)) self_->send(*sink, peerdown_atom{}, channel, peer);
    if (sink && is_up && (!was_up || renew)) self_->send(*sink, peerup_atom{}, channel, peer);
    was_up = is_up;
  }
}

void Swarm::set_alarm() {
  for (const auto& due : {book_.next_due(), look_again_, listen_again_}) {
    if (due) alarm_.set(self_, *due);
  }
}

SwarmActor spawn_swarm(caf::actor_system& system, SwarmSetup setup) {
  return spawn_hosted<SwarmCore, Swarm>(system, Placement::Pooled, std::move(setup));
}

}  // namespace troupe::actors
