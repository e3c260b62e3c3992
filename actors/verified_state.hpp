#pragma once

#include <optional>

#include "protocol/ledger/state_reader.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// The values of the state at one height, each checked against the state tree before it is handed
/// out: what was altered, exchanged, removed or added on this disk is Unreadable, whatever its
/// checksum says. For one thread; keeps the first error.
class VerifiedState final : public ledger::StateReader {
 public:
  VerifiedState(const storage::StateStore& store, const storage::StoredTree& tree, Height height)
      : store_(store), tree_(tree), height_(height) {}

  [[nodiscard]] Result<std::optional<Bytes>, ledger::StateError> value(ByteView key) const override;

  [[nodiscard]] const std::optional<storage::StorageError>& error() const { return error_; }

 private:
  [[nodiscard]] Failure<ledger::StateError> fail(storage::StorageError error) const;

  const storage::StateStore& store_;
  const storage::StoredTree& tree_;
  Height height_;
  mutable std::optional<ledger::TreeState> state_;
  mutable std::optional<storage::StorageError> error_;
};

}  // namespace troupe::actors
