#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/troupe/command.hpp"

namespace troupe::tools {

/// Splits a line into words as a shell does: at blanks, with 'text' and "text" and backslash, and
/// without everything after a word that begins with #. Expands nothing. Error: open-quote.
[[nodiscard]] Answer<std::vector<std::string>> split_words(std::string_view line);

}  // namespace troupe::tools
