#include "protocol/network/channel_hello.hpp"

#include "protocol/codec/wire.hpp"

namespace troupe::network {

std::string_view describe(HelloError error) {
  switch (error) {
    case HelloError::Malformed: return "the first message of a channel is not a hello";
    case HelloError::WrongVersion: return "the peer speaks another version of the channels";
    case HelloError::WrongChain: return "the peer is a member of another network";
  }
  return {};
}

Bytes encode_hello(const crypto::Digest& chain) {
  return codec::Writer{}.varint(kChannelVersion).fixed(chain.view()).take();
}

Result<Done, HelloError> check_hello(ByteView message, const crypto::Digest& chain) {
  codec::Reader reader(message);
  const auto version = reader.varint();
  if (!reader.ok()) return failure(HelloError::Malformed);
  // A later version may say more than this one knows, so its rest is not looked at.
  if (version != kChannelVersion) return failure(HelloError::WrongVersion);
  const crypto::Digest named{reader.array<32>()};
  if (!reader.finish()) return failure(HelloError::Malformed);
  if (named != chain) return failure(HelloError::WrongChain);
  return Done{};
}

}  // namespace troupe::network
