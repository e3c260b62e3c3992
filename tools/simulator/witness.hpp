#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/time.hpp"
#include "protocol/crypto/hash.hpp"
#include "tools/simulator/links.hpp"
#include "tools/simulator/message_kind.hpp"
#include "tools/simulator/simulated_node.hpp"

namespace troupe::simulator {

/// One message at the moment at which it leaves a node.
struct Sent {
  Instant at;
  Link link;
  std::uint8_t channel = 0;
  const Bytes& bytes;
  const Spoken& spoken;
  const Passage& passage;
};

/// A turn in a node's life, or in the world's.
enum class Turn : std::uint8_t {
  Boots,
  Ready,
  Crashes,
  LosesPower,
  GivesUp,  ///< the node stopped itself
  Stops,    ///< as by SIGSTOP
  Continues,
  FaultBegins,
  FaultEnds,
};

[[nodiscard]] std::string_view name(Turn turn);

struct Happening {
  Instant at;
  std::size_t node = SIZE_MAX;  ///< SIZE_MAX: of the whole network
  Turn turn = Turn::Boots;
  std::string detail;
};

/// What a client learnt.
struct Acknowledged {
  crypto::Digest id;
  Height height;
  Duration took{0};  ///< from the moment in which the client submitted it
};

/// Watches a world from outside: it sees what leaves a node, what a disk keeps and what a client is
/// told, and never what a node thinks.
class Witness {
 public:
  virtual ~Witness() = default;

  virtual void on_sent(const Sent&) {}

  virtual void on_happening(const Happening&) {}

  virtual void on_acknowledged(const Acknowledged&) {}

  /// A node's disk as it is left after the process ended, and before it starts again.
  virtual void on_left(std::size_t, const SimulatedNode&) {}
};

}  // namespace troupe::simulator
