#pragma once

#include <memory>

#include "actors/ports.hpp"

namespace troupe::tools {

/// The real world of one node: this machine's disk, clock, random source and sockets. Must outlive
/// the node.
class NodeWorld {
 public:
  NodeWorld();

  /// Ports to this world, for NodeContext::make.
  [[nodiscard]] actors::NodePorts ports() const;

 private:
  std::unique_ptr<storage::Environment> environment_;
};

}  // namespace troupe::tools
