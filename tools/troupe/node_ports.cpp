#include "tools/troupe/node_ports.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "actors/swarm.hpp"
#include "storage/posix_environment.hpp"

namespace troupe::tools {

namespace {

/// Actors that verify signatures side by side, at most: nodes of one machine share its processors.
constexpr std::size_t kWorkersMax = 4;

Timestamp wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

/// The swarm on sockets. The addresses were checked when the configuration was read.
actors::SwarmActor spawn_real_swarm(caf::actor_system& system, const actors::SwarmSeed& seed) {
  actors::SwarmSetup setup{.node_key = *crypto::KeyPair::from_seed(seed.node_seed),
                           .chain = seed.chain,
                           .members = {seed.members.begin(), seed.members.end()},
                           .peers = {},
                           .listen = network::Multiaddr::parse(seed.listen).value(),
                           .agent = seed.agent,
                           .limits = {},
                           .connections_max = seed.connections_max,
                           .randomness = actors::system_randomness(),
                           .tap = seed.tap};
  for (const auto& peer : seed.peers) {
    setup.peers.push_back(network::Multiaddr::parse(peer).value());
  }
  return actors::spawn_swarm(system, std::move(setup));
}

void log_line(actors::LogLevel level, std::string_view actor, const std::string& line) {
  switch (level) {
    case actors::LogLevel::Error: spdlog::error("{}: {}", actor, line); return;
    case actors::LogLevel::Warn: spdlog::warn("{}: {}", actor, line); return;
    case actors::LogLevel::Info: spdlog::info("{}: {}", actor, line); return;
    case actors::LogLevel::Debug: spdlog::debug("{}: {}", actor, line); return;
  }
}

}  // namespace

NodeWorld::NodeWorld() : environment_(storage::make_posix_environment()) {}

actors::NodePorts NodeWorld::ports() const {
  actors::NodePorts ports;
  ports.environment = environment_.get();
  ports.wall_clock = wall_clock;
  ports.randomness = actors::system_randomness();
  ports.spawn_swarm = spawn_real_swarm;
  ports.blocking = actors::Placement::Detached;
  ports.workers = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kWorkersMax);
  ports.log = log_line;
  ports.process_id = static_cast<std::uint64_t>(getpid());
  return ports;
}

}  // namespace troupe::tools
