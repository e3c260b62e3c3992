#include "storage/engine.hpp"

#include <string>
#include <utility>

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/iterator.h>
#include <leveldb/write_batch.h>

#include "storage/checked_value.hpp"
#include "storage/database_files.hpp"

namespace troupe::storage {

namespace {

using leveldb::Slice;

constexpr int kBloomBitsPerKey = 10;

Slice slice_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ByteView bytes_of(const Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

/// Lives around every call into LevelDB.
class InDatabase {
 public:
  explicit InDatabase(Environment& environment) : environment_(environment) {
    environment_.enter_database();
  }

  ~InDatabase() { environment_.leave_database(); }

  InDatabase(const InDatabase&) = delete;
  InDatabase& operator=(const InDatabase&) = delete;

 private:
  Environment& environment_;
};

leveldb::Options options_of(const DatabaseOptions& wanted, Checks checks) {
  leveldb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = checks == Checks::Paranoid;
  options.reuse_logs = false;
  options.compression = leveldb::kNoCompression;  // signatures and digests do not compress
  options.write_buffer_size = wanted.write_buffer_bytes;
  options.max_open_files = wanted.files_open_max;
  return options;
}

/// Positions an iterator on the last entry below `end`.
void seek_below(leveldb::Iterator& at, const Slice& end) {
  at.Seek(end);
  if (at.Valid()) {
    at.Prev();
  } else if (at.status().ok()) {
    at.SeekToLast();
  }
}

void add(leveldb::WriteBatch& batch, Engine::Changes changes) {
  for (const WriteSet::Change& change : changes) {
    if (change.value) {
      batch.Put(slice_of(change.key), slice_of(make_checked(change.key, *change.value)));
    } else {
      batch.Delete(slice_of(change.key));
    }
  }
}

Failure<StorageError> wrong_value(const std::string& path, ByteView key) {
  return failure(StorageError{
      StorageErrorKind::Corrupt, path, "the value of key " + to_hex(key) + " fails its checksum"});
}

}  // namespace

// Members are destroyed from the last one up: the database first, what it uses after it.
struct Engine::State {
  Environment& environment;
  std::string path;
  DatabaseFiles files;
  std::unique_ptr<RecoveryLog> recovery_log;
  std::unique_ptr<const leveldb::FilterPolicy> filter;
  std::unique_ptr<leveldb::Cache> cache;
  std::unique_ptr<leveldb::DB> database;

  ~State() {
    const InDatabase scope(environment);
    database.reset();
  }

  [[nodiscard]] StorageError error(const leveldb::Status& status) const {
    if (status.IsCorruption())
      return StorageError{StorageErrorKind::Corrupt, path, status.ToString()};
    if (auto last = files.errors->last_error()) return *last;
    return StorageError{StorageErrorKind::Io, path, status.ToString()};
  }
};

struct Moment {
  std::shared_ptr<Engine> engine;
  const leveldb::Snapshot* snapshot = nullptr;

  Moment(std::shared_ptr<Engine> of, const leveldb::Snapshot* taken)
      : engine(std::move(of)), snapshot(taken) {}

  Moment(const Moment&) = delete;
  Moment& operator=(const Moment&) = delete;

  ~Moment() {
    const InDatabase scope(engine->state_->environment);
    engine->state_->database->ReleaseSnapshot(snapshot);
  }
};

namespace {

leveldb::ReadOptions reading(const Moment* moment, bool fill_cache) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = fill_cache;
  options.snapshot = moment == nullptr ? nullptr : moment->snapshot;
  return options;
}

}  // namespace

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}

Engine::~Engine() = default;

