#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "actors/context.hpp"
#include "protocol/ledger/snapshot_message.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// Blocks above a snapshot's among which one must expose its state and be directly final: what one
/// answer to who joins can hold.
inline constexpr std::uint64_t kSnapshotProofHeights = kRunHeightsMax - 1;

/// What a stored ledger can hand out as snapshots. Each state that a signed header names is one, as
/// long as its tree is there: taking a snapshot means that it is not removed. Safe to share between
/// threads, except for keep(). Errors of every function: Corrupt, Io.
class Snapshots {
 public:
  Snapshots(SharedContext context, std::shared_ptr<storage::ChainStore> chain);

  /// The snapshot of the state after this block. Nothing if the block is not directly final, no
  /// directly final block above it exposes the state, or this node no longer has all of it.
  [[nodiscard]] storage::Stored<std::optional<ledger::SnapshotOffer>> offer(Height height) const;

  /// The highest one at or near below this height.
  [[nodiscard]] storage::Stored<std::optional<ledger::SnapshotOffer>> newest_offer(
      Height at_most) const;

  /// The heights of those that are kept, ascending.
  [[nodiscard]] storage::Stored<std::vector<Height>> kept() const;

  /// Keeps one more, and of all the newest few.
  storage::Stored<Done> keep(Height height);

  /// The encoded answer to a peer's question; empty if this node cannot give it. What was altered
  /// on this disk is not handed out.
  [[nodiscard]] storage::Stored<Bytes> answer(const ledger::SnapshotQuestion& question) const;

 private:
  [[nodiscard]] storage::Stored<Bytes> offer_newest() const;
  [[nodiscard]] storage::Stored<Bytes> part(const ledger::PartQuestion& question) const;
  [[nodiscard]] storage::Stored<Bytes> receipts(const ledger::ReceiptsQuestion& question) const;
  [[nodiscard]] std::optional<crypto::Digest> exposed_root(Height height) const;
  [[nodiscard]] storage::Stored<bool> has_state(Height height) const;

  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::StateStore states_;
  storage::StoredTree tree_;
};

}  // namespace troupe::actors
