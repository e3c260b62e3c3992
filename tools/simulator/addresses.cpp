#include "tools/simulator/addresses.hpp"

#include <string>

namespace troupe::simulator {

namespace {

constexpr std::uint16_t kPort = 7700;

}  // namespace

network::Multiaddr address_of_node(std::size_t node) {
  const std::string host =
      "10.0." + std::to_string(node / 250) + "." + std::to_string(node % 250 + 1);
  return network::Multiaddr::from_tcp({host, kPort}).value();
}

network::Multiaddr address_of_stranger() {
  return network::Multiaddr::from_tcp({"10.9.9.9", kPort}).value();
}

std::optional<std::size_t> node_at(const network::Multiaddr& address, std::size_t nodes) {
  const network::Multiaddr place = address.without_peer();
  for (std::size_t node = 0; node < nodes; ++node)
    if (address_of_node(node) == place) return node;
  return std::nullopt;
}

}  // namespace troupe::simulator
