#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "tools/simulator/files.hpp"
#include "tools/simulator/outcome_text.hpp"
#include "tools/simulator/planted/plants.hpp"
#include "tools/simulator/shrink.hpp"
#include "tools/simulator/swarm.hpp"
#include "tools/simulator/workers.hpp"

// `troupe-sim-planted`, which `troupe sim plants` turns into: the simulator over sources with bugs
// built in. For each bug it looks for a seed that shows it, and makes that run small.
namespace {

using troupe::simulator::Drawn;
using troupe::simulator::Outcome;
using troupe::simulator::outcome_in;
using troupe::simulator::PlantedBug;
using troupe::simulator::Threshold;
using troupe::simulator::to_line;
using troupe::simulator::Verdict;
using troupe::simulator::Workers;

struct Search {
  std::uint64_t seeds = 100;
  std::uint64_t tries = 0;  ///< of shrinking; 0: none
  std::size_t processes = 1;
  std::string file;  ///< a scenario in which to look for every bug; empty: each on its own ground
  /// Where to look for the bug at hand; nothing: in what the seeds draw.
  std::optional<troupe::scenario::Scenario> ground;
};

/// Finds the ground of a bug. False, and why on stderr, if its file is no scenario.
bool choose_ground(const PlantedBug& bug, Search& search) {
  search.ground.reset();
  std::string path = search.file;
  if (path.empty() && !bug.ground.empty())
    path = fmt::format("{}/{}.scenario.toml", TROUPE_GROUNDS, bug.ground);
  if (path.empty()) return true;
  search.ground = troupe::simulator::read_file(path);
  return search.ground.has_value();
}

/// The run that a seed stands for.
Drawn run_of(const PlantedBug& bug, const Search& search, std::uint64_t seed) {
  const auto threshold = bug.is_beyond ? Threshold::Beyond : Threshold::Within;
  Drawn drawn = troupe::simulator::draw(seed, threshold);
  if (search.ground) drawn.scenario = *search.ground;
  return drawn;
}

/// What was found of one bug.
struct Found {
  std::uint64_t seed = 0;
  std::string judge;
  std::optional<std::size_t> events;  ///< faults and liars that are left after shrinking
  double seconds = 0;                 ///< that shrinking took
};

/// A run of a process that died is one in which an invariant of ours broke.
Outcome outcome_of(const std::optional<std::string>& line) {
  const auto outcome = line ? outcome_in(*line) : std::nullopt;
  if (outcome) return *outcome;
  Outcome died;
  died.violations.push_back({Verdict::Crash, "invariant", "the process stopped itself"});
  return died;
}

std::string judge_of(const Outcome& outcome) {
  const Verdict verdict = outcome.verdict();
  for (const auto& violation : outcome.violations) {
    if (violation.verdict == verdict) return violation.checker;
  }
  return "nobody";
}

/// Every run in a process of its own, since an invariant may end it.
Outcome run_apart(const PlantedBug& bug, std::uint64_t seed, const Drawn& run) {
  Workers worker(1, 1, [&](std::uint64_t) {
    troupe::simulator::plant(bug.rule);
    return to_line(troupe::simulator::play(run.scenario, {seed, run.strategy}));
  });
  return outcome_of(worker.next());
}

std::size_t shrink_run(const PlantedBug& bug, const Search& search, std::uint64_t seed) {
  const auto shrunk = troupe::simulator::shrink(
      run_of(bug, search, seed),
      [&](const Drawn& candidate) { return run_apart(bug, seed, candidate); },
      search.tries);
  return shrunk.run.scenario.faults.size() + shrunk.run.scenario.byzantine.size();
}

std::optional<Found> look_for(const PlantedBug& bug, const Search& search) {
  Workers workers(search.seeds, search.processes, [&](std::uint64_t number) {
    troupe::simulator::plant(bug.rule);
    const Drawn run = run_of(bug, search, number + 1);
    return to_line(troupe::simulator::play(run.scenario, {number + 1, run.strategy}));
  });
  for (std::uint64_t seed = 1; workers.left() > 0; ++seed) {
    const Outcome outcome = outcome_of(workers.next());
    if (outcome.verdict() == Verdict::Passed) continue;
    Found found{seed, judge_of(outcome), std::nullopt};
    if (search.tries == 0) return found;
    const auto began = std::chrono::steady_clock::now();
    found.events = shrink_run(bug, search, seed);
    found.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return found;
  }
  return std::nullopt;
}

void print_row(const PlantedBug& bug, const Search& search, const std::optional<Found>& found) {
  const bool is_shrunk = found && found->events;
  fmt::print("{:>3}  {:<48} {:>6}  {:<15} {:>6} {:>8}\n",
             static_cast<int>(bug.rule),
             bug.name,
             found ? std::to_string(found->seed) : fmt::format(">{}", search.seeds),
             found ? found->judge : "not found",
             is_shrunk ? std::to_string(*found->events) : "",
             is_shrunk ? fmt::format("{:.0f} s", found->seconds) : "");
  std::fflush(stdout);
}

/// Exit code 0 if all were found, 1 if not, 2 without the file that one needs.
int print_table(const std::vector<PlantedBug>& bugs, Search search) {
  std::size_t missed = 0;
  fmt::print("{:>3}  {:<48} {:>6}  {:<15} {:>6} {:>8}\n",
             "",
             "bug",
             "seeds",
             "judge",
             "events",
             "shrunk in");
  for (const PlantedBug& bug : bugs) {
    if (!choose_ground(bug, search)) return 2;
    const auto found = look_for(bug, search);
    missed += found ? 0 : 1;
    print_row(bug, search, found);
  }
  fmt::print("{} of {} found\n", bugs.size() - missed, bugs.size());
  return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Bugs built in, one at a time: how many seeds until a judge finds each.",
               "troupe sim plants");
  Search search;
  std::vector<int> only;
  bool is_quiet = false;
  search.processes = static_cast<std::size_t>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
  app.add_option("--seeds", search.seeds, "how many at most for each bug");
  app.add_option("--shrink", search.tries, "make each run smaller, with so many tries at most");
  app.add_option("--only", only, "these bugs, by their numbers");
  app.add_option("--jobs", search.processes, "so many processes; default: one for each core")
      ->check(CLI::Range(1, 256));
  app.add_option("--file",
                 search.file,
                 "look in this scenario instead of on the bugs' own grounds or in what seeds draw");
  app.add_flag("--quiet", is_quiet, "say nothing of invariants that break");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (is_quiet && std::freopen("/dev/null", "w", stderr) == nullptr) return 70;
  std::vector<PlantedBug> bugs = troupe::simulator::planted_bugs();
  std::erase_if(bugs, [&](const PlantedBug& bug) {
    return !only.empty() && std::ranges::find(only, static_cast<int>(bug.rule)) == only.end();
  });
  return print_table(bugs, std::move(search));
}
