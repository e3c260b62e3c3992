#pragma once

#include <string_view>

namespace troupe::network {

/// Why a connection ended.
enum class CloseReason {
  ClosedByUs,
  ClosedByPeer,        ///< the peer ended the connection between two frames, or sent go away
  Truncated,           ///< the peer ended the connection inside a frame or the upgrade
  UpgradeTimeout,      ///< no muxer within upgrade_timeout
  NegotiationInvalid,  ///< bytes that are not multistream-select
  SecurityRefused,     ///< no common security protocol
  HandshakeFailed,     ///< a Noise message or identity proof that does not hold
  PeerUnexpected,      ///< another peer than the one that was dialed
  PeerIsOurselves,
  MuxerRefused,  ///< no common muxer
  CipherBroken,  ///< a Noise transport message that does not authenticate
  MuxerInvalid,  ///< frames that violate Yamux
  Flood,         ///< pings, empty frames or resets above their rate
  BufferFull,    ///< more bytes to hold than the connection may
  PeerFailed,    ///< the peer sent go away with an error code
  KeepAliveTimeout,
  Idle,
};

[[nodiscard]] std::string_view describe(CloseReason reason);

/// True if an honest peer over a sound network cannot cause it: a reason to back off from the peer.
[[nodiscard]] bool is_peer_fault(CloseReason reason);

/// A reason with what the layer at fault says about it.
struct CloseCause {
  CloseReason reason;
  std::string_view detail;  ///< a static text
};

}  // namespace troupe::network
