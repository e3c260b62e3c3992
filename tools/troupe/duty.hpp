#pragma once

#include "tools/troupe/context.hpp"

namespace troupe::tools {

/// `troupe pause` and `troupe resume`: the node that is attached to takes no part any more, or does
/// again. It follows the ledger and answers meanwhile. Unlike `net pause` this needs no access to the
/// node's process: the role operate is enough, over the network too.
[[nodiscard]] Answer<Report> run_duty(Context& context, bool is_paused);

}  // namespace troupe::tools
