#include "protocol/crypto/signature.hpp"

#include <algorithm>

#include <cryptopp/donna.h>

#include "protocol/base/invariant.hpp"

namespace troupe::crypto {

namespace {

using Word256 = std::array<std::uint8_t, 32>;  // little-endian, as Ed25519 encodes everything

// L, the order of the base point: 2^252 + 27742317777372353535851937790883648493.
constexpr Word256 kGroupOrder{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                              0xa2, 0xde, 0xf9, 0xde, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                              0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10};

constexpr Word256 filled(std::uint8_t first, std::uint8_t middle, std::uint8_t last) {
  Word256 word{};
  word.fill(middle);
  word.front() = first;
  word.back() = last;
  return word;
}

// p = 2^255 - 19, the order of the field.
constexpr Word256 kFieldOrder = filled(0xed, 0xff, 0x7f);

// The y coordinates of the eight points whose order divides 8: (0, 1), (0, -1), the two of order 4
// with y = 0, and the four of order 8, which share two y.
constexpr std::array<Word256, 5> kSmallOrderY{
    filled(0x00, 0x00, 0x00),
    filled(0x01, 0x00, 0x00),
    filled(0xec, 0xff, 0x7f),
    Word256{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
            0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
            0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    Word256{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
            0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
            0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};

bool is_below(const Word256& left, const Word256& right) {
  return std::lexicographical_compare(left.rbegin(), left.rend(), right.rbegin(), right.rend());
}

// Rule 3: a canonical y that belongs to no small-order point. Whether y is on the curve at all is
// for the library to find out.
bool is_acceptable_point(Word256 encoding) {
  encoding.back() &= 0x7f;
  if (!is_below(encoding, kFieldOrder)) return false;
  return std::find(kSmallOrderY.begin(), kSmallOrderY.end(), encoding) == kSmallOrderY.end();
}

}  // namespace

std::optional<KeyPair> KeyPair::from_seed(ByteView seed) {
  if (seed.size() != kSeedBytes) return std::nullopt;
  KeyPair pair;
  std::copy(seed.begin(), seed.end(), pair.seed_.begin());
  CryptoPP::Donna::ed25519_publickey(pair.public_key_.bytes.data(), pair.seed_.data());
  INVARIANT(is_acceptable(pair.public_key_));
  return pair;
}

Signature KeyPair::sign(ByteView message) const {
  Signature signature;
  CryptoPP::Donna::ed25519_sign(message.data(),
                                message.size(),
                                seed_.data(),
                                public_key_.bytes.data(),
                                signature.bytes.data());
  return signature;
}

bool is_acceptable(const PublicKey& key) {
  return is_acceptable_point(key.bytes);
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  Word256 r;
  Word256 s;
  std::copy_n(signature.bytes.begin(), r.size(), r.begin());
  std::copy_n(signature.bytes.begin() + r.size(), s.size(), s.begin());
  if (!is_below(s, kGroupOrder)) return false;
  if (!is_acceptable_point(key.bytes) || !is_acceptable_point(r)) return false;
  return CryptoPP::Donna::ed25519_sign_open(
             message.data(), message.size(), key.bytes.data(), signature.bytes.data()) == 0;
}

// The order of the typed form; swapped arguments have wrong lengths or verify nothing.
// NOLINTNEXTLINE(bugprone-easily-swappable-parameters)
bool verify(ByteView key, ByteView message, ByteView signature) {
  PublicKey typed_key;
  Signature typed_signature;
  if (key.size() != typed_key.bytes.size()) return false;
  if (signature.size() != typed_signature.bytes.size()) return false;
  std::copy(key.begin(), key.end(), typed_key.bytes.begin());
  std::copy(signature.begin(), signature.end(), typed_signature.bytes.begin());
  return verify(typed_key, message, typed_signature);
}

}  // namespace troupe::crypto
