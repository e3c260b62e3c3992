#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/result.hpp"

namespace troupe::storage {

/// Why a disk operation, or a whole data directory, failed its reader.
enum class StorageErrorKind : std::uint8_t {
  Corrupt,        ///< bytes are there, but they are not those that were written under that name
  Foreign,        ///< the directory belongs to another ledger or to another node
  NewerFormat,    ///< a later version of this program wrote it
  Locked,         ///< another process, or another part of this one, has it open
  Full,           ///< no space is left
  ReadOnly,       ///< the file system refuses writes
  Denied,         ///< permissions are missing, or a secret file is readable by others
  NotFound,       ///< there is no such file or directory
  AlreadyExists,  ///< a file that must be new is there already
  Io,             ///< the device failed; nothing is known about what it kept
};

/// One failure, as a person must be told it: what, where, and (by `hint`) what to do next.
struct StorageError {
  StorageErrorKind kind = StorageErrorKind::Io;
  std::string path;
  std::string detail;

  friend bool operator==(const StorageError&, const StorageError&) = default;
};

/// The error's name on the command line and in JSON: lower case, words joined by '-'.
[[nodiscard]] std::string_view name(StorageErrorKind kind);

/// What a person can do about it, as one sentence.
[[nodiscard]] std::string_view hint(StorageErrorKind kind);

/// "PATH: DETAIL (NAME). HINT"
[[nodiscard]] std::string describe(const StorageError& error);

template <class T>
using Stored = Result<T, StorageError>;

}  // namespace troupe::storage
