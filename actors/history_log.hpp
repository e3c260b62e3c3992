#pragma once

#include <optional>

#include "actors/context.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/crypto/merkle_log.hpp"
#include "storage/chain_store.hpp"

// The log over all final headers, of which every header carries the root: the roots of its perfect
// subtrees are stored as they become whole, so that a proof of history costs O(log n) reads.
namespace troupe::actors {

/// Has the next atomic write keep what becomes whole when this header joins the log. `before` is the
/// log without it, which holds the root block at least.
void put_history(storage::WriteSet& set,
                 const crypto::MerkleFrontier& before,
                 const consensus::Header& header);

/// Stores what the log lacks although the blocks are there, up to `newest`. Errors: Corrupt, Full,
/// Io.
[[nodiscard]] storage::Stored<Done> complete_history(const storage::ChainStore& chain,
                                                     const NodeContext& context,
                                                     Height newest);

/// The log over the first `size` headers, at least the root block's, from its stored nodes. Nothing if
/// one cannot be read.
[[nodiscard]] std::optional<crypto::MerkleFrontier> stored_history(const storage::ChainStore& chain,
                                                                   const consensus::Header& root,
                                                                   std::uint64_t size);

/// The stored nodes, for proofs.
[[nodiscard]] crypto::MerkleNodes history_nodes(const storage::ChainStore& chain);

}  // namespace troupe::actors
