#include "tools/simulator/disk_faults.hpp"

#include <algorithm>

namespace troupe::simulator {

bool matches_path(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == '*') {
    return matches_path(pattern.substr(1), path) ||
           (!path.empty() && path.front() != '/' && matches_path(pattern, path.substr(1)));
  }
  return !path.empty() && pattern.front() == path.front() &&
         matches_path(pattern.substr(1), path.substr(1));
}

namespace {

bool concerns(const DiskFault& fault, std::string_view operation, const std::string& path) {
  const auto is_meant = [&](const std::string& pattern) { return matches_path(pattern, path); };
  return (fault.operation.empty() || fault.operation == operation) &&
         (fault.path.empty() || path.find(fault.path) != std::string::npos) &&
         (fault.files.empty() || std::ranges::any_of(fault.files, is_meant));
}

}  // namespace

void DiskFaults::begin(const std::string& id, const DiskFault& fault) {
  acting_.erase(id);
  const std::uint64_t key = derive_seed(seed_, id);
  acting_.emplace(id, Acting{fault, key, Random(key)});
}

bool DiskFaults::has_struck(const std::string& id) const {
  const auto found = acting_.find(id);
  return found != acting_.end() && found->second.has_struck;
}

Fate DiskFaults::decide(std::string_view operation,
                        const std::string& path,
                        SimulatedEnvironment& environment) {
  Fate fate;
  for (auto& [id, acting] : acting_) {
    if (!concerns(acting.fault, operation, path)) continue;
    ++acting.met;
    if (acting.random.chance(acting.fault.ratio)) strike(acting, fate, environment);
  }
  return fate;
}

void DiskFaults::strike(Acting& acting, Fate& fate, SimulatedEnvironment& environment) {
  const DiskFault& fault = acting.fault;
  switch (fault.kind) {
    case DiskFault::Kind::Fail:
      fate.error = fault.error;
      acting.has_struck = true;
      break;
    case DiskFault::Kind::FailOnce:
      if (acting.has_struck || acting.met < fault.nth) return;
      fate.error = fault.error;
      acting.has_struck = true;
      break;
    case DiskFault::Kind::Lie:
      fate.lies = true;
      acting.has_struck = true;
      break;
    case DiskFault::Kind::Rot:
      fate.rot = Rot{fault.share, acting.key, fault.is_unreadable};
      acting.has_struck = true;
      break;
    case DiskFault::Kind::Slow: fate.takes += fault.delay; break;
    case DiskFault::Kind::Die:
      if (acting.has_struck || acting.met < fault.nth) return;
      acting.has_struck = true;
      environment.die();
      break;
  }
}

}  // namespace troupe::simulator
