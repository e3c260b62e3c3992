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
  std::string via;         ///< --via: a node of another machine, by its multiaddr
  std::string via_key;     ///< --via-key: the account that it knows us by
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

/// The network that is meant (see find_net). With --via, where this machine may know none: one
/// without nodes and keys of its own, whose accounts are the user's.
[[nodiscard]] Answer<Net> chosen_net(const Context& context);

/// A client of the node that is meant: --via, else --node, else the first that runs. Errors:
/// not-running, paused, unreachable, no-node; with --via also bad-via, no-key, not-admitted,
/// wrong-peer.
[[nodiscard]] Answer<std::unique_ptr<NodeClient>> connect(Context& context, const Net& net);

/// The node of --via: how it is called here, and the way to it. Errors: bad-via, no-key.
struct RemoteNode {
  std::string name;
  NodeAddress address;
};

[[nodiscard]] Answer<RemoteNode> remote_node(const Context& context);

/// The same for one node by its files, whatever --node says.
[[nodiscard]] Answer<std::unique_ptr<NodeClient>> connect_to(Context& context,
                                                             const Net& net,
                                                             const NodeFiles& node);

}  // namespace troupe::tools
