#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tools/troupe/context.hpp"
#include "tools/troupe/node.hpp"

namespace CLI {
class App;
}

// The grammar of the command line: every noun, verb and option of the program on one page each.
namespace troupe::tools {

/// What the words came to: the verb that they chose, and the options that every verb has.
struct Chosen {
  Globals globals;
  bool json = false;
  std::string color = "auto";
  std::string timeout = "10s";
  std::function<Answer<Report>(Context&)> run;
  NodeRunner run_node;  ///< what `troupe node` does
};

/// Adds everything to an empty App. `chosen` is filled in while the words are read, and must
/// outlive the App.
void add_grammar(CLI::App& app, Chosen& chosen);

/// Reads "250ms", "10s", "2m", "1h" or a number of seconds. Nothing if it is none, or not above zero.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(const std::string& text);

}  // namespace troupe::tools
