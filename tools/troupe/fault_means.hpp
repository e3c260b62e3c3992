#pragma once

#include <set>
#include <string>

#include "tools/troupe/context.hpp"
#include "tools/troupe/fault_book.hpp"

namespace troupe::tools {

/// Brings about what is on record. Errors: those of a node that cannot be reached; some of its nodes
/// may have been hit then.
[[nodiscard]] Answer<Done> inject_fault(Context& context, const Net& net, const ActiveFault& fault);

/// Tells these nodes, which were just started, what the faults on record have them suffer: a process
/// knows nothing of the one before it. Errors: those of a node that cannot be reached.
[[nodiscard]] Answer<Done> retell_faults(Context& context,
                                         const Net& net,
                                         const std::set<std::string>& names);

/// Takes it back, as far as no other fault on record asks for the same. A node that does not run has
/// nothing to be taken back, but that a crashed one is started while others of its network run.
[[nodiscard]] Answer<Done> undo_fault(Context& context, const Net& net, const ActiveFault& fault);

}  // namespace troupe::tools
