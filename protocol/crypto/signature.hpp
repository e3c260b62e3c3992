#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "protocol/base/bytes.hpp"

// Ed25519 (RFC 8032) under one strict, cofactorless rule, the same at every boundary of the node:
// transaction admission, batches, votes and certificates, the handshake, genesis.
//
//   1. |public key| = 32 and |signature| = 64.
//   2. S, the last 32 bytes of the signature, little-endian, is below the group order L.
//   3. For A (the key) and R (the first 32 bytes): y, the encoding with bit 255 cleared, is below
//      p = 2^255 - 19 and is none of the five small-order values.
//   4. enc([S]B - [k]A) equals R byte for byte.
//
// There is no batch verification: it may disagree with this rule on crafted keys. Signature bytes
// are never part of an identifier.
namespace troupe::crypto {

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] ByteView view() const { return bytes; }

  [[nodiscard]] std::string hex() const { return to_hex(bytes); }

  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

struct Signature {
  std::array<std::uint8_t, 64> bytes{};

  [[nodiscard]] ByteView view() const { return bytes; }

  friend auto operator<=>(const Signature&, const Signature&) = default;
};

/// An Ed25519 key pair from its 32-byte seed. Signing is deterministic (RFC 8032, 5.1.6).
class KeyPair {
 public:
  static constexpr std::size_t kSeedBytes = 32;

  /// Nothing unless the seed has 32 bytes.
  [[nodiscard]] static std::optional<KeyPair> from_seed(ByteView seed);

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }

  [[nodiscard]] const std::array<std::uint8_t, 32>& seed() const { return seed_; }

  [[nodiscard]] Signature sign(ByteView message) const;

 private:
  KeyPair() = default;
  std::array<std::uint8_t, 32> seed_{};
  PublicKey public_key_;
};

/// True if the key passes rule 3; asked once where a key enters (genesis, a transaction's account).
[[nodiscard]] bool is_acceptable(const PublicKey& key);

/// True if the signature is valid under rules 1 to 4.
[[nodiscard]] bool verify(const PublicKey& key, ByteView message, const Signature& signature);

/// The same for bytes that have no type yet; wrong lengths are simply invalid.
[[nodiscard]] bool verify(ByteView key, ByteView message, ByteView signature);

}  // namespace troupe::crypto
