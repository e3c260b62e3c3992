#include "actors/history_log.hpp"

#include "actors/chain_state.hpp"

namespace troupe::actors {

namespace {

/// Blocks whose nodes are written at a time.
constexpr std::uint64_t kHeightsPerWrite = 1024;

crypto::Digest leaf_of(const consensus::Header& header) {
  return crypto::merkle_leaf(consensus::digest(header).view());
}

}  // namespace

void put_history(storage::WriteSet& set,
                 const crypto::MerkleFrontier& before,
                 const consensus::Header& header) {
  INVARIANT(before.size() == header.height.number);
  // The root block has no write of its own.
  if (before.size() == 1) storage::put_history_node(set, {{0, 0}, before.nodes().front()});
  for (const crypto::MerkleNode& node : crypto::completed_by(before, leaf_of(header))) {
    storage::put_history_node(set, node);
  }
}

storage::Stored<Done> complete_history(const storage::ChainStore& chain,
                                       const NodeContext& context,
                                       Height newest) {
  if (newest.number == 0) return Done{};
  const auto last = chain.history_node({0, newest.number});
  if (!last) return failure(last.error());
  if (*last) return Done{};
  crypto::MerkleFrontier log;
  log.append(leaf_of(context.root()));
  storage::WriteSet set;
  for (Height height{1}; height <= newest; height = height.next()) {
    const auto record = read_block(chain, height);
    if (!record) return failure(record.error());
    const auto block = to_block(*record);
    if (!block) return failure(block.error());
    put_history(set, log, block->header);
    log.append(leaf_of(block->header));
    if (height.number % kHeightsPerWrite != 0 && height != newest) continue;
    if (const auto done = chain.database()->commit(set); !done) return done;
    set = {};
  }
  return Done{};
}

std::optional<crypto::MerkleFrontier> stored_history(const storage::ChainStore& chain,
                                                     const consensus::Header& root,
                                                     std::uint64_t size) {
  INVARIANT(size > 0);
  if (size == 1) return crypto::MerkleFrontier::from(1, {leaf_of(root)});
  std::vector<crypto::Digest> nodes;
  std::uint64_t first = 0;
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    const auto node = chain.history_node({static_cast<std::uint8_t>(level), first >> level});
    if (!node || !*node) return std::nullopt;
    nodes.push_back(**node);
    first += std::uint64_t{1} << level;
  }
  return crypto::MerkleFrontier::from(size, std::move(nodes));
}

crypto::MerkleNodes history_nodes(const storage::ChainStore& chain) {
  return [&chain](const crypto::MerklePlace& place) -> std::optional<crypto::Digest> {
    const auto node = chain.history_node(place);
    return node ? *node : std::nullopt;
  };
}

}  // namespace troupe::actors
