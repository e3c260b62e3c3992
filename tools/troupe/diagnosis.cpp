#include "tools/troupe/diagnosis.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tools/troupe/diagnosis_view.hpp"

namespace troupe::tools {

namespace {

/// Why one validator cannot vote, with the word for a halt that has no other reason.
struct Absence {
  std::string name;
  std::string code;
  std::string reason;
  std::string fix;
};

bool contains(const Names& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_out_of_space(const NodeFacts& node) {
  const bool is_full = node.disk_free_bytes && *node.disk_free_bytes < kDiskBytesLeast;
  const auto says = [&](const char* text) {
    return node.last_words.find(text) != std::string::npos;
  };
  return is_full || says("(full)") || says("disk-full") || says("No space left") ||
         says("disk is full");
}

/// The version that most of those who answer run.
std::string common_version(const NetFacts& net) {
  std::map<std::string, int> counts;
  for (const NodeFacts& node : net.nodes) {
    if (node.state == NodeState::Answering) ++counts[node.status.version];
  }
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? std::string() : most->first;
}

/// True if the node talks to nobody who runs the version of most.
bool is_left_alone(const NodeFacts& node, const NetFacts& net, const std::string& version) {
  return std::ranges::none_of(node.facts.connected, [&](const std::string& name) {
    const NodeFacts* other = find(net, name);
    return other != nullptr && other->state == NodeState::Answering &&
           other->status.version == version;
  });
}

std::optional<Absence> absence_of_answering(const NodeFacts& node,
                                            const NetFacts& net,
                                            const std::string& version) {
  if (node.status.paused) {
    return Absence{node.name,
                   "no-quorum",
                   fmt::format("{} was paused by an operator", node.name),
                   fmt::format("type: troupe -N {} resume", node.name)};
  }
  if (node.status.chain != net.chain) {
    return Absence{
        node.name,
        "genesis-mismatch",
        fmt::format("{} runs with another genesis ({}.. instead of {}..)",
                    node.name,
                    node.status.chain.substr(0, 8),
                    net.chain.substr(0, 8)),
        fmt::format("give {} the genesis of this network and type: troupe net restart {}",
                    node.name,
                    node.name)};
  }
  if (node.status.version != version && is_left_alone(node, net, version)) {
    return Absence{node.name,
                   "version-mismatch",
                   fmt::format("{} runs version {} and the others {}, and they do not talk",
                               node.name,
                               node.status.version,
                               version),
                   fmt::format("install one version and type: troupe net restart {}", node.name)};
  }
  // Without a trouble it will vote as soon as it has heard from enough of the others.
  if (node.status.role == "observer" && !node.status.trouble.empty()) {
    return Absence{
        node.name,
        "observer",
        fmt::format("{} only observes: {}", node.name, node.status.trouble),
        fmt::format("look at {}: troupe net logs {}; bring the others back first, then "
                    "type: troupe net rejoin {} (if a quorum cannot come back without it, "
                    "no rejoin can be ordered, and only a new network helps)",
                    node.name,
                    node.name,
                    node.name)};
  }
  return std::nullopt;
}

std::optional<Absence> absence_of(const NodeFacts& node,
                                  const NetFacts& net,
                                  const std::string& version) {
  if (node.state != NodeState::Answering && is_out_of_space(node)) {
    return Absence{node.name,
                   "disk-full",
                   fmt::format("{} has no room left on its disk", node.name),
                   fmt::format("free space and type: troupe net restart {}", node.name)};
  }
  switch (node.state) {
    case NodeState::Stopped:
      return Absence{node.name,
                     "no-quorum",
                     fmt::format("{} is stopped{}",
                                 node.name,
                                 node.last_words.empty() ? "" : " (" + node.last_words + ")"),
                     fmt::format("type: troupe net restart {}", node.name)};
    case NodeState::Paused:
      return Absence{node.name,
                     "no-quorum",
                     fmt::format("{} is paused", node.name),
                     fmt::format("type: troupe net resume {}", node.name)};
    case NodeState::Linked:
    case NodeState::Unlinked:
    case NodeState::Silent:
      return Absence{node.name,
                     "no-quorum",
                     fmt::format("{} does not answer", node.name),
                     fmt::format("look at it: troupe net logs {}", node.name)};
    case NodeState::Answering: break;
  }
  return absence_of_answering(node, net, version);
}

Absence unknown_machine(const std::string& name) {
  return {name,
          "no-quorum",
          fmt::format("{} is not on this machine", name),
          fmt::format("look at {} where it runs", name)};
}

/// Everybody who can vote, as far as this machine knows, and why the others cannot.
struct Electors {
  Nodes able;
  std::vector<Absence> absent;

  [[nodiscard]] Names names() const { return names_of(able); }
};

Electors electors_of(const NetFacts& net) {
  Electors electors;
  const std::string version = common_version(net);
  for (const std::string& name : net.validators) {
    const NodeFacts* node = find(net, name);
    if (node == nullptr) {
      electors.absent.push_back(unknown_machine(name));
    } else if (auto absence = absence_of(*node, net, version)) {
      electors.absent.push_back(std::move(*absence));
    } else {
      electors.able.push_back(node);
    }
  }
  return electors;
}

/// A reason that all absent ones share is the cause; else it is that they are too many.
Diagnosis no_quorum(const NetFacts& net, const Electors& electors) {
  Names reasons;
  Names fixes;
  std::set<std::string> codes;
  for (const Absence& absence : electors.absent) {
    reasons.push_back(absence.reason);
    fixes.push_back(absence.fix);
    codes.insert(absence.code);
  }
  const Names able = electors.names();
  return {codes.size() == 1 ? *codes.begin() : "no-quorum",
          fmt::format("{} of {} validators must vote and {} can{}: {}",
                      net.quorum,
                      net.validators.size(),
                      able.size(),
                      able.empty() ? "" : " (" + joined(able) + ")",
                      fmt::join(reasons, "; ")),
          fmt::format("{}", fmt::join(fixes, "; "))};
}

/// Who can vote but does not reach a quorum of those who can.
std::optional<Diagnosis> no_links(const NetFacts& net, const Electors& electors) {
  const Names able = electors.names();
  Names cut;
  Names gaps;
  for (const NodeFacts* node : electors.able) {
    Names unreached;
    for (const std::string& other : able) {
      if (other != node->name && !contains(node->facts.connected, other))
        unreached.push_back(other);
    }
    if (able.size() - unreached.size() >= net.quorum) continue;
    cut.push_back(node->name);
    gaps.push_back(fmt::format("{} does not reach {}", node->name, joined(unreached)));
  }
  if (able.size() - cut.size() >= net.quorum) return std::nullopt;
  return Diagnosis{"no-quorum",
                   fmt::format("no {} of {} validators are connected to each other: {}",
                               net.quorum,
                               net.validators.size(),
                               fmt::join(gaps, "; ")),
                   "look at the links between them: troupe peers -N " + cut.front()};
}

/// Consensus waits for the roots of blocks that are not executed yet.
std::optional<Diagnosis> execution_behind(const NetFacts& net, const Electors& electors) {
  Names behind;
  for (const NodeFacts* node : electors.able) {
    const std::uint64_t executed = node->status.executed_height;
    if (node->facts.consensus_height <= executed) continue;
    behind.push_back(fmt::format(
        "{} has executed height {} of {}", node->name, executed, node->facts.consensus_height));
  }
  if (electors.able.size() - behind.size() >= net.quorum) return std::nullopt;
  return Diagnosis{
      "execution-behind",
      fmt::format("the ledger does not keep up with consensus: {}", fmt::join(behind, "; ")),
      "its disk or processor is too slow or blocked: troupe doctor, troupe actors"};
}

/// Those who can vote have nothing to decide, or have decided just now.
std::optional<Diagnosis> no_halt(const Electors& electors) {
  const auto& youngest = *std::ranges::min_element(
      electors.able, {}, [](const NodeFacts* node) { return node->facts.block_age_ms; });
  const double age = static_cast<double>(youngest->facts.block_age_ms) / 1000;
  const std::string newest =
      fmt::format("the newest block, height {}, is {:.1f} s old", youngest->status.height, age);
  if (youngest->facts.block_age_ms < kHaltAfterMs) return Diagnosis{"live", newest, ""};
  const bool waits = std::ranges::any_of(
      electors.able, [](const NodeFacts* node) { return node->facts.clock_running; });
  if (waits) return std::nullopt;
  return Diagnosis{"idle", "nothing waits to be decided; " + newest, ""};
}

/// What keeps those who can vote and reach each other from deciding.
Diagnosis why_undecided(const NetFacts& net, const Electors& electors) {
  if (auto behind = execution_behind(net, electors)) return *behind;
  return why_view_waits(net, electors.able);
}

Diagnosis cause_of(const NetFacts& net) {
  const bool any = std::ranges::any_of(
      net.nodes, [](const NodeFacts& node) { return node.state == NodeState::Answering; });
  const Electors electors = electors_of(net);
  if (!any && electors.able.empty() && net.nodes.empty()) {
    return {"not-running", "no node of this network is known here", "make one: troupe up"};
  }
  if (electors.able.size() < net.quorum) return no_quorum(net, electors);
  if (auto gap = no_links(net, electors)) return *gap;
  if (auto fine = no_halt(electors)) return *fine;
  return why_undecided(net, electors);
}

}  // namespace

const NodeFacts* find(const NetFacts& net, const std::string& name) {
  const auto found = std::ranges::find(net.nodes, name, &NodeFacts::name);
  return found == net.nodes.end() ? nullptr : &*found;
}

Diagnosis diagnose(const NetFacts& net) {
  Diagnosis diagnosis = net.view_of.empty() ? cause_of(net) : cause_seen_by_one(net);
  if (!diagnosis.is_halt() || net.faults.empty()) return diagnosis;
  // Whoever injected a fault means the fault when asking why.
  diagnosis.sentence += fmt::format("; active: {}", fmt::join(net.faults, ", "));
  diagnosis.fix = "undo it: troupe fault clear; if the halt remains: " + diagnosis.fix;
  return diagnosis;
}

}  // namespace troupe::tools
