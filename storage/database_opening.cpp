#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "storage/database_state.hpp"
#include "storage/fixed_width.hpp"
#include "storage/keys.hpp"

// How a database is opened and judged; the rules are at the head of database.hpp.
namespace troupe::storage {

namespace {

constexpr std::uint32_t kFormat = 1;
/// The number of the commit by which a new database says whose it is.
constexpr std::uint64_t kIdentityCommit = 1;

std::string mark_path(const std::string& path) {
  return path + ".mark";
}

/// What the database itself says about its content.
struct Content {
  std::uint64_t commit = 0;  ///< 0: it is empty
  std::uint64_t holes = 0;   ///< numbers missing among the kept ones
  std::optional<Height> height;
};

/// The commit numbers after `last`, at most this many at a time: there may be kCommitsKept of them.
constexpr std::size_t kNumbersPerRead = 4096;

Stored<std::vector<Entry>> read_numbers(const Engine& engine, std::uint64_t from) {
  RangeQuery query;
  query.first = keys::commit(from);
  query.end = keys::after_prefix(keys::first_of(KeyPrefix::Commit));
  query.entries_max = kNumbersPerRead;
  return engine.range(query, nullptr);
}

Stored<Content> read_commits(const Engine& engine) {
  Content content;
  while (true) {
    const auto found = read_numbers(engine, content.commit + 1);
    if (!found) return failure(found.error());
    for (const Entry& entry : *found) {
      const auto number = keys::read_number(KeyPrefix::Commit, entry.key);
      if (!number)
        return failure(StorageError{
            StorageErrorKind::Corrupt, "", "a commit number is malformed: " + to_hex(entry.key)});
      if (content.commit > 0) content.holes += *number - content.commit - 1;
      content.commit = *number;
    }
    if (found->size() < kNumbersPerRead) return content;
  }
}

Stored<Content> read_content(const Engine& engine) {
  auto content = read_commits(engine);
  if (!content) return content;
  const auto height = engine.get(keys::meta(kMetaHeight), nullptr);
  if (!height) return failure(height.error());
  if (*height && (*height)->size() == sizeof(std::uint64_t))
    content->height = Height{read_big_endian<std::uint64_t>(**height, 0)};
  return content;
}

Failure<StorageError> foreign(const std::string& path, std::string_view what) {
  return failure(
      StorageError{StorageErrorKind::Foreign, path, "it belongs to another " + std::string(what)});
}

Stored<Done> check_owner(const std::string& path, const DataOwner& found, const DataOwner& wanted) {
  if (found.chain != wanted.chain) return foreign(path, "ledger");
  if (found.node != wanted.node) return foreign(path, "node");
  return Done{};
}

/// Compares the meta keys of a database that is not empty with what is expected.
Stored<Done> check_identity(const Engine& engine, const DatabaseOptions& options) {
  const auto format = engine.get(keys::meta(kMetaFormat), nullptr);
  if (!format) return failure(format.error());
  const auto chain = engine.get(keys::meta(kMetaChain), nullptr);
  if (!chain) return failure(chain.error());
  const auto node = engine.get(keys::meta(kMetaNode), nullptr);
  if (!node) return failure(node.error());
  if (!*format || (*format)->size() != sizeof kFormat || !*chain || !*node)
    return failure(
        StorageError{StorageErrorKind::Corrupt, options.path, "it does not say whose it is"});
  const auto number = read_big_endian<std::uint32_t>(**format, 0);
  if (number > kFormat)
    return failure(StorageError{
        StorageErrorKind::NewerFormat, options.path, "it has format " + std::to_string(number)});
  if (!equal(**chain, options.owner.chain.view())) return foreign(options.path, "ledger");
  if (!equal(**node, options.owner.node)) return foreign(options.path, "node");
  return Done{};
}

WriteSet identity_of(const DataOwner& owner) {
  Bytes format;
  append_big_endian(format, kFormat);
  WriteSet set;
  set.put(keys::meta(kMetaFormat), std::move(format));
  set.put(keys::meta(kMetaChain), to_bytes(owner.chain.view()));
  set.put(keys::meta(kMetaNode), owner.node);
  return set;
}

struct OpenedEngine {
  std::shared_ptr<Engine> engine;
  bool was_torn = false;
  std::uint64_t bytes_dropped = 0;
};

/// Paranoid first. A log that it refuses is read leniently once, which rewrites what can be read,
/// and the result must then stand up to the paranoid checks.
Stored<OpenedEngine> open_engine(Environment& environment, const DatabaseOptions& options) {
  OpenedEngine opened;
  {
    auto strict = Engine::open(environment, options, Checks::Paranoid);
    if (strict) {
      opened.engine = std::move(strict).value();
      return opened;
    }
    if (strict.error().kind != StorageErrorKind::Corrupt) return failure(strict.error());
  }
  opened.was_torn = true;
  {
    auto lenient = Engine::open(environment, options, Checks::Lenient);
    if (!lenient) return failure(lenient.error());
    opened.bytes_dropped = (*lenient)->bytes_dropped();
  }
  auto again = Engine::open(environment, options, Checks::Paranoid);
  if (!again) return failure(again.error());
  opened.engine = std::move(again).value();
  return opened;
}

/// The mark before opening. A mark that is there but unreadable counts as a found loss.
struct Expectation {
  bool was_there = false;
  bool readable = true;
  MarkValues values;
};

Stored<Expectation> read_expectation(Environment& environment, const DatabaseOptions& options) {
  const auto mark = read_mark(environment, mark_path(options.path));
  if (!mark && mark.error().kind == StorageErrorKind::Corrupt) return Expectation{true, false, {}};
  if (!mark) return failure(mark.error());
  if (!*mark) return Expectation{};
  if (auto ours = check_owner(options.path, (*mark)->owner, options.owner); !ours)
    return failure(ours.error());
  return Expectation{true, true, (*mark)->values};
}

std::string describe_loss(const OpenReport& report, const Expectation& expected) {
  if (!expected.readable) return "the high-water mark is damaged: what is missing is unknown";
  if (!expected.was_there) return "the high-water mark is gone: what is missing is unknown";
  if (report.commits_missing == 0) return "a loss found earlier has not been made good yet";
  return std::to_string(report.commits_missing) + " durable commits are missing, " +
         std::to_string(report.commits_stored) + " of " + std::to_string(report.commits_marked) +
         " are there";
}

OpenReport judge(const Content& content, const Expectation& expected, const OpenedEngine& opened) {
  OpenReport report;
  report.commits_stored = content.commit;
  report.commits_marked = expected.values.commit;
  report.height_stored = content.height;
  report.height_marked = expected.values.height;
  report.commits_missing = content.holes;
  if (expected.values.commit > content.commit)
    report.commits_missing += expected.values.commit - content.commit;
  const bool mark_is_lost = !expected.readable || (!expected.was_there && content.commit > 0);
  if (report.commits_missing > 0 || mark_is_lost || expected.values.incomplete) {
    report.state = OpenState::Incomplete;
    report.detail = describe_loss(report, expected);
  } else if (content.commit <= kIdentityCommit) {
    report.state = OpenState::Created;
    report.detail = "a new database";
  } else if (opened.was_torn) {
    report.state = OpenState::TornTail;
    report.detail = "a torn end of " + std::to_string(opened.bytes_dropped) +
                    " bytes was cut off; nothing durable is missing";
  } else {
    report.state = OpenState::Intact;
    report.detail = "everything durable is there";
  }
  return report;
}

/// Makes the directory's own name durable, and lays down a mark before the database exists.
Stored<Done> prepare(Environment& environment, const DatabaseOptions& options, bool has_mark) {
  if (auto made = environment.create_directory(options.path); !made) return made;
  if (has_mark || environment.exists(options.path + "/CURRENT"))
    return environment.sync_directory(directory_of(options.path));
  auto mark = HighWaterMark::create(environment, mark_path(options.path), {options.owner, {}});
  if (!mark) return failure(mark.error());
  return Done{};
}

}  // namespace

Stored<OpenedDatabase> Database::open(Environment& environment, const DatabaseOptions& options) {
  INVARIANT(options.owner.node.size() <= kNodeIdentityBytesMax);
  INVARIANT(options.write_buffer_bytes <= kDatabaseWriteBufferBytes);
  auto lock = environment.lock(options.path + ".lock");
  if (!lock) return failure(lock.error());
  const auto expected = read_expectation(environment, options);
  if (!expected) return failure(expected.error());
  if (auto ready = prepare(environment, options, expected->was_there); !ready)
    return failure(ready.error());
  auto opened = open_engine(environment, options);
  if (!opened) return failure(opened.error());
  const auto content = read_content(*opened->engine);
  if (!content) return failure(content.error());
  if (content->commit > 0) {
    if (auto ours = check_identity(*opened->engine, options); !ours) return failure(ours.error());
  }

  const OpenReport report = judge(*content, *expected, *opened);
  auto state = std::make_unique<State>();
  state->path = options.path;
  state->lock = std::move(lock).value();
  state->engine = opened->engine;
  state->commit = std::max(content->commit, expected->values.commit);
  state->height = content->height;
  auto mark = HighWaterMark::create(
      environment,
      mark_path(options.path),
      {options.owner,
       {state->commit, std::max(content->height, expected->values.height), !report.is_complete()}});
  if (!mark) return failure(mark.error());
  state->mark = std::move(mark).value();
  std::shared_ptr<Database> database(new Database(std::move(state)));
  if (content->commit == 0) {
    if (auto written = database->commit(identity_of(options.owner)); !written)
      return failure(written.error());
  }
  return OpenedDatabase{std::move(database), report};
}

Stored<std::string> Database::set_aside(Environment& environment, const std::string& path) {
  auto lock = environment.lock(path + ".lock");
  if (!lock) return failure(lock.error());
  std::string target;
  for (int number = 1; target.empty() || environment.exists(target); ++number)
    target = path + ".damaged-" + std::to_string(number);
  // The mark goes last: until then a crash leaves a mark without its database, which is a loss.
  if (auto moved = environment.rename(path, target); !moved) return failure(moved.error());
  if (auto synced = environment.sync_directory(directory_of(path)); !synced)
    return failure(synced.error());
  if (environment.exists(mark_path(path))) {
    if (auto moved = environment.rename(mark_path(path), target + ".mark"); !moved)
      return failure(moved.error());
  }
  if (auto synced = environment.sync_directory(directory_of(path)); !synced)
    return failure(synced.error());
  return target;
}

}  // namespace troupe::storage
