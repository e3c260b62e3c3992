#pragma once

#include "actors/local_link.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/network/multiaddr.hpp"
#include "tools/troupe/command.hpp"

// The way to a node of another machine: what a local link carries, inside a libp2p stream of the
// node's only port. Noise proves the node's peer id to us and the key's to the node, whose
// configuration (`admins`) says who may attach and with which role.
namespace troupe::tools {

struct TunnelTarget {
  network::Multiaddr address;  ///< /ip4|ip6|dns.../tcp/PORT/p2p/PEER_ID
  crypto::KeyPair identity;    ///< what we prove ourselves with
};

/// Reads `--via`: a multiaddr that names the node's peer id, so that no other node can take its
/// place. Error: bad-via.
[[nodiscard]] Answer<network::Multiaddr> parse_via(const std::string& text);

/// Dials anew for every link. A link has a thread of its own, which moves bytes until either end is
/// gone; keep-alives of the connection notice a node that vanishes.
/// Errors of the connector: Unreachable, WrongPeer, NotAdmitted, Timeout, SystemRefused.
[[nodiscard]] actors::LinkConnector tunnel_to(const TunnelTarget& target);

}  // namespace troupe::tools
