#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "actors/console_messages.hpp"
#include "actors/hosted.hpp"
#include "actors/node_options.hpp"
#include "actors/randomness.hpp"
#include "actors/swarm_messages.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/hash.hpp"
#include "storage/environment.hpp"

namespace troupe::actors {

/// Takes one line of a node's log. Called from any of the node's threads.
using LogSink = std::function<void(LogLevel, std::string_view actor, const std::string& line)>;

/// Hears how far the start of a node has come, in thousandths. Called from any of its threads.
using ProgressSink = std::function<void(std::string_view what, std::uint32_t permille)>;

/// What a swarm needs to know, whoever plays it.
struct SwarmSeed {
  crypto::Digest chain;
  NodeOptions::Seed node_seed{};
  std::string agent;
  std::string listen;                    ///< a multiaddr
  std::vector<std::string> peers;        ///< multiaddrs to stay connected to, with /p2p/<id>
  std::vector<network::PeerId> members;  ///< who may use the channels
  std::size_t connections_max = 64;
  TapPointer tap;  ///< where its messages are observed; may be null
};

/// Everything through which a node touches the world. A node given real ports is a process; given
/// simulated ones it is the same node under a deterministic scheduler. Nothing else in the cast
/// reads a clock, a random device, the environment or a socket.
struct NodePorts {
  /// The disk. Outlives the node.
  storage::Environment* environment = nullptr;
  /// Wall-clock time, for block timestamps only.
  std::function<Timestamp()> wall_clock;
  /// Sets the wall clock so far ahead of the true time, for fault injection. Null where nothing can.
  std::function<void(std::chrono::milliseconds)> shift_clock;
  Randomness randomness;
  /// Brings the node's connections to life.
  std::function<SwarmActor(caf::actor_system& system, const SwarmSeed& seed)> spawn_swarm;
  /// Where actors that wait for the disk, or compute for long, run.
  Placement blocking = Placement::Detached;
  /// How many actors verify signatures side by side.
  std::size_t workers = 2;
  LogSink log = [](LogLevel, std::string_view, const std::string&) {};
  ProgressSink progress = [](std::string_view, std::uint32_t) {};
  /// The process id, for `status`.
  std::uint64_t process_id = 0;
  /// The configuration as it took effect, for who asks the node for it.
  std::vector<SettingReport> settings;
};

}  // namespace troupe::actors
