#pragma once

#include <map>
#include <optional>
#include <vector>

#include "protocol/ledger/execution.hpp"
#include "protocol/ledger/state_changes.hpp"
#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"

// A state in memory: what storage keeps on disk, as the ledger's tests need it.
namespace troupe::ledger::samples {

/// The nodes of every version, until they are pruned.
class MemoryTree : public TreeReader {
 public:
  TreeNodePointer node(const NodeKey& key) const override {
    const auto found = nodes.find(key);
    return found == nodes.end() ? nullptr : found->second;
  }

  /// Applies writes in any order and keeps what comes of them.
  TreeUpdate write(Height next, const std::map<crypto::Digest, std::optional<crypto::Digest>>& to) {
    std::vector<TreeWrite> writes;
    for (const auto& [key_digest, value_digest] : to)
      writes.push_back({key_digest, value_digest});
    auto update = apply(*this, state, next, writes);
    INVARIANT(update.ok());
    keep(*update);
    return std::move(update).value();
  }

  void keep(const TreeUpdate& update) {
    for (const NewNode& fresh : update.nodes) {
      INVARIANT(nodes.emplace(fresh.key, fresh.node).second);
    }
    stale.insert(stale.end(), update.stale.begin(), update.stale.end());
    state = update.state;
  }

  /// Forgets what no current version needs. Each stale node is there, once.
  void prune() {
    for (const NodeKey& key : stale)
      INVARIANT(nodes.erase(key) == 1);
    stale.clear();
  }

  std::map<NodeKey, TreeNodePointer> nodes;
  std::vector<NodeKey> stale;
  TreeState state;
};

/// The values of the current state.
class MemoryValues : public StateReader {
 public:
  Result<std::optional<Bytes>, StateError> value(ByteView key) const override {
    if (broken) return failure(StateError::Unreadable);
    const auto found = values.find(key);
    if (found == values.end()) return std::optional<Bytes>();
    return std::optional<Bytes>(found->second);
  }

  std::map<Bytes, Bytes, BytesLess> values;
  bool broken = false;
};

/// The decided transactions of all blocks.
class MemoryIndex : public TransactionIndex {
 public:
  Result<std::optional<Height>, StateError> height_of(const crypto::Digest& id) const override {
    if (broken) return failure(StateError::Unreadable);
    const auto found = heights.find(id);
    if (found == heights.end()) return std::optional<Height>();
    return std::optional<Height>(found->second);
  }

  std::map<crypto::Digest, Height> heights;
  bool broken = false;
};

}  // namespace troupe::ledger::samples
