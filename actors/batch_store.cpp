#include "actors/batch_store.hpp"

#include <algorithm>
#include <utility>

#include "actors/failure.hpp"

namespace troupe::actors {

namespace {

storage::LanePosition position_of(const ledger::Batch& batch) {
  const ledger::BatchPlace& place = batch.place();
  return {place.epoch, place.lane, place.incarnation, place.sequence};
}

storage::Stored<ledger::BatchPointer> decode_stored(const Bytes& content) {
  auto batch = ledger::Batch::decode(std::make_shared<const Bytes>(content));
  if (!batch) {
    return failure(
        storage::StorageError{storage::StorageErrorKind::Corrupt,
                              "database",
                              "a stored batch: " + std::string(ledger::describe(batch.error()))});
  }
  return std::make_shared<const ledger::Batch>(std::move(batch).value());
}

storage::Stored<ledger::BatchPointer> load_one(const storage::ChainStore& chain,
                                               const crypto::Digest& digest) {
  const auto content = chain.batch(digest);
  if (!content) return failure(content.error());
  if (!*content) return ledger::BatchPointer{};
  return decode_stored(**content);
}

ledger::LaneTip tip_of(const std::vector<ledger::LaneTip>& tips, ValidatorIndex lane) {
  const auto found = std::find_if(
      tips.begin(), tips.end(), [&](const ledger::LaneTip& tip) { return tip.lane == lane; });
  return found == tips.end()
             ? ledger::LaneTip{.lane = lane, .incarnation = {}, .sequence = {}, .digest = {}}
             : *found;
}

}  // namespace

storage::Stored<std::vector<ledger::BatchPointer>> load_range(const storage::ChainStore& chain,
                                                              const ledger::BatchRange& range) {
  std::vector<ledger::BatchPointer> batches;
  crypto::Digest digest = range.tip;
  while (batches.size() < range.count) {
    auto batch = load_one(chain, digest);
    // What is damaged is as good as not there: peers have it, and the scrubber mends it.
    if (!batch && batch.error().kind == storage::StorageErrorKind::Corrupt) break;
    if (!batch) return failure(batch.error());
    if (!*batch || (*batch)->digest() != digest) break;
    digest = (*batch)->place().parent;
    batches.push_back(std::move(batch).value());
  }
  return batches;
}

storage::Stored<std::vector<ledger::BatchPointer>> load_unordered(
    const storage::ChainStore& chain,
    const NodeContext& context,
    const std::vector<ledger::LaneTip>& final_tips) {
  std::vector<ledger::BatchPointer> batches;
  for (std::uint32_t lane = 0; lane < context.validators().size(); ++lane) {
    const ledger::LaneTip tip = tip_of(final_tips, ValidatorIndex{lane});
    const storage::LanePosition first{Epoch{0}, tip.lane, tip.incarnation, tip.sequence.next()};
    const auto digests = chain.lane_digests(first, kLaneBatchesMax);
    if (!digests) return failure(digests.error());
    for (const crypto::Digest& digest : *digests) {
      auto batch = load_one(chain, digest);
      if (!batch) return failure(batch.error());
      if (!*batch) break;
      batches.push_back(std::move(batch).value());
    }
  }
  return batches;
}

BatchStore::BatchStore(BatchStoreActor::pointer self,
                       SharedContext context,
                       std::shared_ptr<storage::ChainStore> chain)
    : self_(self), context_(std::move(context)), chain_(std::move(chain)) {}

BatchStoreActor::behavior_type BatchStore::make_behavior() {
  return {
      [this](store_atom, const StoreBatches& request) { return store(request); },
      [this](load_atom, const BatchRanges& request) { return load(request); },
      [this](serve_atom, const BatchRanges& request) { return serve(request); },
      [this](forget_atom, const BatchDigests& request) { forget(request); },
  };
}

caf::result<bool> BatchStore::store(const StoreBatches& request) {
  std::vector<storage::HeldBatch> held;
  held.reserve(request.batches.size());
  for (const BatchToStore& entry : request.batches) {
    const ledger::Batch& batch = *entry.batch;
    std::optional<storage::LanePosition> position;
    if (entry.followed) position = position_of(batch);
    held.push_back({batch.digest(), position, to_bytes(batch.encoded())});
  }
  if (const auto stored = chain_->hold_batches(std::move(held)); !stored)
    return fail(stored.error());
  return true;
}

caf::result<BatchList> BatchStore::load(const BatchRanges& request) {
  BatchList list;
  for (const ledger::BatchRange& range : request.ranges) {
    auto batches = load_range(*chain_, range);
    if (!batches) return fail(batches.error());
    for (ledger::BatchPointer& batch : *batches)
      list.batches.push_back(std::move(batch));
  }
  return list;
}

caf::result<SharedBytes> BatchStore::serve(const BatchRanges& request) {
  ledger::BatchAnswer answer;
  std::vector<ledger::BatchPointer> kept;  // the answer holds views into these
  std::size_t bytes = 0;
  for (const ledger::BatchRange& range : request.ranges) {
    auto batches = load_range(*chain_, range);
    if (!batches) return fail(batches.error());
    const bool is_there = !batches->empty() && ledger::is_signed(*batches->front());
    if (!is_there) answer.absent.push_back(range.tip);
    for (ledger::BatchPointer& batch : *batches) {
      if (!ledger::is_signed(*batch)) break;  // an own one, between storing and signing
      bytes += batch->encoded().size();
      if (kept.size() == kBatchAnswerBatchesMax || bytes > kBatchAnswerBytesMax) break;
      answer.batches.push_back(batch->encoded());
      kept.push_back(std::move(batch));
    }
  }
  return share(ledger::encode(ledger::LaneMessage{std::move(answer)}));
}

void BatchStore::forget(const BatchDigests& request) {
  storage::WriteSet set;
  for (const crypto::Digest& digest : request.digests)
    set.remove(storage::keys::batch(digest));
  if (const auto removed = chain_->database()->remove_lazily(set); !removed) {
    self_->quit(disk_failure(removed.error()));
  }
}

caf::error BatchStore::fail(const storage::StorageError& error) {
  caf::error reason = disk_failure(error);
  self_->quit(reason);
  return reason;
}

}  // namespace troupe::actors
