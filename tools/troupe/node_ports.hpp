#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "actors/admin_gate.hpp"
#include "actors/ports.hpp"
#include "actors/session_messages.hpp"

namespace troupe::tools {

/// The ways in for consoles of other machines. Who has which role is known from the start; a role
/// leads somewhere once the node has a gate for it. May be used from several threads.
class ConsoleWays {
 public:
  explicit ConsoleWays(std::map<network::PeerId, actors::Role> roles) : roles_(std::move(roles)) {}

  /// From now on a console of that role is led to the socket, where this gate is published.
  void open(actors::Role role, std::string socket, caf::actor_id gate);

  /// Where a console is led; nothing if it may not attach or the node is not that far.
  [[nodiscard]] std::optional<actors::ConsoleEntry> enter(const network::PeerId& peer) const;

  [[nodiscard]] const std::map<network::PeerId, actors::Role>& roles() const { return roles_; }

 private:
  struct Way {
    std::string socket;
    caf::actor_id gate;
  };

  const std::map<network::PeerId, actors::Role> roles_;
  mutable std::mutex mutex_;
  std::map<actors::Role, Way> ways_;
};

/// The real world of one node: this machine's disk, clock, random source and sockets. Must outlive
/// the node.
class NodeWorld {
 public:
  /// `consoles` may be null: no console of another machine may attach.
  explicit NodeWorld(std::shared_ptr<const ConsoleWays> consoles = nullptr);

  /// Ports to this world, for NodeContext::make.
  [[nodiscard]] actors::NodePorts ports() const;

 private:
  std::unique_ptr<storage::Environment> environment_;
  /// How far its wall clock is ahead of this machine's, in milliseconds: a fault.
  std::shared_ptr<std::atomic<std::int64_t>> clock_shift_ =
      std::make_shared<std::atomic<std::int64_t>>(0);
  std::shared_ptr<const ConsoleWays> consoles_;
};

}  // namespace troupe::tools