Stored<std::shared_ptr<Engine>> Engine::open(Environment& environment,
                                             const DatabaseOptions& wanted,
                                             Checks checks) {
  std::unique_ptr<State> state(new State{environment,
                                         wanted.path,
                                         make_database_files(environment),
                                         make_recovery_log(),
                                         nullptr,
                                         nullptr,
                                         nullptr});
  state->filter.reset(leveldb::NewBloomFilterPolicy(kBloomBitsPerKey));
  state->cache.reset(leveldb::NewLRUCache(wanted.block_cache_bytes));
  leveldb::Options options = options_of(wanted, checks);
  options.env = state->files.env.get();
  options.info_log = state->recovery_log->logger();
  options.filter_policy = state->filter.get();
  options.block_cache = state->cache.get();

  const InDatabase scope(environment);
  leveldb::DB* opened = nullptr;
  const auto status = leveldb::DB::Open(options, wanted.path, &opened);
  state->database.reset(opened);
  if (!status.ok()) return failure(state->error(status));
  return std::shared_ptr<Engine>(new Engine(std::move(state)));
}

Stored<std::optional<Bytes>> Engine::get(ByteView key, const Moment* moment) const {
  const InDatabase scope(state_->environment);
  std::string stored;
  const auto status = state_->database->Get(reading(moment, true), slice_of(key), &stored);
  if (status.IsNotFound()) return std::optional<Bytes>{};
  if (!status.ok()) return failure(state_->error(status));
  const auto value = read_checked(key, as_bytes(stored));
  if (!value) return wrong_value(state_->path, key);
  return std::optional<Bytes>{to_bytes(*value)};
}

Stored<std::vector<Entry>> Engine::range(const RangeQuery& query, const Moment* moment) const {
  const InDatabase scope(state_->environment);
  const std::unique_ptr<leveldb::Iterator> at(
      state_->database->NewIterator(reading(moment, false)));
  const Slice first = slice_of(query.first);
  const Slice end = slice_of(query.end);
  std::vector<Entry> entries;
  std::size_t size = 0;
  query.newest_first ? seek_below(*at, end) : at->Seek(first);
  while (at->Valid() && entries.size() < query.entries_max) {
    if (at->key().compare(first) < 0 || at->key().compare(end) >= 0) break;
    const ByteView key = bytes_of(at->key());
    ByteView found;
    if (!query.keys_only) {
      const auto value = read_checked(key, bytes_of(at->value()));
      if (!value) return wrong_value(state_->path, key);
      found = *value;
    }
    size += key.size() + found.size();
    if (!entries.empty() && size > query.bytes_max) break;
    entries.push_back({to_bytes(key), to_bytes(found)});
    query.newest_first ? at->Prev() : at->Next();
  }
  if (!at->status().ok()) return failure(state_->error(at->status()));
  return entries;
}

std::shared_ptr<const Moment> Engine::moment() {
  const InDatabase scope(state_->environment);
  return std::make_shared<const Moment>(shared_from_this(), state_->database->GetSnapshot());
}

Stored<Done> Engine::write(Changes changes, Changes more, Durability durability) {
  leveldb::WriteBatch batch;
  add(batch, changes);
  add(batch, more);
  leveldb::WriteOptions options;
  options.sync = durability == Durability::Synced;
  const InDatabase scope(state_->environment);
  const auto status = state_->database->Write(options, &batch);
  if (!status.ok()) return failure(state_->error(status));
  return Done{};
}

void Engine::compact(ByteView first, ByteView end) {
  const InDatabase scope(state_->environment);
  const leveldb::Slice from = slice_of(first);
  const leveldb::Slice to = slice_of(end);
  state_->database->CompactRange(&from, &to);
}

std::uint64_t Engine::approximate_size(ByteView first, ByteView end) const {
  const InDatabase scope(state_->environment);
  const leveldb::Range range(slice_of(first), slice_of(end));
  std::uint64_t size = 0;
  state_->database->GetApproximateSizes(&range, 1, &size);
  return size;
}

std::uint64_t Engine::bytes_dropped() const {
  return state_->recovery_log->bytes_dropped();
}

}  // namespace troupe::storage
