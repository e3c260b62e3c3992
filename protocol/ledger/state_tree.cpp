#include "protocol/ledger/state_tree.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace troupe::ledger {

namespace {

/// What a subtree became. A new leaf has no place yet: its parent may vanish and let it rise.
struct Subtree {
  std::optional<TreeChild> child;    ///< nothing if there is no leaf in it
  std::optional<TreeLeaf> new_leaf;  ///< the leaf itself, if `child` is one that is not stored yet
  bool is_changed = false;
};

/// A changed subtree below an internal node.
struct Part {
  unsigned nibble = 0;
  Subtree subtree;
};

template <class T>
using Read = Result<T, StateError>;

/// The part of sorted items whose key digest has this nibble at this depth, taken off the front.
template <class Item>
std::span<const Item> take_nibble(std::span<const Item>& rest, std::size_t depth, unsigned nibble) {
  const auto end = std::find_if(rest.begin(), rest.end(), [depth, nibble](const Item& item) {
    return nibble_of(item.key_digest, depth) != nibble;
  });
  const auto size = static_cast<std::size_t>(end - rest.begin());
  const std::span<const Item> taken = rest.first(size);
  rest = rest.subspan(size);
  return taken;
}

/// One application of writes: walks down to what changes, and on the way up writes what is new and
/// lists what is stale.
class Change {
 public:
  Change(const TreeReader& reader, Height next) : reader_(reader), next_(next) {}

  Read<TreeUpdate> run(const TreeState& base, std::span<const TreeWrite> writes);

 private:
  Read<Subtree> change(const std::optional<TreeChild>& base,
                       const NibblePath& path,
                       std::span<const TreeWrite> writes);
  Read<Subtree> change_leaf(const TreeChild& base,
                            const NibblePath& path,
                            std::span<const TreeWrite> writes);
  Read<Subtree> change_internal(const TreeChild& base,
                                const NibblePath& path,
                                std::span<const TreeWrite> writes);
  Read<Subtree> merge(const InternalNode& node, const NibblePath& path, std::span<Part> parts);
  Subtree grow(const NibblePath& path, std::span<const TreeLeaf> leaves);
  Read<Subtree> lift(const TreeChild& child, const NibblePath& path);
  Subtree place(const NibblePath& path, const InternalNode& node);
  void settle(Subtree& subtree, const NibblePath& path);
  [[nodiscard]] Read<TreeLeaf> known_leaf(const TreeChild& base,
                                          const NibblePath& path,
                                          std::span<const TreeWrite> writes) const;
  [[nodiscard]] Read<TreeNodePointer> read(const TreeChild& child, const NibblePath& path) const;

