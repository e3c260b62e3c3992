#include "tools/troupe/standing_faults.hpp"

#include <algorithm>

#include "tools/troupe/init.hpp"

namespace troupe::tools {

namespace {

bool names(const std::vector<std::string>& nodes, const std::string& node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

/// Those on other sides than this node; nobody if it is on none.
std::vector<std::string> beyond(const Sides& sides, const std::string& node) {
  std::vector<std::string> others;
  const bool is_parted =
      std::any_of(sides.begin(), sides.end(), [&](const auto& side) { return names(side, node); });
  if (!is_parted) return others;
  for (const auto& side : sides) {
    if (!names(side, node)) others.insert(others.end(), side.begin(), side.end());
  }
  return others;
}

}  // namespace

actors::Hindrance hindrance_of(const ActiveFault& fault) {
  const bool is_clock = fault.kind == FaultKind::Clock;
  return {std::string(word_of(fault.kind)), fault.channel, is_clock ? fault.ahead_ms : 1};
}

Answer<StandingFaults> standing_faults(const Net& net, const std::string& node) {
  StandingFaults standing;
  const auto faults = read_faults(net);
  if (!faults.ok()) return refuse(faults.error());
  for (const ActiveFault& fault : *faults) {
    switch (fault.kind) {
      case FaultKind::Crash:
      case FaultKind::Pause: break;  // of the process that was
      case FaultKind::Clock:
      case FaultKind::Mute:
      case FaultKind::Stall:
        if (names(fault.sides.front(), node)) standing.hindrances.push_back(hindrance_of(fault));
        break;
      case FaultKind::Partition:
        for (const std::string& other : beyond(fault.sides, node)) {
          const auto files = net.node(other);
          if (!files.ok()) continue;  // it left the network
          const auto peer = peer_id_of(*files);
          if (!peer.ok()) return refuse(peer.error());
          standing.cut_off.push_back(peer->text());
        }
        break;
    }
  }
  return standing;
}

void impose(const StandingFaults& faults, const actors::AdminActor& admin) {
  for (const actors::Hindrance& hindrance : faults.hindrances)
    caf::anon_send(admin, actors::hinder_atom_v, hindrance);
  for (const std::string& peer : faults.cut_off)
    caf::anon_send(admin, actors::cutoff_atom_v, peer, true);
}

}  // namespace troupe::tools
