#include "protocol/network/identify.hpp"

#include <algorithm>

#include "protocol/base/limits.hpp"
#include "protocol/network/identify.pb.h"

namespace troupe::network {
namespace {

/// The addresses of a repeated field that are well formed, without trailing peers.
std::vector<Multiaddr> read_addresses(
    const google::protobuf::RepeatedPtrField<std::string>& addresses) {
  std::vector<Multiaddr> known;
  for (const std::string& bytes : addresses) {
    const auto address = Multiaddr::decode(as_bytes(bytes));
    if (address) known.push_back(address->without_peer());
  }
  return known;
}

/// Removes list entries from the end until the message is small enough for every implementation.
void shorten(messages::Identify& message) {
  while (message.ByteSizeLong() > kIdentifySentBytesMax) {
    if (message.listen_addresses_size() > 0) {
      message.mutable_listen_addresses()->RemoveLast();
    } else if (message.protocols_size() > 0) {
      message.mutable_protocols()->RemoveLast();
    } else {
      message.clear_agent_version();
      message.clear_protocol_version();
      return;
    }
  }
}

}  // namespace

std::string_view describe(IdentifyError error) {
  switch (error) {
    case IdentifyError::Malformed: return "not an identify message";
    case IdentifyError::TooManyAddresses: return "too many listen addresses";
    case IdentifyError::TooManyProtocols: return "too many protocols";
    case IdentifyError::KeyInvalid: return "the public key is not an Ed25519 key";
  }
  return "unknown error";
}

Bytes encode(const Identification& identification) {
  messages::Identify message;
  const auto set = [](std::string* field, ByteView bytes) { field->assign(as_text(bytes)); };
  if (identification.public_key)
    set(message.mutable_public_key(), encode_public_key(*identification.public_key));
  for (const Multiaddr& address : identification.listen_addresses)
    set(message.add_listen_addresses(), address.bytes());
  for (const std::string& protocol : identification.protocols)
    message.add_protocols(protocol);
  if (identification.observed_address)
    set(message.mutable_observed_address(), identification.observed_address->bytes());
  if (!identification.protocol_version.empty())
    message.set_protocol_version(identification.protocol_version);
  if (!identification.agent_version.empty())
    message.set_agent_version(identification.agent_version);
  shorten(message);
  return to_bytes(as_bytes(message.SerializeAsString()));
}

Result<Identification, IdentifyError> decode_identification(ByteView bytes) {
  messages::Identify message;
  if (bytes.size() > kIdentifyMessageBytesMax ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return failure(IdentifyError::Malformed);
  if (static_cast<std::size_t>(message.listen_addresses_size()) > kIdentifyAddressesMax)
    return failure(IdentifyError::TooManyAddresses);
  if (static_cast<std::size_t>(message.protocols_size()) > kIdentifyProtocolsMax)
    return failure(IdentifyError::TooManyProtocols);

  Identification identification;
  if (message.has_public_key()) {
    const auto key = decode_public_key(as_bytes(message.public_key()));
    if (!key) return failure(IdentifyError::KeyInvalid);
    identification.public_key = *key;
  }
  identification.listen_addresses = read_addresses(message.listen_addresses());
  identification.protocols.assign(message.protocols().begin(), message.protocols().end());
  if (const auto observed = Multiaddr::decode(as_bytes(message.observed_address())))
    identification.observed_address = *observed;
  identification.protocol_version = message.protocol_version();
  identification.agent_version = message.agent_version();
  return identification;
}

void merge(Identification& into, Identification more) {
  if (more.public_key) into.public_key = more.public_key;
  if (!more.listen_addresses.empty()) into.listen_addresses = std::move(more.listen_addresses);
  if (!more.protocols.empty()) into.protocols = std::move(more.protocols);
  if (more.observed_address) into.observed_address = std::move(more.observed_address);
  if (!more.protocol_version.empty()) into.protocol_version = std::move(more.protocol_version);
  if (!more.agent_version.empty()) into.agent_version = std::move(more.agent_version);
}

}  // namespace troupe::network
