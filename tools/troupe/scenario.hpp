#pragma once

#include <string>

#include "tools/troupe/context.hpp"

// Fault scenarios (tools/scenario): reading, listing, beginning and running them. A run replaces
// this program by an engine, whose exit code is the verdict: troupe-sim beside this program for
// `sim`, tools/laboratory for `proc` (real processes).
namespace troupe::tools {

struct ScenarioRunOptions {
  std::string file;
  std::string engine;  ///< sim or proc; empty: the first that the file names
  std::string seed;    ///< instead of the file's
  std::string other;   ///< a program of another version, for upgrades on real processes
};

/// `troupe scenario check FILE`: everything that is wrong with it. Error: bad-scenario, each problem
/// as FILE:LINE:COLUMN.
[[nodiscard]] Answer<Report> run_scenario_check(Context& context, const std::string& file);

/// `troupe scenario list [--dir DIR]`: the scenarios of a folder, default: those of the source tree.
[[nodiscard]] Answer<Report> run_scenario_list(Context& context, const std::string& folder);

/// `troupe scenario new NAME`: writes NAME.scenario.toml, a sound scenario to begin from.
[[nodiscard]] Answer<Report> run_scenario_new(Context& context, const std::string& name);

/// `troupe scenario run FILE [--on sim|proc]`. Returns only if there is no run. Errors:
/// bad-scenario, not-run (the engine cannot run it, or is not here).
[[nodiscard]] Answer<Report> run_scenario_run(Context& context, const ScenarioRunOptions& options);

}  // namespace troupe::tools
