#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/troupe/config.hpp"
#include "tools/troupe/context.hpp"

namespace troupe::tools {

struct NodeRunOptions {
  std::string config;
  std::vector<std::string> overrides;  ///< --set KEY=VALUE
  int ready_fd = -1;
};

/// What `troupe node` does. Handed to the grammar by main, so that all other verbs can be tested
/// without a node's cast.
using NodeRunner = std::function<Answer<Report>(Context&, const NodeRunOptions&)>;

/// `troupe node`: runs one node in this process until SIGTERM or SIGINT, or until the node stops
/// itself. Errors: everything that keeps a node from starting, each with the file concerned.
[[nodiscard]] Answer<Report> run_node(Context& context, const NodeRunOptions& options);

/// Reads the keys and the genesis that a configuration names, checks that they belong together and
/// creates the data folder. Errors: no-key, bad-key, bad-genesis, bad-config, not-a-member.
[[nodiscard]] Answer<actors::NodeOptions> load_node_options(const NodeConfig& config);

}  // namespace troupe::tools
