#pragma once

#include <set>

#include "actors/hosted.hpp"
#include "actors/swarm_messages.hpp"
#include "tools/simulator/simulated_node.hpp"

namespace troupe::simulator {

/// A real swarm, and somebody who looks over its shoulder: what the cast sends is shown to `watch`,
/// for each member that may get it, before the swarm seals it. What arrives nobody sees but the cast.
class WatchedSwarm {
 public:
  static constexpr const char* name = "watched-swarm";

  WatchedSwarm(actors::SwarmActor::pointer self,
               actors::SwarmActor swarm,
               std::set<network::PeerId> others,
               Outbox watch)
      : self_(self),
        swarm_(std::move(swarm)),
        others_(std::move(others)),
        watch_(std::move(watch)) {}

  actors::SwarmActor::behavior_type make_behavior();

 private:
  actors::SwarmActor::pointer self_;
  actors::SwarmActor swarm_;
  std::set<network::PeerId> others_;
  Outbox watch_;
};

}  // namespace troupe::simulator
