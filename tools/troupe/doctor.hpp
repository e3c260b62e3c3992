#pragma once

#include "tools/troupe/context.hpp"

namespace troupe::tools {

/// `troupe doctor`: looks at what a network needs from this machine (disk, clock, ports, file modes)
/// and at what crashes leave behind, and says for each finding what to type. The answer is no
/// (exit code 1) if something must be repaired.
[[nodiscard]] Answer<Report> run_doctor(Context& context);

/// `troupe config show [--origin]`: every key of a node's configuration as it takes effect.
[[nodiscard]] Answer<Report> run_config_show(Context& context,
                                             const std::string& file,
                                             bool origin);

}  // namespace troupe::tools
