#include "actors/archivist.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/chain_state.hpp"
#include "actors/failure.hpp"
#include "storage/keys.hpp"

namespace troupe::actors {

namespace {

using storage::KeyPrefix;

constexpr Duration kTick = std::chrono::seconds(1);
/// The pause between two steps of pruning, which leaves the disk to others.
constexpr Duration kPrunePause = std::chrono::milliseconds(20);
/// Tree nodes removed before the mailbox is looked at.
constexpr std::size_t kNodesAtOnce = 4096;
/// The mark of what is pruned moves by so many heights at least: moving it takes a synced write.
constexpr std::uint64_t kPruneStepHeights = 64;
/// The disk gets its space back once at least this much, and a fourth of the state, was removed.
constexpr std::uint64_t kGiveBackBytesMin = 16 * 1024 * 1024;
/// What is written anew for that in one tick: while it is, nobody is given parts, and the database
/// compacts nothing else.
constexpr std::uint64_t kCompactedAtOnceBytes = 16 * 1024 * 1024;
/// A snapshot of an interval is taken this far above it, when nothing below changes any more.
constexpr std::uint64_t kSettledHeights = kSnapshotProofHeights;

struct Kind {
  KeyPrefix prefix;
  const char* name;
};

constexpr Kind kKinds[] = {{KeyPrefix::Block, "blocks"},
                           {KeyPrefix::Batch, "batches"},
                           {KeyPrefix::Receipts, "receipts"},
                           {KeyPrefix::Transaction, "transaction index"},
                           {KeyPrefix::StateValue, "state values"},
                           {KeyPrefix::StateKey, "state keys"},
                           {KeyPrefix::TreeNode, "state nodes"},
                           {KeyPrefix::StaleNode, "stale marks"}};

std::uint64_t size_of(const storage::Database& database, KeyPrefix prefix) {
  const Bytes first = storage::keys::first_of(prefix);
  return database.approximate_size(first, storage::keys::after_prefix(first));
}

}  // namespace

Archivist::Archivist(ArchivistActor::pointer self,
                     SharedContext context,
                     std::shared_ptr<storage::ChainStore> chain)
    : self_(self),
      context_(std::move(context)),
      chain_(std::move(chain)),
      states_(chain_->database()),
      snapshots_(context_, chain_) {}

ArchivistActor::behavior_type Archivist::make_behavior() {
  return {
      [this](start_atom) { tick_after(kTick); },
      [this](tick_atom) { on_tick(); },
      [this](serve_atom, const AskedOfSnapshot& asked) { return serve(asked); },
      [this](snapshot_atom, const SnapshotQuery& query) { return report(query); },
  };
}

void Archivist::on_tick() {
  if (const auto taken = take_due(); !taken) return (void)fail(taken.error());
  if (const auto pruned = prune(); !pruned) return (void)fail(pruned.error());
  if (has_more_to_prune_) return tick_after(kPrunePause);
  compact_next();
  tick_after(kTick);
}

/// Without an interval and with all states kept there is nothing to do but to answer.
void Archivist::tick_after(Duration delay) {
  const NodeLimits& limits = context_->options().limits;
  if (limits.state_heights_kept == 0 && limits.snapshot_interval_heights == 0) return;
  self_->delayed_send(self_, delay, tick_atom_v);
}

caf::result<SharedBytes> Archivist::serve(const AskedOfSnapshot& asked) {
  const auto question = ledger::decode_snapshot_question(asked.question);
  if (!question) return share(Bytes{});
  auto answer = snapshots_.answer(*question);
  if (answer) return share(std::move(answer).value());
  // What is damaged here is not handed out; the scrubber finds it.
  if (answer.error().kind == storage::StorageErrorKind::Corrupt) return share(Bytes{});
  return fail(answer.error());
}

caf::result<SnapshotReport> Archivist::report(const SnapshotQuery& query) {
  Reason refusal;
  if (query.take) {
    auto taken = take_newest();
    if (!taken) return fail(taken.error());
    refusal = std::move(taken).value();
  }
  auto found = describe();
  if (!found) return fail(found.error());
  found->reason = std::move(refusal);
  return std::move(found).value();
}

/// All nodes take theirs near the same heights, so that who joins can ask every one of them.
storage::Stored<Done> Archivist::take_due() {
  const std::uint64_t interval = context_->options().limits.snapshot_interval_heights;
  const auto height = newest();
  if (!height) return failure(height.error());
  if (interval == 0 || height->number < interval + kSettledHeights) return Done{};
  const Height due{(height->number - kSettledHeights) / interval * interval};
  const auto kept = snapshots_.kept();
  if (!kept) return failure(kept.error());
  if (!kept->empty() && kept->back().number + interval / 2 >= due.number) return Done{};
  const auto found = snapshots_.newest_offer(due);
  if (!found) return failure(found.error());
  if (!*found) return Done{};
  context_->log(LogLevel::Info,
                name,
                "keeps a snapshot of height " + std::to_string((*found)->height.number));
  return snapshots_.keep((*found)->height);
}

storage::Stored<Reason> Archivist::take_newest() {
  const auto height = newest();
  if (!height) return failure(height.error());
  const auto found = snapshots_.newest_offer(*height);
  if (!found) return failure(found.error());
  if (!*found) {
    return Reason{"not-exposed",
                  "no final block names a state of this node yet",
                  "have something ordered, then ask again"};
  }
  if (const auto done = snapshots_.keep((*found)->height); !done) return failure(done.error());
  return Reason{};
}

/// States from this height on are kept.
storage::Stored<Height> Archivist::keep_from(Height newest_height) const {
  const std::uint64_t heights = context_->options().limits.state_heights_kept;
  if (heights == 0 || newest_height.number <= heights) return Height{0};
  Height from{newest_height.number - heights};
  const auto kept = snapshots_.kept();
  if (!kept) return failure(kept.error());
  for (const Height snapshot : *kept)
    from = std::min(from, snapshot);
  return from;
}

storage::Stored<Done> Archivist::prune() {
  const auto height = newest();
  if (!height) return failure(height.error());
  const auto from = keep_from(*height);
  if (!from) return failure(from.error());
  const auto before = states_.pruned_below();
  if (!before) return failure(before.error());
  const bool is_due = from->number >= before->number + kPruneStepHeights;
  if (!is_due && !has_more_to_prune_) return Done{};
  const Height below = is_due ? *from : *before;
  const auto removed = storage::prune(states_, below, kNodesAtOnce);
  if (!removed) return failure(removed.error());
  nodes_pruned_ += removed->nodes;
  values_pruned_ += removed->values;
  bytes_removed_ += removed->bytes;
  has_more_to_prune_ = removed->nodes == kNodesAtOnce;
  if (!has_more_to_prune_) give_back(below);
  return Done{};
}

/// Removed entries take space until the files that hold them are written anew.
void Archivist::give_back(Height below) {
  const storage::Database& database = *chain_->database();
  const std::uint64_t all =
      size_of(database, KeyPrefix::TreeNode) + size_of(database, KeyPrefix::StateValue);
  if (!to_compact_.empty() || bytes_removed_ < std::max(kGiveBackBytesMin, all / 4)) return;
  bytes_removed_ = 0;
  to_compact_ = storage::pruned_ranges(database, below, kCompactedAtOnceBytes);
}

/// One piece in a tick.
void Archivist::compact_next() {
  if (to_compact_.empty()) return;
  chain_->database()->compact(to_compact_.back().first, to_compact_.back().end);
  to_compact_.pop_back();
}

storage::Stored<SnapshotReport> Archivist::describe() const {
  SnapshotReport found;
  const auto height = newest();
  if (!height) return failure(height.error());
  const auto kept = snapshots_.kept();
  if (!kept) return failure(kept.error());
  const auto pruned_below = states_.pruned_below();
  if (!pruned_below) return failure(pruned_below.error());
  const auto base = read_base(*chain_);
  if (!base) return failure(base.error());
  found.newest = height->number;
  found.base = base->number;
  found.pruned_below = pruned_below->number;
  found.nodes_pruned = nodes_pruned_;
  found.values_pruned = values_pruned_;
  for (const Height snapshot : *kept)
    found.kept.push_back(snapshot.number);
  if (!kept->empty()) {
    const auto state = states_.state_at(kept->back());
    if (!state) return failure(state.error());
    found.height = kept->back().number;
    found.root = state->root.hex();
  }
  for (const Kind& kind : kKinds)
    found.stored.push_back({kind.name, size_of(*chain_->database(), kind.prefix)});
  return found;
}

storage::Stored<Height> Archivist::newest() const {
  const auto height = chain_->last_height();
  if (!height) return failure(height.error());
  return height->value_or(Height{0});
}

caf::error Archivist::fail(const storage::StorageError& error) {
  self_->quit(disk_failure(error));
  return disk_failure(error);
}

}  // namespace troupe::actors
