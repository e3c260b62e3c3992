#include "protocol/consensus/validators.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/consensus/plant.hpp"

namespace troupe::consensus {

std::string_view describe(ValidatorSetError error) {
  switch (error) {
    case ValidatorSetError::Empty: return "there is no validator";
    case ValidatorSetError::TooMany: return "there are too many validators";
    case ValidatorSetError::DuplicateKey: return "two validators have the same key";
    case ValidatorSetError::UnacceptableKey: return "a validator's key is not acceptable";
  }
  return "unknown error";
}

Result<ValidatorSet, ValidatorSetError> ValidatorSet::from(std::vector<crypto::PublicKey> keys) {
  if (keys.empty()) return failure(ValidatorSetError::Empty);
  if (keys.size() > kValidatorsMax) return failure(ValidatorSetError::TooMany);
  if (!std::all_of(keys.begin(), keys.end(), crypto::is_acceptable)) {
    return failure(ValidatorSetError::UnacceptableKey);
  }
  std::vector<crypto::PublicKey> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return failure(ValidatorSetError::DuplicateKey);
  }
  return ValidatorSet(std::move(keys));
}

ValidatorSet::ValidatorSet(std::vector<crypto::PublicKey> keys) : keys_(std::move(keys)) {
  digest_ = crypto::sha256(encode(*this));
}

std::uint32_t ValidatorSet::quorum() const {
  if (planted(Plant::QuorumOfTwoThirdsFloored)) return std::max(1U, 2 * size() / 3);
  return size() - faults_max();
}

const crypto::PublicKey& ValidatorSet::key(ValidatorIndex validator) const {
  INVARIANT(contains(validator));
  return keys_[validator.number];
}

std::optional<ValidatorIndex> ValidatorSet::find(const crypto::PublicKey& key) const {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) return std::nullopt;
  return ValidatorIndex{static_cast<std::uint32_t>(found - keys_.begin())};
}

Bytes encode(const ValidatorSet& validators) {
  codec::Writer writer;
  writer.varint(validators.size());
  for (const crypto::PublicKey& key : validators.keys())
    writer.fixed(key.view());
  return writer.take();
}

Result<ValidatorSet, codec::WireError> decode_validator_set(ByteView bytes) {
  const auto keys = codec::decode(bytes, [](codec::Reader& reader) {
    std::vector<crypto::PublicKey> list(reader.count(kValidatorsMax));
    for (crypto::PublicKey& key : list)
      key.bytes = reader.array<32>();
    return list;
  });
  if (!keys) return failure(keys.error());
  auto validators = ValidatorSet::from(*keys);
  if (!validators) return failure(codec::WireError::OutOfRange);
  return std::move(validators).value();
}

namespace {

/// A number below `bound` from the digest of the root and a counter. The bias is below 2^-56.
std::uint64_t draw_below(const crypto::Digest& root, std::uint32_t counter, std::uint64_t bound) {
  Bytes number;
  codec::append_varint(number, counter);
  const crypto::Digest drawn =
      crypto::sha256({as_bytes("troupe/leader-order/1"), root.view(), ByteView(number)});
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i)
    word = word << 8 | drawn.bytes[i];
  return word % bound;
}

}  // namespace

LeaderOrder::LeaderOrder(const ValidatorSet& validators, const crypto::Digest& root) {
  for (std::uint32_t i = 0; i < validators.size(); ++i)
    order_.push_back(ValidatorIndex{i});
  for (std::uint32_t left = validators.size(); left > 1; --left) {
    std::swap(order_[left - 1], order_[draw_below(root, left, left)]);
  }
}

ValidatorIndex LeaderOrder::leader(View view) const {
  return order_[view.number % order_.size()];
}

}  // namespace troupe::consensus
