#pragma once

#include <string>

#include "tools/troupe/context.hpp"

namespace troupe::tools {

/// `troupe net rejoin NODE`: has a validator that lost its vote journal, or met a twin, vote again. Asks
/// the node for its rejoin and submits it to the first other node that takes it.
/// Errors: no-node, unreachable, not-a-validator, votes, no-other-node, and those of a submission.
[[nodiscard]] Answer<Report> run_net_rejoin(Context& context, const std::string& name);

}  // namespace troupe::tools
