#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/crypto/key_agreement.hpp"

namespace troupe::network {

/// What each side says about itself inside the handshake.
struct NoisePayload {
  Bytes identity_key;  ///< a PublicKey message
  Bytes identity_signature;
  std::vector<std::string> muxers;

  friend bool operator==(const NoisePayload&, const NoisePayload&) = default;
};

/// The protobuf message. Without muxers the extensions are left out altogether.
[[nodiscard]] Bytes encode(const NoisePayload& payload);

/// Nothing if the bytes are not the message, or if its key or signature is missing. Unknown fields
/// are ignored.
[[nodiscard]] std::optional<NoisePayload> decode_noise_payload(ByteView bytes);

/// What identity_sig signs: "noise-libp2p-static-key:" and the static public key.
[[nodiscard]] Bytes noise_static_key_claim(const crypto::AgreementKey& static_public);

}  // namespace troupe::network
