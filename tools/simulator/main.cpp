#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include "tools/scenario/file.hpp"
#include "tools/simulator/cheap_signatures.hpp"
#include "tools/simulator/core/core_storm.hpp"
#include "tools/simulator/diagram.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"
#include "tools/simulator/files.hpp"
#include "tools/simulator/outcome_text.hpp"
#include "tools/simulator/recorder.hpp"
#include "tools/simulator/report.hpp"
#include "tools/simulator/shrink.hpp"
#include "tools/simulator/swarm.hpp"
#include "tools/simulator/workers.hpp"

// `troupe-sim`, which `troupe sim ...` turns into: it measures the run from outside and prints.
namespace {

using troupe::simulator::describe_faults;
using troupe::simulator::Outcome;
using troupe::simulator::print_violations;
using troupe::simulator::Threshold;
using troupe::simulator::to_line;
using troupe::simulator::Verdict;

/// What the handler of a fatal signal says: a seed in a run that broke an invariant of ours.
char current_run[64] = "no seed";

extern "C" void on_fatal(int) {
  (void)!write(STDERR_FILENO, "our own bug in the run of ", 26);
  (void)!write(STDERR_FILENO, current_run, std::strlen(current_run));
  (void)!write(STDERR_FILENO, "\n", 1);
  _exit(static_cast<int>(Verdict::Crash));
}

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 100;
};

/// "300", or "1000..1999".
std::optional<SeedRange> read_seeds(const std::string& text) {
  const auto number = [](const std::string& word) -> std::optional<std::uint64_t> {
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(word.c_str(), &end, 0);
    if (word.empty() || *end != '\0') return std::nullopt;
    return value;
  };
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos) {
    const auto count = number(text);
    if (!count || *count == 0) return std::nullopt;
    return SeedRange{1, *count};
  }
  const auto first = number(text.substr(0, dots));
  const auto last = number(text.substr(dots + 2));
  if (!first || !last || *first > *last) return std::nullopt;
  return SeedRange{*first, *last};
}

/// What a seed stands for: the pure machine, whole nodes, these over streams of bytes wherever that
/// may be, or whole nodes beyond the threshold.
enum class Kind { Core, Nodes, Wired, Beyond };

Threshold threshold_of(Kind kind) {
  return kind == Kind::Beyond ? Threshold::Beyond : Threshold::Within;
}

std::optional<bool> pipes_of(Kind kind) {
  return kind == Kind::Wired ? std::optional(true) : std::nullopt;
}

Outcome run_seed(std::uint64_t seed, Kind kind) {
  std::snprintf(
      current_run, sizeof current_run, "seed %llu", static_cast<unsigned long long>(seed));
  if (kind != Kind::Core)
    return troupe::simulator::play_seed(seed, threshold_of(kind), pipes_of(kind));
  const auto report = troupe::simulator::run_core_storm(seed);
  Outcome outcome;
  for (const std::string& what : report.violations) {
    const bool is_liveness = what.starts_with("8:");
    outcome.violations.push_back(
        {is_liveness ? Verdict::Liveness : Verdict::Safety, is_liveness ? "8" : "1-7", what});
  }
  outcome.trace = report.trace_hash;
  outcome.jobs = report.steps;
  outcome.height = report.height;
  outcome.accused = report.accused;
  outcome.simulated = report.simulated;
  outcome.nodes = report.nodes;
  return outcome;
}

/// Every hundredth seed runs twice: nothing about it may differ.
constexpr std::uint64_t kDoubledEvery = 100;

/// What a worker process does with a seed.
std::string work(std::uint64_t seed, Kind kind, bool is_doubled) {
  Outcome outcome = run_seed(seed, kind);
  if (is_doubled) {
    const Outcome second = run_seed(seed, kind);
    if (second.trace != outcome.trace || second.jobs != outcome.jobs)
      outcome.violations.push_back(
          {Verdict::Nondeterminism,
           "trace",
           fmt::format("{:016x}, and then {:016x}", outcome.trace, second.trace)});
  }
  return to_line(outcome);
}

/// What became of a seed whose process died, as far as its parent can tell.
Outcome died() {
  Outcome outcome;
  outcome.violations.push_back({Verdict::Crash, "process", "the process died of it"});
  return outcome;
}

