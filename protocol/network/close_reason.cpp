#include "protocol/network/close_reason.hpp"

namespace troupe::network {

std::string_view describe(CloseReason reason) {
  switch (reason) {
    case CloseReason::ClosedByUs: return "closed by this node";
    case CloseReason::ClosedByPeer: return "closed by the peer";
    case CloseReason::Truncated: return "cut off inside a message";
    case CloseReason::UpgradeTimeout: return "not secured in time";
    case CloseReason::NegotiationInvalid: return "not a multistream-select negotiation";
    case CloseReason::SecurityRefused: return "no common security protocol";
    case CloseReason::HandshakeFailed: return "the Noise handshake failed";
    case CloseReason::PeerUnexpected: return "another peer than the one dialed";
    case CloseReason::PeerIsOurselves: return "a connection to this very node";
    case CloseReason::MuxerRefused: return "no common muxer";
    case CloseReason::CipherBroken: return "a message that does not authenticate";
    case CloseReason::MuxerInvalid: return "a violation of the muxer's rules";
    case CloseReason::Flood: return "a flood of control frames";
    case CloseReason::BufferFull: return "too many bytes to hold";
    case CloseReason::PeerFailed: return "the peer reported an error";
    case CloseReason::KeepAliveTimeout: return "the peer does not answer";
    case CloseReason::Idle: return "idle for too long";
  }
  return "unknown reason";
}

bool is_peer_fault(CloseReason reason) {
  switch (reason) {
    case CloseReason::NegotiationInvalid:
    case CloseReason::HandshakeFailed:
    case CloseReason::PeerUnexpected:
    case CloseReason::CipherBroken:
    case CloseReason::MuxerInvalid:
    case CloseReason::Flood: return true;
    case CloseReason::ClosedByUs:
    case CloseReason::ClosedByPeer:
    case CloseReason::Truncated:
    case CloseReason::UpgradeTimeout:
    case CloseReason::SecurityRefused:
    case CloseReason::PeerIsOurselves:
    case CloseReason::MuxerRefused:
    case CloseReason::BufferFull:
    case CloseReason::PeerFailed:
    case CloseReason::KeepAliveTimeout:
    case CloseReason::Idle: return false;
  }
  return false;
}

}  // namespace troupe::network
