#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "storage/state_store.hpp"

// Forgetting old states. What only they need are the tree nodes that a later state replaced, and the
// values that a later one overwrote or removed: both are removed together, the values by the leaves
// that led to them. Older states can then neither be proved nor read.
namespace troupe::storage {

/// What was removed.
struct Pruned {
  std::size_t nodes = 0;
  std::size_t values = 0;
  std::uint64_t bytes = 0;  ///< of keys and values, about
};

/// Removes at most `nodes_max` tree nodes that no state from `keep_from` on needs, and the values
/// behind those that are leaves: call it again until there are no more. The mark that states were
/// pruned is durable first. Errors: Corrupt, Full, Io.
Stored<Pruned> prune(StateStore& states, Height keep_from, std::size_t nodes_max);

/// Keys in [first, end).
struct KeyRange {
  Bytes first;
  Bytes end;
};

/// Where the holes are that pruning below this height left, in pieces of about `bytes_max` each that
/// can be written anew one at a time (Database::compact).
[[nodiscard]] std::vector<KeyRange> pruned_ranges(const Database& database,
                                                  Height below,
                                                  std::uint64_t bytes_max);

}  // namespace troupe::storage
