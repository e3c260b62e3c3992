#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actors/node_options.hpp"
#include "tools/scenario/fault_kinds.hpp"
#include "tools/simulator/core/random.hpp"

// A node that is started with a damaged file beside its data. The files are those that `troupe init`
// writes for such a node, and the program's own readers judge them.
namespace troupe::simulator {

/// How the reason begins with which such a node ends.
inline constexpr std::string_view kBadFile = "bad-config";

/// What the program says of the damaged file instead of starting the node; nothing if it takes every
/// text that such damage leaves.
[[nodiscard]] std::optional<std::string> refusal_of(const actors::NodeOptions& node,
                                                    const scenario::HostileFile& what,
                                                    Random& random);

}  // namespace troupe::simulator
