#include "protocol/crypto/merkle.hpp"

#include <array>
#include <bit>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::crypto {

namespace {

constexpr std::array<std::uint8_t, 1> kLeafPrefix{0x00};
constexpr std::array<std::uint8_t, 1> kNodePrefix{0x01};

// The next level of the tree: neighbours are paired, and a last node without a neighbour moves up
// as it is. This equals the recursive definition of RFC 6962, which splits at the largest power of
// two below the size.
void reduce_level(std::vector<Digest>& level) {
  const std::size_t pairs = level.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i)
    level[i] = merkle_node(level[2 * i], level[2 * i + 1]);
  if (level.size() % 2 != 0) level[pairs] = level.back();
  level.resize((level.size() + 1) / 2);
}

}  // namespace

Digest merkle_leaf(ByteView content) {
  return sha256({ByteView(kLeafPrefix), content});
}

Digest merkle_node(const Digest& left, const Digest& right) {
  return sha256({ByteView(kNodePrefix), left.view(), right.view()});
}

Digest merkle_root(std::span<const Digest> leaf_hashes) {
  if (leaf_hashes.empty()) return sha256(ByteView{});
  std::vector<Digest> level(leaf_hashes.begin(), leaf_hashes.end());
  while (level.size() > 1)
    reduce_level(level);
  return level.front();
}

std::vector<Digest> merkle_path(std::span<const Digest> leaf_hashes, std::uint64_t index) {
  INVARIANT(index < leaf_hashes.size());
  std::vector<Digest> path;
  std::vector<Digest> level(leaf_hashes.begin(), leaf_hashes.end());
  for (; level.size() > 1; index /= 2) {
    const std::uint64_t sibling = index ^ 1;
    if (sibling < level.size()) path.push_back(level[sibling]);
    reduce_level(level);
  }
  return path;
}

bool merkle_verify(const Digest& leaf_hash,
                   MerklePosition position,
                   std::span<const Digest> path,
                   const Digest& root) {
  if (position.index >= position.size) return false;
  std::uint64_t index = position.index;
  std::uint64_t last = position.size - 1;
  Digest node = leaf_hash;
  for (const Digest& sibling : path) {
    if (last == 0) return false;
    if (index % 2 == 1 || index == last) {
      node = merkle_node(sibling, node);
      // The last node of a level may have moved up several levels without a neighbour.
      while (index % 2 == 0 && index != 0) {
        index /= 2;
        last /= 2;
      }
    } else {
      node = merkle_node(node, sibling);
    }
    index /= 2;
    last /= 2;
  }
  return last == 0 && node == root;
}

std::optional<MerkleFrontier> MerkleFrontier::from(std::uint64_t size, std::vector<Digest> nodes) {
  if (nodes.size() != static_cast<std::size_t>(std::popcount(size))) return std::nullopt;
  MerkleFrontier frontier;
  frontier.size_ = size;
  frontier.nodes_ = std::move(nodes);
  return frontier;
}

void MerkleFrontier::append(const Digest& leaf_hash) {
  INVARIANT(size_ < UINT64_MAX);
  // Adding one to the size carries over its trailing one bits; each carry joins two equal subtrees.
  Digest node = leaf_hash;
  for (int carries = std::countr_one(size_); carries > 0; --carries) {
    node = merkle_node(nodes_.back(), node);
    nodes_.pop_back();
  }
  nodes_.push_back(node);
  ++size_;
  INVARIANT(nodes_.size() == static_cast<std::size_t>(std::popcount(size_)));
}

Digest MerkleFrontier::root() const {
  if (nodes_.empty()) return sha256(ByteView{});
  Digest root = nodes_.back();
  for (std::size_t i = nodes_.size() - 1; i > 0; --i)
    root = merkle_node(nodes_[i - 1], root);
  return root;
}

}  // namespace troupe::crypto
