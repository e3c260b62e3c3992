#include "tools/troupe/diagnosis_view.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace troupe::tools {

namespace {

/// One node and what it knows of the view that is looked at.
struct Witness {
  const NodeFacts* node = nullptr;
  const actors::VotesReport* votes = nullptr;

  [[nodiscard]] const actors::VoteReport* row(const std::string& validator) const {
    const auto found = std::ranges::find(votes->votes, validator, &actors::VoteReport::validator);
    return found == votes->votes.end() ? nullptr : &*found;
  }

  [[nodiscard]] bool has_proposal(const std::string& leader) const {
    const auto* row_of_leader = row(leader);
    return row_of_leader != nullptr && row_of_leader->proposed;
  }
};

/// The view that matters, as those see it who could decide it.
struct WaitingView {
  std::uint64_t number = 0;
  std::string leader;
  std::vector<Witness> witnesses;
};

/// The highest view of those who can vote, if a quorum is in it. Else the lowest: whoever is beyond
/// it knows what those in it lack.
WaitingView waiting_view(const NetFacts& net, const Nodes& able) {
  const auto view_of = [](const NodeFacts* node) { return node->facts.votes.view; };
  const std::uint64_t highest = view_of(*std::ranges::max_element(able, {}, view_of));
  const std::uint64_t lowest = view_of(*std::ranges::min_element(able, {}, view_of));
  const auto ahead = std::ranges::count(able, highest, view_of);
  WaitingView view;
  view.number = static_cast<std::uint32_t>(ahead) >= net.quorum ? highest : lowest;
  for (const NodeFacts* node : able) {
    if (view_of(node) == view.number) {
      view.witnesses.push_back({node, &node->facts.votes});
    } else if (node->earlier && node->earlier->view == view.number && node->earlier->known) {
      view.witnesses.push_back({node, &*node->earlier});
    }
  }
  view.leader = view.witnesses.front().votes->leader;
  return view;
}

double seconds(std::uint64_t milliseconds) {
  return static_cast<double>(milliseconds) / 1000;
}

/// Whoever's clock shows too little waits until the time of a proposal has come. It is the clock of
/// the leader or those of the waiting that is wrong: most are right.
std::optional<Diagnosis> clock_off(const NetFacts& net, const WaitingView& view) {
  const NodeFacts* leader = find(net, view.leader);
  if (leader == nullptr || leader->state != NodeState::Answering) return std::nullopt;
  const bool is_proposed = std::ranges::any_of(view.witnesses, [&](const Witness& witness) {
    return witness.node != leader && witness.has_proposal(view.leader);
  });
  if (!is_proposed) return std::nullopt;
  Names waiting;
  std::vector<std::uint64_t> clocks;
  std::uint64_t slowest = leader->facts.wall_ms;
  for (const Witness& witness : view.witnesses) {
    const std::uint64_t clock = witness.node->facts.wall_ms;
    clocks.push_back(clock);
    if (leader->facts.wall_ms <= clock + witness.node->facts.drift_ms) continue;
    waiting.push_back(witness.node->name);
    slowest = std::min(slowest, clock);
  }
  if (view.witnesses.size() - waiting.size() >= net.quorum) return std::nullopt;
  std::ranges::sort(clocks);
  const std::uint64_t middle = clocks[(clocks.size() - 1) / 2];
  const double drift = seconds(leader->facts.drift_ms);
  if (leader->facts.wall_ms > middle + leader->facts.drift_ms) {
    return Diagnosis{
        "clock-ahead",
        fmt::format("the clock of {} is {:.1f} s ahead of the others', which let {:.1f} s "
                    "pass: they wait for the time of its proposal in view {}",
                    leader->name,
                    seconds(leader->facts.wall_ms - middle),
                    drift,
                    view.number),
        fmt::format("set the clock of {} with a time service (systemd-timesyncd)", leader->name)};
  }
  return Diagnosis{
      "clock-behind",
      fmt::format("the clocks of {} are up to {:.1f} s behind the others', and they let {:.1f} s "
                  "pass: they wait for the time of the proposal by {} in view {}",
                  joined(waiting),
                  seconds(leader->facts.wall_ms - slowest),
                  drift,
                  leader->name,
                  view.number),
      fmt::format("set the clocks of {} with a time service (systemd-timesyncd)", joined(waiting))};
}

std::optional<Diagnosis> proposal_refused(const WaitingView& view) {
  for (const Witness& witness : view.witnesses) {
    const NodeFacts& node = *witness.node;
    if (node.facts.refused.empty() || node.facts.votes.view != view.number) continue;
    return Diagnosis{"proposal-refused",
                     fmt::format("{} refuses the proposal of view {} by {}: {}",
                                 node.name,
                                 view.number,
                                 view.leader,
                                 node.facts.refused),
                     fmt::format("see what {} logged: troupe net logs {}", node.name, node.name)};
  }
  return std::nullopt;
}

using Kind = bool actors::VoteReport::*;

bool has_cast(const Witness& witness, const std::string& voter, Kind kind) {
  const auto* row = witness.row(voter);
  return row != nullptr && row->*kind;
}

/// " (their link is 0.8 s old, younger than the view)", which is what a reset leaves behind.
std::string on_link(const NodeFacts& node, const std::string& peer) {
  const auto found = std::ranges::find(node.facts.connected, peer);
  if (found == node.facts.connected.end()) return " (they are not connected)";
  const auto place = static_cast<std::size_t>(found - node.facts.connected.begin());
  if (place >= node.facts.connected_ms.size()) return "";
  const std::uint64_t age = node.facts.connected_ms[place];
  if (age >= node.facts.view_age_ms) return "";
  return fmt::format(" (their link was reset {:.1f} s ago, in the middle of the view)",
                     seconds(age));
}

/// Votes of one kind that a quorum cast, as their own nodes say, and that have not come to others.
std::optional<Diagnosis> votes_lost(const NetFacts& net, const WaitingView& view, Kind kind) {
  Names gaps;
  Names lacking;
  std::size_t cast = 0;
  for (const Witness& voter : view.witnesses) {
    const std::string& name = voter.node->name;
    if (!has_cast(voter, name, kind)) continue;
    ++cast;
    for (const Witness& other : view.witnesses) {
      // Whoever is beyond the view needs no vote in it any more.
      if (other.node == voter.node || other.node->facts.votes.view != view.number) continue;
      if (has_cast(other, name, kind)) continue;
      gaps.push_back(
          fmt::format("{} lacks that of {}{}", other.node->name, name, on_link(*other.node, name)));
      lacking.push_back(other.node->name);
    }
  }
  if (cast < net.quorum || gaps.empty()) return std::nullopt;
  return Diagnosis{
      "votes-missing",
      fmt::format("{} validators voted in view {} and their votes did not arrive: {}",
                  cast,
                  view.number,
                  fmt::join(gaps, "; ")),
      "their link was reset or is blocked; connect it anew: troupe net restart " + lacking.front()};
}

std::optional<Diagnosis> votes_missing(const NetFacts& net, const WaitingView& view) {
  for (const Kind kind : std::array<Kind, 3>{&actors::VoteReport::notarize,
                                             &actors::VoteReport::nullify,
                                             &actors::VoteReport::finalize}) {
    if (auto lost = votes_lost(net, view, kind)) return lost;
  }
  return std::nullopt;
}

std::string silence_of(const NodeFacts* leader, bool has_proposed) {
  if (leader == nullptr) return "is not on this machine and says nothing";
  switch (leader->state) {
    case NodeState::Stopped: return "is stopped";
    case NodeState::Paused: return "is paused";
    case NodeState::Silent: return "does not answer";
    case NodeState::Linked: return "is connected and says nothing";
    case NodeState::Unlinked: return "is not connected";
    case NodeState::Answering: break;
  }
  return has_proposed ? "made one that reached nobody" : "is connected and says nothing";
}

std::optional<Diagnosis> leader_silent(const NetFacts& net, const WaitingView& view) {
  bool has_proposed = false;
  for (const Witness& witness : view.witnesses) {
    if (!witness.has_proposal(view.leader)) continue;
    if (witness.node->name != view.leader) return std::nullopt;
    has_proposed = true;
  }
  return Diagnosis{
      "leader-silent",
      fmt::format("view {} has no proposal: its leader {} {}",
                  view.number,
                  view.leader,
                  silence_of(find(net, view.leader), has_proposed)),
      fmt::format("look at {}: troupe net logs {}; the others go on without it when the view times "
                  "out",
                  view.leader,
                  view.leader)};
}

std::optional<Diagnosis> batch_missing(const NetFacts& net, const WaitingView& view) {
  Names without;
  for (const Witness& witness : view.witnesses) {
    if (witness.node->facts.lanes.payload_checks > 0) without.push_back(witness.node->name);
  }
  const std::size_t holders = view.witnesses.size() - without.size();
  if (without.empty() || holders >= net.quorum) return std::nullopt;
  return Diagnosis{
      "batch-missing",
      fmt::format("the proposal of view {} names batches that {} lack, so that only {} "
                  "of {} hold what they vote on",
                  view.number,
                  joined(without),
                  holders,
                  net.quorum),
      fmt::format("bring back who sealed them (the leader {} holds them): troupe lanes "
                  "-N {}",
                  view.leader,
                  without.front())};
}

bool has_voted(const actors::VoteReport& vote) {
  return vote.notarize || vote.nullify || vote.finalize;
}

Diagnosis votes_pending(const NetFacts& net, const WaitingView& view) {
  Names missing;
  const auto& votes = *view.witnesses.front().votes;
  for (const auto& vote : votes.votes) {
    if (!has_voted(vote)) missing.push_back(vote.validator);
  }
  return {"votes-pending",
          fmt::format("view {} of {} waits for {} votes and has {}{}",
                      view.number,
                      view.leader,
                      net.quorum,
                      votes.votes.size() - missing.size(),
                      missing.empty() ? "" : "; missing " + joined(missing)),
          "ask again in a moment; if it stays so: troupe votes, troupe net logs " +
              (missing.empty() ? view.leader : missing.front())};
}

/// What the one node that was asked says of itself, or of its links.
std::optional<Diagnosis> own_trouble(const NetFacts& net, const NodeFacts& node) {
  if (node.status.paused) {
    return Diagnosis{"no-quorum",
                     fmt::format("{} was paused by an operator and votes for nothing", node.name),
                     "let it take part again: troupe --via ... resume"};
  }
  Names unreached;
  for (const std::string& validator : net.validators) {
    const bool is_here =
        std::ranges::find(node.facts.connected, validator) != node.facts.connected.end();
    if (validator != node.status.node && !is_here) unreached.push_back(validator);
  }
  if (net.validators.size() - unreached.size() < net.quorum) {
    return Diagnosis{
        "no-quorum",
        fmt::format("{} of {} validators must vote and {} reaches {} of them: it does "
                    "not reach {}",
                    net.quorum,
                    net.validators.size(),
                    node.name,
                    net.validators.size() - unreached.size(),
                    joined(unreached)),
        "look at those where they run, and at the way to them: troupe --via ... peers"};
  }
  if (node.facts.consensus_height > node.status.executed_height) {
    return Diagnosis{"execution-behind",
                     fmt::format("{} has executed height {} of {}",
                                 node.name,
                                 node.status.executed_height,
                                 node.facts.consensus_height),
                     "its disk or processor is too slow or blocked: troupe --via ... actors"};
  }
  return std::nullopt;
}

Diagnosis seen_by_one(const NetFacts& net, const NodeFacts& node) {
  const double age = seconds(node.facts.block_age_ms);
  const std::string newest =
      fmt::format("the newest block, height {}, is {:.1f} s old", node.status.height, age);
  if (node.facts.block_age_ms < kHaltAfterMs) return {"live", newest, ""};
  if (!node.facts.clock_running) return {"idle", "nothing waits to be decided; " + newest, ""};
  if (auto own = own_trouble(net, node)) return *own;
  const WaitingView view{
      node.facts.votes.view, node.facts.votes.leader, {{&node, &node.facts.votes}}};
  if (auto refused = proposal_refused(view)) return *refused;
  if (auto silent = leader_silent(net, view)) return *silent;
  if (node.facts.lanes.payload_checks > 0) {
    return {"batch-missing",
            fmt::format("the proposal of view {} by {} names batches that {} lacks",
                        view.number,
                        view.leader,
                        node.name),
            "see whose lane it is: troupe --via ... lanes"};
  }
  return votes_pending(net, view);
}

}  // namespace

std::string joined(const Names& names) {
  return fmt::format("{}", fmt::join(names, " "));
}

Names names_of(const Nodes& nodes) {
  Names names;
  for (const NodeFacts* node : nodes)
    names.push_back(node->name);
  return names;
}

Diagnosis why_view_waits(const NetFacts& net, const Nodes& able) {
  const WaitingView view = waiting_view(net, able);
  if (auto off = clock_off(net, view)) return *off;
  if (auto refused = proposal_refused(view)) return *refused;
  if (auto missing = votes_missing(net, view)) return *missing;
  if (auto silent = leader_silent(net, view)) return *silent;
  if (auto missing = batch_missing(net, view)) return *missing;
  return votes_pending(net, view);
}

Diagnosis cause_seen_by_one(const NetFacts& net) {
  const auto asked = std::ranges::find(net.nodes, NodeState::Answering, &NodeFacts::state);
  if (asked == net.nodes.end()) {
    return {
        "not-running", fmt::format("{} does not answer", net.view_of), "see whether it runs there"};
  }
  Diagnosis diagnosis = seen_by_one(net, *asked);
  diagnosis.sentence += fmt::format(" (as {} sees it, who alone was asked)", asked->name);
  return diagnosis;
}

}  // namespace troupe::tools
