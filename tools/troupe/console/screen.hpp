#pragma once

#include <cstddef>
#include <string_view>

namespace troupe::tools {

/// How many rows of a terminal lie above the row in which a text of the first column ends. A
/// character that is two cells wide does not begin in the last column, and a row that is full to the
/// end puts the cursor into the next one. The text is UTF-8 of the current locale.
[[nodiscard]] std::size_t rows_above(std::string_view text, std::size_t columns);

}  // namespace troupe::tools
