#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"

// The validators of one epoch (consensus.md, section 1).
//
//   validator-set := keys: list(fixed[32])        1 to 128 distinct Ed25519 public keys
//
// n validators, f = floor((n - 1) / 3), quorum q = n - f; one validator, one vote. Two quorums
// share at least f + 1 validators, so at least one honest one.
namespace troupe::consensus {

enum class ValidatorSetError { Empty, TooMany, DuplicateKey, UnacceptableKey };

[[nodiscard]] std::string_view describe(ValidatorSetError error);

/// The keys of one epoch's validators, in the order that their indices name. Never empty.
class ValidatorSet {
 public:
  /// Errors: Empty, TooMany, DuplicateKey, UnacceptableKey (rule 3 of crypto-rules.md).
  [[nodiscard]] static Result<ValidatorSet, ValidatorSetError> from(
      std::vector<crypto::PublicKey> keys);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }

  /// How many liars the set tolerates: floor((n - 1) / 3).
  [[nodiscard]] std::uint32_t faults_max() const { return (size() - 1) / 3; }

  /// How many distinct validators make a certificate: n - f.
  [[nodiscard]] std::uint32_t quorum() const;

  [[nodiscard]] bool contains(ValidatorIndex validator) const { return validator.number < size(); }

  /// Requires contains(validator).
  [[nodiscard]] const crypto::PublicKey& key(ValidatorIndex validator) const;

  [[nodiscard]] std::optional<ValidatorIndex> find(const crypto::PublicKey& key) const;

  [[nodiscard]] const std::vector<crypto::PublicKey>& keys() const { return keys_; }

  /// SHA-256 of the canonical encoding: what a header carries.
  [[nodiscard]] const crypto::Digest& digest() const { return digest_; }

 private:
  explicit ValidatorSet(std::vector<crypto::PublicKey> keys);
  std::vector<crypto::PublicKey> keys_;
  crypto::Digest digest_;
};

[[nodiscard]] Bytes encode(const ValidatorSet& validators);
[[nodiscard]] Result<ValidatorSet, codec::WireError> decode_validator_set(ByteView bytes);

/// Who leads which view: the validators in an order drawn from the epoch's root digest, in
/// rotation, so that nobody chooses who follows whom.
class LeaderOrder {
 public:
  LeaderOrder(const ValidatorSet& validators, const crypto::Digest& root);

  [[nodiscard]] ValidatorIndex leader(View view) const;

 private:
  std::vector<ValidatorIndex> order_;
};

}  // namespace troupe::consensus
