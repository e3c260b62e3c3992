#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>

#include "protocol/base/bytes.hpp"

namespace troupe::crypto {

/// A SHA-256 hash of a canonical encoding: the name of a block, batch or transaction.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] ByteView view() const { return bytes; }

  [[nodiscard]] std::string hex() const { return to_hex(bytes); }

  /// True for the digest of no bytes at all, used where a message names no block.
  [[nodiscard]] bool is_zero() const { return *this == Digest{}; }

  friend auto operator<=>(const Digest&, const Digest&) = default;
};

/// Hashes a digest for unordered containers. Their order must never be observed.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t word = 0;
    std::memcpy(&word, digest.bytes.data(), sizeof word);
    return word;
  }
};

/// SHA-256 (FIPS 180-4).
[[nodiscard]] Digest sha256(ByteView content);

/// SHA-256 of the parts, one after the other, without copying them together.
[[nodiscard]] Digest sha256(std::initializer_list<ByteView> parts);

/// SHA-256 of content that arrives piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  Sha256& update(ByteView more);
  /// The digest of everything so far; the hasher then starts anew.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC-SHA256 (RFC 2104).
[[nodiscard]] Digest hmac_sha256(ByteView key, ByteView content);

/// CRC-32C (Castagnoli) as stored values and journal records carry it. Not a cryptographic hash.
/// `seed` is the CRC-32C of the bytes before, for content that arrives piece by piece.
[[nodiscard]] std::uint32_t crc32c(ByteView content, std::uint32_t seed = 0);

/// The same without the processor's instruction, as a machine that lacks it computes it.
[[nodiscard]] std::uint32_t crc32c_by_table(ByteView content, std::uint32_t seed = 0);

}  // namespace troupe::crypto
