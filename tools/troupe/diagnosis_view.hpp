#pragma once

#include <string>
#include <vector>

#include "tools/troupe/diagnosis.hpp"

// Parts of the diagnosis: what a view waits for, as those who could decide it see it.
namespace troupe::tools {

using Names = std::vector<std::string>;
using Nodes = std::vector<const NodeFacts*>;

/// "n1 n2".
[[nodiscard]] std::string joined(const Names& names);
[[nodiscard]] Names names_of(const Nodes& nodes);

/// What keeps the view from being decided that most of these wait in, who all can vote and reach a
/// quorum of each other. Requires at least one.
[[nodiscard]] Diagnosis why_view_waits(const NetFacts& net, const Nodes& able);

/// The cause as the one node knows it that was asked (NetFacts::view_of), and that it is one node's
/// view.
[[nodiscard]] Diagnosis cause_seen_by_one(const NetFacts& net);

}  // namespace troupe::tools
