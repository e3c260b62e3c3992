#include "storage/database.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/consensus/plant.hpp"
#include "storage/database_state.hpp"
#include "storage/fixed_width.hpp"
#include "storage/keys.hpp"

namespace troupe::storage {

Snapshot::Snapshot(std::shared_ptr<const Moment> moment) : moment_(std::move(moment)) {}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}

Database::~Database() {
  const std::lock_guard guard(state_->mutex);
  // What fails here is as if the process had been killed before it.
  if (!state_->failed) (void)state_->catch_up_mark();
}

Stored<std::optional<Bytes>> Database::get(ByteView key) const {
  return state_->engine->get(key, nullptr);
}

Stored<std::optional<Bytes>> Database::get(ByteView key, const Snapshot& snapshot) const {
  return state_->engine->get(key, snapshot.moment_.get());
}

Stored<bool> Database::contains(ByteView key) const {
  const auto value = get(key);
  if (!value) return failure(value.error());
  return value->has_value();
}

Stored<std::vector<Entry>> Database::range(const RangeQuery& query) const {
  return state_->engine->range(query, nullptr);
}

Stored<std::vector<Entry>> Database::range(const RangeQuery& query,
                                           const Snapshot& snapshot) const {
  return state_->engine->range(query, snapshot.moment_.get());
}

Stored<std::optional<Entry>> Database::first_at_or_after(ByteView first, ByteView end) const {
  RangeQuery query;
  query.first = to_bytes(first);
  query.end = to_bytes(end);
  query.entries_max = 1;
  auto found = range(query);
  if (!found) return failure(found.error());
  if (found->empty()) return std::optional<Entry>{};
  return std::optional<Entry>{std::move(found->front())};
}

Snapshot Database::snapshot() const {
  return Snapshot(state_->engine->moment());
}

Stored<Done> Database::commit(const WriteSet& set) {
  const std::lock_guard guard(state_->mutex);
  if (state_->failed) return failure(*state_->failed);
  if (auto marked = state_->catch_up_mark(); !marked) return marked;
  const std::uint64_t number = state_->commit + 1;
  std::vector<WriteSet::Change> own{{keys::commit(number), Bytes{}}};
  if (number > kCommitsKept) own.push_back({keys::commit(number - kCommitsKept), std::nullopt});
  if (set.completed()) {
    INVARIANT(!state_->height || *state_->height <= *set.completed());
    Bytes height;
    append_big_endian(height, set.completed()->number);
    own.push_back({keys::meta(kMetaHeight), std::move(height)});
  }
  const bool is_lazy = planted(consensus::Plant::AckedBeforeDurable);
  const Durability durability = is_lazy ? Durability::Lazy : Durability::Synced;
  if (auto written = state_->engine->write(set.changes(), own, durability); !written) {
    state_->failed = written.error();
    return written;
  }
  state_->commit = number;
  if (!set.completed()) return Done{};
  state_->height = set.completed();
  state_->is_mark_due = true;
  return Done{};
}

Stored<Done> Database::catch_up_mark() {
  const std::lock_guard guard(state_->mutex);
  if (state_->failed) return failure(*state_->failed);
  return state_->catch_up_mark();
}

Stored<Done> Database::declare_complete() {
  // The numbers begin anew, so that the holes among the old ones count no longer.
  RangeQuery numbers;
  numbers.first = keys::first_of(KeyPrefix::Commit);
  numbers.end = keys::after_prefix(numbers.first);
  const auto old = range(numbers);
  if (!old) return failure(old.error());
  WriteSet set;
  for (const Entry& entry : *old)
    set.remove(entry.key);
  if (auto written = commit(set); !written) return written;
  const std::lock_guard guard(state_->mutex);
  return state_->advance_mark(false);
}

Stored<Done> Database::State::catch_up_mark() {
  if (!is_mark_due) return Done{};
  return advance_mark(mark->values().incomplete);
}

Stored<Done> Database::State::advance_mark(bool incomplete) {
  is_mark_due = false;
  auto marked = mark->advance({commit, std::max(height, mark->values().height), incomplete});
  if (!marked) failed = marked.error();
  return marked;
}

Stored<Done> Database::remove_lazily(const WriteSet& set) {
  const std::lock_guard guard(state_->mutex);
  if (state_->failed) return failure(*state_->failed);
  for (const auto& change : set.changes())
    INVARIANT(!change.value);
  auto written = state_->engine->write(set.changes(), {}, Durability::Lazy);
  if (!written) state_->failed = written.error();
  return written;
}

void Database::compact(ByteView first, ByteView end) {
  state_->engine->compact(first, end);
}

std::uint64_t Database::approximate_size(ByteView first, ByteView end) const {
  return state_->engine->approximate_size(first, end);
}

std::optional<Height> Database::height() const {
  const std::lock_guard guard(state_->mutex);
  return state_->height;
}

const std::string& Database::path() const {
  return state_->path;
}

}  // namespace troupe::storage
