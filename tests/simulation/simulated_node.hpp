#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/messages.hpp"
#include "actors/node_options.hpp"
#include "actors/ports.hpp"
#include "tests/simulation/simulated_swarm.hpp"
#include "tests/support/disk/simulated_disk.hpp"
#include "tests/support/disk/simulated_environment.hpp"
#include "tests/support/random.hpp"

namespace troupe::simulation {

/// What became of one submitted transaction, as its client was told.
struct Acknowledged {
  crypto::Digest id;
  Height height;
};

/// One whole node in virtual time: every actor but the sockets, on a deterministic scheduler of its
/// own, over a simulated disk that outlives it. A crash freezes its disk and its outbox first and
/// takes the actors apart afterwards, so that nothing a real crash would lose is written down.
class SimulatedNode {
 public:
  SimulatedNode(actors::NodeOptions options, std::uint64_t seed);
  ~SimulatedNode();

  SimulatedNode(const SimulatedNode&) = delete;
  SimulatedNode& operator=(const SimulatedNode&) = delete;

  /// Boots a new process over the disk at this moment of virtual time.
  void boot(Instant now, Outbox outbox);

  /// Ends the process; with `power_cut` the disk loses what it may lose.
  void crash(std::optional<support::PowerCut> power_cut);

  [[nodiscard]] bool is_up() const { return system_ != nullptr; }

  /// True once its cast plays.
  [[nodiscard]] bool is_ready() const { return admin_ != nullptr; }

  /// The reason with which the node gave itself up, if it did.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  [[nodiscard]] std::size_t jobs() const;
  /// Runs one runnable actor for one message.
  void run_job(std::size_t choice, Instant now);
  [[nodiscard]] std::optional<Instant> next_timer() const;
  void fire_timer(Instant now);

  void arrive(const network::PeerId& from, actors::Channel channel, const Bytes& message);
  void link(const network::PeerId& peer, bool is_up);

  /// Has an attached client submit a transaction and wait for its finality.
  void submit(const Bytes& transaction,
              std::function<void(const actors::TransactionOutcome&)> done);

  [[nodiscard]] const network::PeerId& peer_id() const { return peer_id_; }

  [[nodiscard]] support::SimulatedDisk& disk() { return disk_; }

  [[nodiscard]] const actors::NodeOptions& options() const { return options_; }

  void set_clock_offset(std::int64_t milliseconds) { clock_offset_ms_ = milliseconds; }

 private:
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() const;
  [[nodiscard]] actors::NodePorts ports(Outbox outbox);

  actors::NodeOptions options_;
  network::PeerId peer_id_;
  std::uint64_t seed_;
  std::uint64_t lives_ = 0;
  std::int64_t clock_offset_ms_ = 0;
  support::SimulatedDisk disk_;
  std::shared_ptr<bool> is_alive_;  // shared with the outbox of this life
  std::unique_ptr<support::SimulatedEnvironment> environment_;
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  SimulatedSwarmActor swarm_;
  actors::NodeActor node_;
  actors::AdminActor admin_;
  std::vector<caf::actor> clients_;
  Instant now_;
  std::string failure_;
};

}  // namespace troupe::simulation
