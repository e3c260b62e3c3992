#include "protocol/ledger/state_check.hpp"

namespace troupe::ledger {

Result<bool, StateError> has_value(const TreeReader& reader,
                                   const TreeState& state,
                                   const crypto::Digest& key_digest,
                                   const std::optional<crypto::Digest>& value_digest) {
  if (state.is_empty()) return !value_digest.has_value();
  std::optional<crypto::Digest> wanted;  // the hash of the leaf, if there is to be one
  if (value_digest) wanted = tree_leaf_hash(key_digest, *value_digest);
  NodeKey key{state.version, {}};
  crypto::Digest hash = state.root;
  while (true) {
    const TreeNodePointer node = reader.node(key);
    if (!node || hash_of(*node) != hash) return failure(StateError::Unreadable);
    if (const auto* leaf = std::get_if<TreeLeaf>(node.get())) {
      // Another key's leaf says that this one has no value.
      return leaf->key_digest == key_digest ? wanted == hash : !wanted.has_value();
    }
    const unsigned nibble = nibble_of(key_digest, key.path.size());
    const auto child = std::get<InternalNode>(*node).child(nibble);
    if (!child) return !wanted.has_value();
    if (child->is_leaf && wanted == child->hash) return true;
    key = {child->version, key.path.child(nibble)};
    hash = child->hash;
  }
}

}  // namespace troupe::ledger
