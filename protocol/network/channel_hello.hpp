#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"

// The first message that a member sends on each of its channel streams.
//
//   hello := version: varint  chain: fixed[32]
//
// The chain is the SHA-256 digest of the canonical genesis: members of different networks find out
// before they exchange anything else.
namespace troupe::network {

#ifdef TROUPE_NEXT_VERSION  // for tests: a program of another version (tests/end_to_end)
inline constexpr std::uint64_t kChannelVersion = 2;
#else
inline constexpr std::uint64_t kChannelVersion = 1;
#endif

enum class HelloError {
  Malformed,     ///< not a hello
  WrongVersion,  ///< a version of the channels that this node does not speak
  WrongChain,    ///< a member of another network
};

[[nodiscard]] std::string_view describe(HelloError error);

[[nodiscard]] Bytes encode_hello(const crypto::Digest& chain);

/// Done if the message is the hello of a member of this chain.
[[nodiscard]] Result<Done, HelloError> check_hello(ByteView message, const crypto::Digest& chain);

}  // namespace troupe::network
