#include "protocol/network/noise_state.hpp"

#include <algorithm>
#include <string_view>

#include "protocol/base/invariant.hpp"

namespace troupe::network {
namespace {

// 32 characters, so that it is the first hash as it stands (Noise specification, 5.2).
constexpr std::string_view kProtocolName = "Noise_XX_25519_ChaChaPoly_SHA256";
static_assert(kProtocolName.size() == sizeof(crypto::Digest::bytes));

}  // namespace

NoiseSymmetricState::NoiseSymmetricState() {
  std::ranges::copy(as_bytes(kProtocolName), hash_.bytes.begin());
  chaining_key_ = hash_.bytes;
  mix_hash({});
}

void NoiseSymmetricState::mix_hash(ByteView data) {
  hash_ = crypto::sha256({hash_.view(), data});
}

void NoiseSymmetricState::mix_key(const crypto::AgreementKey& shared_secret) {
  const crypto::DerivedKeys keys = crypto::derive_two_keys(chaining_key_, shared_secret);
  chaining_key_ = keys.first;
  cipher_.emplace(keys.second);
  counter_ = 0;
}

void NoiseSymmetricState::encrypt_and_hash(ByteView plain, Bytes& to) {
  INVARIANT(cipher_.has_value());
  const std::size_t start = to.size();
  cipher_->seal(counter_++, hash_.view(), plain, to);
  mix_hash(ByteView(to).subspan(start));
}

std::optional<Bytes> NoiseSymmetricState::decrypt_and_hash(ByteView sealed) {
  INVARIANT(cipher_.has_value());
  Bytes plain;
  if (!cipher_->open(counter_++, hash_.view(), sealed, plain)) return std::nullopt;
  mix_hash(sealed);
  return plain;
}

crypto::DerivedKeys NoiseSymmetricState::split() const {
  return crypto::derive_two_keys(chaining_key_, {});
}

}  // namespace troupe::network
