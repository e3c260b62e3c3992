#pragma once

#include <string>
#include <vector>

#include "tools/troupe/client.hpp"
#include "tools/troupe/context.hpp"
#include "tools/troupe/node.hpp"

namespace troupe::tools {

/// What the commands need of the actors: clients of running nodes, and a node to run.
struct Backstage {
  ClientFactory& clients;
  NodeRunner run_node;
};

/// Runs one command: reads its words (argv without the program), performs it, prints what it came
/// to. Returns the exit code; throws nothing.
[[nodiscard]] ExitCode run_program(const std::vector<std::string>& words,
                                   const Backstage& backstage);

}  // namespace troupe::tools