int swarm(const SeedRange& seeds, Kind kind, double minutes_max, std::size_t processes) {
  const auto began = std::chrono::steady_clock::now();
  const auto passed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  troupe::simulator::Report report(kind == Kind::Core, threshold_of(kind));
  troupe::simulator::Workers workers(
      seeds.last - seeds.first + 1, processes, [&](std::uint64_t number) {
        return work(seeds.first + number, kind, number % kDoubledEvery == 0);
      });
  for (std::uint64_t seed = seeds.first; workers.left() > 0; ++seed) {
    if (minutes_max > 0 && passed() > minutes_max * 60) break;
    const auto line = workers.next();
    const auto outcome = line ? troupe::simulator::outcome_in(*line) : std::nullopt;
    report.add(seed, outcome.value_or(died()));
    if ((seed - seeds.first) % kDoubledEvery == 0) report.note_doubled();
  }
  report.print(passed(), processes);
  return static_cast<int>(report.worst());
}

/// Runs a scenario file, with one seed or with all that it names. Exit code 2: it is no scenario.
int run_file(const std::string& path,
             std::optional<std::uint64_t> seed,
             const std::string& word,
             Kind kind) {
  const auto read = troupe::simulator::read_file(path);
  if (!read) return 2;
  const auto strategy = troupe::simulator::strategy_named(word);
  Verdict worst = Verdict::Passed;
  const std::uint64_t first = seed.value_or(read->seeds.first);
  const std::uint64_t last = seed.value_or(read->seeds.last);
  std::uint64_t passed = 0;
  for (std::uint64_t one = first; one <= last; ++one) {
    std::snprintf(
        current_run, sizeof current_run, "seed %llu", static_cast<unsigned long long>(one));
    const Outcome outcome =
        troupe::simulator::play(*read,
                                {one,
                                 strategy.value_or(troupe::simulator::Strategy::Uniform),
                                 nullptr,
                                 false,
                                 nullptr,
                                 pipes_of(kind)});
    if (outcome.verdict() == Verdict::Passed) {
      ++passed;
      continue;
    }
    worst = outcome.verdict();
    fmt::print("seed {}: {}\n", one, name(worst));
    print_violations(outcome);
    break;
  }
  fmt::print("{}: {} seeds passed, {}\n", read->name, passed, name(worst));
  return static_cast<int>(worst);
}

/// Prints the smallest scenario file found that fails as the seed does. Exit code 4: it passes.
int shrink_seed(std::uint64_t seed, std::uint64_t tries) {
  const auto attempt = [seed](const troupe::simulator::Drawn& candidate) {
    return troupe::simulator::play(candidate.scenario, {seed, candidate.strategy});
  };
  const auto drawn = troupe::simulator::draw(seed);
  if (attempt(drawn).verdict() == Verdict::Passed) {
    fmt::print(
        stderr, "error: seed {} passes\n  hint: find a failing one: troupe sim swarm\n", seed);
    return 4;
  }
  const auto shrunk = troupe::simulator::shrink(drawn, attempt, tries);
  fmt::print("# troupe sim run FILE --seed {} --schedule {}\n", seed, name(shrunk.run.strategy));
  fmt::print("# {} faults of {}, after {} tries; it fails like this:\n",
             shrunk.run.scenario.faults.size(),
             drawn.scenario.faults.size(),
             shrunk.tries);
  for (const auto& violation : attempt(shrunk.run).violations)
    fmt::print("#   {}: {}\n", violation.checker, violation.what);
  fmt::print("{}", write_scenario(shrunk.run.scenario));
  return 0;
}

int sing(std::uint64_t seed) {
  const Outcome outcome = troupe::simulator::play_canary(seed);
  print_violations(outcome);
  fmt::print("{}\n", name(outcome.verdict()));
  return static_cast<int>(outcome.verdict());
}

