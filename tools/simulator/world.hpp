#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/base/time.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/genesis.hpp"
#include "tools/simulator/core/random.hpp"
#include "tools/simulator/disk_faults.hpp"
#include "tools/simulator/liar.hpp"
#include "tools/simulator/links.hpp"
#include "tools/simulator/pipes.hpp"
#include "tools/simulator/schedule.hpp"
#include "tools/simulator/simulated_node.hpp"
#include "tools/simulator/witness.hpp"

namespace troupe::simulator {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::uint32_t validators = 4;
  /// Nodes that follow and have no validator key, after the validators.
  std::uint32_t observers = 0;
  Strategy strategy = Strategy::Uniform;
  Duration delta{std::chrono::milliseconds(100)};
  /// Keyed hashes instead of Ed25519: decided once for the whole process, by its last world.
  bool has_cheap_signatures = true;
  /// Connections are streams of bytes, and each node's swarm and sessions the real ones, instead of
  /// whole messages that pass from one to another. Not with twins or liars.
  bool has_pipes = false;
  /// False if a node that was upgraded and one that was not refuse each other's connections.
  bool versions_talk = true;
  /// Validators that run twice, with one key: each gets a second node, after all the others.
  std::vector<std::size_t> twins;

  [[nodiscard]] std::size_t nodes() const { return validators + observers + twins.size(); }
};

/// Whole nodes in one thread and in virtual time. Everything that is chosen is drawn from one seed,
/// in streams of their own: which runnable actor goes next, how long a message travels, whether it
/// is lost. The same seed therefore gives the same run, which the trace hash shows.
class World {
 public:
  explicit World(const WorldOptions& options);
  ~World();

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Told everything from now on, in this order. Must outlive the world.
  void add_witness(Witness& witness) { witnesses_.push_back(&witness); }

  // --- nodes

  /// Boots every node; their connections come up as soon as they play.
  void boot_all();
  void boot(std::size_t node);
  void crash(std::size_t node, std::optional<PowerCut> power_cut);

  /// From now on this node does not start, but says this of a file beside its data; nothing: the file
  /// is sound.
  void set_refusal(std::size_t node, std::optional<std::string> refusal) {
    refusals_[node] = std::move(refusal);
  }

  /// Stops a process where it is, or lets it go on (SIGSTOP, SIGCONT).
  void set_stopped(std::size_t node, bool is_stopped);
  void set_clock(std::size_t node, const ClockLaw& law);

  /// From its next life on this node is of the later version.
  void upgrade(std::size_t node) { is_upgraded_[node] = true; }

  /// The power cut that follows when a disk fault ends a node's life. Nothing: the page cache stays.
  void set_death(std::size_t node, std::optional<PowerCut> power_cut) { deaths_[node] = power_cut; }

  [[nodiscard]] DiskFaults& disk_faults(std::size_t node) { return disk_faults_[node]; }

  // --- links

  void set_weather(const LinkWeather& weather) { links_.set_weather(weather); }

  void begin_fault(const std::string& id, const LinkFault& fault, const std::vector<Link>& links);
  /// Ends it on one link, or on all. What was clogged goes on its way.
  void end_fault(const std::string& id, std::optional<Link> link = std::nullopt);
  /// Both ends learn that their connection broke; what was on its way is lost. They meet again a
  /// little later, unless something cuts them off.
  void reset(std::size_t left, std::size_t right);
  /// Ends every link fault, has all that run meet again, and treats all actors alike from now on.
  void heal();

  /// Treats the actors as drawn again.
  void stir() { schedule_.stir(); }

  /// One node is made to say to another what its program never would. REQUIRES: no pipes.
  void insinuate(const Link& link, std::uint8_t channel, const Bytes& message);

  /// Somebody who is no node connects to one, says that and goes. REQUIRES: pipes.
  void knock(std::size_t node, const Bytes& words) { pipes_->knock(node, words, now_); }

  /// Whether a node has no descriptor left for another connection. REQUIRES: pipes, if it is so.
  void set_full(std::size_t node, bool is_full);

  /// Null if whole messages pass from node to node.
  [[nodiscard]] const Pipes* pipes() const { return pipes_.get(); }

  // --- liars

  /// From now on this node speaks and hears through a liar, which must outlive the world.
  void set_liar(std::size_t node, Liar& liar) { liars_[node] = &liar; }

  /// Decides which messages between the halves of a twin and others pass. Everything until it is
  /// set.
  using Mask = std::function<bool(const Link& link, Instant now)>;

  void set_mask(Mask mask) { mask_ = std::move(mask); }

  /// Which validator this node is; another number for the second half of a twin.
  [[nodiscard]] std::size_t owner(std::size_t node) const { return owners_[node]; }

  // --- clients

  /// A client of this node signs a transaction and waits; a final one is acknowledged. With `again`
  /// the same one goes through that node too. An invalid one has a signature that was changed.
  void submit(std::size_t node,
              std::optional<std::size_t> again = std::nullopt,
              bool is_invalid = false);

