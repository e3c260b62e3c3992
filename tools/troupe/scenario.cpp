#include "tools/troupe/scenario.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "tools/scenario/file.hpp"
#include "tools/scenario/words.hpp"

namespace troupe::tools {

namespace {

constexpr std::string_view kEnding = ".scenario.toml";

fs::path source_tree() {
  return TROUPE_SOURCE_TREE;
}

std::vector<std::string> engines_of(const scenario::Scenario& scenario) {
  std::vector<std::string> names;
  for (const auto engine : scenario.engines)
    names.emplace_back(scenario::word_of(engine));
  return names;
}

Answer<scenario::Scenario> load(const std::string& file) {
  const auto content = read_file(file, scenario::kScenarioBytesMax + 1);
  if (!content.ok()) return refuse(content.error());
  auto scenario = scenario::read_scenario(*content);
  if (scenario.ok()) return *scenario;
  std::vector<std::string> problems;
  for (const auto& problem : scenario.error())
    problems.push_back(scenario::located(file, problem));
  return refuse({ExitCode::Usage,
                 "bad-scenario",
                 fmt::format("{}", fmt::join(problems, "\n       ")),
                 "the format is described at the head of tools/scenario/scenario.hpp"});
}

Json summary(const std::string& file, const scenario::Scenario& scenario) {
  return {{"name", scenario.name},
          {"file", file},
          {"engines", engines_of(scenario)},
          {"shows", scenario.shows},
          {"faults", scenario.faults.size()},
          {"expectations", scenario.expectations.size()}};
}

Answer<std::vector<fs::path>> scenario_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().string().ends_with(kEnding)) files.push_back(entry.path());
  }
  if (error) {
    return refuse({ExitCode::NotFound,
                   "no-folder",
                   fmt::format("cannot read {}: {}", folder.string(), error.message()),
                   "name another folder: troupe scenario list --dir DIR"});
  }
  std::ranges::sort(files);
  return files;
}

CommandError not_run(const std::string& why, const std::string& hint) {
  return {ExitCode::Unreachable, "not-run", why, hint};
}

/// Becomes another program; the error if that could not be.
CommandError become(std::vector<std::string> words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  return not_run(fmt::format("cannot start {}: {}", words[0], std::strerror(errno)),
                 "build it: cmake --build build/release");
}

std::vector<std::string> engine_words(const Context& context, const ScenarioRunOptions& options) {
  std::vector<std::string> words;
  if (options.engine == "sim") {
    words = {(context.program.parent_path() / "troupe-sim").string(), "run", options.file};
  } else {
    words = {"python3",
             (source_tree() / "tools/laboratory/laboratory.py").string(),
             options.file,
             "--program",
             context.program.string()};
    if (!options.other.empty()) {
      words.emplace_back("--other");
      words.push_back(options.other);
    }
  }
  if (!options.seed.empty()) {
    words.emplace_back("--seed");
    words.push_back(options.seed);
  }
  const Format format = context.printer.options().format;
  if (format == Format::JsonObject || format == Format::JsonLines) words.emplace_back("--json");
  return words;
}

constexpr std::string_view kBeginning = R"toml(schema = 1
name = "{}"
shows = "One sentence: what somebody learns from this run."
engine = ["sim", "proc"]
seeds = "1..20"
network = {{ validators = 4, link = {{ delay = "10ms", jitter = "5ms" }} }}
load = {{ kind = "put", rate = 20, clients = 2 }}

[[fault]]
id = "k"
kind = "crash"
on = "any(f)"
at = "2s"
restart_after = "1s"

[[expect]]
check = "finalizes"
after = "k.last"
within = {{ views = "f+2", time = "10s" }}

[[expect]]
check = "acked_durable"
)toml";

}  // namespace

Answer<Report> run_scenario_check(Context&, const std::string& file) {
  const auto scenario = load(file);
  if (!scenario.ok()) return refuse(scenario.error());
  Report report;
  report.fields = summary(file, *scenario);
  report.parts.emplace_back(Line{fmt::format("{}: sound; {} faults, {} expectations, engines {}",
                                             file,
                                             scenario->faults.size(),
                                             scenario->expectations.size(),
                                             fmt::join(engines_of(*scenario), " "))});
  return report;
}

Answer<Report> run_scenario_list(Context&, const std::string& folder) {
  const fs::path from = folder.empty() ? source_tree() / "tests/scenarios" : fs::path(folder);
  const auto files = scenario_files(from);
  if (!files.ok()) return refuse(files.error());
  Report report;
  report.rows = "scenarios";
  report.fields = {{"folder", from.string()}, {"scenarios", Json::array()}};
  Table table{{"NAME", "ENGINES", "SHOWS"}, {}};
  for (const fs::path& file : *files) {
    const auto scenario = load(file.string());
    if (!scenario.ok()) return refuse(scenario.error());
    report.fields["scenarios"].push_back(summary(file.string(), *scenario));
    table.rows.push_back({scenario->name,
                          fmt::format("{}", fmt::join(engines_of(*scenario), " ")),
                          scenario->shows});
  }
  report.parts.emplace_back(std::move(table));
  return report;
}

Answer<Report> run_scenario_new(Context&, const std::string& name) {
  const std::string content = fmt::format(kBeginning, name);
  const auto scenario = scenario::read_scenario(content);
  if (!scenario.ok()) {
    return refuse({ExitCode::Usage,
                   "bad-name",
                   scenario.error().front().message,
                   "for example: troupe scenario new my-first-crash"});
  }
  const std::string file = name + std::string(kEnding);
  if (const auto made = create_file(file, content); !made.ok()) return refuse(made.error());
  Report report;
  report.fields = summary(file, *scenario);
  report.parts.emplace_back(Line{file});
  report.parts.emplace_back(Remark{fmt::format("run it: troupe scenario run {} --on proc", file)});
  return report;
}

Answer<Report> run_scenario_run(Context& context, const ScenarioRunOptions& options) {
  const auto scenario = load(options.file);
  if (!scenario.ok()) return refuse(scenario.error());
  const auto engines = engines_of(*scenario);
  ScenarioRunOptions chosen = options;
  if (chosen.engine.empty()) chosen.engine = engines.front();
  if (std::ranges::find(engines, chosen.engine) == engines.end()) {
    return refuse(not_run(fmt::format("{} is not for the engine {}", scenario->name, chosen.engine),
                          fmt::format("its engines: {}", fmt::join(engines, " "))));
  }
  return refuse(become(engine_words(context, chosen)));
}

}  // namespace troupe::tools
