#pragma once

#include <optional>
#include <span>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/state_node.hpp"
#include "protocol/ledger/state_reader.hpp"

// Changing the state tree. A version of the tree shares all nodes that it does not change with the
// versions before it; a block that changes nothing makes no version.
namespace troupe::ledger {

/// One state: its root hash, and the version under which its root node is stored. There is no root
/// node if the state is empty, which is how every chain begins.
struct TreeState {
  Height version;
  crypto::Digest root = empty_tree_hash();

  [[nodiscard]] bool is_empty() const { return root == empty_tree_hash(); }

  friend bool operator==(const TreeState&, const TreeState&) = default;
};

/// One change of the tree: a new value digest for a key digest, or none to remove the key.
struct TreeWrite {
  crypto::Digest key_digest;
  std::optional<crypto::Digest> value_digest;
  /// Of the value that it replaces, if the writer happens to know it: a leaf whose hash bears that
  /// out need not be read. A wrong one changes nothing.
  std::optional<crypto::Digest> before = std::nullopt;

  friend bool operator==(const TreeWrite&, const TreeWrite&) = default;
};

struct NewNode {
  NodeKey key;
  TreeNodePointer node;
};

/// What a change of the tree means for storage, all of it in one atomic write. The nodes of equal
/// inputs come in equal order.
struct TreeUpdate {
  TreeState state;
  std::vector<NewNode> nodes;  ///< all under the new version
  std::vector<NodeKey> stale;  ///< part of no version from the new one on
};

/// Applies a block's writes to `base`, giving version `next`, above base.version. The writes come
/// in strictly ascending order of key digest, one per key. If they change nothing, the state keeps
/// its version and there are no nodes. Error: Unreadable, if a node that must be there is not.
[[nodiscard]] Result<TreeUpdate, StateError> apply(const TreeReader& reader,
                                                   const TreeState& base,
                                                   Height next,
                                                   std::span<const TreeWrite> writes);

}  // namespace troupe::ledger
