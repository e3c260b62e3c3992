#include "protocol/crypto/merkle_log.hpp"

#include <algorithm>
#include <bit>

#include "protocol/base/invariant.hpp"

namespace troupe::crypto {

namespace {

/// Leaves [first, end), where `first` is a multiple of the power of two at or above their number:
/// what a subtree of RFC 6962 covers.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t end = 0;

  [[nodiscard]] std::uint64_t size() const { return end - first; }

  /// How many leaves lie left of the split: the largest power of two below the size.
  [[nodiscard]] std::uint64_t left_size() const { return std::bit_floor(size() - 1); }
};

/// Requires a range that is not empty.
std::optional<Digest> root_of(const MerkleNodes& nodes, Range range) {
  std::vector<Digest> perfect;  // the largest first
  while (range.size() > 0) {
    const std::uint64_t leaves = std::bit_floor(range.size());
    const auto level = static_cast<std::uint8_t>(std::countr_zero(leaves));
    const auto node = nodes({level, range.first >> level});
    if (!node) return std::nullopt;
    perfect.push_back(*node);
    range.first += leaves;
  }
  Digest root = perfect.back();
  for (std::size_t i = perfect.size() - 1; i > 0; --i)
    root = merkle_node(perfect[i - 1], root);
  return root;
}

/// The roots of ranges that were collected from the top downwards, the lowest first.
std::optional<std::vector<Digest>> roots_upwards(const MerkleNodes& nodes,
                                                 const std::vector<Range>& downwards) {
  std::vector<Digest> roots;
  for (auto range = downwards.rbegin(); range != downwards.rend(); ++range) {
    const auto root = root_of(nodes, *range);
    if (!root) return std::nullopt;
    roots.push_back(*root);
  }
  return roots;
}

}  // namespace

std::vector<MerkleNode> completed_by(const MerkleFrontier& before, const Digest& leaf_hash) {
  std::vector<MerkleNode> completed{{{0, before.size()}, leaf_hash}};
  const auto& whole = before.nodes();
  const auto carries = static_cast<std::size_t>(std::countr_one(before.size()));
  for (std::size_t level = 1; level <= carries; ++level) {
    const Digest& left = whole[whole.size() - level];
    completed.push_back({{static_cast<std::uint8_t>(level), before.size() >> level},
                         merkle_node(left, completed.back().hash)});
  }
  return completed;
}

std::optional<std::vector<Digest>> inclusion_path(const MerkleNodes& nodes,
                                                  MerklePosition position) {
  INVARIANT(position.index < position.size);
  std::vector<Range> siblings;
  Range range{0, position.size};
  while (range.size() > 1) {
    const std::uint64_t split = range.first + range.left_size();
    if (position.index < split) {
      siblings.push_back({split, range.end});
      range.end = split;
    } else {
      siblings.push_back({range.first, split});
      range.first = split;
    }
  }
  return roots_upwards(nodes, siblings);
}

std::optional<std::vector<Digest>> consistency_path(const MerkleNodes& nodes, MerkleSizes sizes) {
  INVARIANT(sizes.older > 0);
  INVARIANT(sizes.older <= sizes.newer);
  std::vector<Range> beside;
  Range range{0, sizes.newer};
  while (sizes.older < range.end) {
    const std::uint64_t split = range.first + range.left_size();
    if (sizes.older <= split) {
      beside.push_back({split, range.end});
      range.end = split;
    } else {
      beside.push_back({range.first, split});
      range.first = split;
    }
  }
  // A verifier knows the root of the whole older tree already.
  if (range.first > 0) beside.push_back(range);
  return roots_upwards(nodes, beside);
}

bool consistency_verify(MerkleSizes sizes, const MerkleRoots& roots, std::span<const Digest> path) {
  if (sizes.older == 0 || sizes.older > sizes.newer) return false;
  if (sizes.older == sizes.newer) return path.empty() && roots.older == roots.newer;
  std::vector<Digest> steps(path.begin(), path.end());
  if (std::has_single_bit(sizes.older)) steps.insert(steps.begin(), roots.older);
  if (steps.empty()) return false;
  std::uint64_t node = sizes.older - 1;
  std::uint64_t last = sizes.newer - 1;
  const int shared = std::countr_one(node);
  node >>= shared;
  last >>= shared;
  Digest older = steps.front();
  Digest newer = steps.front();
  for (const Digest& step : std::span(steps).subspan(1)) {
    if (last == 0) return false;
    if (node % 2 == 1 || node == last) {
      older = merkle_node(step, older);
      newer = merkle_node(step, newer);
      while (node % 2 == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      newer = merkle_node(newer, step);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && older == roots.older && newer == roots.newer;
}

}  // namespace troupe::crypto
