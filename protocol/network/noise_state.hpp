#pragma once

#include <cstdint>
#include <optional>

#include "protocol/base/bytes.hpp"
#include "protocol/crypto/cipher.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/key_agreement.hpp"

namespace troupe::network {

/// The SymmetricState of the Noise specification (section 5.2), with its CipherState inside, for
/// Noise_XX_25519_ChaChaPoly_SHA256. Function names are the specification's.
class NoiseSymmetricState {
 public:
  /// InitializeSymmetric with the protocol name, then MixHash of the empty prologue.
  NoiseSymmetricState();

  void mix_hash(ByteView data);
  void mix_key(const crypto::AgreementKey& shared_secret);

  /// EncryptAndHash: appends the ciphertext. Requires a key, that is an earlier mix_key().
  void encrypt_and_hash(ByteView plain, Bytes& to);

  /// DecryptAndHash. Nothing if the tag is wrong; the state is then of no further use.
  [[nodiscard]] std::optional<Bytes> decrypt_and_hash(ByteView sealed);

  /// Split: the first key is for what the dialer sends.
  [[nodiscard]] crypto::DerivedKeys split() const;

  [[nodiscard]] const crypto::Digest& hash() const { return hash_; }

  [[nodiscard]] const crypto::AgreementKey& chaining_key() const { return chaining_key_; }

 private:
  crypto::Digest hash_;
  crypto::AgreementKey chaining_key_;
  std::optional<crypto::Aead> cipher_;
  std::uint64_t counter_ = 0;
};

}  // namespace troupe::network
