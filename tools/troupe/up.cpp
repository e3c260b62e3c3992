#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "protocol/network/multiaddr.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/fault.hpp"
#include "tools/troupe/network.hpp"

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

/// A node that does not end within this time after SIGTERM is killed.
constexpr std::chrono::milliseconds kStopGrace{5'000};

StartRequest request_of(const Context& context, const NodeFiles& node) {
  return {node.name, context.program, node.config(), node.log()};
}

/// "127.0.0.1:7701" of a multiaddr; the text itself if it is of another form.
std::string endpoint_of(const std::string& address) {
  const auto parsed = network::Multiaddr::parse(address);
  if (!parsed.ok() || !parsed->tcp_endpoint()) return address;
  return fmt::format("{}:{}", parsed->tcp_endpoint()->host, parsed->tcp_endpoint()->port);
}

std::string listen_of(const NodeFiles& node) {
  const auto loaded = load_config(node.config(), {{}, environment_variable});
  return loaded.ok() ? endpoint_of(loaded->config.listen) : "?";
}

std::string_view word_of(StartStage stage) {
  switch (stage) {
    case StartStage::Starting: return "starting";
    case StartStage::Listening: return "waiting for a quorum";
    case StartStage::Ready: return "ready";
    case StartStage::Failed: return "failed";
  }
  return "";
}

/// The network to start: the one that is meant, or a new one if nothing else could be meant.
Answer<Net> find_or_create(Context& context, const InitOptions& options) {
  auto net = chosen_net(context);
  if (net.ok() || net.error().code != "no-net") return net;
  const std::string named = context.globals.net.empty()
                                ? environment_variable("TROUPE_NET").value_or("")
                                : context.globals.net;
  return create_net(
      context.home, net_folder(context.home, named.empty() ? "demo" : named), options);
}

/// What came of one node: it ran already, or the outcome of its start.
struct NodeUp {
  NodeFiles files;
  bool ran_already = false;
  StartResult start;
};

std::vector<NodeUp> start_missing(Context& context, const Net& net) {
  std::vector<NodeUp> nodes;
  std::vector<StartRequest> requests;
  for (const auto& node : net.nodes) {
    const NodeProcess process = find_process(node.folder);
    if (process.state == ProcessState::Paused) static_cast<void>(signal_node(node.folder, SIGCONT));
    const bool runs = process.state != ProcessState::Stopped;
    nodes.push_back({node, runs, {node.name, process.pid, StartStage::Ready, "", {}}});
    if (!runs) requests.push_back(request_of(context, node));
  }
  auto results = start_nodes(requests, StartStage::Ready, context.globals.timeout);
  for (auto& result : results) {
    std::find_if(nodes.begin(), nodes.end(), [&](const NodeUp& node) {
      return node.files.name == result.node;
    })->start = result;
  }
  return nodes;
}

/// Faults on record outlast a start, and may be why it gets nowhere.
std::string waiting_hint(const Net& net, const std::string& first_waiting) {
  if (const auto faults = faults_line(net); !faults.empty()) return faults;
  return fmt::format("see what they say: troupe net logs {}; they go on trying: troupe status",
                     first_waiting);
}

/// The error of a start that is not whole: the first node that failed, else those still waiting.
std::optional<CommandError> problem_of(const Net& net, const std::vector<NodeUp>& nodes) {
  std::vector<std::string> waiting;
  for (const auto& node : nodes) {
    if (node.start.error) return node.start.error;
    if (node.start.stage != StartStage::Ready) waiting.push_back(node.files.name);
  }
  if (waiting.empty()) return std::nullopt;
  return CommandError{ExitCode::NoQuorum,
                      "no-quorum",
                      fmt::format("net {}: started, but not connected to a quorum in time: {}",
                                  net.name,
                                  fmt::join(waiting, " ")),
                      waiting_hint(net, waiting.front())};
}

std::string addresses_line(const std::vector<NodeUp>& nodes) {
  std::string line = " ";
  std::string last_host;
  for (const auto& node : nodes) {
    const std::string endpoint = listen_of(node.files);
    const std::string host = endpoint.substr(0, endpoint.rfind(':'));
    line += fmt::format(
        " {} {}  ", node.files.name, host == last_host ? endpoint.substr(host.size()) : endpoint);
    last_host = host;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

Report report_up(const Net& net, const std::vector<NodeUp>& nodes, double seconds) {
  Report report;
  report.fields = {{"net", net.name},
                   {"folder", net.folder.string()},
                   {"seconds", seconds},
                   {"nodes", Json::array()}};
  std::size_t up = 0;
  std::size_t started = 0;
  for (const auto& node : nodes) {
    const bool ready = node.start.stage == StartStage::Ready;
    up += ready ? 1u : 0u;
    started += node.ran_already ? 0u : 1u;
    report.fields["nodes"].push_back(
        {{"name", node.files.name},
         {"pid", node.start.pid},
         {"listen", listen_of(node.files)},
         {"state", node.ran_already ? "running" : word_of(node.start.stage)}});
  }
  const std::string how = started == 0 ? "up already" : fmt::format("up in {:.1f} s", seconds);
  std::string tolerance;
  std::string development;
  if (const auto genesis = load_genesis(net.genesis()); genesis.ok()) {
    const std::size_t faults = (genesis->validators.size() - 1) / 3;
    const std::size_t quorum = genesis->validators.size() - faults;
    report.fields["quorum"] = quorum;
    tolerance = fmt::format(
        "   tolerates {} bad node{}, quorum {}", faults, faults == 1 ? "" : "s", quorum);
    if (genesis->development) development = "   (development keys: never use for value)";
  }
  report.parts = {
      Line{fmt::format("net {}: {} of {} nodes {}{}", net.name, up, nodes.size(), how, tolerance)},
      Line{addresses_line(nodes) + development},
      Remark{fmt::format(
          "  try  troupe record put bike/17 owner=alice --as alice     stop  troupe down")}};
  return report;
}

/// Tells the running nodes who is a member now, or no longer. The names of those that were told.
Answer<std::vector<std::string>> tell_running(Context& context,
                                              const Net& net,
                                              const network::PeerId& peer,
                                              bool is_member) {
  std::vector<std::string> told;
  for (const auto& node : net.nodes) {
    if (find_process(node.folder).state != ProcessState::Running) continue;
    auto client = connect_to(context, net, node);
    if (!client.ok()) return refuse(client.error());
    const auto done = ask<bool>(
        [&](auto receive) { (*client)->admit(peer.text(), is_member, std::move(receive)); });
    if (!done.ok()) return refuse(done.error());
    told.push_back(node.name);
  }
  return told;
}

Answer<std::vector<NodeFiles>> nodes_to_stop(const Context& context, const Net& net) {
  if (context.globals.node.empty()) return net.nodes;
  const auto node = net.node(context.globals.node);
  if (!node.ok()) return refuse(node.error());
  return std::vector<NodeFiles>{*node};
}

std::string_view word_of(StopOutcome outcome) {
  switch (outcome) {
    case StopOutcome::NotRunning: return "not running";
    case StopOutcome::Stopped: return "stopped";
    case StopOutcome::Killed: return "killed";
    case StopOutcome::Stuck: return "stuck";
    case StopOutcome::NotOurs: return "not ours";
  }
  return "";
}

/// Why a node goes on although it was to stop; nothing if it stopped.
std::optional<CommandError> problem_of_stop(const std::string& node, StopOutcome outcome) {
  switch (outcome) {
    case StopOutcome::NotRunning:
    case StopOutcome::Stopped:
    case StopOutcome::Killed: return std::nullopt;
    case StopOutcome::Stuck:
      return CommandError{ExitCode::TimedOut,
                          "stuck",
                          fmt::format("node {} does not even end by SIGKILL", node),
                          "its disk may hang: look at the kernel's messages with dmesg"};
    case StopOutcome::NotOurs:
      return CommandError{ExitCode::Refused,
                          "not-ours",
                          fmt::format("node {} was started by another user and goes on", node),
                          "stop it as the user who started it"};
  }
  return std::nullopt;
}

}  // namespace

Answer<Report> run_up(Context& context, const InitOptions& options) {
  const auto begin = Clock::now();
  const auto net = find_or_create(context, options);
  if (!net.ok()) return refuse(net.error());
  const auto nodes = start_missing(context, *net);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  Report report = report_up(*net, nodes, seconds);
  report.problem = problem_of(*net, nodes);
  return report;
}

Answer<Report> run_down(Context& context) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto nodes = nodes_to_stop(context, *net);
  if (!nodes.ok()) return refuse(nodes.error());
  std::vector<fs::path> folders;
  for (const auto& node : *nodes)
    folders.push_back(node.folder);
  const auto outcomes = stop_nodes(folders, kStopGrace);
  Report report;
  report.fields = {{"net", net->name}, {"nodes", Json::array()}};
  Table table{{"NODE", "STATE"}, {}};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string word(word_of(outcomes[i]));
    report.fields["nodes"].push_back({{"name", (*nodes)[i].name}, {"state", word}});
    table.rows.push_back({(*nodes)[i].name, word});
    if (auto problem = problem_of_stop((*nodes)[i].name, outcomes[i]))
      report.problem = std::move(problem);
  }
  report.parts = {std::move(table)};
  forget_ended_faults(*net);
  return report;
}

