#pragma once

#include <cstddef>
#include <optional>

#include "protocol/network/multiaddr.hpp"

// Every node of the simulator is a machine of its own.
namespace troupe::simulator {

/// Where a node listens.
[[nodiscard]] network::Multiaddr address_of_node(std::size_t node);

/// Where whoever is no node comes from.
[[nodiscard]] network::Multiaddr address_of_stranger();

/// The node that listens there; nothing if none of so many does.
[[nodiscard]] std::optional<std::size_t> node_at(const network::Multiaddr& address,
                                                 std::size_t nodes);

}  // namespace troupe::simulator