int replay(std::uint64_t seed, Kind kind, bool is_logged) {
  const auto log = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  const auto drawn = troupe::simulator::draw(seed, threshold_of(kind));
  const bool is_core = kind == Kind::Core;
  const Outcome outcome =
      is_logged && !is_core
          ? troupe::simulator::play(drawn.scenario,
                                    {seed, drawn.strategy, nullptr, false, log, pipes_of(kind)})
          : run_seed(seed, kind);
  if (!is_core)
    fmt::print("seed {}: {} validators, schedule {}, {}\n",
               seed,
               drawn.scenario.network.validators,
               name(drawn.strategy),
               describe_faults(drawn.scenario));
  fmt::print("trace {:016x}, {} jobs, height {}, {} acknowledged, {} crashes, {} power cuts\n",
             outcome.trace,
             outcome.jobs,
             outcome.height,
             outcome.acknowledged,
             outcome.crashes,
             outcome.power_cuts);
  fmt::print("{}\n", name(outcome.verdict()));
  print_violations(outcome);
  return static_cast<int>(outcome.verdict());
}

/// What is shown or explained: what a seed stands for, or a scenario file with that seed.
struct Subject {
  std::uint64_t seed = 1;
  Kind kind = Kind::Nodes;
  std::string file;  ///< empty: none
  std::string schedule = "uniform";

  [[nodiscard]] std::string name() const {
    return file.empty() ? fmt::format("seed {}", seed) : fmt::format("{} seed {}", file, seed);
  }
};

/// Recorded from beginning to end; nothing if its file is no scenario.
std::optional<Outcome> record(const Subject& subject, troupe::simulator::Recorder& recorder) {
  auto drawn = troupe::simulator::draw(subject.seed, threshold_of(subject.kind));
  if (!subject.file.empty()) {
    auto read = troupe::simulator::read_file(subject.file);
    if (!read) return std::nullopt;
    drawn.scenario = *std::move(read);
    drawn.strategy = *troupe::simulator::strategy_named(subject.schedule);
  }
  return troupe::simulator::play(
      drawn.scenario,
      {subject.seed, drawn.strategy, &recorder, false, nullptr, pipes_of(subject.kind)});
}

int explain_run(const Subject& subject) {
  troupe::simulator::Recorder recorder;
  const auto outcome = record(subject, recorder);
  if (!outcome) return 2;
  for (const std::string& sentence : troupe::simulator::explain(recorder, *outcome))
    fmt::print("{}\n", sentence);
  return static_cast<int>(outcome->verdict());
}

/// Seconds around which a diagram is drawn, and how many of them.
struct Around {
  double at = -1;  ///< below 0: the violation, or the beginning
  double span = 5;
};

int show_run(const Subject& subject, const Around& around, const std::string& path) {
  troupe::simulator::Recorder recorder;
  const auto recorded = record(subject, recorder);
  if (!recorded) return 2;
  const Outcome& outcome = *recorded;
  const auto in = [](double seconds) {
    return troupe::Duration{static_cast<troupe::Duration::rep>(seconds * 1e6)};
  };
  troupe::Instant end = troupe::Instant{} + in(around.span);
  if (!outcome.violations.empty())
    end = std::max(end, outcome.violations.front().at + in(around.span / 10));
  if (around.at >= 0) end = troupe::Instant{} + in(around.at + around.span / 2);
  const auto begin = std::max(troupe::Instant{}, end + -in(around.span));
  const std::string page = troupe::simulator::draw_diagram(
      recorder, outcome, {subject.name(), outcome.nodes, begin, end});
  std::ofstream file(path);
  if (!(file << page).flush()) {
    fmt::print(stderr, "error: {} cannot be written\n  hint: --out PATH\n", path);
    return 2;
  }
  fmt::print("{}\n", path);
  return 0;
}

