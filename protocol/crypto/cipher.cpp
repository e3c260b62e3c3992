#include "protocol/crypto/cipher.hpp"

#include <algorithm>

#include <cryptopp/chacha.h>
#include <cryptopp/poly1305.h>

#include "protocol/base/invariant.hpp"

namespace troupe::crypto {

namespace {

using Tag = std::array<std::uint8_t, Aead::kTagBytes>;
using CipherBlock = std::array<std::uint8_t, 64>;

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kCounterAt = 4;
constexpr std::size_t kMacBlockBytes = 16;
constexpr std::array<std::uint8_t, kMacBlockBytes> kZeros{};

void store_little_endian(std::uint64_t number, std::uint8_t* to) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    to[i] = static_cast<std::uint8_t>(number >> (8 * i));
}

// Adds the content to the MAC, filled up with zeros to whole blocks.
void update_padded(CryptoPP::Poly1305TLS& mac, ByteView content) {
  if (content.empty()) return;
  mac.Update(content.data(), content.size());
  const std::size_t over = content.size() % kMacBlockBytes;
  if (over != 0) mac.Update(kZeros.data(), kMacBlockBytes - over);
}

// RFC 8439, section 2.8: the MAC covers both parts, each padded, and then their two lengths.
Tag tag_of(CryptoPP::Poly1305TLS& mac, ByteView associated, ByteView sealed) {
  update_padded(mac, associated);
  update_padded(mac, sealed);
  std::array<std::uint8_t, kMacBlockBytes> lengths{};
  store_little_endian(associated.size(), lengths.data());
  store_little_endian(sealed.size(), lengths.data() + sizeof(std::uint64_t));
  mac.Update(lengths.data(), lengths.size());
  Tag tag{};
  mac.TruncatedFinal(tag.data(), tag.size());
  return tag;
}

// Takes the same time wherever the two differ.
bool equal_in_constant_time(ByteView left, ByteView right) {
  INVARIANT(left.size() == right.size());
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i)
    difference |= static_cast<unsigned>(left[i] ^ right[i]);
  return difference == 0;
}

}  // namespace

struct Aead::State {
  CryptoPP::ChaChaTLS::Encryption cipher;
  CryptoPP::Poly1305TLS mac;

  // Positions the cipher at block 1 of this message's key stream, and keys the MAC with the first
  // 32 bytes of block 0 (RFC 8439, section 2.6).
  void begin(std::uint64_t counter) {
    std::array<std::uint8_t, kNonceBytes> nonce{};
    store_little_endian(counter, nonce.data() + kCounterAt);
    cipher.Resynchronize(nonce.data(), nonce.size());
    CipherBlock first{};
    cipher.ProcessData(first.data(), first.data(), first.size());
    mac.SetKey(first.data(), 32);
  }
};

Aead::Aead(const std::array<std::uint8_t, 32>& key) : state_(std::make_unique<State>()) {
  const std::array<std::uint8_t, kNonceBytes> nonce{};
  state_->cipher.SetKeyWithIV(key.data(), key.size(), nonce.data(), nonce.size());
}

Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::seal(std::uint64_t counter, ByteView associated, ByteView plain, Bytes& to) {
  state_->begin(counter);
  const std::size_t start = to.size();
  to.resize(start + plain.size() + kTagBytes);
  std::uint8_t* const sealed = to.data() + start;
  if (!plain.empty()) state_->cipher.ProcessData(sealed, plain.data(), plain.size());
  const Tag tag = tag_of(state_->mac, associated, ByteView(sealed, plain.size()));
  std::copy(tag.begin(), tag.end(), sealed + plain.size());
}

// The order is RFC 8439's: associated data before the text.
// NOLINTNEXTLINE(bugprone-easily-swappable-parameters)
bool Aead::open(std::uint64_t counter, ByteView associated, ByteView sealed, Bytes& to) {
  if (sealed.size() < kTagBytes) return false;
  const ByteView content = sealed.first(sealed.size() - kTagBytes);
  state_->begin(counter);
  const Tag tag = tag_of(state_->mac, associated, content);
  if (!equal_in_constant_time(tag, sealed.last(kTagBytes))) return false;
  const std::size_t start = to.size();
  to.resize(start + content.size());
  if (!content.empty())
    state_->cipher.ProcessData(to.data() + start, content.data(), content.size());
  return true;
}

}  // namespace troupe::crypto
