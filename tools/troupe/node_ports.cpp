#include "tools/troupe/node_ports.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "actors/local_link.hpp"
#include "actors/swarm.hpp"
#include "actors/tcp_transport.hpp"
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

/// A socket of this very process never keeps anybody waiting, unless its backlog is full.
constexpr std::chrono::milliseconds kDoorDeadline{1};

actors::AdminDoor door_to(const std::shared_ptr<const ConsoleWays>& consoles) {
  if (!consoles || consoles->roles().empty()) return {};
  actors::AdminDoor door;
  for (const auto& [peer, role] : consoles->roles())
    door.admits.insert(peer);
  door.open = [consoles](const network::PeerId& peer) { return consoles->enter(peer); };
  return door;
}

/// The swarm on sockets. The addresses were checked when the configuration was read.
actors::SwarmActor spawn_real_swarm(caf::actor_system& system,
                                    const actors::SwarmSeed& seed,
                                    const std::shared_ptr<const ConsoleWays>& consoles) {
  auto setup = actors::swarm_setup(seed, actors::system_randomness(), actors::make_tcp_transport());
  setup.door = door_to(consoles);
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

void ConsoleWays::open(actors::Role role, std::string socket, caf::actor_id gate) {
  const std::lock_guard lock(mutex_);
  ways_.insert_or_assign(role, Way{std::move(socket), gate});
}

std::optional<actors::ConsoleEntry> ConsoleWays::enter(const network::PeerId& peer) const {
  const auto role = roles_.find(peer);
  if (role == roles_.end()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto way = ways_.find(role->second);
  if (way == ways_.end()) return std::nullopt;
  auto link = actors::connector_to(way->second.socket)(kDoorDeadline);
  if (!link) return std::nullopt;
  return actors::ConsoleEntry{std::make_shared<actors::Descriptor>(std::move(link).value()),
                              way->second.gate};
}

NodeWorld::NodeWorld(std::shared_ptr<const ConsoleWays> consoles)
    : environment_(storage::make_posix_environment()), consoles_(std::move(consoles)) {}

actors::NodePorts NodeWorld::ports() const {
  actors::NodePorts ports;
  ports.environment = environment_.get();
  ports.wall_clock = [shift = clock_shift_] {
    const auto shifted = static_cast<std::int64_t>(wall_clock().milliseconds) + shift->load();
    return Timestamp{static_cast<std::uint64_t>(std::max<std::int64_t>(shifted, 0))};
  };
  ports.shift_clock = [shift = clock_shift_](std::chrono::milliseconds ahead) {
    shift->store(ahead.count());
  };
  ports.randomness = actors::system_randomness();
  ports.spawn_swarm = [consoles = consoles_](caf::actor_system& system,
                                             const actors::SwarmSeed& seed) {
    return spawn_real_swarm(system, seed, consoles);
  };
  ports.blocking = actors::Placement::Detached;
  ports.workers = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kWorkersMax);
  ports.log = log_line;
  ports.process_id = static_cast<std::uint64_t>(getpid());
  return ports;
}

}  // namespace troupe::tools
