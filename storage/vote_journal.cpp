#include "storage/vote_journal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"
#include "storage/journal_format.hpp"
#include "storage/journal_recovery.hpp"
#include "storage/node_files.hpp"

namespace troupe::storage {

namespace {

std::string first_path(const std::string& directory) {
  return directory + "/votes.a";
}

std::string second_path(const std::string& directory) {
  return directory + "/votes.b";
}

/// The copy's bytes, or nothing if there is no such file.
Stored<std::optional<Bytes>> read_copy(Environment& environment, const std::string& path) {
  auto content = read_whole(environment, path, kJournalBytesMax + 2 * journal::kAheadBytes);
  if (!content && content.error().kind == StorageErrorKind::NotFound) return std::optional<Bytes>{};
  if (!content) return failure(content.error());
  return std::optional<Bytes>{std::move(content).value()};
}

std::vector<JournalRecord> flattened(const std::vector<journal::Records>& appends) {
  std::vector<JournalRecord> records;
  for (const auto& append : appends)
    records.insert(records.end(), append.begin(), append.end());
  return records;
}

}  // namespace

struct VoteJournal::State {
  Environment& environment;
  std::string directory;
  JournalOwner owner;
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<File> first;
  std::unique_ptr<File> second;

  std::uint64_t generation = 0;
  std::uint64_t ordinal_last = 0;
  std::vector<JournalRecord> records = {};
  std::vector<std::size_t> append_sizes = {};  ///< how many of `records` each kept append has
  std::uint64_t end = 0;                       ///< where the next append goes, in both copies
  std::uint64_t capacity = 0;                  ///< both files are zeros from `end` to here
  std::optional<StorageError> failed = {};

  /// Writes a generation with these appends over both copies, one after the other.
  Stored<Done> replace(const std::vector<journal::Records>& appends);
  Stored<std::unique_ptr<File>> replace_copy(const std::string& path, ByteView content);
  Stored<Done> append_to(File& copy, ByteView content, std::uint64_t capacity_wanted);

