#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/node_options.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/network/peer_id.hpp"
#include "tools/simulator/disk/simulated_disk.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::simulator {

/// Takes a message on its way to a peer. Refuses everything once the node is dead. A channel is the
/// number of its actors::Channel; CAF stays out of this header, and of all that include it.
using Outbox =
    std::function<void(const network::PeerId& to, std::uint8_t channel, const Bytes& message)>;

class PipePlug;
class Pipes;

/// A node's socket in the wall: where its connections are made of bytes.
struct Wiring {
  Pipes* pipes = nullptr;  ///< null: whole messages leave through the outbox
  std::size_t place = 0;
  std::size_t nodes = 0;
};

/// What a client was told about its transaction.
struct ClientAnswer {
  bool is_final = false;
  Height height;
};

/// What a node's scrubber says of its copy of the ledger, since the node booted.
struct Custody {
  std::uint64_t passes = 0;
  std::uint64_t damaged = 0;
  std::uint64_t quarantined = 0;
};

/// How a node's clocks stand to the time of the world. Timers run by the drifting clock; the wall
/// clock adds the offset.
struct ClockLaw {
  Duration offset{0};
  std::int64_t drift_ppm = 0;  ///< above -1,000,000
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

  /// Boots a new process over the disk at this moment of virtual time. With pipes its swarm and its
  /// sessions are the real ones, and the outbox is shown what they are given to send.
  void boot(Instant now, Outbox outbox, const Wiring& wiring = {});

  /// Ends the process; with `power_cut` the disk loses what it may lose.
  void crash(std::optional<PowerCut> power_cut);

  [[nodiscard]] bool is_up() const { return life_ != nullptr; }

  /// True once its cast plays.
  [[nodiscard]] bool is_ready() const;

  /// True if its disk froze in the middle of something: it waits for crash().
  [[nodiscard]] bool is_dying() const;

  /// The reason with which the node gave itself up in this life, if it did.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  /// How many actors could handle a message now. None while the node is stopped (SIGSTOP).
  [[nodiscard]] std::size_t jobs() const;
  /// Which actor that is: its number in the node's system, and what it calls itself.
  [[nodiscard]] std::uint64_t job_actor(std::size_t choice) const;
  [[nodiscard]] std::string job_name(std::size_t choice) const;
  /// How many messages wait in its mailbox, that which it would handle included.
  [[nodiscard]] std::size_t job_mail(std::size_t choice) const;
  /// How many timers are set. Requires a node that is up.
  [[nodiscard]] std::size_t timers() const;
  /// The size of the larger copy of its vote journal, 0 if there is none.
  [[nodiscard]] std::uint64_t journal_bytes() const;
  /// Runs one runnable actor for one message.
  void run_job(std::size_t choice, Instant now);
  [[nodiscard]] std::optional<Instant> next_timer() const;
  void fire_timer(Instant now);

  void arrive(const network::PeerId& from, std::uint8_t channel, const Bytes& message);
  void link(const network::PeerId& peer, bool is_up);

  /// Has an attached client submit a transaction and wait for its finality.
  void submit(const Bytes& transaction, std::function<void(const ClientAnswer&)> done);

  /// Has an attached operator ask for the node's rejoin. `done` hears the signed transaction, which
  /// is empty if there is nothing to rejoin.
  void ask_rejoin(std::function<void(const Bytes&)> done);

  /// Has an attached operator ask how its copy of the ledger is; with `now` the node walks over all
  /// of it at once.
  void ask_custody(bool now, std::function<void(const Custody&)> done);

  /// Has an attached client read a record. `done` hears its value, nothing if there is none or the
  /// node does not say.
  void ask_record(const std::string& key, std::function<void(const std::optional<Bytes>&)> done);

  void set_stopped(bool is_stopped) { is_stopped_ = is_stopped; }

  [[nodiscard]] bool is_stopped() const { return is_stopped_; }

  void set_clock(const ClockLaw& law, Instant now);

  [[nodiscard]] const network::PeerId& peer_id() const { return peer_id_; }

  [[nodiscard]] SimulatedDisk& disk() { return disk_; }

  [[nodiscard]] const SimulatedDisk& disk() const { return disk_; }

  /// Requires a node that is up.
  [[nodiscard]] SimulatedEnvironment& environment();

  [[nodiscard]] const actors::NodeOptions& options() const { return options_; }

  /// How often it was booted.
  [[nodiscard]] std::uint64_t lives() const { return lives_; }

  /// Told each line of the node's log, with its actor's name.
  std::function<void(const std::string& actor, const std::string& line)> on_log;

 private:
  struct Life;

  void spawn_node(Outbox outbox, const Wiring& wiring);
  [[nodiscard]] Instant local(Instant global) const;
  [[nodiscard]] Instant global(Instant local) const;
  void set_now(Instant now);

  actors::NodeOptions options_;
  network::PeerId peer_id_;
  std::uint64_t seed_;
  std::uint64_t lives_ = 0;
  bool is_stopped_ = false;
  ClockLaw clock_;
  Instant clock_global_;  // where clock_ began to apply, by both clocks
  Instant clock_local_;
  SimulatedDisk disk_;
  std::unique_ptr<Life> life_;
  Instant now_;
  std::string failure_;
};

}  // namespace troupe::simulator
