#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/environment.hpp"
#include "storage/error.hpp"

namespace leveldb {
class Env;
class Logger;
}  // namespace leveldb

// LevelDB's own seam, built over ours, so that its files meet the same disk as the journal's.
// Beyond forwarding it syncs the parent directory after each creation and rename: LevelDB itself
// does so only when it writes a manifest, and loses synced data on a disk that takes the POSIX
// text literally.
namespace troupe::storage {

/// The last failure that the disk reported, kept because LevelDB's own statuses lose its kind.
class LastError {
 public:
  virtual ~LastError() = default;
  [[nodiscard]] virtual std::optional<StorageError> last_error() const = 0;
};

struct DatabaseFiles {
  std::unique_ptr<leveldb::Env> env;
  const LastError* errors = nullptr;  ///< lives in env
};

/// The environment must outlive it.
[[nodiscard]] DatabaseFiles make_database_files(Environment& environment);

/// Counts what LevelDB says that it left out while it read a log back.
class RecoveryLog {
 public:
  virtual ~RecoveryLog() = default;
  [[nodiscard]] virtual leveldb::Logger* logger() = 0;
  [[nodiscard]] virtual std::uint64_t bytes_dropped() const = 0;
};

[[nodiscard]] std::unique_ptr<RecoveryLog> make_recovery_log();

}  // namespace troupe::storage