  Stored<Done> fail(const StorageError& error) {
    failed = error;
    return failure(error);
  }
};

Stored<std::unique_ptr<File>> VoteJournal::State::replace_copy(const std::string& path,
                                                               ByteView content) {
  if (auto written = write_durably(environment, path, content); !written)
    return failure(written.error());
  return environment.open(path, OpenMode::ReadWrite);
}

Stored<Done> VoteJournal::State::replace(const std::vector<journal::Records>& appends) {
  INVARIANT(appends.size() <= ordinal_last);
  journal::Header header;
  header.generation = generation + 1;
  header.ordinal_last = ordinal_last;
  header.ordinal_first = ordinal_last + 1 - appends.size();
  header.owner = owner;
  const Bytes copy = journal::encode_copy(header, appends);
  auto new_first = replace_copy(first_path(directory), copy);
  if (!new_first) return fail(new_first.error());
  auto new_second = replace_copy(second_path(directory), copy);
  if (!new_second) return fail(new_second.error());
  first = std::move(new_first).value();
  second = std::move(new_second).value();
  generation = header.generation;
  records = flattened(appends);
  append_sizes.clear();
  for (const auto& append : appends)
    append_sizes.push_back(append.size());
  capacity = copy.size();
  end = capacity - journal::kAheadBytes;
  return Done{};
}

Stored<Done> VoteJournal::State::append_to(File& copy,
                                           ByteView content,
                                           std::uint64_t capacity_wanted) {
  if (capacity_wanted > capacity) {
    const Bytes zeros(static_cast<std::size_t>(capacity_wanted - capacity));
    if (auto extended = copy.write_at(capacity, zeros); !extended) return extended;
    if (auto synced = copy.sync(); !synced) return synced;
  }
  if (auto written = copy.write_at(end, content); !written) return written;
  if (planted(consensus::Plant::VoteUnsynced)) return Done{};
  auto synced = copy.sync();
  if (!synced && planted(consensus::Plant::SyncErrorIgnored)) return Done{};
  return synced;
}

VoteJournal::VoteJournal(std::unique_ptr<State> state) : state_(std::move(state)) {}

VoteJournal::~VoteJournal() = default;

Stored<std::unique_ptr<VoteJournal>> VoteJournal::create(Environment& environment,
                                                         const std::string& directory,
                                                         const JournalOwner& owner,
                                                         const JournalBeginning& beginning) {
  auto lock = environment.lock(directory + "/votes.lock");
  if (!lock) return failure(lock.error());
  // Both old copies go first, the second one before the first: a crash in between then leaves
  // nothing, or a copy alone, and never an old copy beside a new one.
  for (const std::string& path : {second_path(directory), first_path(directory)}) {
    if (!environment.exists(path)) continue;
    if (auto removed = environment.remove_file(path); !removed) return failure(removed.error());
    if (auto synced = environment.sync_directory(directory); !synced)
      return failure(synced.error());
  }
  std::unique_ptr<State> state(new State{environment, directory, owner, {}, {}, {}});
  state->lock = std::move(lock).value();
  state->generation = beginning.after.generation;
  state->ordinal_last = beginning.after.ordinal;
  std::vector<journal::Records> appends;
  if (!beginning.records.empty()) {
    appends.push_back(beginning.records);
    ++state->ordinal_last;
  }
  if (auto written = state->replace(appends); !written) return failure(written.error());
  return std::unique_ptr<VoteJournal>(new VoteJournal(std::move(state)));
}

Stored<OpenedJournal> VoteJournal::open(Environment& environment,
                                        const std::string& directory,
                                        const JournalOwner& owner,
                                        const JournalMark& at_least) {
  auto lock = environment.lock(directory + "/votes.lock");
  if (!lock) return failure(lock.error());
  journal::Copies copies;
  auto first = read_copy(environment, first_path(directory));
  if (!first) return failure(first.error());
  copies.first = std::move(first).value();
  auto second = read_copy(environment, second_path(directory));
  if (!second) return failure(second.error());
  copies.second = std::move(second).value();

  auto recovered = journal::recover(copies, owner, at_least);
  if (recovered.newer_format)
    return failure(
        StorageError{StorageErrorKind::NewerFormat,
                     directory,
                     "the vote journal has format " + std::to_string(*recovered.newer_format)});
  if (recovered.foreign)
    return failure(StorageError{StorageErrorKind::Foreign,
                                directory,
                                "the vote journal belongs to another validator or ledger"});
  OpenedJournal opened;
  opened.report = recovered.report;
  opened.records = flattened(recovered.appends);
  if (!opened.report.may_sign()) return opened;
  std::unique_ptr<State> state(new State{environment, directory, owner, {}, {}, {}});
  state->lock = std::move(lock).value();
  state->generation = recovered.generation;
  state->ordinal_last = recovered.ordinal_last;
  if (auto written = state->replace(recovered.appends); !written) return failure(written.error());
  opened.journal.reset(new VoteJournal(std::move(state)));
  return opened;
}

Stored<Done> VoteJournal::append(const std::vector<JournalRecord>& records) {
  if (state_->failed) return failure(*state_->failed);
  INVARIANT(!records.empty());
  const Bytes content =
      journal::encode_append({state_->end, state_->ordinal_last + 1, state_->generation}, records);
  const std::uint64_t end = state_->end + content.size();
  if (end > kJournalBytesMax)
    return state_->fail(StorageError{StorageErrorKind::Full,
                                     state_->directory,
                                     "the vote journal has reached its bound of " +
                                         std::to_string(kJournalBytesMax) + " bytes"});
  const std::uint64_t capacity =
      end > state_->capacity ? end + journal::kAheadBytes : state_->capacity;
  if (auto written = state_->append_to(*state_->first, content, capacity); !written)
    return state_->fail(written.error());
  if (auto written = state_->append_to(*state_->second, content, capacity); !written)
    return state_->fail(written.error());
  state_->end = end;
  state_->capacity = capacity;
  ++state_->ordinal_last;
  state_->append_sizes.push_back(records.size());
  state_->records.insert(state_->records.end(), records.begin(), records.end());
  return Done{};
}

Stored<Done> VoteJournal::compact(const JournalPosition& keep_from) {
  if (state_->failed) return failure(*state_->failed);
  const auto is_old = [&](const JournalRecord& record) { return record.position < keep_from; };
  if (std::none_of(state_->records.begin(), state_->records.end(), is_old)) return Done{};
  std::vector<journal::Records> kept;
  auto next = state_->records.begin();
  for (const std::size_t size : state_->append_sizes) {
    const auto after = next + static_cast<std::ptrdiff_t>(size);
    journal::Records append;
    std::remove_copy_if(next, after, std::back_inserter(append), is_old);
    if (!append.empty()) kept.push_back(std::move(append));
    next = after;
  }
  return state_->replace(kept);
}

const std::vector<JournalRecord>& VoteJournal::records() const {
  return state_->records;
}

JournalMark VoteJournal::mark() const {
  return {state_->generation, state_->ordinal_last};
}

std::uint64_t VoteJournal::size() const {
  return state_->end - journal::kHeaderBytes;
}

}  // namespace troupe::storage
