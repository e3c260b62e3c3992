#include "actors/swarm_setup.hpp"

#include <utility>

namespace troupe::actors {

SwarmSetup swarm_setup(const SwarmSeed& seed,
                       Randomness randomness,
                       std::shared_ptr<Transport> transport) {
  SwarmSetup setup{.node_key = *crypto::KeyPair::from_seed(seed.node_seed),
                   .chain = seed.chain,
                   .members = {seed.members.begin(), seed.members.end()},
                   .peers = {},
                   .listen = network::Multiaddr::parse(seed.listen).value(),
                   .agent = seed.agent,
                   .limits = {},
                   .connections_max = seed.connections_max,
                   .door = {},
                   .randomness = std::move(randomness),
                   .transport = std::move(transport),
                   .tap = seed.tap};
  for (const std::string& peer : seed.peers)
    setup.peers.push_back(network::Multiaddr::parse(peer).value());
  return setup;
}

}  // namespace troupe::actors
