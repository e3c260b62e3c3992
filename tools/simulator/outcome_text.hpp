#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/simulator/play.hpp"

namespace troupe::simulator {

/// An outcome as one line of JSON: how one process tells another.
[[nodiscard]] std::string to_line(const Outcome& outcome);

/// Nothing if the line is none that to_line wrote.
[[nodiscard]] std::optional<Outcome> outcome_in(std::string_view line);

}  // namespace troupe::simulator
