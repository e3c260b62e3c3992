#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tools/troupe/context.hpp"

// `troupe bench`: closed-loop load from this process on the nodes of a running network.
namespace troupe::tools {

struct BenchOptions {
  std::size_t outstanding = 1;  ///< transactions on their way at once
  std::uint64_t seconds = 10;
  std::size_t operations = 1;  ///< in each transaction
  std::string kind = "note";   ///< note or put
  std::size_t bytes = 32;      ///< of each note or value
  std::string account = "alice";
  /// Every other second a console hears logs, blocks or messages of the first node, or a crowd of
  /// connections stands at its doors, silent or talking nonsense; empty: never. What that costs is
  /// reported as the ratio of the throughputs of neighbouring seconds, measured in the same run, and
  /// beside it how long that console waits for the node's status in such seconds and in the others.
  std::string watch;
};

/// Keeps `outstanding` signed transactions on their way for the given time, spread evenly over the
/// nodes that run (or on --node alone), and reports throughput, latency from send to finality as
/// this client sees it, CPU time over all processes, and memory per node.
[[nodiscard]] Answer<Report> run_bench(Context& context, const BenchOptions& options);

}  // namespace troupe::tools
