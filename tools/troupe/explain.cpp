#include "tools/troupe/explain.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "protocol/ledger/genesis.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/fault.hpp"

namespace troupe::tools {

namespace {

/// A node that needs longer to say how it is does not answer.
constexpr std::chrono::milliseconds kFactsTimeout{2'000};
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

/// Status and facts of one node, from a thread of its own.
void ask_node(Context& context, const Net& net, const NodeFiles& files, NodeFacts& node) {
  const auto client = connect_to(context, net, files);
  if (!client.ok()) return;
  auto status =
      ask<actors::StatusReport>([&](auto receive) { (*client)->status(std::move(receive)); });
  if (!status.ok()) return;
  auto facts =
      ask<actors::FactsReport>([&](auto receive) { (*client)->facts(std::move(receive)); });
  if (!facts.ok()) return;
  node.state = NodeState::Answering;
  node.status = std::move(*status);
  node.facts = std::move(*facts);
}

Json fields_of(const NodeFacts& node) {
  switch (node.state) {
    case NodeState::Stopped: return {{"node", node.name}, {"state", "stopped"}};
    case NodeState::Paused: return {{"node", node.name}, {"state", "paused"}};
    case NodeState::Silent: return {{"node", node.name}, {"state", "unreachable"}};
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
  return facts;
}

Answer<Report> run_explain(Context& context, const std::string& what) {
  if (what != "halt") {
    return refuse({ExitCode::Usage,
                   "bad-question",
                   fmt::format("'{}' is nothing that can be explained", what),
                   "ask: troupe explain halt"});
  }
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

}  // namespace troupe::tools
