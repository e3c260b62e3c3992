#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/scenario/scenario.hpp"
#include "tools/simulator/disk_faults.hpp"

// How the simulator brings about each fault of a disk, and what such a fault excuses.
namespace troupe::simulator {

/// What a disk fault does to operations of the node whose files lie in `directory`; nothing if the
/// kind is none.
[[nodiscard]] std::optional<DiskFault> disk_fault(const scenario::FaultKind& kind,
                                                  const std::string& directory);

/// What a crash in the middle of an event is: the operation before which the process dies. Nothing
/// for events that are no operations of the disk.
[[nodiscard]] std::optional<DiskFault> death_at(scenario::Event event, std::uint64_t nth);

/// The freedom that a power cut has; LoseAny is the mode's own.
[[nodiscard]] PowerCut freedom_of(const scenario::PowerCut& cut);

/// True for a fault after which a disk no longer keeps its promises: its node counts in f, and what
/// it lost is not held against it.
[[nodiscard]] bool breaks_disk(const scenario::FaultKind& kind);

/// True for one that takes a node's vote journal and nothing else: it must notice, and follow.
[[nodiscard]] bool loses_journal(const scenario::FaultKind& kind);

/// Changes bytes of a dead node's files. `stripe` of `stripes` says which part of each, for helix.
void corrupt_files(SimulatedDisk& disk,
                   const std::string& directory,
                   const scenario::FileCorrupt& what,
                   std::size_t stripe,
                   std::size_t stripes,
                   Random& random);

}  // namespace troupe::simulator