Answer<Report> run_net_restart(Context& context, const std::string& name) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto node = net->node(name);
  if (!node.ok()) return refuse(node.error());
  const auto begin = Clock::now();
  const auto stopped = stop_nodes({node->folder}, kStopGrace).front();
  if (auto problem = problem_of_stop(name, stopped)) return refuse(std::move(*problem));
  NodeUp up{*node,
            false,
            start_nodes({request_of(context, *node)}, StartStage::Ready, context.globals.timeout)
                .front()};
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  Report report;
  report.fields = {{"net", net->name},
                   {"node", name},
                   {"before", word_of(stopped)},
                   {"state", word_of(up.start.stage)},
                   {"pid", up.start.pid},
                   {"seconds", seconds}};
  report.parts = {Line{fmt::format(
      "{}: {}, then {} in {:.1f} s", name, word_of(stopped), word_of(up.start.stage), seconds)}};
  report.problem = problem_of(*net, {up});
  return report;
}

Answer<Report> run_net_add(Context& context, const AddOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto node = create_observer(context.home, *net, options);
  if (!node.ok()) return refuse(node.error());
  const auto peer = peer_id_of(*node);
  if (!peer.ok()) return refuse(peer.error());
  const auto told = tell_running(context, *net, *peer, true);
  if (!told.ok()) return refuse(told.error());
  StartRequest request = request_of(context, *node);
  request.on_progress = [&](const std::string& what, std::uint32_t permille) {
    context.printer.progress(what, permille, 1000);
  };
  const auto start =
      start_nodes({std::move(request)}, StartStage::Ready, context.globals.timeout).front();
  context.printer.end_progress();
  Report report;
  report.fields = {{"net", net->name},
                   {"node", node->name},
                   {"role", "observer"},
                   {"from", options.from_snapshot ? "snapshot" : "genesis"},
                   {"pid", start.pid},
                   {"state", word_of(start.stage)},
                   {"listen", listen_of(*node)},
                   {"told", *told}};
  report.parts = {
      Line{fmt::format("{} {}  observer: {}", node->name, listen_of(*node), word_of(start.stage))}};
  report.problem = problem_of(*net, {{*node, false, start}});
  return report;
}

