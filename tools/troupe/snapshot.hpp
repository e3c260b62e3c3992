#pragma once

#include "tools/troupe/context.hpp"

namespace troupe::tools {

struct SnapshotOptions {
  bool list = false;
};

/// `troupe net snapshot [--list]`: has a node keep a snapshot of its newest agreed state, from which
/// others may join, and says which it keeps. Exit 5 if no state is agreed on yet.
[[nodiscard]] Answer<Report> run_net_snapshot(Context& context, const SnapshotOptions& options);

/// Kibibytes or mebibytes, as people read them: "12.3 MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace troupe::tools
