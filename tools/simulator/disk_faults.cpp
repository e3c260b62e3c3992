#include "tools/simulator/disk_faults.hpp"

namespace troupe::simulator {

namespace {

bool concerns(const DiskFault& fault, std::string_view operation, const std::string& path) {
  return (fault.operation.empty() || fault.operation == operation) &&
         (fault.path.empty() || path.find(fault.path) != std::string::npos);
}

}  // namespace

void DiskFaults::begin(const std::string& id, const DiskFault& fault) {
  acting_.erase(id);
  acting_.emplace(id, Acting{fault, Random(derive_seed(seed_, id))});
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
      if (!acting.has_struck) fate.error = fault.error;
      acting.has_struck = true;
      break;
    case DiskFault::Kind::Lie:
      fate.lies = true;
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
