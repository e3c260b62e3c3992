#pragma once

#include <memory>

#include "actors/transport.hpp"

namespace troupe::actors {

/// A connected TCP socket.
[[nodiscard]] SharedWire make_tcp_wire(Descriptor descriptor);

/// TCP sockets; the system's middleman must be loaded.
[[nodiscard]] std::unique_ptr<Transport> make_tcp_transport();

}  // namespace troupe::actors
