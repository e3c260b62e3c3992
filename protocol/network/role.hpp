#pragma once

#include <cstdint>

namespace troupe::network {

/// Who started the TCP connection. The dialer proposes, starts the Noise handshake, and numbers its
/// streams 1, 3, 5, ...; the listener answers and numbers its own 2, 4, 6, ...
enum class Role : std::uint8_t { Dialer, Listener };

enum class Direction : std::uint8_t { Inbound, Outbound };

}  // namespace troupe::network
