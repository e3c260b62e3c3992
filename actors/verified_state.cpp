#include "actors/verified_state.hpp"

#include <utility>

#include "protocol/ledger/state_proof.hpp"

namespace troupe::actors {

Failure<ledger::StateError> VerifiedState::fail(storage::StorageError error) const {
  if (!error_) error_ = std::move(error);
  return failure(ledger::StateError::Unreadable);
}

Result<std::optional<Bytes>, ledger::StateError> VerifiedState::value(ByteView key) const {
  if (!state_) {
    const auto state = store_.state_at(height_);
    if (!state) return fail(state.error());
    state_ = *state;
  }
  const storage::StorageError corrupt{storage::StorageErrorKind::Corrupt,
                                      store_.database()->path(),
                                      "the value of state key " + std::string(as_text(key)) +
                                          " is not the one that the state root names"};
  const crypto::Digest key_digest = crypto::sha256(key);
  const auto way = ledger::find_way(tree_, *state_, key_digest);
  if (!way) return fail(tree_.error().value_or(corrupt));
  auto value = store_.value_on(*way, key, height_);
  if (!value) return fail(value.error());
  std::optional<crypto::Digest> named;
  if (way->leaf && way->leaf->key_digest == key_digest) named = way->leaf->value_digest;
  std::optional<crypto::Digest> stored;
  if (*value) stored = crypto::sha256(**value);
  if (stored != named) return fail(corrupt);
  return std::move(value).value();
}

}  // namespace troupe::actors
