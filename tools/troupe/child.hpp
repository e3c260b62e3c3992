#pragma once

#include <string>
#include <vector>

#include "tools/troupe/context.hpp"

namespace troupe::tools {

/// What a child shares with its parent besides stderr.
struct ChildStreams {
  bool input = true;   ///< else it finds the end of its input at once
  bool output = true;  ///< else what it prints is lost
};

/// Runs another verb as a process of its own, on this terminal, and waits for its end. Ctrl-C ends
/// the verb and not its parent. Returns its exit code; 128 + n if signal n ended it. Error: no-child.
[[nodiscard]] Answer<int> run_child(const fs::path& program,
                                    const std::vector<std::string>& words,
                                    ChildStreams streams);

/// The words that give another verb the same global options: --home, --net, --node and so on.
[[nodiscard]] std::vector<std::string> global_words(const Globals& globals);

}  // namespace troupe::tools
