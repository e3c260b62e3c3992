#include "protocol/ledger/state_node.hpp"

#include <algorithm>
#include <bit>

namespace troupe::ledger {

namespace {

constexpr std::string_view kLeafPrefix = "JMT::LeafNode";
constexpr std::string_view kInnerPrefix = "JMT::IntrnalNode";  // so spelt by the specification
constexpr std::string_view kEmpty = "SPARSE_MERKLE_PLACEHOLDER_HASH__";
constexpr std::uint8_t kInternalKind = 1;
constexpr std::uint8_t kLeafKind = 2;
constexpr std::size_t kLeafBytes = 1 + 32 + 32;

static_assert(kInnerPrefix.size() == 16 && kEmpty.size() == 32);

/// The children that lie below a place: a run of 16, 8, 4, 2 or 1 bits.
std::uint16_t mask_of(unsigned place) {
  const unsigned level = static_cast<unsigned>(std::bit_width(place)) - 1;
  const unsigned width = InternalNode::kChildren >> level;
  const unsigned first = (place << (4 - level)) - InternalNode::kChildren;
  return static_cast<std::uint16_t>(((1U << width) - 1) << first);
}

InternalNode::Below below_of(std::uint16_t present, std::uint16_t leaves) {
  InternalNode::Below below;
  below.count = static_cast<unsigned>(std::popcount(present));
  below.first = static_cast<unsigned>(std::countr_zero(present));
  below.is_single_leaf = below.count == 1 && (leaves & present) != 0;
  return below;
}

/// The bit of the place above a child.
std::uint32_t parent_bit(unsigned nibble) {
  return 1U << (InternalNode::kChildren + nibble) / 2;
}

Bytes encode_leaf(const TreeLeaf& leaf) {
  codec::Writer writer(kLeafBytes);
  return writer.u8(kLeafKind).fixed(leaf.key_digest.view()).fixed(leaf.value_digest.view()).take();
}

codec::Writer& write_bits(codec::Writer& writer, std::uint16_t bits) {
  return writer.u8(static_cast<std::uint8_t>(bits >> 8)).u8(static_cast<std::uint8_t>(bits));
}

std::uint16_t read_bits(codec::Reader& reader) {
  const unsigned high = reader.u8();
  const unsigned low = reader.u8();
  return static_cast<std::uint16_t>(high << 8 | low);
}

bool is_set(std::uint16_t bits, unsigned nibble) {
  return (bits >> nibble & 1U) != 0;
}

Bytes encode_internal(const InternalNode& node) {
  std::uint16_t present = 0;
  std::uint16_t leaves = 0;
  const InternalNode::Children children = node.children();
  for (unsigned nibble = 0; nibble < InternalNode::kChildren; ++nibble) {
    if (!children[nibble]) continue;
    present = static_cast<std::uint16_t>(present | 1U << nibble);
    if (children[nibble]->is_leaf) leaves = static_cast<std::uint16_t>(leaves | 1U << nibble);
  }
  codec::Writer writer(5 + static_cast<std::size_t>(std::popcount(present)) * 36);
  writer.u8(kInternalKind);
  write_bits(writer, present);
  write_bits(writer, leaves);
  for (const auto& child : children) {
    if (child) writer.varint(child->version.number).fixed(child->hash.view());
  }
  return writer.take();
}

InternalNode read_internal(codec::Reader& reader) {
  const std::uint16_t present = read_bits(reader);
  const std::uint16_t leaves = read_bits(reader);
  const bool is_single_leaf = std::popcount(present) == 1 && leaves == present;
  if (present == 0 || (leaves & ~present) != 0 || is_single_leaf) {
    reader.fail(codec::WireError::OutOfRange);
  }
  InternalNode::Children children;
  for (unsigned nibble = 0; nibble < InternalNode::kChildren && reader.ok(); ++nibble) {
    if (!is_set(present, nibble)) continue;
    TreeChild child;
    child.version = Height{reader.varint()};
    child.is_leaf = is_set(leaves, nibble);
    child.hash.bytes = reader.array<32>();
    children[nibble] = child;
  }
  return reader.ok() ? InternalNode(children) : InternalNode();
}

TreeLeaf read_leaf(codec::Reader& reader) {
  TreeLeaf leaf;
  leaf.key_digest.bytes = reader.array<32>();
  leaf.value_digest.bytes = reader.array<32>();
  return leaf;
}

TreeNode read_node(codec::Reader& reader) {
  const std::uint8_t kind = reader.u8();
  if (kind == kInternalKind) return read_internal(reader);
  if (kind != kLeafKind) reader.fail(codec::WireError::OutOfRange);
  return read_leaf(reader);
}

}  // namespace

const crypto::Digest& empty_tree_hash() {
  static const crypto::Digest hash = [] {
    crypto::Digest digest;
    std::copy(kEmpty.begin(), kEmpty.end(), digest.bytes.begin());
    return digest;
  }();
  return hash;
}

crypto::Digest tree_leaf_hash(const crypto::Digest& key_digest,
                              const crypto::Digest& value_digest) {
  return crypto::sha256({as_bytes(kLeafPrefix), key_digest.view(), value_digest.view()});
}

crypto::Digest tree_inner_hash(const crypto::Digest& left, const crypto::Digest& right) {
  return crypto::sha256({as_bytes(kInnerPrefix), left.view(), right.view()});
}

bool bit_of(const crypto::Digest& digest, std::size_t depth) {
  INVARIANT(depth < 256);
  return (digest.bytes[depth / 8] >> (7 - depth % 8) & 1) != 0;
}

unsigned nibble_of(const crypto::Digest& digest, std::size_t depth) {
  INVARIANT(depth < NibblePath::kNibblesMax);
  const unsigned byte = digest.bytes[depth / 2];
  return depth % 2 == 0 ? byte >> 4 : byte & 0x0fU;
}

NibblePath NibblePath::first_of(const crypto::Digest& digest, std::size_t size) {
  NibblePath path;
  for (std::size_t depth = 0; depth < size; ++depth)
    path = path.child(nibble_of(digest, depth));
  return path;
}

std::optional<NibblePath> NibblePath::from(std::size_t size, ByteView packed) {
  if (size > kNibblesMax || packed.size() != (size + 1) / 2) return std::nullopt;
  if (size % 2 != 0 && (packed.back() & 0x0f) != 0) return std::nullopt;
  NibblePath path;
  std::copy(packed.begin(), packed.end(), path.bytes_.begin());
  path.size_ = static_cast<std::uint8_t>(size);
  return path;
}

NibblePath NibblePath::child(unsigned nibble) const {
  INVARIANT(size_ < kNibblesMax);
  INVARIANT(nibble < 16);
  NibblePath path = *this;
  std::uint8_t& byte = path.bytes_[size_ / 2];
  byte = static_cast<std::uint8_t>(size_ % 2 == 0 ? nibble << 4 : byte | nibble);
  ++path.size_;
  return path;
}

ByteView NibblePath::packed() const {
  return ByteView(bytes_).first((size_ + 1U) / 2);
}

InternalNode::InternalNode() {
  hashes_.fill(empty_tree_hash());
}

InternalNode::InternalNode(const Children& children) : InternalNode() {
  std::uint32_t dirty = 0;
  for (unsigned nibble = 0; nibble < kChildren; ++nibble) {
    if (!children[nibble]) continue;
    set({nibble, children[nibble]});
    dirty |= parent_bit(nibble);
  }
  rehash_above(dirty);
}

InternalNode InternalNode::with(std::span<const Replacement> replacements) const {
  InternalNode node = *this;
  std::uint32_t dirty = 0;
  for (const Replacement& replacement : replacements) {
    node.set(replacement);
    dirty |= parent_bit(replacement.nibble);
  }
  node.rehash_above(dirty);
  return node;
}

void InternalNode::set(const Replacement& replacement) {
  const unsigned nibble = replacement.nibble;
  INVARIANT(nibble < kChildren);
  const auto bit = static_cast<std::uint16_t>(1U << nibble);
  const bool is_present = replacement.child.has_value();
  const bool is_leaf = is_present && replacement.child->is_leaf;
  present_ = static_cast<std::uint16_t>(is_present ? present_ | bit : present_ & ~bit);
  leaves_ = static_cast<std::uint16_t>(is_leaf ? leaves_ | bit : leaves_ & ~bit);
  versions_[nibble] = is_present ? replacement.child->version : Height{};
  hashes_[kChildren + nibble] = is_present ? replacement.child->hash : empty_tree_hash();
}

/// Bit p of `dirty` says that the hash at place p is out of date.
void InternalNode::rehash_above(std::uint32_t dirty) {
  for (unsigned place = kChildren - 1; place > 0; --place) {
    if ((dirty >> place & 1U) == 0) continue;
    rehash(place);
    dirty |= 1U << place / 2;
  }
}

std::optional<TreeChild> InternalNode::child(unsigned nibble) const {
  INVARIANT(nibble < kChildren);
  if (!is_set(present_, nibble)) return std::nullopt;
  return TreeChild{versions_[nibble], is_set(leaves_, nibble), hashes_[kChildren + nibble]};
}

InternalNode::Children InternalNode::children() const {
  Children children;
  for (unsigned nibble = 0; nibble < kChildren; ++nibble)
    children[nibble] = child(nibble);
  return children;
}

InternalNode::Below InternalNode::below(unsigned place) const {
  INVARIANT(place >= 1 && place < 2 * kChildren);
  return below_of(static_cast<std::uint16_t>(present_ & mask_of(place)), leaves_);
}

InternalNode::Below InternalNode::children_with(std::span<const Replacement> replacements) const {
  std::uint16_t present = present_;
  std::uint16_t leaves = leaves_;
  for (const Replacement& one : replacements) {
    const auto bit = static_cast<std::uint16_t>(1U << one.nibble);
    present = static_cast<std::uint16_t>(one.child ? present | bit : present & ~bit);
    leaves =
        static_cast<std::uint16_t>(one.child && one.child->is_leaf ? leaves | bit : leaves & ~bit);
  }
  return below_of(present, leaves);
}

void InternalNode::rehash(unsigned place) {
  const Below here = below(place);
  if (here.count == 0) {
    hashes_[place] = empty_tree_hash();
  } else if (here.is_single_leaf) {
    hashes_[place] = hashes_[kChildren + here.first];
  } else {
    hashes_[place] = tree_inner_hash(hashes_[2 * place], hashes_[2 * place + 1]);
  }
}

crypto::Digest hash_of(const TreeNode& node) {
  if (const auto* leaf = std::get_if<TreeLeaf>(&node)) return leaf->hash();
  return std::get<InternalNode>(node).hash();
}

Bytes encode(const TreeNode& node) {
  if (const auto* leaf = std::get_if<TreeLeaf>(&node)) return encode_leaf(*leaf);
  return encode_internal(std::get<InternalNode>(node));
}

Result<TreeNode, codec::WireError> decode_tree_node(ByteView encoded) {
  return codec::decode(encoded, read_node);
}

}  // namespace troupe::ledger
