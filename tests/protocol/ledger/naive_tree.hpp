#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "protocol/ledger/state_node.hpp"

namespace troupe::ledger::samples {

using NaiveTree = std::map<crypto::Digest, crypto::Digest>;
using NaiveLeaves = std::span<const std::pair<crypto::Digest, crypto::Digest>>;

/// The root of a trie written down from its definition, one bit at a time and all of it anew.
inline crypto::Digest naive_root(NaiveLeaves leaves, std::size_t depth) {
  if (leaves.empty()) return empty_tree_hash();
  if (leaves.size() == 1) return tree_leaf_hash(leaves[0].first, leaves[0].second);
  std::size_t left = 0;
  while (left < leaves.size() && !bit_of(leaves[left].first, depth))
    ++left;
  return tree_inner_hash(naive_root(leaves.first(left), depth + 1),
                         naive_root(leaves.subspan(left), depth + 1));
}

inline crypto::Digest naive_root(const NaiveTree& tree) {
  const std::vector<std::pair<crypto::Digest, crypto::Digest>> leaves(tree.begin(), tree.end());
  return naive_root(leaves, 0);
}

}  // namespace troupe::ledger::samples
