#include "tools/simulator/watched_swarm.hpp"

namespace troupe::simulator {

using actors::Channel;
using actors::SharedBytes;

actors::SwarmActor::behavior_type WatchedSwarm::make_behavior() {
  self_->link_to(swarm_);  // the one does not outlive the other
  return {
      [this](actors::send_atom atom,
             const network::PeerId& to,
             Channel channel,
             const SharedBytes& message) {
        watch_(to, static_cast<std::uint8_t>(channel), *message);
        self_->send(swarm_, atom, to, channel, message);
      },
      [this](actors::sendall_atom atom, Channel channel, const SharedBytes& message) {
        for (const network::PeerId& peer : others_)
          watch_(peer, static_cast<std::uint8_t>(channel), *message);
        self_->send(swarm_, atom, channel, message);
      },
      [this](actors::route_atom atom, Channel channel, const actors::ChannelSink& sink) {
        self_->send(swarm_, atom, channel, sink);
      },
      [this](actors::dial_atom atom, const network::Multiaddr& address) {
        return self_->delegate(swarm_, atom, address);
      },
      [this](actors::peers_atom atom) { return self_->delegate(swarm_, atom); },
      [this](actors::counters_atom atom) { return self_->delegate(swarm_, atom); },
      [this](actors::listen_atom atom) { return self_->delegate(swarm_, atom); },
      [this](actors::hangup_atom atom, const network::PeerId& peer) {
        self_->send(swarm_, atom, peer);
      },
      [this](actors::admit_atom atom, const network::PeerId& peer, bool is_member) {
        return self_->delegate(swarm_, atom, peer, is_member);
      },
      [this](actors::sever_atom atom, const network::PeerId& peer, bool is_severed) {
        return self_->delegate(swarm_, atom, peer, is_severed);
      },
      [this](actors::mute_atom atom, Channel channel, bool is_muted) {
        return self_->delegate(swarm_, atom, channel, is_muted);
      },
  };
}

}  // namespace troupe::simulator
