#include "tools/simulator/report.hpp"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "tools/scenario/words.hpp"
#include "tools/simulator/marks.hpp"

namespace troupe::simulator {

namespace {

/// A node that lost something lacks many things at once: the first ones tell enough.
constexpr std::size_t kViolationsShownMax = 12;

}  // namespace

void print_violations(const Outcome& outcome) {
  std::size_t shown = 0;
  for (const Violation& violation : outcome.violations) {
    if (++shown > kViolationsShownMax) break;
    fmt::print("  {}: {}\n", violation.checker, violation.what);
  }
  if (outcome.violations.size() > kViolationsShownMax)
    fmt::print("  and {} more\n", outcome.violations.size() - kViolationsShownMax);
}

void Report::add(std::uint64_t seed, const Outcome& outcome) {
  ++seeds_;
  jobs_ += outcome.jobs;
  crashes_ += outcome.crashes;
  power_cuts_ += outcome.power_cuts;
  blocks_ += outcome.height;
  acknowledged_ += outcome.acknowledged;
  accused_ += outcome.accused;
  node_hours_ += std::chrono::duration<double>(outcome.simulated).count() * outcome.nodes / 3600;
  marks_.insert(outcome.marks.begin(), outcome.marks.end());
  const scenario::Scenario drawn =
      is_core_ ? scenario::Scenario{} : draw(seed, threshold_).scenario;
  for (const auto& fault : drawn.faults)
    ++faults_[std::string(scenario::name_of(fault.kind))];
  for (const auto& liars : drawn.byzantine)
    ++faults_["liars: " + std::string(scenario::word_of(liars.strategy))];
  if (outcome.verdict() == Verdict::Passed) return;
  ++failed_;
  if (worst_ == Verdict::Passed) worst_ = outcome.verdict();
  fmt::print("seed {}: {}\n", seed, name(outcome.verdict()));
  if (!is_core_) fmt::print("  faults: {}\n", describe_faults(drawn));
  print_violations(outcome);
  fmt::print("  again: troupe sim replay --seed {}{}\n",
             seed,
             is_core_                          ? " --tier t0"
             : threshold_ == Threshold::Beyond ? " --beyond"
                                               : "");
  std::fflush(stdout);
}

void Report::print_marks() const {
  std::string never;
  for (const std::string& mark : Marks::sometimes()) {
    if (!marks_.contains(mark)) never += "\n  " + mark;
  }
  if (never.empty()) {
    fmt::print("all {} marks were reached\n", Marks::sometimes().size());
  } else {
    fmt::print("never reached:{}\n", never);
  }
}

void Report::print(double seconds, std::size_t processes) const {
  fmt::print("{} seeds, {} failed; {} run twice\n", seeds_, failed_, doubled_);
  fmt::print("{} blocks, {} acknowledged, {} crashes, {} power cuts, {} accused, {} jobs\n",
             blocks_,
             acknowledged_,
             crashes_,
             power_cuts_,
             accused_,
             jobs_);
  for (const auto& [fault, count] : faults_)
    fmt::print("  {:<25} {}\n", fault, count);
  if (!is_core_) print_marks();
  fmt::print("{:.2f} node-hours in {:.1f} s: {:.0f} simulated node-hours per hour in {} {}\n",
             node_hours_,
             seconds,
             node_hours_ * 3600 / seconds,
             processes,
             processes == 1 ? "process" : "processes");
}

}  // namespace troupe::simulator
