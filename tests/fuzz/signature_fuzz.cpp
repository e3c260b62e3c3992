#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/crypto/signature.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/reference_ed25519.hpp"

// input := mode: u8  key: bytes[32]  signature: bytes[64]  message: the rest
//
// mode 0: key and signature as they are; the verdict must be the reference's.
// else:   the key is a seed, and the signature is XORed onto an honest one, which must then verify
//         only if nothing was altered.
namespace troupe::fuzz {

namespace {

using crypto::KeyPair;
using crypto::PublicKey;
using crypto::Signature;

constexpr std::size_t kHeadBytes = 1 + 32 + 64;

bool reference_verdict(const PublicKey& key, ByteView message, const Signature& signature) {
  support::ed25519::SignatureParts parts;
  std::copy_n(signature.bytes.begin(), parts.r.size(), parts.r.begin());
  std::copy_n(signature.bytes.begin() + parts.r.size(), parts.s.size(), parts.s.begin());
  return support::ed25519::verify_strictly(key.bytes, message, parts);
}

void check_against_reference(ByteView key_bytes, ByteView message, const Signature& signature) {
  PublicKey key;
  std::ranges::copy(key_bytes, key.bytes.begin());
  const bool verdict = verify(key, message, signature);
  INVARIANT(verdict == reference_verdict(key, message, signature));
  INVARIANT(verdict == crypto::verify(key_bytes, message, signature.view()));
  if (verdict) INVARIANT(is_acceptable(key));
}

void check_altered(ByteView seed, ByteView message, const Signature& mask) {
  const auto pair = KeyPair::from_seed(seed);
  INVARIANT(pair.has_value());
  Signature signature = pair->sign(message);
  for (std::size_t i = 0; i < mask.bytes.size(); ++i)
    signature.bytes[i] ^= mask.bytes[i];
  INVARIANT(verify(pair->public_key(), message, signature) == (mask == Signature{}));
}

}  // namespace

void fuzz_signature(ByteView input) {
  if (input.size() < kHeadBytes) return;
  const ByteView key = input.subspan(1, 32);
  const ByteView message = input.subspan(kHeadBytes);
  Signature signature;
  std::ranges::copy(input.subspan(33, 64), signature.bytes.begin());
  if (input.front() == 0) {
    check_against_reference(key, message, signature);
  } else {
    check_altered(key, message, signature);
  }
}

std::vector<Bytes> signature_seeds() {
  const Bytes seed(KeyPair::kSeedBytes, 9);
  const KeyPair pair = KeyPair::from_seed(seed).value();
  Bytes honest{0};
  append(honest, pair.public_key().view());
  append(honest, pair.sign(as_bytes("message")).view());
  append(honest, as_bytes("message"));
  Bytes unaltered{1};
  append(unaltered, seed);
  append(unaltered, Signature{}.view());
  append(unaltered, as_bytes("message"));
  return {honest, unaltered};
}

}  // namespace troupe::fuzz
