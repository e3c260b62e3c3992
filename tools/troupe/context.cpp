#include "tools/troupe/context.hpp"

#include <fmt/format.h>

#include "tools/troupe/config.hpp"

namespace troupe::tools {

namespace {

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
  return find_net(context.home, context.globals.net);
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
  return context.clients.attach(node.name,
                                loaded->config.admin_socket,
                                context.globals.timeout,
                                context.globals.read_only ? Access::View : Access::Operate);
}

Answer<std::unique_ptr<NodeClient>> connect(Context& context, const Net& net) {
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
