#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "protocol/crypto/merkle.hpp"

// Proofs over a Merkle tree of RFC 6962 that only grows and is too long to be hashed anew: whoever
// keeps the roots of its perfect subtrees, two for each leaf on average, proves with O(log n) reads
// that a leaf is in it (RFC 9162, 2.1.3) and that an older tree is its beginning (2.1.4).
namespace troupe::crypto {

/// The root of a perfect subtree: leaves [index * 2^level, (index + 1) * 2^level).
struct MerklePlace {
  std::uint8_t level = 0;
  std::uint64_t index = 0;

  friend auto operator<=>(const MerklePlace&, const MerklePlace&) = default;
};

struct MerkleNode {
  MerklePlace place;
  Digest hash;

  friend bool operator==(const MerkleNode&, const MerkleNode&) = default;
};

/// The perfect subtrees that become whole when this leaf is appended: the leaf first.
[[nodiscard]] std::vector<MerkleNode> completed_by(const MerkleFrontier& before,
                                                   const Digest& leaf_hash);

/// Reads one kept node; nothing if it cannot be read.
using MerkleNodes = std::function<std::optional<Digest>(const MerklePlace&)>;

/// The audit path of a leaf. Requires index < size. Nothing if a node cannot be read.
[[nodiscard]] std::optional<std::vector<Digest>> inclusion_path(const MerkleNodes& nodes,
                                                                MerklePosition position);

/// Two sizes of one tree: 1 <= older <= newer.
struct MerkleSizes {
  std::uint64_t older = 0;
  std::uint64_t newer = 0;
};

/// The consistency path between the two. Nothing if a node cannot be read.
[[nodiscard]] std::optional<std::vector<Digest>> consistency_path(const MerkleNodes& nodes,
                                                                  MerkleSizes sizes);

/// The roots of the two sizes.
struct MerkleRoots {
  Digest older;
  Digest newer;
};

/// True if the path shows that the older tree is the beginning of the newer one (2.1.4.2).
[[nodiscard]] bool consistency_verify(MerkleSizes sizes,
                                      const MerkleRoots& roots,
                                      std::span<const Digest> path);

}  // namespace troupe::crypto
