#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/troupe/context.hpp"
#include "tools/troupe/diagnosis.hpp"

namespace troupe::tools {

/// `troupe watch`: the whole network on one screen, drawn anew every second, until q or Ctrl-C. Only
/// looks; it changes nothing.
[[nodiscard]] Answer<Report> run_watch(Context& context);

/// What the screen shows: at most `rows` lines of at most `columns` cells. What matters most stands
/// first, so that a small terminal loses the rest.
[[nodiscard]] std::vector<std::string> screen_of(const std::string& net,
                                                 const NetFacts& facts,
                                                 std::size_t columns,
                                                 std::size_t rows);

}  // namespace troupe::tools