  const TreeReader& reader_;
  Height next_;
  TreeUpdate update_;
};

Read<TreeUpdate> Change::run(const TreeState& base, std::span<const TreeWrite> writes) {
  std::optional<TreeChild> root;
  if (!base.is_empty()) {
    const NodeKey key{base.version, {}};
    const TreeNodePointer node = reader_.node(key);
    if (!node) return failure(StateError::Unreadable);
    root = TreeChild{base.version, std::holds_alternative<TreeLeaf>(*node), base.root};
  }
  auto subtree = change(root, {}, writes);
  if (!subtree) return failure(subtree.error());
  settle(*subtree, {});
  update_.state = base;
  if (subtree->is_changed) {
    const bool is_empty = !subtree->child.has_value();
    update_.state = {next_, is_empty ? empty_tree_hash() : subtree->child->hash};
  }
  return std::move(update_);
}

// The walk follows the shape of the tree. It ends after 64 nibbles at the latest.
// NOLINTBEGIN(misc-no-recursion)

Read<Subtree> Change::change(const std::optional<TreeChild>& base,
                             const NibblePath& path,
                             std::span<const TreeWrite> writes) {
  if (writes.empty()) return Subtree{base, std::nullopt, false};
  if (base && base->is_leaf) return change_leaf(*base, path, writes);
  if (base) return change_internal(*base, path, writes);
  std::vector<TreeLeaf> leaves;
  for (const TreeWrite& write : writes) {
    if (write.value_digest) leaves.push_back({write.key_digest, *write.value_digest});
  }
  return grow(path, leaves);
}

Read<Subtree> Change::change_leaf(const TreeChild& base,
                                  const NibblePath& path,
                                  std::span<const TreeWrite> writes) {
  const auto old = known_leaf(base, path, writes);
  if (!old) return failure(old.error());

  std::vector<TreeLeaf> leaves;
  bool keeps_old = true;
  for (const TreeWrite& write : writes) {
    if (write.key_digest == old->key_digest) keeps_old = false;
    if (write.value_digest) leaves.push_back({write.key_digest, *write.value_digest});
  }
  if (keeps_old) {
    const auto at = std::find_if(leaves.begin(), leaves.end(), [old](const TreeLeaf& leaf) {
      return leaf.key_digest > old->key_digest;
    });
    leaves.insert(at, *old);
  }
  if (leaves.size() == 1 && leaves.front() == *old) return Subtree{base, std::nullopt, false};
  update_.stale.push_back({base.version, path});
  Subtree subtree = grow(path, leaves);
  subtree.is_changed = true;
  return subtree;
}

Read<Subtree> Change::change_internal(const TreeChild& base,
                                      const NibblePath& path,
                                      std::span<const TreeWrite> writes) {
  const auto pointer = read(base, path);
  if (!pointer) return failure(pointer.error());
  const auto* node = std::get_if<InternalNode>(pointer->get());
  if (node == nullptr) return failure(StateError::Unreadable);

  std::vector<Part> parts;
  for (unsigned nibble = 0; !writes.empty(); ++nibble) {
    const std::span<const TreeWrite> own = take_nibble(writes, path.size(), nibble);
    if (own.empty()) continue;
    auto part = change(node->child(nibble), path.child(nibble), own);
    if (!part) return part;
    if (part->is_changed) parts.push_back({nibble, std::move(part).value()});
  }
  if (parts.empty()) return Subtree{base, std::nullopt, false};
  update_.stale.push_back({base.version, path});
  return merge(*node, path, parts);
}

/// What an internal node becomes whose subtrees these are now.
Read<Subtree> Change::merge(const InternalNode& node,
                            const NibblePath& path,
                            std::span<Part> parts) {
  std::vector<InternalNode::Replacement> replacements;
  replacements.reserve(parts.size());
  for (const Part& part : parts)
    replacements.push_back({part.nibble, part.subtree.child});
  const InternalNode::Below left = node.children_with(replacements);
  if (left.count == 0) return Subtree{std::nullopt, std::nullopt, true};
  if (left.is_single_leaf) {
    const auto changed = std::ranges::find(parts, left.first, &Part::nibble);
    if (changed == parts.end()) return lift(*node.child(left.first), path.child(left.first));
    if (changed->subtree.new_leaf) return changed->subtree;
    return lift(*changed->subtree.child, path.child(left.first));
  }
  for (Part& part : parts)
    settle(part.subtree, path.child(part.nibble));
  return place(path, node.with(replacements));
}

/// A subtree where there was none, of these leaves, ascending.
Subtree Change::grow(const NibblePath& path, std::span<const TreeLeaf> leaves) {
  if (leaves.empty()) return {};
  if (leaves.size() == 1) {
    return {TreeChild{next_, true, leaves.front().hash()}, leaves.front(), true};
  }
  InternalNode::Children children;
  for (unsigned nibble = 0; nibble < InternalNode::kChildren; ++nibble) {
    Subtree part = grow(path.child(nibble), take_nibble(leaves, path.size(), nibble));
    settle(part, path.child(nibble));
    children[nibble] = part.child;
  }
  return place(path, InternalNode(children));
}

// NOLINTEND(misc-no-recursion)

/// Takes a stored leaf from its place, because its parent vanishes and it takes that one's.
Read<Subtree> Change::lift(const TreeChild& child, const NibblePath& path) {
  const auto node = read(child, path);
  if (!node) return failure(node.error());
  const auto* leaf = std::get_if<TreeLeaf>(node->get());
  if (leaf == nullptr) return failure(StateError::Unreadable);
  update_.stale.push_back({child.version, path});
  return Subtree{TreeChild{next_, true, child.hash}, *leaf, true};
}

Subtree Change::place(const NibblePath& path, const InternalNode& node) {
  const crypto::Digest hash = node.hash();
  update_.nodes.push_back({NodeKey{next_, path}, std::make_shared<const TreeNode>(node)});
  return {TreeChild{next_, false, hash}, std::nullopt, true};
}

/// Gives a new leaf, if the subtree is one, its final place.
void Change::settle(Subtree& subtree, const NibblePath& path) {
  if (!subtree.new_leaf) return;
  update_.nodes.push_back(
      {NodeKey{next_, path}, std::make_shared<const TreeNode>(*subtree.new_leaf)});
  subtree.new_leaf.reset();
}

/// The leaf that was there: of a write that knows what it replaces, or as it is stored.
Read<TreeLeaf> Change::known_leaf(const TreeChild& base,
                                  const NibblePath& path,
                                  std::span<const TreeWrite> writes) const {
  for (const TreeWrite& write : writes) {
    if (!write.before) continue;
    const TreeLeaf leaf{write.key_digest, *write.before};
    if (leaf.hash() == base.hash) return leaf;
  }
  const auto node = read(base, path);
  if (!node) return failure(node.error());
  const auto* leaf = std::get_if<TreeLeaf>(node->get());
  if (leaf == nullptr) return failure(StateError::Unreadable);
  return *leaf;
}

/// Reads a node and compares it with what its parent says of it.
Read<TreeNodePointer> Change::read(const TreeChild& child, const NibblePath& path) const {
  TreeNodePointer node = reader_.node({child.version, path});
  if (!node || hash_of(*node) != child.hash) return failure(StateError::Unreadable);
  return node;
}

}  // namespace

Result<TreeUpdate, StateError> apply(const TreeReader& reader,
                                     const TreeState& base,
                                     Height next,
                                     std::span<const TreeWrite> writes) {
  INVARIANT(base.is_empty() || base.version < next);
  const auto out_of_order = [](const TreeWrite& one, const TreeWrite& other) {
    return one.key_digest >= other.key_digest;
  };
  INVARIANT(std::adjacent_find(writes.begin(), writes.end(), out_of_order) == writes.end());
  if (writes.empty()) return TreeUpdate{base, {}, {}};
  return Change(reader, next).run(base, writes);
}

}  // namespace troupe::ledger
