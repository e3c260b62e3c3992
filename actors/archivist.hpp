#pragma once

#include <memory>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "actors/snapshots.hpp"
#include "storage/state_pruning.hpp"

namespace troupe::actors {

/// Keeps a snapshot of the state at intervals, hands snapshots out in parts, and removes what only
/// states need which are older than the oldest snapshot and than the number of heights that the
/// operator wants provable: tree nodes and values. Blocks, receipts and the earlier versions of
/// records are never removed.
class Archivist {
 public:
  static constexpr const char* name = "archivist";

  Archivist(ArchivistActor::pointer self,
            SharedContext context,
            std::shared_ptr<storage::ChainStore> chain);

  ArchivistActor::behavior_type make_behavior();

 private:
  void on_tick();
  caf::result<SharedBytes> serve(const AskedOfSnapshot& asked);
  caf::result<SnapshotReport> report(const SnapshotQuery& query);

  [[nodiscard]] storage::Stored<Done> take_due();
  [[nodiscard]] storage::Stored<Reason> take_newest();
  [[nodiscard]] storage::Stored<Done> prune();
  [[nodiscard]] storage::Stored<Height> keep_from(Height newest) const;
  void give_back(Height below);
  void compact_next();
  [[nodiscard]] storage::Stored<SnapshotReport> describe() const;
  [[nodiscard]] storage::Stored<Height> newest() const;
  void tick_after(Duration delay);
  caf::error fail(const storage::StorageError& error);

  ArchivistActor::pointer self_;
  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::StateStore states_;
  Snapshots snapshots_;
  std::uint64_t nodes_pruned_ = 0;
  std::uint64_t values_pruned_ = 0;
  std::uint64_t bytes_removed_ = 0;            // since space was given back
  std::vector<storage::KeyRange> to_compact_;  // the last one is next
  bool has_more_to_prune_ = true;
};

}  // namespace troupe::actors
