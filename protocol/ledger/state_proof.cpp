#include "protocol/ledger/state_proof.hpp"

#include <algorithm>
#include <utility>

namespace troupe::ledger {

namespace {

crypto::Digest key_digest_of(const PresenceProof& proof) {
  return crypto::sha256(proof.key);
}

/// How many leading bits two different digests share.
std::size_t common_bits(const crypto::Digest& one, const crypto::Digest& other) {
  std::size_t depth = 0;
  while (bit_of(one, depth) == bit_of(other, depth))
    ++depth;
  return depth;
}

/// True if from `depth` downwards nothing lies beside the proof's leaf on the given side: the way
/// bears to that side at each step, or leaves an empty subtree there.
bool is_outermost(const PresenceProof& proof, std::size_t depth, bool on_the_right) {
  const crypto::Digest key_digest = key_digest_of(proof);
  const std::size_t length = proof.siblings.size();
  for (; depth < length; ++depth) {
    if (bit_of(key_digest, depth) == on_the_right) continue;
    if (proof.siblings[length - 1 - depth] != empty_tree_hash()) return false;
  }
  return true;
}

/// True if no leaf lies between the two, both of which the same tree holds.
bool are_neighbours(const PresenceProof& left, const PresenceProof& right) {
  const std::size_t fork = common_bits(key_digest_of(left), key_digest_of(right));
  return left.siblings.size() > fork && right.siblings.size() > fork &&
         is_outermost(left, fork + 1, true) && is_outermost(right, fork + 1, false);
}

/// A subtree that is still to be walked into.
struct Branch {
  NodeKey key;
  crypto::Digest hash;
};

Result<TreeNodePointer, StateError> read(const TreeReader& reader, const Branch& branch) {
  TreeNodePointer node = reader.node(branch.key);
  if (!node || hash_of(*node) != branch.hash) return failure(StateError::Unreadable);
  return node;
}

std::optional<Branch> branch_of(const InternalNode& node, const NibblePath& path, unsigned nibble) {
  const auto child = node.child(nibble);
  if (!child) return std::nullopt;
  return Branch{{child->version, path.child(nibble)}, child->hash};
}

/// The child nearest to a nibble on one side of it.
std::optional<Branch> nearest(const InternalNode& node,
                              const NibblePath& path,
                              unsigned nibble,
                              bool on_the_right) {
  while (on_the_right ? nibble + 1 < InternalNode::kChildren : nibble > 0) {
    nibble = on_the_right ? nibble + 1 : nibble - 1;
    if (auto branch = branch_of(node, path, nibble)) return branch;
  }
  return std::nullopt;
}

/// The lowest or highest key digest of a subtree.
Result<crypto::Digest, StateError> outermost(const TreeReader& reader, Branch branch, bool lowest) {
  while (true) {
    const auto node = read(reader, branch);
    if (!node) return failure(node.error());
    if (const auto* leaf = std::get_if<TreeLeaf>(node->get())) return leaf->key_digest;
    const auto& internal = std::get<InternalNode>(**node);
    const unsigned edge = lowest ? 0 : InternalNode::kChildren - 1;
    auto next = branch_of(internal, branch.key.path, edge);
    if (!next) next = nearest(internal, branch.key.path, edge, lowest);
    if (!next) return failure(StateError::Unreadable);
    branch = *next;
  }
}

/// Where a way leaves an internal node.
struct Exit {
  unsigned place = 1;
  std::vector<crypto::Digest> siblings;  // from the node's own hash downwards
};

/// Walks from an internal node's own hash to a child, or to the place where no more than one leaf is
/// left.
Exit walk(const InternalNode& node, const crypto::Digest& key_digest, std::size_t depth) {
  Exit exit;
  while (exit.place < InternalNode::kChildren) {
    const InternalNode::Below below = node.below(exit.place);
    if (below.count == 0 || below.is_single_leaf) break;
    const unsigned bit = bit_of(key_digest, depth++) ? 1 : 0;
    exit.siblings.push_back(node.hash_at(2 * exit.place + 1 - bit));
    exit.place = 2 * exit.place + bit;
  }
  return exit;
}

void write(codec::Writer& writer, const PresenceProof& proof) {
  writer.bytes(proof.key).bytes(proof.value).varint(proof.siblings.size());
  for (const crypto::Digest& sibling : proof.siblings)
    writer.fixed(sibling.view());
}

void write(codec::Writer& writer, const std::optional<PresenceProof>& neighbour) {
  writer.boolean(neighbour.has_value());
  if (neighbour) write(writer, *neighbour);
}

PresenceProof read_presence(codec::Reader& reader) {
  PresenceProof proof;
  proof.key = to_bytes(reader.bytes(kStateKeyBytesMax));
  proof.value = to_bytes(reader.bytes(kStateValueBytesMax));
  const std::size_t count = reader.count(kStateTreeDepthMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    proof.siblings.push_back({reader.array<32>()});
  }
  return proof;
}

std::optional<PresenceProof> read_neighbour(codec::Reader& reader) {
  if (!reader.boolean()) return std::nullopt;
  return read_presence(reader);
}

AbsenceProof read_absence(codec::Reader& reader) {
  AbsenceProof proof;
  proof.left = read_neighbour(reader);
  proof.right = read_neighbour(reader);
  return proof;
}

}  // namespace

crypto::Digest root_of(const PresenceProof& proof) {
  INVARIANT(proof.siblings.size() <= kStateTreeDepthMax);
  const crypto::Digest key_digest = key_digest_of(proof);
  crypto::Digest hash = tree_leaf_hash(key_digest, crypto::sha256(proof.value));
  std::size_t depth = proof.siblings.size();
  for (const crypto::Digest& sibling : proof.siblings) {
    --depth;
    hash =
        bit_of(key_digest, depth) ? tree_inner_hash(sibling, hash) : tree_inner_hash(hash, sibling);
  }
  return hash;
}

bool verify(const PresenceProof& proof, const crypto::Digest& root) {
  if (proof.key.empty() || proof.value.empty()) return false;
  return proof.siblings.size() <= kStateTreeDepthMax && root_of(proof) == root;
}

bool verify_absence(const AbsenceProof& proof, ByteView key, const crypto::Digest& root) {
  if (key.empty()) return false;
  if (!proof.left && !proof.right) return root == empty_tree_hash();
  const crypto::Digest key_digest = crypto::sha256(key);
  if (proof.left && !(verify(*proof.left, root) && key_digest_of(*proof.left) < key_digest)) {
    return false;
  }
  if (proof.right && !(verify(*proof.right, root) && key_digest < key_digest_of(*proof.right))) {
    return false;
  }
  if (!proof.right) return is_outermost(*proof.left, 0, true);
  if (!proof.left) return is_outermost(*proof.right, 0, false);
  return are_neighbours(*proof.left, *proof.right);
}

Result<TreeWay, StateError> find_way(const TreeReader& reader,
                                     const TreeState& state,
                                     const crypto::Digest& key_digest) {
  TreeWay way;
  if (state.is_empty()) return way;
  std::optional<Branch> branch = Branch{{state.version, {}}, state.root};
  while (branch) {
    const auto node = read(reader, *branch);
    if (!node) return failure(node.error());
    if (const auto* leaf = std::get_if<TreeLeaf>(node->get())) {
      way.leaf = *leaf;
      way.leaf_version = branch->key.version;
      break;
    }
    const auto& internal = std::get<InternalNode>(**node);
    const NibblePath path = branch->key.path;
    const Exit exit = walk(internal, key_digest, 4 * path.size());
    way.siblings.insert(way.siblings.end(), exit.siblings.begin(), exit.siblings.end());
    const InternalNode::Below below = internal.below(exit.place);
    branch = below.count == 0 ? std::nullopt : branch_of(internal, path, below.first);
  }
  std::reverse(way.siblings.begin(), way.siblings.end());
  return way;
}

Result<Neighbours, StateError> find_neighbours(const TreeReader& reader,
                                               const TreeState& state,
                                               const crypto::Digest& key_digest) {
  if (state.is_empty()) return Neighbours{};
  std::optional<Branch> left;
  std::optional<Branch> right;
  std::optional<Branch> branch = Branch{{state.version, {}}, state.root};
  while (branch) {
    const auto node = read(reader, *branch);
    if (!node) return failure(node.error());
    if (const auto* leaf = std::get_if<TreeLeaf>(node->get())) {
      if (leaf->key_digest < key_digest) left = branch;
      if (leaf->key_digest > key_digest) right = branch;
      break;
    }
    const auto& internal = std::get<InternalNode>(**node);
    const NibblePath path = branch->key.path;
    const unsigned nibble = nibble_of(key_digest, path.size());
    if (auto nearer = nearest(internal, path, nibble, false)) left = nearer;
    if (auto nearer = nearest(internal, path, nibble, true)) right = nearer;
    branch = branch_of(internal, path, nibble);
  }
  Neighbours neighbours;
  if (left) {
    const auto found = outermost(reader, *left, false);
    if (!found) return failure(found.error());
    neighbours.left = *found;
  }
  if (right) {
    const auto found = outermost(reader, *right, true);
    if (!found) return failure(found.error());
    neighbours.right = *found;
  }
  return neighbours;
}

Bytes encode(const PresenceProof& proof) {
  codec::Writer writer;
  write(writer, proof);
  return writer.take();
}

Bytes encode(const AbsenceProof& proof) {
  codec::Writer writer;
  write(writer, proof.left);
  write(writer, proof.right);
  return writer.take();
}

Result<PresenceProof, codec::WireError> decode_presence_proof(ByteView encoded) {
  return codec::decode(encoded, read_presence);
}

Result<AbsenceProof, codec::WireError> decode_absence_proof(ByteView encoded) {
  return codec::decode(encoded, read_absence);
}

}  // namespace troupe::ledger
