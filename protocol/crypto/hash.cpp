#include "protocol/crypto/hash.hpp"

#include <cryptopp/hmac.h>
#include <cryptopp/sha.h>

namespace troupe::crypto {

struct Sha256::State {
  CryptoPP::SHA256 hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}

Sha256::~Sha256() = default;

Sha256& Sha256::update(ByteView more) {
  state_->hash.Update(more.data(), more.size());
  return *this;
}

Digest Sha256::finish() {
  Digest digest;
  state_->hash.Final(digest.bytes.data());
  return digest;
}

Digest sha256(ByteView content) {
  return sha256({content});
}

Digest sha256(std::initializer_list<ByteView> parts) {
  CryptoPP::SHA256 hash;
  for (const ByteView part : parts)
    hash.Update(part.data(), part.size());
  Digest digest;
  hash.Final(digest.bytes.data());
  return digest;
}

Digest hmac_sha256(ByteView key, ByteView content) {
  CryptoPP::HMAC<CryptoPP::SHA256> hmac(key.data(), key.size());
  hmac.Update(content.data(), content.size());
  Digest digest;
  hmac.Final(digest.bytes.data());
  return digest;
}

}  // namespace troupe::crypto
