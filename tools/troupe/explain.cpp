#include "tools/troupe/explain.hpp"

#include <algorithm>
#include <cstdint>
#include <thread>

#include <fmt/format.h>

#include "protocol/ledger/genesis.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/fault.hpp"

namespace troupe::tools {

namespace {

/// How much of a log's end can hold why its node stopped.
constexpr std::size_t kLogTailBytes = 64u << 10;

/// f of n = 3f + 1 may fail.
std::uint32_t quorum_of(std::size_t validators) {
  return static_cast<std::uint32_t>(validators - (validators - 1) / 3);
}

std::optional<std::uint64_t> free_bytes(const NodeFiles& node) {
  const auto loaded = load_config(node.config(), {{}, environment_variable});
  if (!loaded.ok()) return std::nullopt;
  std::error_code error;
  const auto space = fs::space(loaded->config.data_dir, error);
  return error ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

std::string last_words(const NodeFiles& node) {
  const auto log = read_file(node.log(), std::size_t{1} << 31);
  if (!log.ok()) return {};
  const std::string_view text = *log;
  return last_words_of(text.substr(text.size() - std::min(text.size(), kLogTailBytes)));
}

/// Status and facts of one node. Error: that of its first question that it does not answer.
Answer<Done> ask_client(NodeClient& client, NodeFacts& node) {
  auto status = ask<actors::StatusReport>([&](auto receive) { client.status(std::move(receive)); });
  if (!status.ok()) return refuse(status.error());
  auto facts = ask<actors::FactsReport>([&](auto receive) { client.facts(std::move(receive)); });
  if (!facts.ok()) return refuse(facts.error());
  node.state = NodeState::Answering;
  node.status = std::move(*status);
  node.facts = std::move(*facts);
  return Done{};
}

/// From a thread of its own. One that does not answer stays silent.
void ask_node(Context& context, const Net& net, const NodeFiles& files, NodeFacts& node) {
  const auto client = connect_to(context, net, files);
  if (client.ok()) static_cast<void>(ask_client(**client, node));
}

/// Nodes that are beyond the earliest view that anybody is in say what they know of that.
void ask_of_earlier_view(Context& context, const Net& net, std::vector<NodeFacts>& nodes) {
  std::uint64_t earliest = UINT64_MAX;
  for (const NodeFacts& node : nodes) {
    if (node.state == NodeState::Answering) earliest = std::min(earliest, node.facts.votes.view);
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].state != NodeState::Answering || nodes[i].facts.votes.view == earliest) continue;
    const auto client = connect_to(context, net, net.nodes[i]);
    if (!client.ok()) continue;
    auto votes = ask<actors::VotesReport>(
        [&](auto receive) { (*client)->votes({earliest}, std::move(receive)); });
    if (votes.ok()) nodes[i].earlier = std::move(*votes);
  }
}

/// What the one node of --via says, and of the other validators what it says of them.
Answer<NetFacts> gather_from_one(Context& context, const Net& net) {
  const auto client = connect(context, net);
  if (!client.ok()) return refuse(client.error());
  NodeFacts asked;
  if (const auto told = ask_client(**client, asked); !told.ok()) return refuse(told.error());
  asked.name = asked.status.node;
  NetFacts facts;
  facts.view_of = asked.name;
  facts.validators = asked.status.validator_names;
  facts.quorum = asked.status.quorum;
  facts.chain = asked.status.chain;
  const auto& reached = asked.facts.connected;
  for (const std::string& name : facts.validators) {
    if (name == asked.name) continue;
    NodeFacts other;
    other.name = name;
    const bool is_reached = std::find(reached.begin(), reached.end(), name) != reached.end();
    other.state = is_reached ? NodeState::Linked : NodeState::Unlinked;
    facts.nodes.push_back(std::move(other));
  }
  facts.nodes.insert(facts.nodes.begin(), std::move(asked));
  return facts;
}

Json fields_of(const NodeFacts& node) {
  switch (node.state) {
    case NodeState::Stopped: return {{"node", node.name}, {"state", "stopped"}};
    case NodeState::Paused: return {{"node", node.name}, {"state", "paused"}};
    case NodeState::Silent: return {{"node", node.name}, {"state", "unreachable"}};
    case NodeState::Linked: return {{"node", node.name}, {"state", "connected"}};
    case NodeState::Unlinked: return {{"node", node.name}, {"state", "not connected"}};
    case NodeState::Answering: break;
  }
  return {{"node", node.name},
          {"state", node.status.role},
          {"height", node.status.height},
          {"view", node.facts.votes.view},
          {"view_age_ms", node.facts.view_age_ms},
          {"block_age_ms", node.facts.block_age_ms},
          {"waiting", node.facts.clock_running},
          {"connected", node.facts.connected}};
}

}  // namespace

