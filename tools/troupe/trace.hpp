#pragma once

#include <string>
#include <vector>

#include "tools/troupe/context.hpp"

namespace troupe::tools {

/// `troupe trace VERB...`: runs the verb and shows which actors of the node said what to whom
/// meanwhile, each kind of message once: when it was first seen, how often, and how long its
/// handling took in all.
[[nodiscard]] Answer<Report> run_trace(Context& context, const std::vector<std::string>& words);

/// What happened between two actors with one kind of message.
struct TraceStep {
  std::string from;
  std::string to;
  std::string message;
  std::uint64_t first_us = 0;  ///< since the first event of all
  std::uint64_t count = 0;
  std::uint64_t handling_us = 0;
};

/// The steps of a story in the order in which each was first taken.
[[nodiscard]] std::vector<TraceStep> steps_of(const std::vector<actors::ConsoleEvent>& events);

}  // namespace troupe::tools
