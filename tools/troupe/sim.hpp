#pragma once

#include <string>
#include <vector>

#include "tools/troupe/context.hpp"

namespace troupe::tools {

/// `troupe sim WORDS...`: becomes the program `troupe-sim` from its own folder, with these words.
/// The simulator is a program of its own because it is linked in ways that a node must not be.
/// Returns only if that failed. Error: no-simulator.
[[nodiscard]] Answer<Report> run_sim(const Context& context, const std::vector<std::string>& words);

}  // namespace troupe::tools
