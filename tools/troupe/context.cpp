#include "tools/troupe/context.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/troupe/accounts.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/tunnel.hpp"

namespace troupe::tools {

namespace {

/// What of a peer id's end tells nodes apart for people.
constexpr std::size_t kShortPeerLetters = 8;

CommandError not_running(const Net& net, const std::string& node) {
  return {ExitCode::Unreachable,
          "not-running",
          node.empty() ? fmt::format("no node of net {} runs", net.name)
                       : fmt::format("node {} of net {} does not run", node, net.name),
          node.empty() ? fmt::format("start it with: troupe up --net {}", net.name)
                       : fmt::format("start it with: troupe net restart {}", node)};
}

CommandError paused(const std::string& node) {
  return {ExitCode::Unreachable,
          "paused",
          fmt::format("node {} is paused", node),
          fmt::format("let it go on with: troupe net resume {}", node)};
}

}  // namespace

Answer<Net> chosen_net(const Context& context) {
  auto net = find_net(context.home, context.globals.net);
  const bool may_lack = !context.globals.via.empty() && context.globals.net.empty();
  if (net.ok() || !may_lack) return net;
  return Net{"remote", context.home.state / "remote", {}};
}

Answer<RemoteNode> remote_node(const Context& context) {
  const Globals& globals = context.globals;
  const auto address = parse_via(globals.via);
  if (!address.ok()) return refuse(address.error());
  if (globals.via_key.empty()) {
    return refuse({ExitCode::Usage,
                   "no-key",
                   "--via does not say by which key the node shall know you",
                   "add --via-key NAME: one of troupe keys list, whose peer id the node admits"});
  }
  if (globals.read_only) {
    return refuse({ExitCode::Usage,
                   "usage",
                   "--read-only is for nodes of this machine: with --via the role is the one that "
                   "the node's configuration gives to the key",
                   "leave it out, or choose with --via-key a key that the node admits as view"});
  }
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto key = load_account(context.home, *net, globals.via_key);
  if (!key.ok()) return refuse(key.error());
  const std::string peer = address->peer_id()->text();
  return RemoteNode{peer.substr(peer.size() - std::min(peer.size(), kShortPeerLetters)),
                    {address->text(), tunnel_to({*address, key->pair()})}};
}

Answer<std::unique_ptr<NodeClient>> connect_to(Context& context,
                                               const Net& net,
                                               const NodeFiles& node) {
  switch (find_process(node.folder).state) {
    case ProcessState::Stopped: return refuse(not_running(net, node.name));
    case ProcessState::Paused: return refuse(paused(node.name));
    case ProcessState::Running: break;
  }
  const auto loaded = load_config(node.config(), {{}, environment_variable});
  if (!loaded.ok()) return refuse(loaded.error());
  const fs::path& socket = loaded->config.admin_socket;
  return context.clients.attach(node.name,
                                {shown(socket), actors::connector_to(socket.string())},
                                context.globals.timeout,
                                context.globals.read_only ? Access::View : Access::Operate);
}

Answer<std::unique_ptr<NodeClient>> connect(Context& context, const Net& net) {
  if (!context.globals.via.empty()) {
    const auto remote = remote_node(context);
    if (!remote.ok()) return refuse(remote.error());
    return context.clients.attach(
        remote->name, remote->address, context.globals.timeout, Access::Operate);
  }
  if (!context.globals.node.empty()) {
    const auto node = net.node(context.globals.node);
    if (!node.ok()) return refuse(node.error());
    return connect_to(context, net, *node);
  }
  for (const auto& node : net.nodes) {
    if (find_process(node.folder).state == ProcessState::Running)
      return connect_to(context, net, node);
  }
  return refuse(not_running(net, ""));
}

}  // namespace troupe::tools
