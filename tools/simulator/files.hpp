#pragma once

#include <optional>
#include <string>

#include "tools/scenario/scenario.hpp"

namespace troupe::simulator {

/// The scenario in a file; nothing, and why on stderr, if there is none.
[[nodiscard]] std::optional<scenario::Scenario> read_file(const std::string& path);

}  // namespace troupe::simulator
