#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/crypto/hash.hpp"
#include "storage/environment.hpp"
#include "storage/error.hpp"
#include "storage/write_set.hpp"

// One ordered map from bytes to bytes on disk, for one node. Everything that a node keeps except
// its keys and its vote journal is in it, under the keys of keys.hpp.
//
//   stored value := crc: u32le  value        crc = CRC-32C of key || value
//
// The checksum includes the key, so a value that lands under another key is found out.
//
// Every synced commit has a number, from 1, and leaves the key 'j' number; the last kCommitsKept
// of them are kept. Beside the database's directory lies `<path>.mark`, the durable high-water
// mark (high_water_mark.hpp): the number and height that are known to be on disk. At each start
// the two are compared, so a database that lost its end (rolled back, truncated) or a record in
// the middle of its log is found out, whatever its own recovery says. The mark follows at most one
// block behind: it moves after the block was answered for, and before anything else is committed.
//
// Recovery, `faults.md` 3.5: open with paranoid checks; they refuse a log whose last record is
// torn, which is legal after a power cut. Only then open without them and judge by the mark and
// by the numbers. Nothing is ever repaired silently.
namespace troupe::storage {

/// Whose data it is. A directory of another ledger or another node is refused as Foreign.
struct DataOwner {
  crypto::Digest chain;
  Bytes node;  ///< the node's public key; at most kNodeIdentityBytesMax

  friend bool operator==(const DataOwner&, const DataOwner&) = default;
};

struct DatabaseOptions {
  std::string path;
  DataOwner owner;
  std::size_t write_buffer_bytes =
      kDatabaseWriteBufferBytes;  ///< at least 64 KiB, at most the default
  std::size_t block_cache_bytes = 8 << 20;
  int files_open_max = 500;  ///< raised to 74 if below
};

/// What was found at a start.
enum class OpenState : std::uint8_t {
  Created,     ///< nothing was ever committed to it, in this life or an earlier one
  Intact,      ///< everything that was ever durable is there
  TornTail,    ///< a torn end was cut off; everything that was known to be durable is there
  Incomplete,  ///< something durable is missing: serve nothing and sign nothing from it
};

struct OpenReport {
  OpenState state = OpenState::Created;
  std::uint64_t commits_stored = 0;   ///< the highest commit in the database; 1 says whose it is
  std::uint64_t commits_marked = 0;   ///< the highest commit known to have been durable
  std::uint64_t commits_missing = 0;  ///< known to have been durable, and not there
  std::optional<Height> height_stored;
  std::optional<Height> height_marked;
  std::string detail;  ///< one sentence for a person

  [[nodiscard]] bool is_complete() const { return state != OpenState::Incomplete; }
};

struct Entry {
  Bytes key;
  Bytes value;

  friend bool operator==(const Entry&, const Entry&) = default;
};

/// Keys in [first, end), in order; stops after `entries_max` entries or once their keys and values
/// exceed `bytes_max` (at least one entry is returned if there is one).
struct RangeQuery {
  Bytes first;
  Bytes end;
  std::size_t entries_max = SIZE_MAX;
  std::size_t bytes_max = SIZE_MAX;
  bool newest_first = false;  ///< from the end backwards
  bool keys_only = false;     ///< values are not looked at, and come empty
};

struct OpenedDatabase;

struct Moment;

/// A state of the whole database at one moment, readable while writing goes on. Cheap to copy; the
/// environment must outlive it.
class Snapshot {
 private:
  friend class Database;
  explicit Snapshot(std::shared_ptr<const Moment> moment);
  std::shared_ptr<const Moment> moment_;
};

/// Safe to share between threads. After the first failed commit every later one fails alike: what
/// the disk holds is then unknown, and the process must end and read it again.
class Database {
 public:
  /// Opens or creates it and locks it. Creates no parent directories.
  /// Errors: Locked, Foreign, NewerFormat, Corrupt (not even readable without paranoid checks),
  /// Full, ReadOnly, Denied, Io. A database that opens, but lost data, is no error: see the report.
  static Stored<OpenedDatabase> open(Environment& environment, const DatabaseOptions& options);

  /// Moves a closed database and its mark aside, to `<path>.damaged-N`, durably; the next open
  /// creates a new one. Returns the path it was moved to.
  static Stored<std::string> set_aside(Environment& environment, const std::string& path);

  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// The value, or nothing. Errors: Corrupt (checksum), Io.
  [[nodiscard]] Stored<std::optional<Bytes>> get(ByteView key) const;
  [[nodiscard]] Stored<std::optional<Bytes>> get(ByteView key, const Snapshot& snapshot) const;

  [[nodiscard]] Stored<bool> contains(ByteView key) const;

  /// Every value is verified; the first bad one ends the read with Corrupt, naming its key.
  [[nodiscard]] Stored<std::vector<Entry>> range(const RangeQuery& query) const;
  [[nodiscard]] Stored<std::vector<Entry>> range(const RangeQuery& query,
                                                 const Snapshot& snapshot) const;

  /// The first entry at or after `first` and below `end`: one seek.
  [[nodiscard]] Stored<std::optional<Entry>> first_at_or_after(ByteView first, ByteView end) const;

  [[nodiscard]] Snapshot snapshot() const;

  /// Applies the set atomically; durable when it returns Done. Errors: Full, Io, sticky.
  Stored<Done> commit(const WriteSet& set);

  /// Moves the mark up to the last completed block, if it is behind: a sync that nobody who was
  /// waiting for the block needs to wait for. Otherwise the next commit does it, or closing.
  Stored<Done> catch_up_mark();

  /// Says that everything an Incomplete report missed was fetched and verified. Durable.
  Stored<Done> declare_complete();

  /// Applies removals atomically without waiting for the disk: they may come undone by a power
  /// cut. For pruning only; a set that puts something is a bug of ours.
  Stored<Done> remove_lazily(const WriteSet& set);

  /// Gives back the space of what was removed between two keys. Takes as long as rewriting the rest.
  void compact(ByteView first, ByteView end);

  /// Bytes on disk, roughly, between two keys.
  [[nodiscard]] std::uint64_t approximate_size(ByteView first, ByteView end) const;

  /// The height of the last set that completed a block.
  [[nodiscard]] std::optional<Height> height() const;

  [[nodiscard]] const std::string& path() const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct OpenedDatabase {
  std::shared_ptr<Database> database;
  OpenReport report;
};

}  // namespace troupe::storage
