#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.hpp"
#include "tools/scenario/scenario.hpp"

// Scenario files as text: the strict reader and the writer. What write_scenario writes,
// read_scenario reads as the same scenario.
namespace troupe::scenario {

/// Something that is wrong with a file. Lines and columns count from 1.
struct Problem {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;
  std::string suggestion;  ///< what may have been meant; empty if nothing comes to mind
};

using Problems = std::vector<Problem>;

/// A file may have this many bytes.
inline constexpr std::size_t kScenarioBytesMax = 256 * 1024;

/// The scenario, or everything that is wrong, by line; never an empty list.
[[nodiscard]] Result<Scenario, Problems> read_scenario(std::string_view text);

/// The file for a scenario. Keys that hold their defaults are left out.
[[nodiscard]] std::string write_scenario(const Scenario& scenario);

/// "FILE:LINE:COLUMN: message"; the suggestion, if there is one, in parentheses.
[[nodiscard]] std::string located(std::string_view file, const Problem& problem);

}  // namespace troupe::scenario
