#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ledger/state_changes.hpp"
#include "protocol/ledger/state_chunk.hpp"
#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"
#include "storage/chain_store.hpp"
#include "storage/database.hpp"

// The state at every height: its values, its tree, and the names of records for listing. Values are
// kept for ever; tree nodes that only old states need may be pruned, and then those states can
// still be read but no longer proved.
namespace troupe::storage {

/// What executing one block changes in the state.
struct StateUpdate {
  Height height;
  std::span<const ledger::StateWrite> writes;
  const ledger::TreeUpdate& tree;
  std::span<const std::string> listed;  ///< names to be found by prefix
};

/// Adds all of it to the block's write set.
void put_state(WriteSet& set, const StateUpdate& update);

/// Adds a part of a snapshot, verified before, as if one block of that height had written all of it.
void put_snapshot_part(WriteSet& set, const ledger::StateChunk& part, Height height);

/// Adds what makes the parts a state: from then on it is there, and no older one is.
void put_snapshot_root(WriteSet& set, const ledger::TreeState& state);

/// A listed name and the height of the block that changed it last.
struct ListedName {
  std::string name;
  Height height;

  friend bool operator==(const ListedName&, const ListedName&) = default;
};

/// The height within the value of a listed name. Nothing if it has another shape.
[[nodiscard]] std::optional<Height> read_index_height(ByteView value);

/// Names that begin with `prefix` and come after `after` (which may be empty), ascending.
struct NameQuery {
  std::string prefix;
  std::string after;
  std::size_t count_max = SIZE_MAX;
};

/// Safe to share between threads. Errors of every function: Corrupt, Io.
class StateStore {
 public:
  explicit StateStore(std::shared_ptr<Database> database);

  /// The state after the block of that height: the newest one at or below it.
  [[nodiscard]] Stored<ledger::TreeState> state_at(Height height) const;

  /// A value in that state, or nothing.
  [[nodiscard]] Stored<std::optional<Bytes>> value_at(ByteView key, Height height) const;

  /// The key behind a key digest that was ever written, for proofs that name their neighbours.
  [[nodiscard]] Stored<std::optional<Bytes>> key_of(const crypto::Digest& key_digest) const;

  [[nodiscard]] Stored<std::vector<ListedName>> names(const NameQuery& query) const;

  /// All that the state at a height holds below a path of its tree, ascending by key digest. Nothing
  /// if it does not fit one part of a snapshot.
  [[nodiscard]] Stored<std::optional<std::vector<ledger::StateEntry>>> entries_below(
      const ledger::NibblePath& path, Height height) const;

  /// States below this height can no longer be proved. 0 if nothing was pruned.
  [[nodiscard]] Stored<Height> pruned_below() const;

  /// Removes at most `nodes_max` tree nodes that no state from `keep_from` on needs, and returns
  /// how many: call it again until it is 0. The mark that states were pruned is durable first.
  Stored<std::size_t> prune(Height keep_from, std::size_t nodes_max);

  [[nodiscard]] const std::shared_ptr<Database>& database() const { return database_; }

 private:
  std::shared_ptr<Database> database_;
};

/// The tree's nodes, with those near the root cached: nodes never change, so the cache is never
/// wrong. Safe to share between threads. Keeps the first error for whoever gets Unreadable.
class StoredTree final : public ledger::TreeReader {
 public:
  explicit StoredTree(std::shared_ptr<Database> database);

  [[nodiscard]] ledger::TreeNodePointer node(const ledger::NodeKey& key) const override;

  [[nodiscard]] std::optional<StorageError> error() const;

 private:
  [[nodiscard]] ledger::TreeNodePointer cached(const ledger::NodeKey& key) const;
  [[nodiscard]] ledger::TreeNodePointer load(const ledger::NodeKey& key) const;
  void remember(const ledger::NodeKey& key, const ledger::TreeNodePointer& node) const;

  std::shared_ptr<Database> database_;
  mutable std::mutex mutex_;
  mutable std::map<ledger::NodeKey, ledger::TreeNodePointer> cache_;
  mutable std::optional<StorageError> error_;
};

/// The values of the state at one height. For one thread; keeps the first error.
class StateView final : public ledger::StateReader {
 public:
  StateView(const StateStore& store, Height height) : store_(store), height_(height) {}

  [[nodiscard]] Result<std::optional<Bytes>, ledger::StateError> value(ByteView key) const override;

  [[nodiscard]] const std::optional<StorageError>& error() const { return error_; }

 private:
  StateStore store_;
  Height height_;
  mutable std::optional<StorageError> error_;
};

/// Which transactions the chain store knows. For one thread; keeps the first error.
class StoredTransactions final : public ledger::TransactionIndex {
 public:
  explicit StoredTransactions(ChainStore store) : store_(std::move(store)) {}

  [[nodiscard]] Result<std::optional<Height>, ledger::StateError> height_of(
      const crypto::Digest& id) const override;

  [[nodiscard]] const std::optional<StorageError>& error() const { return error_; }

 private:
  ChainStore store_;
  mutable std::optional<StorageError> error_;
};

}  // namespace troupe::storage
