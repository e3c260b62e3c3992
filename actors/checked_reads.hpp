#pragma once

#include <map>
#include <optional>

#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"

namespace troupe::actors {

/// The state as a block is executed upon it. Remembers what was read, so that it can be compared with
/// the state tree before anything is made of it: a block that is executed upon an altered value would
/// give a state of its own. For one thread.
class CheckedReads final : public ledger::StateReader {
 public:
  /// `values` must outlive this.
  explicit CheckedReads(const ledger::StateReader& values) : values_(values) {}

  [[nodiscard]] Result<std::optional<Bytes>, ledger::StateError> value(ByteView key) const override;

  /// The first key that was read and is not in that state as it was read. Error: Unreadable.
  [[nodiscard]] Result<std::optional<Bytes>, ledger::StateError> first_altered(
      const ledger::TreeReader& reader, const ledger::TreeState& state) const;

 private:
  const ledger::StateReader& values_;
  mutable std::map<Bytes, std::optional<crypto::Digest>> read_;  // digests of the values, by key
};

}  // namespace troupe::actors
