#pragma once

#include <map>
#include <set>
#include <vector>

#include "actors/hosted.hpp"
#include "actors/swarm_messages.hpp"
#include "tools/simulator/simulated_node.hpp"

CAF_BEGIN_TYPE_ID_BLOCK(troupe_simulator, caf::first_custom_type_id + 300)
CAF_ADD_ATOM(troupe_simulator, troupe::simulator, arrive_atom, "arrive")
CAF_ADD_ATOM(troupe_simulator, troupe::simulator, link_atom, "link")
CAF_END_TYPE_ID_BLOCK(troupe_simulator)

namespace troupe::simulator {

/// A swarm whose peers live in the same process: what is sent leaves through a function, what
/// arrives comes as a message of the world's.
using SimulatedSwarmActor = actors::SwarmActor::extend<
    caf::reacts_to<arrive_atom, network::PeerId, actors::Channel, actors::SharedBytes>,
    caf::reacts_to<link_atom, network::PeerId, bool>>;

class SimulatedSwarm {
 public:
  static constexpr const char* name = "swarm";

  SimulatedSwarm(SimulatedSwarmActor::pointer self, Outbox outbox)
      : self_(self), outbox_(std::move(outbox)) {}

  SimulatedSwarmActor::behavior_type make_behavior();

 private:
  void send(const network::PeerId& to, actors::Channel channel, const Bytes& message);
  void send_all(actors::Channel channel, const Bytes& message);
  bool on_mute(actors::Channel channel, bool is_muted);
  void on_route(actors::Channel channel, const actors::ChannelSink& sink);
  void on_link(const network::PeerId& peer, bool is_up);
  [[nodiscard]] std::vector<actors::PeerInfo> peers() const;

  SimulatedSwarmActor::pointer self_;
  Outbox outbox_;
  std::set<network::PeerId> up_;
  std::set<actors::Channel> muted_;
  std::map<actors::Channel, actors::ChannelSink> sinks_;
};

}  // namespace troupe::simulator
