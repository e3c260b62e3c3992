#pragma once

#include <caf/io/all.hpp>
#include <caf/io/network/default_multiplexer.hpp>

// What brokers ask of CAF's event loop beyond what CAF's own classes offer. On the I/O thread only.
namespace troupe::actors {

[[nodiscard]] inline caf::io::network::default_multiplexer& event_loop_of(caf::io::broker* self) {
  return static_cast<caf::io::network::default_multiplexer&>(self->system().middleman().backend());
}

/// Makes a handler read (or accept) on, at whatever moment that is.
///
/// CAF 0.17.6 stops reading in two steps: it asks the event loop to forget the socket, and the
/// handler forgets its manager once the loop has done so. A handler that is told to read on between
/// the two still has its manager, takes that for reading, and is then forgotten for good. Dropping
/// the manager first makes it ask the loop again, which cancels what the first step asked for.
template <class Handler, class Manager>
void read_on(Handler& handler, Manager* manager) {
  handler.removed_from_loop(caf::io::network::operation::read);
  handler.activate(manager);
}

}  // namespace troupe::actors
