#include "tools/troupe/fault_means.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <set>
#include <utility>

#include "tools/troupe/init.hpp"
#include "tools/troupe/processes.hpp"
#include "tools/troupe/standing_faults.hpp"

namespace troupe::tools {

namespace {

constexpr std::chrono::milliseconds kGoneWithin{5'000};

using Pair = std::pair<std::string, std::string>;

/// Every two nodes that a partition keeps apart, in both orders.
std::set<Pair> pairs_of(const Sides& sides) {
  std::set<Pair> pairs;
  for (const auto& one : sides) {
    for (const auto& other : sides) {
      if (&one == &other) continue;
      for (const auto& from : one) {
        for (const auto& to : other)
          pairs.emplace(from, to);
      }
    }
  }
  return pairs;
}

/// Tells the running ones of these nodes whom to cut off, or to let in again.
Answer<Done> sever(Context& context, const Net& net, const std::set<Pair>& pairs, bool is_severed) {
  for (auto at = pairs.begin(); at != pairs.end();) {
    const auto& name = at->first;
    const auto node = net.node(name);
    if (!node.ok()) return refuse(node.error());
    const auto end =
        std::find_if(at, pairs.end(), [&](const Pair& pair) { return pair.first != name; });
    if (find_process(node->folder).state == ProcessState::Running) {
      auto client = connect_to(context, net, *node);
      if (!client.ok()) return refuse(client.error());
      for (auto pair = at; pair != end; ++pair) {
        const auto other = net.node(pair->second);
        if (!other.ok()) return refuse(other.error());
        const auto peer = peer_id_of(*other);
        if (!peer.ok()) return refuse(peer.error());
        const auto done = ask<bool>(
            [&](auto receive) { (*client)->sever(peer->text(), is_severed, std::move(receive)); });
        if (!done.ok()) return refuse(done.error());
      }
    }
    at = end;
  }
  return Done{};
}

/// Ends or freezes processes.
Answer<Done> signal_all(const Net& net, const ActiveFault& fault) {
  const bool is_crash = fault.kind == FaultKind::Crash;
  std::vector<fs::path> folders;
  for (const auto& name : fault.sides.front()) {
    folders.push_back(net.node(name)->folder);
    static_cast<void>(signal_node(folders.back(), is_crash ? SIGKILL : SIGSTOP));
  }
  // Only to wait until they are gone.
  if (is_crash) static_cast<void>(stop_nodes(folders, kGoneWithin));
  return Done{};
}

/// Starts those that do not run, unless the whole network was stopped.
Answer<Done> start_again(const Context& context,
                         const Net& net,
                         const std::vector<std::string>& names) {
  if (!net.is_running()) return Done{};
  std::vector<StartRequest> requests;
  for (const auto& name : names) {
    const auto node = net.node(name);
    if (!node.ok() || find_process(node->folder).state != ProcessState::Stopped) continue;
    requests.push_back({node->name, context.program, node->config(), node->log()});
  }
  for (const auto& start : start_nodes(requests, StartStage::Listening, context.globals.timeout)) {
    if (start.error) return refuse(*start.error);
  }
  return Done{};
}

Answer<Done> let_go_on(const Net& net, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (const auto node = net.node(name); node.ok())
      static_cast<void>(signal_node(node->folder, SIGCONT));
  }
  return Done{};
}

/// Tells one node, if it runs: one that starts reads the record.
Answer<Done> hinder(Context& context,
                    const Net& net,
                    const std::string& name,
                    const actors::Hindrance& hindrance) {
  const auto node = net.node(name);
  if (!node.ok()) return refuse(node.error());
  if (find_process(node->folder).state != ProcessState::Running) return Done{};
  const auto client = connect_to(context, net, *node);
  if (!client.ok()) return refuse(client.error());
  const auto done =
      ask<bool>([&](auto receive) { (*client)->hinder(hindrance, std::move(receive)); });
  if (!done.ok()) return refuse(done.error());
  return Done{};
}

/// What another fault has a node suffer as well stays, or takes its place.
Answer<Done> unhinder(Context& context, const Net& net, const ActiveFault& fault) {
  const auto others = read_faults(net);
  if (!others.ok()) return refuse(others.error());
  for (const auto& name : fault.sides.front()) {
    actors::Hindrance left = hindrance_of(fault);
    left.amount = 0;
    for (const auto& other : *others) {
      const bool is_alike = other.kind == fault.kind && other.channel == fault.channel;
      if (other.id == fault.id || !is_alike) continue;
      const auto& hit = other.sides.front();
      if (std::find(hit.begin(), hit.end(), name) != hit.end())
        left.amount = hindrance_of(other).amount;
    }
    if (const auto done = hinder(context, net, name, left); !done.ok()) return done;
  }
  return Done{};
}

/// What another partition keeps apart as well stays apart.
Answer<Done> connect_again(Context& context, const Net& net, const ActiveFault& fault) {
  auto pairs = pairs_of(fault.sides);
  const auto others = read_faults(net);
  if (!others.ok()) return refuse(others.error());
  for (const auto& other : *others) {
    if (other.kind != FaultKind::Partition || other.id == fault.id) continue;
    for (const auto& pair : pairs_of(other.sides))
      pairs.erase(pair);
  }
  return sever(context, net, pairs, false);
}

}  // namespace

Answer<Done> inject_fault(Context& context, const Net& net, const ActiveFault& fault) {
  switch (fault.kind) {
    case FaultKind::Crash:
    case FaultKind::Pause: return signal_all(net, fault);
    case FaultKind::Partition: return sever(context, net, pairs_of(fault.sides), true);
    case FaultKind::Clock:
    case FaultKind::Mute:
    case FaultKind::Stall: break;
  }
  for (const auto& name : fault.sides.front()) {
    if (const auto done = hinder(context, net, name, hindrance_of(fault)); !done.ok()) return done;
  }
  return Done{};
}

Answer<Done> undo_fault(Context& context, const Net& net, const ActiveFault& fault) {
  switch (fault.kind) {
    case FaultKind::Crash: return start_again(context, net, fault.sides.front());
    case FaultKind::Pause: return let_go_on(net, fault.sides.front());
    case FaultKind::Partition: return connect_again(context, net, fault);
    case FaultKind::Clock:
    case FaultKind::Mute:
    case FaultKind::Stall: break;
  }
  return unhinder(context, net, fault);
}

}  // namespace troupe::tools
