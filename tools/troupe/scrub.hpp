#pragma once

#include "tools/troupe/context.hpp"

namespace troupe::tools {

struct ScrubOptions {
  bool now = false;
};

/// `troupe net scrub [--now]`: how a node's scrubber does; with `now` it walks the whole ledger, and
/// the command waits for the end of it. Exit 1 if something is damaged and not mended.
[[nodiscard]] Answer<Report> run_net_scrub(Context& context, const ScrubOptions& options);

}  // namespace troupe::tools
