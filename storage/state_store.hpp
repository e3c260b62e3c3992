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

#include "protocol/base/limits.hpp"
#include "protocol/ledger/state_changes.hpp"
#include "protocol/ledger/state_chunk.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"
#include "storage/chain_store.hpp"
#include "storage/database.hpp"

// The state at every height: its values, its tree, and the names of records for listing. What only
// old states need may be pruned (state_pruning.hpp); those states are gone then.
namespace troupe::storage {

/// A listed name and the height of the block that changed it last.
struct ListedName {
  std::string name;
  Height height;

  friend bool operator==(const ListedName&, const ListedName&) = default;
};

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

/// Key digests from the first to the last one.
struct DigestRange {
  crypto::Digest first;
  crypto::Digest last;
};

/// Those below a path.
[[nodiscard]] DigestRange digests_below(const ledger::NibblePath& path);

/// Where the list of records has the record that a state entry is. Nothing if it is no record.
[[nodiscard]] std::optional<ListedName> listing_of(const ledger::StateEntry& entry);

/// Adds what makes the parts a state: from then on it is there, and no older one is.
void put_snapshot_root(WriteSet& set, const ledger::TreeState& state);

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

  /// The same for whoever knows where the key leads in that state's tree: without a search, if the
  /// leaf was written when its value was, which is so unless it had to move since. The value of the
  /// leaf if it is there; whoever gets another one was given what is damaged.
  [[nodiscard]] Stored<std::optional<Bytes>> value_on(const ledger::TreeWay& way,
                                                      ByteView key,
                                                      Height height) const;

  /// The key behind a key digest that was ever written, for proofs that name their neighbours.
  [[nodiscard]] Stored<std::optional<Bytes>> key_of(const crypto::Digest& key_digest) const;

  [[nodiscard]] Stored<std::vector<ListedName>> names(const NameQuery& query) const;

  /// All that the state at a height holds below a path of its tree, ascending by key digest. Nothing
  /// if it does not fit one part of a snapshot.
  [[nodiscard]] Stored<std::optional<std::vector<ledger::StateEntry>>> entries_below(
      const ledger::NibblePath& path, Height height) const;

  /// States below this height are gone, or about to be. 0 if nothing was pruned.
  [[nodiscard]] Stored<Height> pruned_below() const;

  /// Raises that height, durably. A lower one changes nothing.
  Stored<Done> mark_pruned_below(Height height);

  [[nodiscard]] const std::shared_ptr<Database>& database() const { return database_; }

 private:
  [[nodiscard]] Stored<std::optional<Bytes>> decoded(const Entry& entry) const;

  std::shared_ptr<Database> database_;
};

/// How much of a tree is kept in memory: so many nodes, none farther from the root than this. An
/// inner node takes about 1.3 KB.
struct TreeCacheBounds {
  std::size_t nodes_max = kTreeCacheNodesMax;
  std::size_t depth_max = kTreeCacheDepthMax;
};

/// For whoever changes the tree at every block: five levels of it, in 90 MB once there are a million
/// keys, so that a change of one of them reads one node or two.
inline constexpr TreeCacheBounds kWriterTreeCache{70'000, 4};

/// The tree's nodes, with those near the root cached: nodes never change, so the cache is never
/// wrong. Safe to share between threads. Keeps the first error for whoever gets Unreadable.
class StoredTree final : public ledger::TreeReader {
 public:
  explicit StoredTree(std::shared_ptr<Database> database, TreeCacheBounds bounds = {});

  [[nodiscard]] ledger::TreeNodePointer node(const ledger::NodeKey& key) const override;

  /// Keeps the new nodes of a stored update at hand, and forgets the stale ones.
  void adopt(const ledger::TreeUpdate& update);

  [[nodiscard]] std::optional<StorageError> error() const;

 private:
  [[nodiscard]] ledger::TreeNodePointer cached(const ledger::NodeKey& key) const;
  [[nodiscard]] ledger::TreeNodePointer load(const ledger::NodeKey& key) const;
  void remember(const ledger::NodeKey& key, const ledger::TreeNodePointer& node) const;

  std::shared_ptr<Database> database_;
  TreeCacheBounds bounds_;
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