Answer<Report> run_net_rm(Context& context, const std::string& name) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto node = net->node(name);
  if (!node.ok()) return refuse(node.error());
  const auto loaded = load_config(node->config(), {});
  if (loaded.ok() && loaded->config.validator_key) {
    return refuse(
        {ExitCode::Refused,
         "validator",
         fmt::format("{} is a validator: its key and its vote journal must not be lost", name),
         fmt::format("stop it with: troupe down -N {}; only observers are removed", name)});
  }
  if (!context.globals.yes) {
    return refuse({ExitCode::Refused,
                   "not-confirmed",
                   fmt::format("this deletes node {} with its keys and data", name),
                   fmt::format("if that is meant: troupe net rm {} --yes", name)});
  }
  const auto peer = peer_id_of(*node);
  if (!peer.ok()) return refuse(peer.error());
  const auto stopped = stop_nodes({node->folder}, kStopGrace).front();
  if (auto problem = problem_of_stop(name, stopped)) return refuse(std::move(*problem));
  if (const auto unlisted = unlist_follower(*net, *peer); !unlisted.ok())
    return refuse(unlisted.error());
  if (const auto told = tell_running(context, *net, *peer, false); !told.ok())
    return refuse(told.error());
  std::error_code error;
  fs::remove_all(node->folder, error);
  if (error) {
    return refuse({ExitCode::Refused,
                   "unwritable",
                   fmt::format("cannot delete {}: {}", shown(node->folder), error.message()),
                   "check the folder's owner and mode"});
  }
  Report report;
  report.fields = {
      {"net", net->name}, {"node", name}, {"before", word_of(stopped)}, {"state", "removed"}};
  report.parts = {Line{fmt::format("{}: removed", name)}};
  return report;
}

}  // namespace troupe::tools
