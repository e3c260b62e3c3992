#include "tools/simulator/outcome_text.hpp"

#include <nlohmann/json.hpp>

namespace troupe::simulator {

std::string to_line(const Outcome& outcome) {
  auto violations = nlohmann::json::array();
  for (const Violation& one : outcome.violations)
    violations.push_back({static_cast<int>(one.verdict), one.checker, one.what});
  const nlohmann::json line{{"violations", violations},
                            {"trace", outcome.trace},
                            {"jobs", outcome.jobs},
                            {"crashes", outcome.crashes},
                            {"power_cuts", outcome.power_cuts},
                            {"height", outcome.height},
                            {"acknowledged", outcome.acknowledged},
                            {"accused", outcome.accused},
                            {"simulated", outcome.simulated.count()},
                            {"nodes", outcome.nodes},
                            {"marks", outcome.marks}};
  return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::optional<Outcome> outcome_in(std::string_view line) {
  const auto read = nlohmann::json::parse(line, nullptr, false);
  if (read.is_discarded() || !read.is_object() || !read.contains("marks")) return std::nullopt;
  Outcome outcome;
  for (const auto& one : read["violations"])
    outcome.violations.push_back({static_cast<Verdict>(one[0].get<int>()), one[1], one[2]});
  outcome.trace = read["trace"];
  outcome.jobs = read["jobs"];
  outcome.crashes = read["crashes"];
  outcome.power_cuts = read["power_cuts"];
  outcome.height = read["height"];
  outcome.acknowledged = read["acknowledged"];
  outcome.accused = read["accused"];
  outcome.simulated = Duration{read["simulated"].get<Duration::rep>()};
  outcome.nodes = read["nodes"];
  outcome.marks = read["marks"].get<std::set<std::string>>();
  return outcome;
}

}  // namespace troupe::simulator
