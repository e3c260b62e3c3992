#pragma once

#include <optional>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/state_node.hpp"

// The seams through which the pure ledger reads what storage keeps. Storage and the tests derive
// from these classes; nothing else in the ledger is a base class but Module.
namespace troupe::ledger {

/// Storage could not give what must be there: a damaged or unreadable disk. The implementation
/// keeps the details; whoever gets this stops, and no result is made of half the data.
enum class StateError { Unreadable };

/// Reads nodes of the state tree.
class TreeReader {
 public:
  virtual ~TreeReader() = default;

  /// The node stored under this key, which some tree refers to; null if it cannot be read.
  [[nodiscard]] virtual TreeNodePointer node(const NodeKey& key) const = 0;
};

/// Reads the values of one state, that before the block being executed or that of a query.
class StateReader {
 public:
  virtual ~StateReader() = default;

  /// The value under a state key, or nothing if there is none. Error: Unreadable.
  [[nodiscard]] virtual Result<std::optional<Bytes>, StateError> value(ByteView key) const = 0;
};

/// Knows which transactions were decided in earlier blocks.
class TransactionIndex {
 public:
  virtual ~TransactionIndex() = default;

  /// The height whose block applied or refused this transaction, or nothing. Must know at least the
  /// kValidThroughHeightsMax + 1 heights below the block being executed. Error: Unreadable.
  [[nodiscard]] virtual Result<std::optional<Height>, StateError> height_of(
      const crypto::Digest& id) const = 0;
};

}  // namespace troupe::ledger
