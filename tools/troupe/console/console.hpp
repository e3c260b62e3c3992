#pragma once

#include <string>
#include <vector>

#include "tools/troupe/context.hpp"

namespace troupe::tools {

struct ConsoleOptions {
  std::string node;
  std::vector<std::string> commands;  ///< -e: run these and leave
};

/// `troupe console [NODE]`: a prompt attached to a running node. Its commands are the program's verbs
/// without `troupe`, and a few of its own (see `help`). With -e, or with a script on stdin, it runs
/// the commands one after the other and ends with the exit code of the first that fails.
///
/// Each verb runs as a process of its own, so that Ctrl-C ends the verb and not the console, and what
/// a verb does is the same in both.
[[nodiscard]] Answer<Report> run_console(Context& context, const ConsoleOptions& options);

}  // namespace troupe::tools
