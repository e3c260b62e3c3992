#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/scenario/scenario.hpp"
#include "tools/simulator/links.hpp"

// How the simulator brings about each fault of a scenario.
namespace troupe::simulator {

/// The kinds that a filter of a scenario names. Nothing said means everything, which an empty list
/// says too.
[[nodiscard]] std::vector<MessageKind> message_kinds(
    const std::vector<scenario::MessageType>& types);

/// What a network fault does to the messages of its links; nothing if the kind is none.
[[nodiscard]] std::optional<LinkFault> link_fault(const scenario::FaultKind& kind);

/// Where a network fault acts: between these nodes and their peers. Ascending.
[[nodiscard]] std::vector<Link> links_of(const scenario::FaultKind& kind,
                                         const std::vector<std::size_t>& on,
                                         const std::vector<std::size_t>& peers,
                                         std::size_t nodes);

/// True if something in it takes hold of whole messages, which no stream of sealed bytes shows.
[[nodiscard]] bool needs_messages(const scenario::Scenario& scenario);

/// True if something in it is about connections, which whole messages pass without.
[[nodiscard]] bool needs_pipes(const scenario::Scenario& scenario);

/// The sentence that names a fault for which the simulator has no means, or an expectation that it
/// does not judge; nothing if there is none. Such a run is not run: nothing passes unread.
[[nodiscard]] std::optional<std::string> missing_means(const scenario::Scenario& scenario);

}  // namespace troupe::simulator
