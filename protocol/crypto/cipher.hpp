#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "protocol/base/bytes.hpp"

namespace troupe::crypto {

/// ChaCha20-Poly1305 (RFC 8439) under one key, with the nonce layout of the Noise specification:
/// 4 zero bytes, then the 64-bit counter, little-endian.
class Aead {
 public:
  static constexpr std::size_t kTagBytes = 16;

  explicit Aead(const std::array<std::uint8_t, 32>& key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  /// Appends the ciphertext and its tag, size + 16 bytes.
  void seal(std::uint64_t counter, ByteView associated, ByteView plain, Bytes& to);

  /// Appends the plaintext. False, with nothing appended, if the tag is wrong or missing.
  [[nodiscard]] bool open(std::uint64_t counter, ByteView associated, ByteView sealed, Bytes& to);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace troupe::crypto
