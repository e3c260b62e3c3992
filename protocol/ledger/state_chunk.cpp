#include "protocol/ledger/state_chunk.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::ledger {

namespace {

constexpr std::size_t kBitsPerNibble = 4;
constexpr std::uint8_t kEntries = 0;
constexpr std::uint8_t kNode = 1;
/// An internal node with 16 children, and room for its framing.
constexpr std::size_t kNodeBytesMax = 16 * (32 + 10) + 16;
/// An entry takes at least its two lengths and a byte of each.
constexpr std::size_t kEntriesMax = kStateChunkBytesMax / 4;

/// A subtree as its parent sees it.
struct Subtree {
  crypto::Digest hash = empty_tree_hash();
  std::size_t leaves = 0;  // 2 stands for two or more
};

/// The definition of the tree, over leaves in order.
Subtree hash_leaves(std::span<const TreeLeaf> leaves, std::size_t depth) {
  if (leaves.empty()) return {};
  if (leaves.size() == 1) return {leaves.front().hash(), 1};
  const auto right = std::partition_point(leaves.begin(), leaves.end(), [&](const TreeLeaf& leaf) {
    return !bit_of(leaf.key_digest, depth);
  });
  const auto left_size = static_cast<std::size_t>(right - leaves.begin());
  return {tree_inner_hash(hash_leaves(leaves.first(left_size), depth + 1).hash,
                          hash_leaves(leaves.subspan(left_size), depth + 1).hash),
          2};
}

unsigned nibble_at(const NibblePath& path, std::size_t depth) {
  const unsigned byte = path.packed()[depth / 2];
  return depth % 2 == 0 ? byte >> 4 : byte & 0x0fU;
}

bool bit_at(const NibblePath& path, std::size_t depth) {
  return (nibble_at(path, depth / kBitsPerNibble) >> (3 - depth % kBitsPerNibble) & 1U) != 0;
}

/// From a subtree's hash up to the root. A single leaf beside nothing stays as it is.
crypto::Digest climb(Subtree subtree,
                     const NibblePath& path,
                     std::span<const crypto::Digest> siblings) {
  std::size_t depth = path.size() * kBitsPerNibble;
  for (const crypto::Digest& sibling : siblings) {
    --depth;
    if (subtree.leaves == 1 && sibling == empty_tree_hash()) continue;
    subtree.hash = bit_at(path, depth) ? tree_inner_hash(sibling, subtree.hash)
                                       : tree_inner_hash(subtree.hash, sibling);
    subtree.leaves = 2;
  }
  return subtree.hash;
}

/// The leaves of entries that are in order and below the path; nothing otherwise.
std::optional<std::vector<TreeLeaf>> leaves_of(const NibblePath& path,
                                               const std::vector<StateEntry>& entries) {
  std::vector<TreeLeaf> leaves;
  leaves.reserve(entries.size());
  for (const StateEntry& entry : entries) {
    if (entry.key.empty() || entry.value.empty()) return std::nullopt;
    const TreeLeaf leaf{crypto::sha256(entry.key), crypto::sha256(entry.value)};
    if (!leaves.empty() && !(leaves.back().key_digest < leaf.key_digest)) return std::nullopt;
    if (NibblePath::first_of(leaf.key_digest, path.size()) != path) return std::nullopt;
    leaves.push_back(leaf);
  }
  return leaves;
}

/// Adds the nodes of a subtree and says how its parent refers to it.
TreeChild build(Height version,
                const NibblePath& path,
                std::span<const TreeLeaf> leaves,
                std::vector<NewNode>& nodes) {
  INVARIANT(!leaves.empty());
  if (leaves.size() == 1) {
    nodes.push_back({{version, path}, std::make_shared<const TreeNode>(leaves.front())});
    return {version, true, leaves.front().hash()};
  }
  InternalNode::Children children;
  while (!leaves.empty()) {
    const unsigned nibble = nibble_of(leaves.front().key_digest, path.size());
    const auto end = std::partition_point(leaves.begin(), leaves.end(), [&](const TreeLeaf& leaf) {
      return nibble_of(leaf.key_digest, path.size()) <= nibble;
    });
    const auto count = static_cast<std::size_t>(end - leaves.begin());
    children[nibble] = build(version, path.child(nibble), leaves.first(count), nodes);
    leaves = leaves.subspan(count);
  }
  const InternalNode node(children);
  nodes.push_back({{version, path}, std::make_shared<const TreeNode>(node)});
  return {version, false, node.hash()};
}

std::vector<StateEntry> read_entries(codec::Reader& reader) {
  std::vector<StateEntry> entries(reader.count(kEntriesMax));
  for (StateEntry& entry : entries) {
    entry.key = to_bytes(reader.bytes(kStateKeyBytesMax));
    entry.value = to_bytes(reader.bytes(kStateValueBytesMax));
    if (!reader.ok()) break;
  }
  return entries;
}

InternalNode read_node(codec::Reader& reader) {
  auto node = decode_tree_node(reader.bytes(kNodeBytesMax));
  if (node && std::holds_alternative<InternalNode>(*node)) return std::get<InternalNode>(*node);
  reader.fail(codec::WireError::OutOfRange);
  return {};
}

StateChunk read_chunk(codec::Reader& reader) {
  StateChunk chunk;
  chunk.path = read_nibble_path(reader);
  chunk.siblings.resize(reader.ok() ? chunk.path.size() * kBitsPerNibble : 0);
  for (crypto::Digest& sibling : chunk.siblings)
    sibling.bytes = reader.array<32>();
  switch (reader.u8()) {
    case kEntries: chunk.content = read_entries(reader); break;
    case kNode: chunk.content = read_node(reader); break;
    default: reader.fail(codec::WireError::OutOfRange);
  }
  return chunk;
}

}  // namespace

