#include "protocol/crypto/key_agreement.hpp"

#include <algorithm>

#include <cryptopp/donna.h>
#include <cryptopp/hkdf.h>
#include <cryptopp/sha.h>

#include "protocol/base/invariant.hpp"

namespace troupe::crypto {

namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kExpandedBytesMax = 255 * kHashBytes;

// X25519 clamps the scalar (RFC 7748, section 5); the library leaves that to its caller.
AgreementKey clamped(AgreementKey scalar) {
  scalar.front() &= 248;
  scalar.back() &= 127;
  scalar.back() |= 64;
  return scalar;
}

}  // namespace

AgreementKey agreement_public_key(const AgreementKey& private_key) {
  const AgreementKey scalar = clamped(private_key);
  AgreementKey public_key{};
  CryptoPP::Donna::curve25519_mult(public_key.data(), scalar.data());
  return public_key;
}

// The order is RFC 7748's: X25519(k, u).
// NOLINTNEXTLINE(bugprone-easily-swappable-parameters)
std::optional<AgreementKey> agree(const AgreementKey& private_key,
                                  const AgreementKey& their_public_key) {
  const AgreementKey scalar = clamped(private_key);
  AgreementKey shared{};
  CryptoPP::Donna::curve25519_mult(shared.data(), scalar.data(), their_public_key.data());
  if (shared == AgreementKey{}) return std::nullopt;
  return shared;
}

DerivedKeys derive_two_keys(ByteView chaining_key, ByteView input) {
  DerivedKeys keys{};
  const Bytes both = hkdf_sha256(chaining_key, input, {}, keys.first.size() + keys.second.size());
  std::copy_n(both.begin(), keys.first.size(), keys.first.begin());
  std::copy_n(both.begin() + kHashBytes, keys.second.size(), keys.second.begin());
  return keys;
}

Bytes hkdf_sha256(ByteView salt, ByteView input, ByteView info, std::size_t size) {
  INVARIANT(size <= kExpandedBytesMax);
  Bytes derived(size);
  if (derived.empty()) return derived;
  CryptoPP::HKDF<CryptoPP::SHA256>().DeriveKey(derived.data(),
                                               derived.size(),
                                               input.data(),
                                               input.size(),
                                               salt.data(),
                                               salt.size(),
                                               info.data(),
                                               info.size());
  return derived;
}

}  // namespace troupe::crypto
