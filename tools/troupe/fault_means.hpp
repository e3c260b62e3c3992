#pragma once

#include "tools/troupe/context.hpp"
#include "tools/troupe/fault_book.hpp"

namespace troupe::tools {

/// Brings about what is on record. Errors: those of a node that cannot be reached; some of its nodes
/// may have been hit then.
[[nodiscard]] Answer<Done> inject_fault(Context& context, const Net& net, const ActiveFault& fault);

/// Takes it back, as far as no other fault on record asks for the same. A node that does not run has
/// nothing to be taken back, but that a crashed one is started while others of its network run.
[[nodiscard]] Answer<Done> undo_fault(Context& context, const Net& net, const ActiveFault& fault);

}  // namespace troupe::tools
