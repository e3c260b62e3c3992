#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/simulator/core/random.hpp"
#include "tools/simulator/simulated_node.hpp"

namespace troupe::simulator {

/// In which order actors that could go are let go. Each finds other bugs.
enum class Strategy : std::uint8_t {
  Uniform,   ///< any of them, all alike
  Fifo,      ///< as they became able to, node by node
  Priority,  ///< always the one of highest priority; a few drawn moments change the order
  Starve,    ///< one actor of one node is let go only after a while
  Ahead,     ///< one node's actors before all others
};

[[nodiscard]] std::string_view name(Strategy strategy);

/// The strategy of that name; nothing if there is none.
[[nodiscard]] std::optional<Strategy> strategy_named(std::string_view name);

/// Chooses who goes next, from a seed of its own.
class Schedule {
 public:
  Schedule(Strategy strategy, std::uint64_t seed, std::size_t nodes);

  struct Choice {
    std::size_t node = 0;
    std::size_t job = 0;
  };

  using Nodes = std::vector<std::unique_ptr<SimulatedNode>>;

  /// Nothing if nobody may go at this moment.
  [[nodiscard]] std::optional<Choice> choose(const Nodes& nodes, Instant now);

  /// From now on everybody is treated alike: after healing no actor is slow any more.
  void calm() {
    strategy_ = Strategy::Uniform;
    release_.reset();
  }

  /// As it was before calm().
  void stir() { strategy_ = drawn_; }

  /// When somebody who could go already will be let go. Nothing if nobody is kept waiting.
  [[nodiscard]] std::optional<Instant> next_release() const { return release_; }

 private:
  [[nodiscard]] std::optional<Choice> choose_uniform(const Nodes& nodes);
  [[nodiscard]] std::optional<Choice> choose_fifo(const Nodes& nodes);
  [[nodiscard]] std::optional<Choice> choose_priority(const Nodes& nodes);
  [[nodiscard]] std::optional<Choice> choose_starving(const Nodes& nodes, Instant now);
  [[nodiscard]] std::optional<Choice> choose_ahead(const Nodes& nodes);

  Strategy strategy_;
  Strategy drawn_;  // what it is while nobody calmed it
  Random random_;
  std::size_t favoured_;  // Starve: the node of the victim; Ahead: who goes first
  std::string victim_;    // Starve: the actor's name
  std::size_t turn_ = 0;  // Fifo
  std::uint64_t choices_ = 0;
  std::uint64_t next_change_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::uint64_t> priorities_;
  std::optional<Instant> release_;
};

}  // namespace troupe::simulator
