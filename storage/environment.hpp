#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"
#include "storage/error.hpp"

// The seam between the node and its disk. Everything that must survive a crash passes through an
// Environment: the journal's files directly, the database's files through an adapter that the
// database builds over it. One real implementation exists (posix_environment.hpp); a simulated one
// loses, tears and refuses what a real disk may lose, tear and refuse.
//
// What may be relied on after a power cut, and no more:
//   - bytes written to a file before the last sync() of that file that succeeded;
//   - names created, renamed or removed before the last sync_directory() of their directory.
// After a crash of the process alone everything survives that was written before it. After a
// failed sync() nothing is known about any byte written since the last one that succeeded, and a
// later success does not make it good: callers stop.
namespace troupe::storage {

/// One open file, closed by its destructor. Offsets and sizes count bytes.
class File {
 public:
  virtual ~File() = default;

  /// Fills `into` from `offset` on and returns how much: less than asked only where the file ends.
  virtual Stored<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;

  /// Writes all of `content`, growing the file if it ends before. Not durable before sync().
  virtual Stored<Done> write_at(std::uint64_t offset, ByteView content) = 0;

  /// Makes everything written to this file durable. Not its name: see sync_directory().
  virtual Stored<Done> sync() = 0;

  [[nodiscard]] virtual Stored<std::uint64_t> size() const = 0;
};

/// Holds a lock file for as long as it lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode : std::uint8_t {
  Read,       ///< must exist; writing through it is refused
  ReadWrite,  ///< must exist
  Create,     ///< created with mode 0600 if absent; kept as it is otherwise
  Replace,    ///< created with mode 0600 if absent; emptied otherwise
};

/// The disk, the background thread and the clock of one node's storage. Safe to use from several
/// threads; one File is used by one thread at a time, except that read_at may run concurrently.
/// Must outlive everything opened through it.
class Environment {
 public:
  virtual ~Environment() = default;

  /// Errors: NotFound, Denied, Full, ReadOnly, Io.
  virtual Stored<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

  [[nodiscard]] virtual bool exists(const std::string& path) = 0;

  /// The names in a directory, sorted, without "." and "..".
  virtual Stored<std::vector<std::string>> list(const std::string& directory) = 0;

  /// Creates one directory with mode 0700. Success if it is there already.
  virtual Stored<Done> create_directory(const std::string& path) = 0;

  virtual Stored<Done> remove_file(const std::string& path) = 0;
  virtual Stored<Done> remove_directory(const std::string& path) = 0;

  /// Renames atomically, replacing a file at `to`.
  virtual Stored<Done> rename(const std::string& from, const std::string& to) = 0;

  /// Makes creations, renames and removals in this directory durable.
  virtual Stored<Done> sync_directory(const std::string& path) = 0;

  /// Takes a lock file, creating it. Errors: Locked if anybody holds it, this process included.
  virtual Stored<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;

  /// True if only the owner may read and write this file. Errors: NotFound, Io.
  virtual Stored<bool> is_private(const std::string& path) = 0;

  /// Runs a job of the database later, on one background thread, in the order handed in.
  virtual void run_in_background(std::function<void()> job) = 0;

  /// Time on a clock that only the database's own statistics and pauses use.
  virtual Instant now() = 0;
  virtual void pause(Duration duration) = 0;

  /// Bracket every call into the database. A simulated environment runs background jobs there
  /// while the database waits for them; a real one has nothing to do.
  virtual void enter_database() {}

  virtual void leave_database() {}
};

/// The directory part of a path: "/a/b" gives "/a", "b" gives ".".
[[nodiscard]] std::string directory_of(const std::string& path);

}  // namespace troupe::storage