std::string last_words_of(std::string_view log) {
  constexpr std::string_view kStops = " node: stops: ";
  constexpr std::string_view kStarts = " starts at height ";
  const std::size_t stops = log.rfind(kStops);
  const std::size_t starts = log.rfind(kStarts);
  if (stops == std::string_view::npos) return {};
  if (starts != std::string_view::npos && starts > stops) return {};  // of an earlier life
  const std::string_view words = log.substr(stops + kStops.size());
  return std::string(words.substr(0, words.find('\n')));
}

Answer<NetFacts> gather_facts(Context& context, const Net& net) {
  if (!context.globals.via.empty()) return gather_from_one(context, net);
  const auto genesis = load_genesis(net.genesis());
  if (!genesis.ok()) return refuse(genesis.error());
  NetFacts facts;
  facts.chain = ledger::chain_id(*genesis).hex();
  facts.quorum = quorum_of(genesis->validators.size());
  for (const auto& validator : genesis->validators)
    facts.validators.push_back(validator.name);
  facts.faults = active_faults(net);
  facts.nodes.resize(net.nodes.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < net.nodes.size(); ++i) {
    const NodeFiles& files = net.nodes[i];
    NodeFacts& node = facts.nodes[i];
    node.name = files.name;
    node.disk_free_bytes = free_bytes(files);
    switch (find_process(files.folder).state) {
      case ProcessState::Stopped: node.last_words = last_words(files); break;
      case ProcessState::Paused: node.state = NodeState::Paused; break;
      case ProcessState::Running:
        node.state = NodeState::Silent;
        threads.emplace_back(
            [&context, &net, &files, &node] { ask_node(context, net, files, node); });
        break;
    }
  }
  for (auto& thread : threads)
    thread.join();
  ask_of_earlier_view(context, net, facts.nodes);
  return facts;
}

namespace {

Answer<Report> explain_halt(Context& context) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  context.globals.timeout = std::min(context.globals.timeout, kFactsTimeout);
  const auto facts = gather_facts(context, *net);
  if (!facts.ok()) return refuse(facts.error());
  const Diagnosis diagnosis = diagnose(*facts);
  Report report;
  report.fields = {{"net", net->name},
                   {"cause", diagnosis.code},
                   {"halted", diagnosis.is_halt()},
                   {"sentence", diagnosis.sentence},
                   {"nodes", Json::array()}};
  for (const NodeFacts& node : facts->nodes)
    report.fields["nodes"].push_back(fields_of(node));
  if (diagnosis.is_halt()) {
    report.problem =
        CommandError{ExitCode::NoQuorum, diagnosis.code, diagnosis.sentence, diagnosis.fix};
  } else {
    report.parts = {Line{"no halt: " + diagnosis.sentence}};
  }
  return report;
}

}  // namespace

Answer<Report> run_explain(Context& context, const ExplainOptions& options) {
  if (options.what == "halt" && options.id.empty()) return explain_halt(context);
  if (options.what == "tx" && !options.id.empty()) return explain_transaction(context, options.id);
  if (options.what == "fault" && !options.id.empty()) return explain_fault(context, options.id);
  return refuse({ExitCode::Usage,
                 "bad-question",
                 fmt::format("'{}' is nothing that can be explained",
                             options.id.empty() ? options.what : options.what + " " + options.id),
                 "ask: troupe explain halt, troupe explain tx ID, troupe explain fault ID"});
}

}  // namespace troupe::tools
