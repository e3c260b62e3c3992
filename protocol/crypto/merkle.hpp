#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "protocol/crypto/hash.hpp"

// Merkle trees of RFC 6962 section 2.1 (RFC 9162 section 2.1): leaf = SHA-256(0x00 || content),
// node = SHA-256(0x01 || left || right), the root of no leaves = SHA-256 of nothing.
namespace troupe::crypto {

[[nodiscard]] Digest merkle_leaf(ByteView content);
[[nodiscard]] Digest merkle_node(const Digest& left, const Digest& right);

/// The root over these leaf hashes.
[[nodiscard]] Digest merkle_root(std::span<const Digest> leaf_hashes);

/// The audit path of leaf `index` (RFC 9162, 2.1.3.1). Requires index < leaf_hashes.size().
[[nodiscard]] std::vector<Digest> merkle_path(std::span<const Digest> leaf_hashes,
                                              std::uint64_t index);

struct MerklePosition {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
};

/// True if the path leads from the leaf hash to the root (RFC 9162, 2.1.3.2).
[[nodiscard]] bool merkle_verify(const Digest& leaf_hash,
                                 MerklePosition position,
                                 std::span<const Digest> path,
                                 const Digest& root);

/// The right edge of a growing tree: enough to append leaves and to know the root, in O(log n).
class MerkleFrontier {
 public:
  MerkleFrontier() = default;

  /// Restores a frontier. Nothing unless there is one node for each one bit of `size`.
  [[nodiscard]] static std::optional<MerkleFrontier> from(std::uint64_t size,
                                                          std::vector<Digest> nodes);

  void append(const Digest& leaf_hash);

  [[nodiscard]] Digest root() const;

  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// The roots of the perfect subtrees, the largest first: one per one bit of size().
  [[nodiscard]] const std::vector<Digest>& nodes() const { return nodes_; }

  friend bool operator==(const MerkleFrontier&, const MerkleFrontier&) = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> nodes_;
};

}  // namespace troupe::crypto
