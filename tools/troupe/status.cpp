#include <algorithm>
#include <csignal>
#include <thread>

#include <fmt/format.h>

#include "tools/troupe/fault.hpp"
#include "tools/troupe/network.hpp"

namespace troupe::tools {

namespace {

/// No node of a local network needs longer to say how it is, unless it hangs.
constexpr std::chrono::milliseconds kStatusTimeout{2'000};

const std::vector<std::string> kHead{
    "NODE", "STATE", "HEIGHT", "VIEW", "PEERS", "BEHIND", "LAST VOTE", "TROUBLE"};

struct NodeStatus {
  NodeFiles files;
  NodeProcess process;
  Answer<actors::StatusReport> report = refuse({});
};

/// Asks every running node, each from a thread of its own: one that hangs delays no other.
std::vector<NodeStatus> ask_all(Context& context, const Net& net) {
  std::vector<NodeStatus> all;
  for (const auto& node : net.nodes)
    all.push_back({node, find_process(node.folder), refuse({})});
  std::vector<std::thread> threads;
  for (auto& node : all) {
    if (node.process.state != ProcessState::Running) continue;
    threads.emplace_back([&context, &net, &node] {
      const auto client = connect_to(context, net, node.files);
      node.report = client.ok() ? ask<actors::StatusReport>(
                                      [&](auto receive) { (*client)->status(std::move(receive)); })
                                : Answer<actors::StatusReport>(refuse(client.error()));
    });
  }
  for (auto& thread : threads)
    thread.join();
  return all;
}

/// One word for a node: its role, or why it has none.
std::string state_of(const NodeStatus& node) {
  switch (node.process.state) {
    case ProcessState::Stopped: return "stopped";
    case ProcessState::Paused: return "paused";
    case ProcessState::Running: break;
  }
  return node.report.ok() ? node.report->role : "unreachable";
}

Json fields_of(const NodeStatus& node) {
  Json fields = {{"node", node.files.name}, {"state", state_of(node)}, {"pid", node.process.pid}};
  if (!node.report.ok()) return fields;
  const auto& report = *node.report;
  fields.update({{"role", report.role},
                 {"height", report.height},
                 {"view", report.view},
                 {"executed_height", report.executed_height},
                 {"state_root", report.state_root},
                 {"leader", report.leader},
                 {"last_vote", report.last_vote},
                 {"peers", report.peers},
                 {"validators", report.validators},
                 {"quorum", report.quorum},
                 {"behind", report.behind},
                 {"mempool_transactions", report.mempool_transactions},
                 {"uptime_ms", report.uptime_ms},
                 {"listen", report.listen},
                 {"peer_id", report.peer_id},
                 {"chain", report.chain},
                 {"network", report.network},
                 {"version", report.version},
                 {"development", report.development},
                 {"accused", report.accused},
                 {"trouble", report.trouble},
                 {"paused", report.paused},
                 {"damaged", report.damaged},
                 {"repaired", report.repaired},
                 {"quarantined", report.quarantined},
                 {"scrubbed", report.scrubbed},
                 {"scrub_height", report.scrub_height},
                 {"scrub_passes", report.scrub_passes}});
  fields["scrubbed_ms_ago"] = report.scrub_passes > 0 ? Json(report.scrub_rested_ms) : Json();
  return fields;
}

/// What keeps the node from voting, and what was altered on its disk.
std::string notes_on(const actors::StatusReport& report) {
  std::vector<std::string> notes;
  if (report.paused) notes.emplace_back("paused by an operator (troupe resume)");
  if (!report.trouble.empty()) notes.push_back(report.trouble);
  if (report.damaged > 0) {
    notes.push_back(fmt::format("ALTERED DATA: {} found, {} mended, {} in quarantine",
                                report.damaged,
                                report.repaired,
                                report.quarantined));
  }
  return fmt::format("{}", fmt::join(notes, "; "));
}

std::vector<std::string> row_of(const NodeStatus& node) {
  if (!node.report.ok()) {
    const std::string why =
        node.process.state == ProcessState::Running ? node.report.error().message : "";
    return {node.files.name, state_of(node), "-", "-", "-", "-", "-", why};
  }
  const auto& report = *node.report;
  return {node.files.name,
          state_of(node),
          std::to_string(report.height),
          std::to_string(report.view),
          std::to_string(report.peers),
          std::to_string(report.behind),
          report.last_vote.empty() ? "-" : report.last_vote,
          notes_on(report)};
}

/// "quorum 3 of 4: LIVE, tolerates 1 more failure", from the nodes that answered.
Line quorum_line(const std::vector<NodeStatus>& nodes, Report& report) {
  std::uint32_t quorum = 0;
  std::uint32_t validators = 0;
  std::uint32_t up = 0;
  for (const auto& node : nodes) {
    if (!node.report.ok()) continue;
    quorum = std::max(quorum, node.report->quorum);
    validators = std::max(validators, node.report->validators);
    const auto& names = node.report->validator_names;
    if (std::find(names.begin(), names.end(), node.files.name) != names.end()) ++up;
  }
  const bool live = quorum > 0 && up >= quorum;
  report.fields["quorum"] = quorum;
  report.fields["validators"] = validators;
  report.fields["validators_up"] = up;
  report.fields["live"] = live;
  const std::string spare =
      up > quorum ? fmt::format("{} more may stop", up - quorum) : "one more failure stops it";
  return Line{fmt::format(
      "quorum {} of {}: {}",
      quorum,
      validators,
      live ? "LIVE, " + spare : fmt::format("HALTED, {} validators are up (nothing is lost)", up))};
}

std::optional<CommandError> problem_of(const Net& net,
                                       const Report& report,
                                       const std::vector<NodeStatus>& nodes) {
  const bool any = std::any_of(
      nodes.begin(), nodes.end(), [](const NodeStatus& node) { return node.report.ok(); });
  if (!any) {
    return CommandError{ExitCode::Unreachable,
                        "not-running",
                        fmt::format("no node of net {} answers", net.name),
                        fmt::format("start it with: troupe up --net {}", net.name)};
  }
  if (report.fields.at("live").get<bool>()) return std::nullopt;
  return CommandError{ExitCode::NoQuorum,
                      "no-quorum",
                      fmt::format("net {} has no quorum: safe, but it decides nothing", net.name),
                      "start the nodes that are missing: troupe up"};
}

Answer<Report> send_signal(Context& context,
                           const std::string& name,
                           int signal,
                           const std::string& state) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto node = net->node(name);
  if (!node.ok()) return refuse(node.error());
  if (!signal_node(node->folder, signal)) {
    return refuse({ExitCode::Unreachable,
                   "not-running",
                   fmt::format("node {} of net {} does not run", name, net->name),
                   fmt::format("start it with: troupe net restart {}", name)});
  }
  Report report;
  report.fields = {{"net", net->name}, {"node", name}, {"state", state}};
  report.parts = {Line{fmt::format("{}: {}", name, state)}};
  return report;
}

/// The one node of --via, and of the other validators what it knows: whether it reaches them.
Answer<Report> status_of_one(Context& context, const Net& net) {
  const auto client = connect(context, net);
  if (!client.ok()) return refuse(client.error());
  NodeStatus asked;
  asked.process.state = ProcessState::Running;
  asked.report =
      ask<actors::StatusReport>([&](auto receive) { (*client)->status(std::move(receive)); });
  if (!asked.report.ok()) return refuse(asked.report.error());
  const auto peers =
      ask<actors::PeersReport>([&](auto receive) { (*client)->peers(std::move(receive)); });
  if (!peers.ok()) return refuse(peers.error());
  const auto& status = *asked.report;
  asked.files.name = status.node;
  asked.process.pid = static_cast<pid_t>(status.pid);
  Report report;
  report.rows = "nodes";
  report.fields = {{"net", status.network},
                   {"view_of", status.node},
                   {"quorum", status.quorum},
                   {"validators", status.validators},
                   {"nodes", Json::array({fields_of(asked)})}};
  Table table{kHead, {row_of(asked)}};
  for (const auto& name : status.validator_names) {
    if (name == status.node) continue;
    const bool is_reached = std::any_of(peers->peers.begin(),
                                        peers->peers.end(),
                                        [&](const auto& peer) { return peer.name == name; });
    const std::string state = is_reached ? "connected" : "not connected";
    report.fields["nodes"].push_back({{"node", name}, {"state", state}});
    table.rows.push_back({name, state, "-", "-", "-", "-", "-", ""});
  }
  report.parts = {std::move(table),
                  Remark{fmt::format("one node's view: what {} knows of itself and of its links",
                                     status.node)}};
  return report;
}

}  // namespace

Answer<Report> run_status(Context& context) {
  auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  if (!context.globals.via.empty()) return status_of_one(context, *net);
  if (!context.globals.node.empty()) {
    const auto node = net->node(context.globals.node);
    if (!node.ok()) return refuse(node.error());
    net->nodes = {*node};
  }
  context.globals.timeout = std::min(context.globals.timeout, kStatusTimeout);
  const auto nodes = ask_all(context, *net);
  Report report;
  report.rows = "nodes";
  report.fields = {{"net", net->name}, {"folder", net->folder.string()}, {"nodes", Json::array()}};
  Table table{kHead, {}};
  for (const auto& node : nodes) {
    report.fields["nodes"].push_back(fields_of(node));
    table.rows.push_back(row_of(node));
  }
  report.parts = {std::move(table)};
  const Line quorum = quorum_line(nodes, report);
  if (context.globals.node.empty()) {
    report.parts.emplace_back(Remark{quorum.text});
    if (auto faults = faults_line(*net); !faults.empty())
      report.parts.emplace_back(Remark{std::move(faults)});
    report.problem = problem_of(*net, report, nodes);
  } else if (!nodes.front().report.ok()) {
    report.problem =
        CommandError{ExitCode::Unreachable,
                     state_of(nodes.front()),
                     fmt::format("node {} of net {} is {}",
                                 nodes.front().files.name,
                                 net->name,
                                 state_of(nodes.front())),
                     fmt::format("start it with: troupe net restart {}", nodes.front().files.name)};
  }
  return report;
}

Answer<Report> run_net_pause(Context& context, const std::string& node) {
  return send_signal(context, node, SIGSTOP, "paused");
}

Answer<Report> run_net_resume(Context& context, const std::string& node) {
  return send_signal(context, node, SIGCONT, "running");
}

}  // namespace troupe::tools
