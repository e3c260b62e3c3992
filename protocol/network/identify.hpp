#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/network/multiaddr.hpp"

// Identify: who a peer says it is, where it listens and what it speaks (libp2p identify
// specification). On `/ipfs/id/1.0.0` the opener sends nothing, the other side writes one
// length-prefixed message and closes; on `/ipfs/id/push/1.0.0` the opener writes it.
namespace troupe::network {

inline constexpr std::string_view kIdentifyProtocol = "/ipfs/id/1.0.0";
inline constexpr std::string_view kIdentifyPushProtocol = "/ipfs/id/push/1.0.0";

enum class IdentifyError {
  Malformed,         ///< not the protobuf message
  TooManyAddresses,  ///< above kIdentifyAddressesMax
  TooManyProtocols,  ///< above kIdentifyProtocolsMax
  KeyInvalid,        ///< a public key that is not an Ed25519 PublicKey message
};

[[nodiscard]] std::string_view describe(IdentifyError error);

/// One identify message. All texts come from the peer and may hold any bytes: escape before
/// showing.
struct Identification {
  std::optional<crypto::PublicKey> public_key;
  std::vector<Multiaddr> listen_addresses;  ///< without a trailing /p2p
  std::vector<std::string> protocols;
  std::optional<Multiaddr> observed_address;  ///< the receiver's address as the sender sees it
  std::string protocol_version;
  std::string agent_version;

  friend bool operator==(const Identification&, const Identification&) = default;
};

/// The message without its length prefix, fields in the order of their numbers. Leaves out
/// addresses and then protocols from the end of their lists rather than exceed
/// kIdentifySentBytesMax.
[[nodiscard]] Bytes encode(const Identification& identification);

/// Reads a message without its length prefix. Addresses of unknown form and unknown fields are
/// dropped; the signed peer record (field 8) is not read.
[[nodiscard]] Result<Identification, IdentifyError> decode_identification(ByteView message);

/// Takes over what `more` says; what it leaves empty stays as it was (identify push, and identify
/// in several messages).
void merge(Identification& into, Identification more);

}  // namespace troupe::network
