#pragma once

#include <string>
#include <vector>

#include "actors/admin_messages.hpp"
#include "tools/troupe/fault_book.hpp"

namespace troupe::tools {

/// What the faults on record ask of one node from within.
struct StandingFaults {
  std::vector<actors::Hindrance> hindrances;
  std::vector<std::string> cut_off;  ///< peer ids of those that it must not talk to
};

/// What a fault has each of its nodes suffer from within. Requires a clock, a mute node or a stall.
[[nodiscard]] actors::Hindrance hindrance_of(const ActiveFault& fault);

/// For a node that starts: its process knows nothing of what an earlier one was told. Errors: those
/// of read_faults, and of a node key that cannot be read.
[[nodiscard]] Answer<StandingFaults> standing_faults(const Net& net, const std::string& node);

/// Has the node of this process suffer them, before anybody else can tell it anything.
void impose(const StandingFaults& faults, const actors::AdminActor& admin);

}  // namespace troupe::tools
