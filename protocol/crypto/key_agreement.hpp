#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "protocol/base/bytes.hpp"

namespace troupe::crypto {

using AgreementKey = std::array<std::uint8_t, 32>;

/// The X25519 public key of a 32-byte private key (RFC 7748).
[[nodiscard]] AgreementKey agreement_public_key(const AgreementKey& private_key);

/// The X25519 shared secret. Nothing if it is all zero, that is if the other side sent a
/// small-order point (RFC 7748, 6.1).
[[nodiscard]] std::optional<AgreementKey> agree(const AgreementKey& private_key,
                                                const AgreementKey& their_public_key);

/// Two 32-byte keys of HKDF-SHA256 as the Noise specification chains it (section 4.3).
struct DerivedKeys {
  AgreementKey first;
  AgreementKey second;
};

[[nodiscard]] DerivedKeys derive_two_keys(ByteView chaining_key, ByteView input);

/// HKDF-SHA256 (RFC 5869), extract and expand, at most 255 * 32 bytes.
[[nodiscard]] Bytes hkdf_sha256(ByteView salt, ByteView input, ByteView info, std::size_t size);

}  // namespace troupe::crypto
