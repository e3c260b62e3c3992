#pragma once

#include <optional>

#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"

namespace troupe::ledger {

/// Whether a state has a value of this digest under a key, or none. Cheaper than the way to its leaf
/// (state_proof.hpp): the leaf of a value that is right is not read, since its parent names its hash.
/// Error: Unreadable, also for a node that is not what its parent says of it.
[[nodiscard]] Result<bool, StateError> has_value(const TreeReader& reader,
                                                 const TreeState& state,
                                                 const crypto::Digest& key_digest,
                                                 const std::optional<crypto::Digest>& value_digest);

}  // namespace troupe::ledger
