#include "tools/simulator/fault_means.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "tools/scenario/words.hpp"
#include "tools/simulator/disk_means.hpp"
#include "tools/simulator/insider.hpp"

namespace troupe::simulator {

namespace {

using Kind = LinkFault::Kind;

MessageKind kind_of(scenario::MessageType type) {
  switch (type) {
    case scenario::MessageType::Proposal: return MessageKind::Proposal;
    case scenario::MessageType::Notarize: return MessageKind::Notarize;
    case scenario::MessageType::Nullify: return MessageKind::Nullify;
    case scenario::MessageType::Finalize: return MessageKind::Finalize;
    case scenario::MessageType::Certificates: return MessageKind::Certificates;
    case scenario::MessageType::Request: return MessageKind::Request;
    case scenario::MessageType::Header: return MessageKind::Header;
    case scenario::MessageType::Inquiry: return MessageKind::Inquiry;
    case scenario::MessageType::InquiryAnswer: return MessageKind::InquiryAnswer;
    case scenario::MessageType::Tips: return MessageKind::Tips;
    case scenario::MessageType::Accusation: return MessageKind::Accusation;
    case scenario::MessageType::Batch:
    case scenario::MessageType::BatchAnswer: return MessageKind::Lane;
    case scenario::MessageType::SyncRequest:
    case scenario::MessageType::SyncAnswer: return MessageKind::Sync;
    case scenario::MessageType::Any:
    case scenario::MessageType::Vote: break;
  }
  return MessageKind::Other;
}

LinkFault of_ratio(Kind kind, scenario::Ratio ratio) {
  LinkFault fault;
  fault.kind = kind;
  fault.ratio = ratio.share;
  return fault;
}

struct ToLinkFault {
  std::optional<LinkFault> operator()(const scenario::Delay& delay) const {
    LinkFault fault = of_ratio(Kind::Delay, {1});
    fault.delay = delay.delay;
    fault.jitter = delay.jitter;
    fault.is_exponential = delay.law == scenario::DelayLaw::Exponential;
    return fault;
  }

  std::optional<LinkFault> operator()(const scenario::Loss& loss) const {
    return of_ratio(Kind::Loss, loss.ratio);
  }

  std::optional<LinkFault> operator()(const scenario::Duplicate& duplicate) const {
    LinkFault fault = of_ratio(Kind::Duplicate, duplicate.ratio);
    fault.window = duplicate.within;
    return fault;
  }

  // Sent again much later is what a replay is at the seam of whole messages.
  std::optional<LinkFault> operator()(const scenario::Replay& replay) const {
    LinkFault fault = of_ratio(Kind::Duplicate, replay.ratio);
    fault.window = replay.age;
    return fault;
  }

  std::optional<LinkFault> operator()(const scenario::Reorder& reorder) const {
    LinkFault fault = of_ratio(Kind::Reorder, reorder.ratio);
    fault.window = reorder.window;
    return fault;
  }

  std::optional<LinkFault> operator()(const scenario::Partition&) const {
    return of_ratio(Kind::Cut, {1});
  }

  std::optional<LinkFault> operator()(const scenario::Clog&) const {
    return of_ratio(Kind::Clog, {1});
  }

  // What is sent is lost, and nobody is told that the connection is gone.
  std::optional<LinkFault> operator()(const scenario::HalfOpen&) const {
    return of_ratio(Kind::Loss, {1});
  }

  std::optional<LinkFault> operator()(const scenario::Rate& rate) const {
    LinkFault fault = of_ratio(Kind::Rate, {1});
    fault.bytes_per_second = std::max<std::uint64_t>(rate.rate.bytes, 1);
    if (rate.queue) fault.queue_bytes = rate.queue->bytes;
    return fault;
  }

  std::optional<LinkFault> operator()(const scenario::SlowConsumer& slow) const {
    LinkFault fault = of_ratio(Kind::Rate, {1});
    fault.bytes_per_second = std::max<std::uint64_t>(slow.rate.bytes, 1);
    return fault;
  }

  std::optional<LinkFault> operator()(const scenario::Filter& filter) const {
    LinkFault fault = of_ratio(Kind::Loss, filter.ratio);
    fault.kinds = message_kinds(filter.messages);
    return fault;
  }

