#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/time.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/genesis.hpp"
#include "tests/simulation/simulated_node.hpp"
#include "tests/support/random.hpp"

namespace troupe::simulation {

/// How messages travel between two nodes. Every value is drawn anew for each message.
struct LinkWeather {
  Duration delay_min = std::chrono::milliseconds(1);
  Duration delay_max = std::chrono::milliseconds(20);  ///< differences reorder messages
  std::uint32_t loss_per_mille = 0;
};

/// Whole nodes in one thread and in virtual time. Everything that is chosen is drawn from one seed:
/// which runnable actor goes next, how long a message travels, whether it is lost. The same seed
/// therefore gives the same run, which the trace hash shows.
class World {
 public:
  World(std::uint64_t seed, std::uint32_t node_count);
  ~World();

  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Boots every node and connects all of them.
  void boot_all();
  void boot(std::size_t node);
  void crash(std::size_t node, std::optional<support::PowerCut> power_cut);

  /// Cuts the network between the nodes with that bit set in `side` and the others: what is on its
  /// way is lost, and the peers are told, or not.
  void partition(std::uint32_t side, bool is_noticed);
  void heal();

  void set_weather(const LinkWeather& weather) { weather_ = weather; }

  /// A client of this node signs a put of its own record and waits; a final one is remembered as
  /// acknowledged.
  void submit(std::size_t node);

  /// Lets virtual time pass.
  void run_for(Duration span);
  /// The same, until the condition holds. False if it did not within the span.
  [[nodiscard]] bool run_until(Duration span, const std::function<bool()>& condition);

  [[nodiscard]] SimulatedNode& node(std::size_t index) { return *nodes_[index]; }

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  [[nodiscard]] Instant now() const { return now_; }

  /// Of everything that happened so far, in order.
  [[nodiscard]] std::uint64_t trace() const { return trace_; }

  [[nodiscard]] std::uint64_t jobs() const { return jobs_; }

  [[nodiscard]] const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }

  /// How many submissions were refused, or answered without finality.
  [[nodiscard]] std::uint64_t unanswered() const { return submitted_ - acknowledged_.size(); }

 private:
  struct Arrival {
    Instant at;
    std::uint64_t order = 0;
    std::size_t from = 0;
    std::size_t to = 0;
    actors::Channel channel = actors::Channel::Consensus;
    Bytes message;
  };

  void make_nodes(std::uint64_t seed, std::uint32_t node_count);
  void post(std::size_t from,
            const network::PeerId& to,
            actors::Channel channel,
            const Bytes& message);
  [[nodiscard]] bool is_cut(std::size_t left, std::size_t right) const;
  void connect(std::size_t left, std::size_t right, bool is_up);
  [[nodiscard]] bool run_one_job();
  [[nodiscard]] std::optional<Instant> next_event() const;
  void pass_to(Instant at);
  void note(std::uint64_t value);
  void note(ByteView bytes);

  support::Random random_;
  ledger::Genesis genesis_;
  crypto::KeyPair account_;
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
  std::map<network::PeerId, std::size_t> by_peer_;
  LinkWeather weather_;
  std::uint32_t cut_side_ = 0;
  bool is_partitioned_ = false;
  std::map<std::pair<Instant, std::uint64_t>, Arrival> network_;
  std::uint64_t next_order_ = 0;
  Instant now_;
  std::uint64_t trace_ = 14695981039346656037ull;
  std::uint64_t jobs_ = 0;
  std::uint64_t submitted_ = 0;
  std::vector<Acknowledged> acknowledged_;
};

/// What one stopped node's disk holds: the digest of every final block by height, from 1 on.
[[nodiscard]] std::vector<crypto::Digest> stored_chain(SimulatedNode& node);

/// The acknowledged transactions that a stopped node's ledger does not have where the client was
/// told they are.
[[nodiscard]] std::vector<Acknowledged> missing_from(SimulatedNode& node,
                                                     const std::vector<Acknowledged>& acknowledged);

}  // namespace troupe::simulation