/// Goes on as the program with bugs built in, which lies beside this one. Returns only if it does
/// not.
int become_planted(char** arguments) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / "troupe-sim-planted").string();
  execv(program.c_str(), arguments);
  fmt::print(stderr, "error: {} cannot be run\n  hint: build the target of that name\n", program);
  return 3;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "plants") return become_planted(argv + 1);
  // Nodes come and go with buffers of megabytes: memory that is given back is asked for again.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  std::signal(SIGABRT, on_fatal);
  std::signal(SIGSEGV, on_fatal);
  if (!troupe::simulator::is_wait_replaced() || !troupe::simulator::are_signatures_replaced()) {
    std::fputs("error: this program waits or signs for real: it was linked wrongly\n", stderr);
    return static_cast<int>(Verdict::Crash);
  }
  CLI::App app("Simulated networks: whole nodes, virtual time, every choice from a seed.",
               "troupe sim");
  app.require_subcommand(1);
  std::string tier = "t1";
  std::string seeds = "100";
  std::uint64_t seed = 1;
  double minutes_max = 0;
  const auto tiers = CLI::IsMember({"t0", "t1", "t1n"});
  constexpr auto kTiers =
      "t0: the pure machine; t1: whole nodes; t1n: whole nodes with real sessions over streams of "
      "bytes, unless a fault takes hold of single messages";
  auto* const many = app.add_subcommand("swarm", "draw a fault mix per seed, run, judge, repeat");
  many->add_option("--seeds", seeds, "how many, or FIRST..LAST");
  many->add_option("--tier", tier, kTiers)->check(tiers);
  many->add_option("--minutes", minutes_max, "stop after so long");
  std::size_t processes = static_cast<std::size_t>(std::max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
  many->add_option("--jobs", processes, "so many processes; default: one for each core")
      ->check(CLI::Range(1, 256));
  bool is_beyond = false;
  many->add_flag("--beyond", is_beyond, "more liars than the network tolerates: who is guilty?");
  auto* const one = app.add_subcommand("replay", "one seed once more");
  one->add_flag("--beyond", is_beyond, "as a swarm beyond the threshold draws it");
  one->add_option("--seed", seed, "which")->required();
  one->add_option("--tier", tier, kTiers)->check(tiers);
  auto* const canary = app.add_subcommand("canary", "a run that must fail with exit code 8");
  canary->add_option("--seed", seed, "which");
  auto* const shown = app.add_subcommand("show", "a space-time diagram, as a page of HTML");
  Around around;
  std::string page = "diagram.html";
  std::string path;
  std::string schedule = "uniform";
  const auto schedules = CLI::IsMember({"uniform", "fifo", "priority", "starve", "ahead"});
  const auto add_subject = [&](CLI::App* verb) {
    verb->add_option("file", path, "NAME.scenario.toml, instead of what the seed draws");
    verb->add_option("--seed", seed, "which");
    verb->add_option("--schedule", schedule, "of a file: in which order actors go")
        ->check(schedules);
    verb->add_flag("--beyond", is_beyond, "as a swarm beyond the threshold draws it");
    verb->add_option("--tier", tier, kTiers)->check(CLI::IsMember({"t1", "t1n"}));
  };
  add_subject(shown);
  shown->add_option("--at", around.at, "seconds; default: where it went wrong");
  shown->add_option("--span", around.span, "how many seconds are shown")
      ->check(CLI::Range(0.1, 60.0));
  shown->add_option("--out", page, "where to write it");
  auto* const told = app.add_subcommand("explain", "what led to a violation, in sentences");
  add_subject(told);
  app.add_subcommand("plants", "bugs built in, one at a time: who finds them, and how soon");
  auto* const file = app.add_subcommand("run", "a scenario file");
  file->add_option("file", path, "NAME.scenario.toml")->required();
  auto* const own_seed = file->add_option("--seed", seed, "instead of the file's seeds");
  file->add_option("--schedule", schedule, "in which order actors go")->check(schedules);
  file->add_option("--tier", tier, kTiers)->check(CLI::IsMember({"t1", "t1n"}));
  auto* const smaller = app.add_subcommand("shrink", "the smallest scenario that fails alike");
  std::uint64_t tries = 200;
  smaller->add_option("--seed", seed, "one that fails")->required();
  smaller->add_option("--tries", tries, "runs at most");
  bool is_logged = false;
  one->add_flag("--log", is_logged, "each node's log on stderr (t1)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const Kind kind = tier == "t0"    ? Kind::Core
                    : is_beyond     ? Kind::Beyond
                    : tier == "t1n" ? Kind::Wired
                                    : Kind::Nodes;
  if (one->parsed()) return replay(seed, kind, is_logged);
  const Subject subject{seed, kind, path, schedule};
  if (shown->parsed()) return show_run(subject, around, page);
  if (told->parsed()) return explain_run(subject);
  if (file->parsed())
    return run_file(
        path, own_seed->count() > 0 ? std::optional(seed) : std::nullopt, schedule, kind);
  if (smaller->parsed()) return shrink_seed(seed, tries);
  if (canary->parsed()) return sing(seed);
  const auto range = read_seeds(seeds);
  if (!range) {
    std::fputs("error: --seeds is a number, or FIRST..LAST\n", stderr);
    return 2;
  }
  return swarm(*range, kind, minutes_max, processes);
}
