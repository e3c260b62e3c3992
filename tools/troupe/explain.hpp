#pragma once

#include <string>
#include <string_view>

#include "tools/troupe/context.hpp"
#include "tools/troupe/diagnosis.hpp"

namespace troupe::tools {

/// `troupe explain [halt]`: why nothing becomes final, in one sentence, and what to type. The answer
/// is no quorum (exit code 7) while it is so.
[[nodiscard]] Answer<Report> run_explain(Context& context, const std::string& what);

/// Asks every node of the network at once. Error: bad-genesis and its like.
[[nodiscard]] Answer<NetFacts> gather_facts(Context& context, const Net& net);

/// Why a node stopped in its last life, if the end of its log says so.
[[nodiscard]] std::string last_words_of(std::string_view log);

}  // namespace troupe::tools
