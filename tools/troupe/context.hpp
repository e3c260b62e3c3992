#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "tools/troupe/client.hpp"
#include "tools/troupe/networks.hpp"
#include "tools/troupe/output.hpp"

namespace troupe::tools {

/// The options that every verb has.
struct Globals {
  std::string net;     ///< -n, --net
  std::string node;    ///< -N, --node
  std::string format;  ///< -o: table, plain, json or jsonl; empty: by the terminal
  bool quiet = false;
  bool verbose = false;
  bool no_input = false;
  bool yes = false;
  bool read_only = false;  ///< attach with the role view
  ColorChoice color = ColorChoice::Auto;
  std::chrono::milliseconds timeout{10'000};
  std::string home;
};

/// What a verb works with.
struct Context {
  Globals globals;
  Home home;
  Printer& printer;
  ClientFactory& clients;
  fs::path program;  ///< what `up` starts nodes with
};

/// The network that is meant (see find_net).
[[nodiscard]] Answer<Net> chosen_net(const Context& context);

/// A client of the node that is meant: --node, else the first that runs. Errors: not-running,
/// paused, unreachable, no-node.
[[nodiscard]] Answer<std::unique_ptr<NodeClient>> connect(Context& context, const Net& net);

/// The same for one node by its files, whatever --node says.
[[nodiscard]] Answer<std::unique_ptr<NodeClient>> connect_to(Context& context,
                                                             const Net& net,
                                                             const NodeFiles& node);

}  // namespace troupe::tools
