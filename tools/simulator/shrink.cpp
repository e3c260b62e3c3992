#include "tools/simulator/shrink.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::simulator {

namespace {

/// What must stay the same: the verdict, and who came to it.
std::pair<Verdict, std::string> failure_of(const Outcome& outcome) {
  const Verdict verdict = outcome.verdict();
  const auto first = std::ranges::find_if(
      outcome.violations, [=](const Violation& one) { return one.verdict == verdict; });
  return {verdict, first == outcome.violations.end() ? std::string() : first->checker};
}

class Shrinking {
 public:
  Shrinking(Drawn run, const Try& attempt, std::uint64_t tries_max)
      : attempt_(attempt), tries_max_(tries_max), best_{std::move(run), 0} {
    failure_ = failure_of(attempt_(best_.run));
    INVARIANT(failure_.first != Verdict::Passed);
  }

  Shrunk run() {
    // A fault that went may let another one go, so it begins anew until nothing changes.
    bool is_smaller = true;
    while (is_smaller && best_.tries < tries_max_) {
      is_smaller = shrink_schedule();
      is_smaller = shrink_faults() || is_smaller;
      is_smaller = shrink_rest() || is_smaller;
    }
    return std::move(best_);
  }

 private:
  /// Takes the candidate if it is another one that fails alike.
  bool take(Drawn candidate) {
    const bool is_same =
        candidate.scenario == best_.run.scenario && candidate.strategy == best_.run.strategy;
    if (is_same || best_.tries >= tries_max_) return false;
    ++best_.tries;
    if (failure_of(attempt_(candidate)) != failure_) return false;
    best_.run = std::move(candidate);
    return true;
  }

  template <class Change>
  bool change(Change change) {
    Drawn candidate = best_.run;
    change(candidate);
    return take(std::move(candidate));
  }

  bool shrink_schedule() {
    return change([](Drawn& run) { run.strategy = Strategy::Fifo; }) ||
           (best_.run.strategy != Strategy::Fifo &&
            change([](Drawn& run) { run.strategy = Strategy::Uniform; }));
  }

  bool shrink_faults() {
    bool is_smaller = false;
    for (std::size_t size = best_.run.scenario.faults.size(); size > 0; size /= 2) {
      for (std::size_t at = 0; at < best_.run.scenario.faults.size();) {
        const bool is_gone = change([&](Drawn& run) {
          auto& faults = run.scenario.faults;
          const auto from = faults.begin() + static_cast<std::ptrdiff_t>(at);
          const auto count = std::min(size, faults.size() - at);
          faults.erase(from, from + static_cast<std::ptrdiff_t>(count));
        });
        if (!is_gone) at += size;
        is_smaller = is_smaller || is_gone;
      }
    }
    return is_smaller;
  }

  bool shrink_rest() {
    bool is_smaller = change([](Drawn& run) { run.scenario.network.link = {}; });
    is_smaller = change([](Drawn& run) { run.scenario.network.link.loss = {}; }) || is_smaller;
    is_smaller = change([](Drawn& run) { run.scenario.network.link.duplicate = {}; }) || is_smaller;
    is_smaller = change([](Drawn& run) { run.scenario.network.validators = 4; }) || is_smaller;
    is_smaller = change([](Drawn& run) { run.scenario.load.rate.amount = 1; }) || is_smaller;
    is_smaller = change([](Drawn& run) {
                   if (run.scenario.duration > Duration{1'000'000}) *run.scenario.duration /= 2;
                 }) ||
                 is_smaller;
    for (std::size_t i = 0; i < best_.run.scenario.faults.size(); ++i) {
      is_smaller = change([i](Drawn& run) {
                     scenario::Fault& fault = run.scenario.faults[i];
                     fault.repeat.reset();
                     fault.stagger.reset();
                   }) ||
                   is_smaller;
      is_smaller = change([i](Drawn& run) {
                     auto& lasts = run.scenario.faults[i].lasts;
                     if (lasts && lasts->time > Duration{100'000}) *lasts->time /= 2;
                   }) ||
                   is_smaller;
    }
    return is_smaller;
  }

  const Try& attempt_;
  std::uint64_t tries_max_;
  Shrunk best_;
  std::pair<Verdict, std::string> failure_;
};

}  // namespace

Shrunk shrink(Drawn run, const Try& attempt, std::uint64_t tries_max) {
  return Shrinking(std::move(run), attempt, tries_max).run();
}

}  // namespace troupe::simulator
