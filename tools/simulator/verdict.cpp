#include "tools/simulator/verdict.hpp"

#include <algorithm>
#include <array>

namespace troupe::simulator {

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::Passed: return "passed";
    case Verdict::Expectation: return "an expectation failed";
    case Verdict::NotRun: return "not run";
    case Verdict::Liveness: return "not live";
    case Verdict::Safety: return "not safe";
    case Verdict::Nondeterminism: return "not deterministic";
    case Verdict::Bound: return "a bound exceeded";
    case Verdict::Crash: return "a node gave up";
  }
  return "passed";
}

Verdict gravest(const std::vector<Violation>& violations) {
  constexpr std::array kOrder{Verdict::NotRun,
                              Verdict::Safety,
                              Verdict::Nondeterminism,
                              Verdict::Crash,
                              Verdict::Bound,
                              Verdict::Liveness,
                              Verdict::Expectation};
  for (const Verdict verdict : kOrder) {
    if (std::ranges::any_of(violations,
                            [=](const Violation& one) { return one.verdict == verdict; }))
      return verdict;
  }
  return Verdict::Passed;
}

}  // namespace troupe::simulator
