#pragma once

#include <memory>
#include <string>
#include <utility>

#include "protocol/ledger/genesis.hpp"
#include "storage/database.hpp"
#include "storage/environment.hpp"
#include "tools/troupe/files.hpp"

// A stopped node's data as the offline verbs see it.
namespace troupe::tools {

struct DataFolder {
  fs::path data;  ///< holds `database`, `database.mark` and `journal`
  ledger::Genesis genesis;
};

/// Finds a node's data below `folder`, which is the node's or the data's own, and the genesis: the
/// given file, or the one beside the node. Errors: no-data, running, no-file, bad-genesis.
[[nodiscard]] Answer<DataFolder> find_data(const fs::path& folder, const std::string& genesis);

/// An open database, with the environment that it lives in.
struct OpenData {
  std::unique_ptr<storage::Environment> environment;
  storage::OpenedDatabase opened;
};

/// Opens the database of a stopped node. Errors: damaged (with what the storage says).
[[nodiscard]] Answer<OpenData> open_data(const fs::path& data, const ledger::Genesis& genesis);

/// A copy of a database in a temporary folder, so that looking at it changes nothing: opening one
/// replays its log and writes. Gone with the object.
class DatabaseCopy {
 public:
  [[nodiscard]] static Answer<DatabaseCopy> of(const fs::path& data);

  DatabaseCopy(DatabaseCopy&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}

  DatabaseCopy(const DatabaseCopy&) = delete;
  DatabaseCopy& operator=(const DatabaseCopy&) = delete;
  DatabaseCopy& operator=(DatabaseCopy&&) = delete;
  ~DatabaseCopy();

  [[nodiscard]] const fs::path& data() const { return folder_; }

 private:
  explicit DatabaseCopy(fs::path folder) : folder_(std::move(folder)) {}

  fs::path folder_;
};

}  // namespace troupe::tools
