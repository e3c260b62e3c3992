#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"

// The nodes of the state tree, a Jellyfish Merkle Tree (private-validation.md, B3).
//
// Logically it is a binary trie over the 256 bits of SHA-256(key), most significant bit first:
//
//   leaf  = SHA-256("JMT::LeafNode" || SHA-256(key) || SHA-256(value))
//   inner = SHA-256("JMT::IntrnalNode" || left || right)
//   a subtree with one leaf is that leaf; a subtree with none is the 32 ASCII bytes
//   "SPARSE_MERKLE_PLACEHOLDER_HASH__"
//
// It is stored four levels at a time: an InternalNode has up to 16 children, one per nibble, and
// keeps the hashes of the levels in between, so that changing one child costs four hashes. A node
// is stored under the version (block height) that wrote it and its path, and never changes.
//
//   node     := 1: u8  present: fixed[2]  leaves: fixed[2]  child*  | 2: u8  key: fixed[32]
//               value: fixed[32]
//   child    := version: varint  hash: fixed[32]            in ascending nibble order
//
// `present` and `leaves` are bit sets, big-endian: bit i stands for nibble i; leaves is a subset of
// present. `key` and `value` are digests.
namespace troupe::ledger {

/// The hash of a subtree without a leaf; the root of the empty state.
[[nodiscard]] const crypto::Digest& empty_tree_hash();

[[nodiscard]] crypto::Digest tree_leaf_hash(const crypto::Digest& key_digest,
                                            const crypto::Digest& value_digest);

[[nodiscard]] crypto::Digest tree_inner_hash(const crypto::Digest& left,
                                             const crypto::Digest& right);

/// Bit `depth` of a digest, 0 being the most significant bit of the first byte.
[[nodiscard]] bool bit_of(const crypto::Digest& digest, std::size_t depth);

/// Nibble `depth` of a digest, 0 being the most significant one.
[[nodiscard]] unsigned nibble_of(const crypto::Digest& digest, std::size_t depth);

/// The way from the root to a node, a nibble a step, at most 64.
class NibblePath {
 public:
  static constexpr std::size_t kNibblesMax = 64;

  NibblePath() = default;

  /// The first `size` nibbles of a digest.
  [[nodiscard]] static NibblePath first_of(const crypto::Digest& digest, std::size_t size);

  /// Restores a path from its packed form. Nothing if length or padding do not fit.
  [[nodiscard]] static std::optional<NibblePath> from(std::size_t size, ByteView packed);

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] NibblePath child(unsigned nibble) const;

  /// Two nibbles a byte, the high one first; an odd last one leaves a low half of zero.
  [[nodiscard]] ByteView packed() const;

  friend auto operator<=>(const NibblePath&, const NibblePath&) = default;

 private:
  std::array<std::uint8_t, 32> bytes_{};
  std::uint8_t size_ = 0;
};

/// What a node is stored under.
struct NodeKey {
  Height version;  ///< the block that wrote it
  NibblePath path;

  friend auto operator<=>(const NodeKey&, const NodeKey&) = default;
};

struct TreeLeaf {
  crypto::Digest key_digest;
  crypto::Digest value_digest;

  [[nodiscard]] crypto::Digest hash() const { return tree_leaf_hash(key_digest, value_digest); }

  friend bool operator==(const TreeLeaf&, const TreeLeaf&) = default;
};

/// How a node refers to a child, which is stored under {version, path of the node + nibble}.
struct TreeChild {
  Height version;
  bool is_leaf = false;
  crypto::Digest hash;

  friend bool operator==(const TreeChild&, const TreeChild&) = default;
};

/// Up to 16 children and the hashes between them and the node's own.
class InternalNode {
 public:
  static constexpr unsigned kChildren = 16;
  using Children = std::array<std::optional<TreeChild>, kChildren>;

  InternalNode();
  explicit InternalNode(const Children& children);

  /// One child in place of another, or of none; or none.
  struct Replacement {
    unsigned nibble = 0;
    std::optional<TreeChild> child;
  };

  /// A copy with these children in place of its own; hashes only what lies above them.
  [[nodiscard]] InternalNode with(std::span<const Replacement> replacements) const;

  [[nodiscard]] std::optional<TreeChild> child(unsigned nibble) const;

  [[nodiscard]] Children children() const;

  [[nodiscard]] const crypto::Digest& hash() const { return hashes_[1]; }

  /// The hash at a place inside the node: 1 is the node itself, the halves of place p are 2p and
  /// 2p + 1, and 16 to 31 are the children.
  [[nodiscard]] const crypto::Digest& hash_at(unsigned place) const { return hashes_[place]; }

  /// How many children lie below a place, and which is the first; 16 or more if there is none.
  struct Below {
    unsigned count = 0;
    unsigned first = 0;
    bool is_single_leaf = false;
  };

  [[nodiscard]] Below below(unsigned place) const;

  /// The same of all its children, once these are replaced.
  [[nodiscard]] Below children_with(std::span<const Replacement> replacements) const;

  friend bool operator==(const InternalNode&, const InternalNode&) = default;

 private:
  void set(const Replacement& replacement);
  void rehash_above(std::uint32_t dirty);
  void rehash(unsigned place);

  std::uint16_t present_ = 0;
  std::uint16_t leaves_ = 0;
  std::array<Height, kChildren> versions_{};
  std::array<crypto::Digest, 2 * kChildren> hashes_{};
};

using TreeNode = std::variant<InternalNode, TreeLeaf>;
using TreeNodePointer = std::shared_ptr<const TreeNode>;

[[nodiscard]] crypto::Digest hash_of(const TreeNode& node);

[[nodiscard]] Bytes encode(const TreeNode& node);

/// Errors: all of WireError; OutOfRange also for a node without children, or one whose only child
/// is a leaf, which no tree contains.
[[nodiscard]] Result<TreeNode, codec::WireError> decode_tree_node(ByteView encoded);

}  // namespace troupe::ledger
