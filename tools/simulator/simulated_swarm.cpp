#include "tools/simulator/simulated_swarm.hpp"

#include <utility>

namespace troupe::simulator {

using actors::Channel;
using actors::ChannelSink;
using actors::SharedBytes;

namespace {

network::Multiaddr nowhere() {
  return network::Multiaddr::parse("/ip4/127.0.0.1/tcp/1").value();
}

}  // namespace

SimulatedSwarmActor::behavior_type SimulatedSwarm::make_behavior() {
  return {
      [this](actors::send_atom,
             const network::PeerId& to,
             Channel channel,
             const SharedBytes& message) {
        if (up_.contains(to)) send(to, channel, *message);
      },
      [this](actors::sendall_atom, Channel channel, const SharedBytes& message) {
        send_all(channel, *message);
      },
      [this](actors::route_atom, Channel channel, const ChannelSink& sink) {
        on_route(channel, sink);
      },
      [](actors::dial_atom, const network::Multiaddr&) -> caf::result<network::PeerId> {
        return actors::make_error(actors::SwarmError::Unreachable);
      },
      [this](actors::peers_atom) { return peers(); },
      [](actors::counters_atom) { return actors::SwarmStats{}; },
      [](actors::listen_atom) -> caf::result<network::Multiaddr> { return nowhere(); },
      [](actors::hangup_atom, const network::PeerId&) {},
      // Who is connected is the network's to say here.
      [](actors::admit_atom, const network::PeerId&, bool) { return false; },
      [](actors::sever_atom, const network::PeerId&, bool) { return false; },
      [this](actors::mute_atom, Channel channel, bool is_muted) {
        return on_mute(channel, is_muted);
      },
      [this](
          arrive_atom, const network::PeerId& from, Channel channel, const SharedBytes& message) {
        const auto sink = sinks_.find(channel);
        if (sink == sinks_.end() || !up_.contains(from)) return;
        self_->send(sink->second,
                    actors::deliver_atom_v,
                    actors::Delivery{from, channel, message, nullptr});
      },
      [this](link_atom, const network::PeerId& peer, bool is_up) { on_link(peer, is_up); },
  };
}

void SimulatedSwarm::send_all(Channel channel, const Bytes& message) {
  for (const network::PeerId& peer : up_)
    send(peer, channel, message);
}

void SimulatedSwarm::send(const network::PeerId& to, Channel channel, const Bytes& message) {
  if (!muted_.contains(channel)) outbox_(to, static_cast<std::uint8_t>(channel), message);
}

bool SimulatedSwarm::on_mute(Channel channel, bool is_muted) {
  const bool is_news = is_muted ? muted_.insert(channel).second : muted_.erase(channel) > 0;
  const auto sink = sinks_.find(channel);
  if (!is_news || is_muted || sink == sinks_.end()) return is_news;
  for (const network::PeerId& peer : up_) {
    self_->send(sink->second, actors::peerdown_atom_v, channel, peer);
    self_->send(sink->second, actors::peerup_atom_v, channel, peer);
  }
  return true;
}

void SimulatedSwarm::on_route(Channel channel, const ChannelSink& sink) {
  sinks_[channel] = sink;
  for (const network::PeerId& peer : up_) {
    self_->send(sink, actors::peerup_atom_v, channel, peer);
  }
}

void SimulatedSwarm::on_link(const network::PeerId& peer, bool is_up) {
  const bool is_changed = is_up ? up_.insert(peer).second : up_.erase(peer) > 0;
  if (!is_changed) return;
  for (const auto& [channel, sink] : sinks_) {
    if (is_up) {
      self_->send(sink, actors::peerup_atom_v, channel, peer);
    } else {
      self_->send(sink, actors::peerdown_atom_v, channel, peer);
    }
  }
}

std::vector<actors::PeerInfo> SimulatedSwarm::peers() const {
  std::vector<actors::PeerInfo> infos;
  for (const network::PeerId& peer : up_) {
    infos.push_back(actors::PeerInfo{.id = peer,
                                     .address = nowhere(),
                                     .direction = network::Direction::Inbound,
                                     .is_member = true,
                                     .rtt = std::nullopt,
                                     .agent = {}});
  }
  return infos;
}

}  // namespace troupe::simulator
