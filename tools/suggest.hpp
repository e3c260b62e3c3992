#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::tools {

/// The candidate that takes the fewest insertions, deletions, replacements and swaps of neighbours
/// to become `word`, if it is near enough to be meant; the earliest of several.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

}  // namespace troupe::tools
