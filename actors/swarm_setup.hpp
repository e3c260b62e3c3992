#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/message_tap.hpp"
#include "actors/ports.hpp"
#include "actors/randomness.hpp"
#include "actors/session_messages.hpp"
#include "actors/transport.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/crypto/signature.hpp"

namespace troupe::actors {

/// What a swarm is told at its start.
struct SwarmSetup {
  crypto::KeyPair node_key;
  /// The chain whose members talk to each other: the digest of its genesis.
  crypto::Digest chain;
  /// Who may use the channels; this node's own id may be among them.
  std::set<network::PeerId> members;
  /// Addresses that end in /p2p/<id>, of members or others, to stay connected to.
  std::vector<network::Multiaddr> peers;
  std::optional<network::Multiaddr> listen;
  /// How this node calls itself towards others, for example "troupe/0.1.0".
  std::string agent;
  network::ConnectionLimits limits;
  /// Connections of both directions together, those of members included.
  std::size_t connections_max = kConnectionsMax;
  /// The way in for consoles on other machines; without one nobody gets in.
  AdminDoor door{};
  /// For keys of the handshakes.
  Randomness randomness;
  /// Where connections come from. REQUIRES: not null.
  std::shared_ptr<Transport> transport;
  /// Where the messages of swarm and sessions are observed; may be null.
  TapPointer tap = nullptr;
};

/// What a node says of its swarm, for this transport; nobody attaches consoles through it yet.
/// REQUIRES: the seed's key and addresses were checked when the configuration was read.
[[nodiscard]] SwarmSetup swarm_setup(const SwarmSeed& seed,
                                     Randomness randomness,
                                     std::shared_ptr<Transport> transport);

}  // namespace troupe::actors
