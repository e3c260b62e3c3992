#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/validators.hpp"
#include "protocol/consensus/vote.hpp"
#include "protocol/crypto/signature.hpp"

namespace troupe::simulator {

/// What stands for a signature: not cryptographic, it only has to differ between keys and messages.
[[nodiscard]] crypto::Signature keyed_hash(const crypto::PublicKey& key, ByteView message);

/// Signatures that cost nanoseconds: a keyed hash that only this object can compute. Nobody in a
/// simulation can forge one, because nobody but the object itself asks for another's.
class KeyedSignatures {
 public:
  explicit KeyedSignatures(std::uint32_t validator_count);

  [[nodiscard]] const consensus::ValidatorSet& validators() const { return validators_; }

  [[nodiscard]] crypto::Signature sign(ValidatorIndex signer, ByteView message) const;

  [[nodiscard]] consensus::SignedVote sign(const consensus::Binding& binding,
                                           ValidatorIndex signer,
                                           const consensus::Vote& vote) const;

  [[nodiscard]] static consensus::Verify verify();

  /// A certificate of these signers for this vote. Requires ascending signers.
  [[nodiscard]] consensus::Certificate certify(const consensus::Binding& binding,
                                               const consensus::Vote& vote,
                                               const std::vector<std::uint32_t>& signers) const;

 private:
  consensus::ValidatorSet validators_;
};

}  // namespace troupe::simulator