std::optional<crypto::Digest> root_of(const StateChunk& chunk) {
  if (chunk.siblings.size() != chunk.path.size() * kBitsPerNibble) return std::nullopt;
  Subtree subtree;
  if (const auto* node = std::get_if<InternalNode>(&chunk.content)) {
    subtree = {node->hash(), 2};
  } else {
    const auto leaves = leaves_of(chunk.path, std::get<std::vector<StateEntry>>(chunk.content));
    if (!leaves) return std::nullopt;
    if (leaves->empty() && chunk.path.size() > 0) return std::nullopt;
    subtree = hash_leaves(*leaves, chunk.path.size() * kBitsPerNibble);
  }
  return climb(subtree, chunk.path, chunk.siblings);
}

bool verify(const StateChunk& chunk, const crypto::Digest& root) {
  return root_of(chunk) == root;
}

Result<std::optional<ChunkPlace>, StateError> find_place(const TreeReader& reader,
                                                         const TreeState& state,
                                                         const NibblePath& path) {
  using Found = std::optional<ChunkPlace>;
  if (state.is_empty()) return path.size() == 0 ? Found{ChunkPlace{}} : Found{};
  ChunkPlace place;
  NodeKey key{state.version, {}};
  crypto::Digest hash = state.root;
  while (true) {
    place.node = reader.node(key);
    if (!place.node || hash_of(*place.node) != hash) return failure(StateError::Unreadable);
    const std::size_t depth = key.path.size();
    if (depth == path.size()) break;
    const auto* node = std::get_if<InternalNode>(place.node.get());
    const unsigned nibble = nibble_at(path, depth);
    const auto child = node == nullptr ? std::nullopt : node->child(nibble);
    if (!child) return Found{};
    for (unsigned width = InternalNode::kChildren / 2; width > 0; width /= 2) {
      const unsigned at = (InternalNode::kChildren + nibble) / width;
      place.siblings.push_back(node->hash_at(at ^ 1U));
    }
    key = {child->version, key.path.child(nibble)};
    hash = child->hash;
  }
  std::reverse(place.siblings.begin(), place.siblings.end());
  return Found{std::move(place)};
}

std::vector<NewNode> build_subtree(Height version,
                                   const NibblePath& path,
                                   std::span<const TreeLeaf> leaves) {
  std::vector<NewNode> nodes;
  build(version, path, leaves, nodes);
  return nodes;
}

InternalNode with_version(const InternalNode& node, Height version) {
  InternalNode::Children children = node.children();
  for (auto& child : children) {
    if (child) child->version = version;
  }
  return InternalNode(children);
}

void write(codec::Writer& writer, const NibblePath& path) {
  writer.u8(static_cast<std::uint8_t>(path.size())).fixed(path.packed());
}

NibblePath read_nibble_path(codec::Reader& reader) {
  const std::size_t size = reader.u8();
  const auto path = NibblePath::from(
      size, size <= NibblePath::kNibblesMax ? reader.fixed((size + 1) / 2) : ByteView{});
  if (path) return *path;
  reader.fail(codec::WireError::OutOfRange);
  return {};
}

Bytes encode(const StateChunk& chunk) {
  INVARIANT(chunk.siblings.size() == chunk.path.size() * kBitsPerNibble);
  codec::Writer writer;
  write(writer, chunk.path);
  for (const crypto::Digest& sibling : chunk.siblings)
    writer.fixed(sibling.view());
  if (const auto* node = std::get_if<InternalNode>(&chunk.content)) {
    writer.u8(kNode).bytes(encode(TreeNode(*node)));
    return writer.take();
  }
  const auto& entries = std::get<std::vector<StateEntry>>(chunk.content);
  writer.u8(kEntries).varint(entries.size());
  for (const StateEntry& entry : entries)
    writer.bytes(entry.key).bytes(entry.value);
  return writer.take();
}

Result<StateChunk, codec::WireError> decode_state_chunk(ByteView encoded) {
  return codec::decode(encoded, read_chunk);
}

}  // namespace troupe::ledger
