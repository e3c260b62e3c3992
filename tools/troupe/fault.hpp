#pragma once

#include <string>
#include <vector>

#include "tools/troupe/context.hpp"
#include "tools/troupe/fault_book.hpp"

// `troupe fault`: faults of a local development network that runs. What is injected is on record
// (fault_book.hpp), says what it will do, and is undone by `clear`, by its expiry, or by `down`.
//
// Kinds are those that a running node can be made to suffer from outside (crash, pause), or that it
// brings upon itself because it is told to (partition, clock, mute, stall); the rest of the catalogue
// (disks, lost bytes, liars) needs a network that was started for it:
// `troupe scenario run FILE --on proc`.
namespace troupe::tools {

struct FaultOptions {
  std::vector<std::string> words;  ///< nodes, or sides
  std::string duration;            ///< "20s"; empty: until it is cleared
  std::string ahead;               ///< of clock: "1h"; this or `behind`
  std::string behind;
  std::string channel = "consensus";  ///< of mute
};

/// kill -9. Errors: not-running, not-development, no-node.
[[nodiscard]] Answer<Report> run_fault_crash(Context& context, const FaultOptions& options);

/// SIGSTOP. Errors as for crash.
[[nodiscard]] Answer<Report> run_fault_pause(Context& context, const FaultOptions& options);

/// Sets the wall clocks of nodes off. Errors as for crash.
[[nodiscard]] Answer<Report> run_fault_clock(Context& context, const FaultOptions& options);

/// Nodes hear everything and send nothing on one channel. Errors as for crash.
[[nodiscard]] Answer<Report> run_fault_mute(Context& context, const FaultOptions& options);

/// Nodes execute no block. Errors as for crash.
[[nodiscard]] Answer<Report> run_fault_stall(Context& context, const FaultOptions& options);

/// Ends every connection between nodes of different sides, and prevents new ones. A node that is
/// named on no side talks to all.
[[nodiscard]] Answer<Report> run_fault_partition(Context& context, const FaultOptions& options);

/// Cuts nodes off from all others, each other included.
[[nodiscard]] Answer<Report> run_fault_isolate(Context& context, const FaultOptions& options);

[[nodiscard]] Answer<Report> run_fault_list(Context& context);

/// Undoes one fault, or all if `id` is empty. Error: no-fault.
[[nodiscard]] Answer<Report> run_fault_clear(Context& context, const std::string& id);

/// Waits for the expiry of a fault and undoes it then, unless that happened meanwhile: what a fault
/// with --for leaves behind in the background.
[[nodiscard]] Answer<Report> run_fault_expire(Context& context, const std::string& id);

/// Forgets the faults of a network whose processes have all ended, which ended them too.
void forget_ended_faults(const Net& net);

/// The fault of this id, if it is active, and nothing else. Error: no-fault.
[[nodiscard]] Answer<ActiveFault> find_fault(const Net& net, const std::string& id);

/// "14 s left", or "until cleared".
[[nodiscard]] std::string left_of(const ActiveFault& fault);

/// What the network is expected to do under all faults on record, in a sentence or two.
[[nodiscard]] Answer<std::string> expectation_of(const Net& net);

/// The active faults as people are told of them: "pause n2 (f1, 14 s left)".
[[nodiscard]] std::vector<std::string> active_faults(const Net& net);

/// "1 fault active: pause n2 (f1, 14 s left)   undo: troupe fault clear", empty if there is none.
[[nodiscard]] std::string faults_line(const Net& net);

}  // namespace troupe::tools
