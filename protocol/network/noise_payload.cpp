#include "protocol/network/noise_payload.hpp"

#include "protocol/base/limits.hpp"
#include "protocol/network/noise.pb.h"

namespace troupe::network {

Bytes encode(const NoisePayload& payload) {
  messages::NoiseHandshakePayload message;
  message.set_identity_key(payload.identity_key.data(), payload.identity_key.size());
  message.set_identity_sig(payload.identity_signature.data(), payload.identity_signature.size());
  for (const std::string& muxer : payload.muxers)
    message.mutable_extensions()->add_stream_muxers(muxer);
  return to_bytes(as_bytes(message.SerializeAsString()));
}

std::optional<NoisePayload> decode_noise_payload(ByteView bytes) {
  messages::NoiseHandshakePayload message;
  if (bytes.size() > kHandshakeMessageBytesMax ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return std::nullopt;
  if (!message.has_identity_key() || !message.has_identity_sig()) return std::nullopt;
  const auto& muxers = message.extensions().stream_muxers();
  return NoisePayload{.identity_key = to_bytes(as_bytes(message.identity_key())),
                      .identity_signature = to_bytes(as_bytes(message.identity_sig())),
                      .muxers = {muxers.begin(), muxers.end()}};
}

Bytes noise_static_key_claim(const crypto::AgreementKey& static_public) {
  Bytes claim = to_bytes(as_bytes("noise-libp2p-static-key:"));
  append(claim, static_public);
  return claim;
}

}  // namespace troupe::network
