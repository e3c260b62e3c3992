#pragma once

#include <string>
#include <vector>

#include "tools/simulator/play.hpp"
#include "tools/simulator/recorder.hpp"

namespace troupe::simulator {

/// What a diagram shows of a run.
struct DiagramOptions {
  std::string title;
  std::size_t nodes = 0;
  Instant from;  ///< this stretch of time alone
  Instant to;
};

/// A space-time diagram as one page of HTML that needs nothing else: a lane for each node, time to
/// the right, an arrow for each message in the colour of its kind, lost ones cut off, bars where a
/// node is down or stopped, bands for faults, badges for certificates. The causal past of the
/// violation stands out, and kinds can be hidden.
[[nodiscard]] std::string draw_diagram(const Recorder& recorder,
                                       const Outcome& outcome,
                                       const DiagramOptions& options);

/// The last causal chain before the violation, and what befell nodes and links meanwhile, as
/// sentences; one line each. Nothing went wrong: one sentence that says so.
[[nodiscard]] std::vector<std::string> explain(const Recorder& recorder, const Outcome& outcome);

}  // namespace troupe::simulator
