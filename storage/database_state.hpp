#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "storage/database.hpp"
#include "storage/engine.hpp"
#include "storage/high_water_mark.hpp"

namespace troupe::storage {

// Names of the database's own meta keys.
inline constexpr std::string_view kMetaHeight = "height";
inline constexpr std::string_view kMetaFormat = "format";
inline constexpr std::string_view kMetaChain = "chain";
inline constexpr std::string_view kMetaNode = "node";

/// What an open database owns. Built by database_opening.cpp.
struct Database::State {
  std::string path;
  std::unique_ptr<FileLock> lock;
  std::shared_ptr<Engine> engine;
  std::unique_ptr<HighWaterMark> mark;

  std::mutex mutex;  ///< guards what follows, and applies commits in the order of their numbers
  std::uint64_t commit = 0;
  std::optional<Height> height;
  std::optional<StorageError> failed;
  bool is_mark_due = false;  ///< a block was completed that the mark does not name yet

  Stored<Done> catch_up_mark();
  Stored<Done> advance_mark(bool incomplete);
};

}  // namespace troupe::storage
