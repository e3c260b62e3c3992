#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/troupe/console/line_editor.hpp"

namespace CLI {
class App;
}

namespace troupe::tools {

/// What a word may be that the grammar alone does not know, asked for when it is needed.
struct LiveValues {
  std::function<std::vector<std::string>()> nodes;
  std::function<std::vector<std::string>()> accounts;
  std::function<std::vector<std::string>(const std::string& prefix)> keys;
  std::function<std::vector<std::string>()> faults;  ///< the ids of those that are active
};

/// What the last word of a line up to the cursor may become: a verb, an option of the verb before it,
/// a choice of that option, or a live value where a node, an account or a key is meant. `own` are the
/// console's own commands, which stand beside the verbs.
[[nodiscard]] Completion complete_line(const std::string& line,
                                       const CLI::App& grammar,
                                       const std::vector<std::string>& own,
                                       const LiveValues& live);

}  // namespace troupe::tools