  std::optional<LinkFault> operator()(const scenario::Corrupt& corrupt) const {
    return of_ratio(Kind::Corrupt, corrupt.ratio);
  }

  template <class Other>
  std::optional<LinkFault> operator()(const Other&) const {
    return std::nullopt;
  }
};

scenario::Direction direction_of(const scenario::FaultKind& kind) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.links.direction; }) return one.links.direction;
        if constexpr (requires { one.direction; }) return one.direction;
        return scenario::Direction::Both;
      },
      kind);
}

}  // namespace

std::vector<MessageKind> message_kinds(const std::vector<scenario::MessageType>& types) {
  std::vector<MessageKind> kinds;
  for (const scenario::MessageType type : types) {
    if (type == scenario::MessageType::Any) return {};
    if (type == scenario::MessageType::Vote) {
      kinds.insert(kinds.end(),
                   {MessageKind::Notarize, MessageKind::Nullify, MessageKind::Finalize});
    } else {
      kinds.push_back(kind_of(type));
    }
  }
  return kinds;
}

std::optional<LinkFault> link_fault(const scenario::FaultKind& kind) {
  return std::visit(ToLinkFault{}, kind);
}

std::vector<Link> links_of(const scenario::FaultKind& kind,
                           const std::vector<std::size_t>& on,
                           const std::vector<std::size_t>& peers,
                           std::size_t nodes) {
  const scenario::Direction direction = direction_of(kind);
  const bool is_partition = std::holds_alternative<scenario::Partition>(kind);
  const auto contains = [](const std::vector<std::size_t>& list, std::size_t node) {
    return std::ranges::find(list, node) != list.end();
  };
  std::set<Link> links;
  for (const std::size_t node : on) {
    for (std::size_t other = 0; other < nodes; ++other) {
      const bool is_inside = is_partition && contains(on, other);
      if (other == node || is_inside || (!peers.empty() && !contains(peers, other))) continue;
      if (direction != scenario::Direction::Inbound) links.insert({node, other});
      if (direction != scenario::Direction::Outbound) links.insert({other, node});
    }
  }
  return {links.begin(), links.end()};
}

namespace {

/// What every run is judged by, or what Player::judge_expectations looks at. Liveness is judged after
/// everything healed, which is no sooner than after the end of any one fault.
bool is_judged(const scenario::Check& check) {
  if (const auto* exits = std::get_if<scenario::Exits>(&check))
    return exits->is == scenario::ExitReason::StorageFault ||
           exits->is == scenario::ExitReason::BadConfig;
  if (const auto* latency = std::get_if<scenario::AckLatency>(&check))
    return latency->when == scenario::Phase::Always;
  if (const auto* bounded = std::get_if<scenario::Bounded>(&check))
    return !bounded->rss_growth_per_hour && !bounded->rss_max;
  if (const auto* repaired = std::get_if<scenario::RepairedFromPeers>(&check)) {
    scenario::Trigger at_a_height;
    at_a_height.height = repaired->by.height;
    return repaired->by == at_a_height;
  }
  return std::holds_alternative<scenario::Finalizes>(check) ||
         std::holds_alternative<scenario::Halts>(check) ||
         std::holds_alternative<scenario::KeepsFinalizing>(check) ||
         std::holds_alternative<scenario::ViewRateAfterHeal>(check) ||
         std::holds_alternative<scenario::Observes>(check) ||
         std::holds_alternative<scenario::Converges>(check) ||
         std::holds_alternative<scenario::ReachesHeight>(check) ||
         std::holds_alternative<scenario::AccusedHonest>(check) ||
         std::holds_alternative<scenario::Culprits>(check) ||
         std::holds_alternative<scenario::Evidence>(check) ||
         std::holds_alternative<scenario::StaysUp>(check) ||
         std::holds_alternative<scenario::Reconnects>(check) ||
         std::holds_alternative<scenario::AckedDurable>(check);
}

}  // namespace

namespace {

/// Kinds of which only a part has means.
struct HasOwnMeans {
  bool operator()(const scenario::Garbage& garbage) const {
    return garbage.where != scenario::Garbage::Where::Api;
  }

