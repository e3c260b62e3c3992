#include "tools/troupe/console/screen.hpp"

#include <algorithm>
#include <cwchar>

namespace troupe::tools {

std::size_t rows_above(std::string_view text, std::size_t columns) {
  if (columns == 0) return 0;
  std::mbstate_t state{};
  std::size_t rows = 0;
  std::size_t column = 0;
  while (!text.empty()) {
    wchar_t letter = 0;
    const std::size_t length = std::mbrtowc(&letter, text.data(), text.size(), &state);
    const bool is_text = length != 0 && length <= text.size();
    if (!is_text) state = {};
    text.remove_prefix(is_text ? length : 1);
    const int cells = is_text ? ::wcwidth(letter) : 1;
    const auto width = static_cast<std::size_t>(std::max(cells, 0));
    if (column + width > columns) {
      ++rows;
      column = 0;
    }
    column += width;
    if (column == columns) {
      ++rows;
      column = 0;
    }
  }
  return rows;
}

}  // namespace troupe::tools