  /// An operator has this node ask for its rejoin, and submits it to another one. Nothing comes of it
  /// if nothing keeps the node from voting.
  void rejoin(std::size_t node, std::size_t through);

  // --- time

  void run_for(Duration span);
  /// Lets virtual time pass until the condition holds. False if it did not within the span.
  [[nodiscard]] bool run_until(Duration span, const std::function<bool()>& condition);

  // --- what can be seen

  [[nodiscard]] SimulatedNode& node(std::size_t index) { return *nodes_[index]; }

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  [[nodiscard]] Instant now() const { return now_; }

  [[nodiscard]] const ledger::Genesis& genesis() const { return genesis_; }

  /// Of everything that happened so far, in order.
  [[nodiscard]] std::uint64_t trace() const { return trace_; }

  [[nodiscard]] std::uint64_t jobs() const { return jobs_; }

  [[nodiscard]] const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }

  /// The most messages that waited in any mailbox when its actor ran.
  [[nodiscard]] std::size_t mailbox_max() const { return mailbox_max_; }

  [[nodiscard]] std::uint64_t submitted() const { return submitted_; }

  /// Nodes that gave themselves up, with the reason, in order; the world has taken them down.
  struct GivenUp {
    std::size_t node = 0;
    std::string reason;
  };

  [[nodiscard]] const std::vector<GivenUp>& given_up() const { return given_up_; }

  /// Tells the witnesses; for whoever directs the world.
  void tell(std::size_t node, Turn turn, const std::string& detail);

 private:
  struct Outgoing {
    Link link;
    std::uint8_t channel = 0;
    Bytes message;
    std::shared_ptr<const Spoken> spoken;
    Duration later{0};  // than what else the job sends
  };

  enum class EventKind : std::uint8_t {
    Arrives,  ///< a message
    Meet,     ///< the two connect again after a reset
    Part,     ///< `to` notices that `from` is gone
  };

  struct Event {
    EventKind kind = EventKind::Arrives;
    Link link;
    std::uint8_t channel = 0;
    std::shared_ptr<const Bytes> message;
  };

  void make_nodes(std::uint32_t count);
  [[nodiscard]] Height valid_through() const;
  void post(std::size_t from,
            const network::PeerId& to,
            std::uint8_t channel,
            const Bytes& message);
  void overhear(std::size_t from, const Utterance& said);
  [[nodiscard]] const std::shared_ptr<const Spoken>& understood(const Utterance& said);
  void speak(std::size_t from, const Utterance& said);
  void tell_link(std::size_t node, std::size_t about, bool is_up);
  void dispatch(const Outgoing& outgoing, Instant at);
  void schedule_event(Instant at, Event event);
  [[nodiscard]] bool is_cut_off(std::size_t left, std::size_t right) const;
  void connect(std::size_t left, std::size_t right, bool is_up);
  void meet_others(std::size_t index);
  [[nodiscard]] bool run_one_job();
  void look_after(std::size_t index);
  [[nodiscard]] std::optional<Instant> next_event() const;
  void pass_to(Instant at);
  void happen(const Event& event);
  void note(std::uint64_t value);
  void note(ByteView bytes);

  WorldOptions options_;
  Random random_;
  ledger::Genesis genesis_;
  std::vector<crypto::KeyPair> accounts_;
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::map<network::PeerId, std::size_t> by_peer_;
  std::vector<std::size_t> owners_;
  std::vector<Liar*> liars_;  // null: honest
  Mask mask_;
  std::vector<bool> is_met_;  // the node's links came up in this life
  std::vector<std::optional<PowerCut>> deaths_;
  std::vector<std::optional<std::string>> refusals_;
  std::vector<bool> is_upgraded_;
  std::vector<DiskFaults> disk_faults_;
  std::vector<Instant> busy_until_;
  Links links_;
  std::unique_ptr<Pipes> pipes_;  // null: whole messages pass from node to node
  Schedule schedule_;
  std::map<std::string, std::vector<Outgoing>> clogged_;
  std::vector<Outgoing> outgoing_;  // of the job that runs
  bool is_in_job_ = false;
  Bytes last_message_;  // a broadcast is the same bytes many times: it is understood once
  std::shared_ptr<const Spoken> last_spoken_;
  std::map<std::pair<Instant, std::uint64_t>, Event> events_;
  std::uint64_t next_order_ = 0;
  Instant now_;
  std::uint64_t trace_ = 14695981039346656037ull;
  std::uint64_t jobs_ = 0;
  std::size_t mailbox_max_ = 0;
  std::uint64_t submitted_ = 0;
  std::vector<std::pair<std::size_t, Bytes>> rejoins_;  // through whom, and what
  std::vector<Acknowledged> acknowledged_;
  std::vector<GivenUp> given_up_;
  std::vector<Witness*> witnesses_;
};

}  // namespace troupe::simulator
