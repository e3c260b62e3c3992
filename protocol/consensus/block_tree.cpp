#include "protocol/consensus/block_tree.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"

namespace troupe::consensus {

namespace {

constexpr std::string_view kBelowFinal = "it is not above the last final block";
constexpr std::string_view kWrongAncestor = "one of its ancestors is invalid or not final";

}  // namespace

BlockTree::BlockTree(const BlockRules& rules,
                     const Header& final_header,
                     const crypto::MerkleFrontier& history)
    : rules_(rules), final_(digest(final_header)) {
  INVARIANT(history.size() == final_header.height.number + 1);
  blocks_[final_] = {final_, final_header, history, std::nullopt, PayloadState::Valid, true, true};
}

Block* BlockTree::find(const crypto::Digest& digest) {
  const auto found = blocks_.find(digest);
  return found == blocks_.end() ? nullptr : &found->second;
}

const Block* BlockTree::find(const crypto::Digest& digest) const {
  const auto found = blocks_.find(digest);
  return found == blocks_.end() ? nullptr : &found->second;
}

const Block& BlockTree::final_block() const {
  return blocks_.at(final_);
}

Block& BlockTree::parent_of(const Block& block) {
  INVARIANT(block.is_linked());
  INVARIANT(block.digest != final_);
  return blocks_.at(block.header.parent);
}

const Block& BlockTree::parent_of(const Block& block) const {
  INVARIANT(block.is_linked());
  INVARIANT(block.digest != final_);
  return blocks_.at(block.header.parent);
}

Block& BlockTree::insert(const crypto::Digest& digest, const Header& header) {
  const auto [place, is_new] = blocks_.try_emplace(digest);
  Block& block = place->second;
  if (!is_new) return block;
  block.digest = digest;
  block.header = header;
  if (decide(block)) {
    decide_children(digest);
  } else {
    waiting_.emplace(header.parent, digest);
  }
  return block;
}

/// Links the block or marks it wrong, if what is known of its parent allows that.
bool BlockTree::decide(Block& block) {
  const Header& root = final_block().header;
  if (block.header.view <= root.view || block.header.height <= root.height) {
    block.fault = kBelowFinal;
  } else if (const auto foreign = find_foreign_field(block.header, rules_)) {
    block.fault = foreign;
  } else if (const Block* parent = find(block.header.parent); parent == nullptr) {
    return false;
  } else if (parent->fault) {
    block.fault = kWrongAncestor;
  } else if (!parent->is_linked()) {
    return false;
  } else {
    const crypto::Digest history_root = parent->history->root();
    block.fault = find_fault(block.header, {parent->header, parent->digest, history_root}, rules_);
    if (block.fault) return true;
    block.history = parent->history;
    append_to_history(*block.history, block.digest);
    if (!orders_something(block.header, parent->header)) block.payload = PayloadState::Valid;
  }
  return true;
}

void BlockTree::decide_children(const crypto::Digest& parent) {
  std::vector<crypto::Digest> decided{parent};
  while (!decided.empty()) {
    const crypto::Digest at = decided.back();
    decided.pop_back();
    const auto [first, last] = waiting_.equal_range(at);
    std::vector<crypto::Digest> children;
    for (auto child = first; child != last; ++child)
      children.push_back(child->second);
    waiting_.erase(first, last);
    for (const crypto::Digest& child : children) {
      Block& block = blocks_.at(child);
      const bool is_decided = decide(block);
      INVARIANT(is_decided);
      decided.push_back(child);
    }
  }
}

std::optional<crypto::Digest> BlockTree::missing_ancestor(const crypto::Digest& digest) const {
  crypto::Digest at = digest;
  while (const Block* block = find(at)) {
    if (block->is_linked() || block->fault) return std::nullopt;
    at = block->header.parent;
  }
  return at;
}

std::vector<crypto::Digest> BlockTree::path_to(const crypto::Digest& digest) const {
  std::vector<crypto::Digest> path;
  for (crypto::Digest at = digest; at != final_; at = blocks_.at(at).header.parent) {
    path.push_back(at);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<crypto::Digest> BlockTree::finalize(const crypto::Digest& digest) {
  INVARIANT(blocks_.at(digest).is_linked());
  final_ = digest;
  return prune();
}

std::vector<crypto::Digest> BlockTree::jump(const Header& final_header,
                                            const crypto::MerkleFrontier& history) {
  INVARIANT(history.size() == final_header.height.number + 1);
  final_ = digest(final_header);
  blocks_[final_] = {final_, final_header, history, std::nullopt, PayloadState::Valid, true, true};
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second == final_; });
  std::vector<crypto::Digest> dropped = prune();
  decide_children(final_);
  return dropped;
}

std::vector<crypto::Digest> BlockTree::prune() {
  const Block& root = final_block();
  std::vector<const Block*> by_view;
  for (const auto& [digest, block] : blocks_)
    by_view.push_back(&block);
  std::sort(by_view.begin(), by_view.end(), [](const Block* left, const Block* right) {
    return std::pair(left->header.view, left->digest) <
           std::pair(right->header.view, right->digest);
  });
  std::vector<crypto::Digest> gone;
  std::vector<crypto::Digest> looked_for;
  for (const Block* block : by_view) {
    if (block->digest == final_) continue;
    const bool is_above =
        block->header.view > root.header.view && block->header.height > root.header.height;
    const bool is_gone = std::binary_search(gone.begin(), gone.end(), block->header.parent);
    if (is_above && !is_gone && !block->fault) continue;
    if (block->payload == PayloadState::Asked) looked_for.push_back(block->digest);
    gone.insert(std::upper_bound(gone.begin(), gone.end(), block->digest), block->digest);
  }
  for (const crypto::Digest& digest : gone)
    blocks_.erase(digest);
  std::erase_if(waiting_, [&](const auto& entry) { return !blocks_.contains(entry.second); });
  return looked_for;
}

}  // namespace troupe::consensus