  bool operator()(const scenario::Starve& starve) const {
    return starve.what != scenario::Starve::What::Memory;
  }

  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

}  // namespace

bool needs_messages(const scenario::Scenario& scenario) {
  // The version that refuses a connection is compiled in, so nodes are kept apart from outside.
  const auto& versions = scenario.network.versions;
  return !scenario.byzantine.empty() || (versions && !versions->talk) ||
         std::ranges::any_of(scenario.faults, [](const scenario::Fault& fault) {
           return std::holds_alternative<scenario::Filter>(fault.kind) || is_of_insider(fault.kind);
         });
}

bool needs_pipes(const scenario::Scenario& scenario) {
  const auto is_of_connections = [](const scenario::Fault& fault) {
    const auto* const starve = std::get_if<scenario::Starve>(&fault.kind);
    return std::holds_alternative<scenario::Churn>(fault.kind) ||
           (std::holds_alternative<scenario::Garbage>(fault.kind) && !is_of_insider(fault.kind)) ||
           (starve != nullptr && starve->what == scenario::Starve::What::Descriptors);
  };
  const auto asks_for_connections = [](const scenario::Check& check) {
    const auto* const bounded = std::get_if<scenario::Bounded>(&check);
    return std::holds_alternative<scenario::Reconnects>(check) ||
           (bounded != nullptr && bounded->fds_max);
  };
  return std::ranges::any_of(scenario.faults, is_of_connections) ||
         std::ranges::any_of(scenario.expectations, asks_for_connections);
}

std::optional<std::string> missing_means(const scenario::Scenario& scenario) {
  if (needs_pipes(scenario) && needs_messages(scenario))
    return "liars, filters and versions take hold of messages, and something else of connections: "
           "the simulator has both, but not in one run";
  if (scenario.swarm)
    return "swarm: what a seed draws is for troupe sim swarm; a file lists its faults";
  if (scenario.load.rate.times_capacity) return "load: in virtual time no node has a capacity";
  for (const scenario::Fault& fault : scenario.faults) {
    if (std::holds_alternative<scenario::Upgrade>(fault.kind) && !scenario.network.versions)
      return "fault " + fault.id + ": the network names no versions";
    const bool has_means = link_fault(fault.kind) || disk_fault(fault.kind, "") ||
                           std::holds_alternative<scenario::Reset>(fault.kind) ||
                           std::holds_alternative<scenario::Crash>(fault.kind) ||
                           std::holds_alternative<scenario::Restart>(fault.kind) ||
                           std::holds_alternative<scenario::Upgrade>(fault.kind) ||
                           std::holds_alternative<scenario::Pause>(fault.kind) ||
                           std::holds_alternative<scenario::Join>(fault.kind) ||
                           std::holds_alternative<scenario::Wipe>(fault.kind) ||
                           std::holds_alternative<scenario::Rejoin>(fault.kind) ||
                           std::holds_alternative<scenario::FileCorrupt>(fault.kind) ||
                           std::holds_alternative<scenario::Tamper>(fault.kind) ||
                           std::holds_alternative<scenario::Clock>(fault.kind) ||
                           std::holds_alternative<scenario::Churn>(fault.kind) ||
                           std::holds_alternative<scenario::Flood>(fault.kind) ||
                           std::holds_alternative<scenario::FutureVotes>(fault.kind) ||
                           std::holds_alternative<scenario::HostileFile>(fault.kind) ||
                           std::holds_alternative<scenario::CompactionStall>(fault.kind) ||
                           std::visit(HasOwnMeans{}, fault.kind);
    if (!has_means)
      return "fault " + fault.id + ": the simulator has no means for " +
             std::string(scenario::name_of(fault.kind));
  }
  for (const scenario::Byzantine& table : scenario.byzantine) {
    if (std::holds_alternative<scenario::selector::Leader>(table.on))
      return "liars " + table.id + ": the simulator chooses liars before anybody leads";
    const scenario::Trigger& at = table.at;
    if (at.view || at.height || at.event || at.after || (table.lasts && table.lasts->views))
      return "liars " + table.id + ": the simulator lets lies begin and end at a time only";
  }
  for (const scenario::Check& check : scenario.expectations) {
    if (!is_judged(check))
      return "the simulator cannot judge " + std::string(scenario::name_of(check)) +
             " as this file expects it";
  }
  return std::nullopt;
}

}  // namespace troupe::simulator
