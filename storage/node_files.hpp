#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "storage/environment.hpp"
#include "storage/error.hpp"

// A node's data directory:
//
//   DIR/              0700
//     lock            held while the node runs
//     node.key        0600, the secret of the libp2p identity
//     validator.key   0600, the secret of the validator, if it is one
//     database/       LevelDB, with database.mark and database.lock beside it
//     journal/        votes.a, votes.b
//   Everything else that a caller stores is a small file with a name of its own.
namespace troupe::storage {

/// Replaces a small file durably: after Done it has the new content, after a crash at any point
/// the old or the new one, whole. Mode 0600.
Stored<Done> write_durably(Environment& environment, const std::string& path, ByteView content);

/// The whole of a file of at most `size_max` bytes. Errors: NotFound, Corrupt if it is larger.
Stored<Bytes> read_whole(Environment& environment, const std::string& path, std::size_t size_max);

/// An open data directory. Exactly one at a time exists for a path, over all processes.
class DataDirectory {
 public:
  /// Creates what is missing and takes the lock. Creates no parents. Errors: Locked, Denied, Io.
  static Stored<DataDirectory> open(Environment& environment, std::string path);

  /// A secret: refused as Denied if others may read it. Errors: NotFound, Denied, Io.
  [[nodiscard]] Stored<Bytes> read_secret(std::string_view name) const;
  /// Never replaces one. Errors: AlreadyExists.
  Stored<Done> write_secret(std::string_view name, ByteView content);

  [[nodiscard]] Stored<Bytes> read_file(std::string_view name, std::size_t size_max) const;
  Stored<Done> write_file(std::string_view name, ByteView content);

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] std::string database_path() const { return path_ + "/database"; }

  [[nodiscard]] std::string journal_path() const { return path_ + "/journal"; }

 private:
  DataDirectory(Environment& environment, std::string path, std::unique_ptr<FileLock> lock);

  Environment* environment_;
  std::string path_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace troupe::storage
