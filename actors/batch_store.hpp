#pragma once

#include <memory>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "storage/chain_store.hpp"

namespace troupe::actors {

/// The mempool's disk. One store is one synced write, however many batches it holds.
class BatchStore {
 public:
  static constexpr const char* name = "batch_store";

  BatchStore(BatchStoreActor::pointer self,
             SharedContext context,
             std::shared_ptr<storage::ChainStore> chain);

  BatchStoreActor::behavior_type make_behavior();

 private:
  caf::result<bool> store(const StoreBatches& request);
  caf::result<BatchList> load(const BatchRanges& request);
  caf::result<SharedBytes> serve(const BatchRanges& request);
  void forget(const BatchDigests& request);
  caf::error fail(const storage::StorageError& error);

  BatchStoreActor::pointer self_;
  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
};

/// Reads a range from its tip downwards, as far as it is there and undamaged.
[[nodiscard]] storage::Stored<std::vector<ledger::BatchPointer>> load_range(
    const storage::ChainStore& chain, const ledger::BatchRange& range);

/// The batches that this node followed above the final tips, in sequence: what a mempool starts
/// from.
[[nodiscard]] storage::Stored<std::vector<ledger::BatchPointer>> load_unordered(
    const storage::ChainStore& chain,
    const NodeContext& context,
    const std::vector<ledger::LaneTip>& final_tips);

}  // namespace troupe::actors
