#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "protocol/base/numbers.hpp"
#include "storage/database.hpp"
#include "storage/environment.hpp"

// How far a database is known to have been durable, kept beside it in a file of its own.
//
//   file := slot  zeros to 4096  slot
//   slot := crc: u32le  magic[8]  format: u32le  serial: u64le  commit: u64le
//           height_plus_one: u64le  incomplete: u8  chain[32]  node_size: u8  node[64]
//
// crc = CRC-32C of the rest of the slot. The slots are written in turn, so that a torn write costs
// the newer mark and never both; the valid one with the highest serial counts.
namespace troupe::storage {

struct MarkValues {
  std::uint64_t commit = 0;
  std::optional<Height> height;
  bool incomplete = false;  ///< a loss was found and has not been made good

  friend bool operator==(const MarkValues&, const MarkValues&) = default;
};

struct StoredMark {
  DataOwner owner;
  MarkValues values;
};

/// The mark in that file. Nothing if there is no file. Errors: Corrupt if no slot is valid,
/// NewerFormat, Io.
Stored<std::optional<StoredMark>> read_mark(Environment& environment, const std::string& path);

/// A mark open for advancing.
class HighWaterMark {
 public:
  /// Replaces the file durably with this mark.
  static Stored<std::unique_ptr<HighWaterMark>> create(Environment& environment,
                                                       const std::string& path,
                                                       const StoredMark& mark);

  /// Durable when it returns Done.
  Stored<Done> advance(const MarkValues& values);

  [[nodiscard]] const MarkValues& values() const { return mark_.values; }

 private:
  HighWaterMark(std::unique_ptr<File> file, StoredMark mark);

  std::unique_ptr<File> file_;
  StoredMark mark_;
  std::uint64_t serial_ = 0;
};

}  // namespace troupe::storage
