#include "tools/troupe/data_folder.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include "storage/high_water_mark.hpp"
#include "storage/posix_environment.hpp"
#include "tools/troupe/accounts.hpp"

namespace troupe::tools {

namespace {

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Failure<CommandError> damaged(const storage::StorageError& error) {
  return refuse({ExitCode::No,
                 "damaged",
                 storage::describe(error),
                 "keep the folder for an examination; a node without it fetches all of it anew"});
}

/// A node that runs holds the lock of its data; the file is there from its first start on.
Answer<Done> check_stopped(const fs::path& data) {
  if (!is_there(data / "lock")) return Done{};
  const auto environment = storage::make_posix_environment();
  const auto lock = environment->lock((data / "lock").string());
  if (lock.ok() || lock.error().kind != storage::StorageErrorKind::Locked) return Done{};
  return refuse({ExitCode::Unreachable,
                 "running",
                 fmt::format("a node is running on {}", shown(data)),
                 "stop it first: troupe down"});
}

}  // namespace

Answer<DataFolder> find_data(const fs::path& folder, const std::string& genesis) {
  const fs::path data = is_there(folder / "data") ? folder / "data" : folder;
  if (!is_there(data / "database")) {
    return refuse({ExitCode::NotFound,
                   "no-data",
                   fmt::format("there is no database in {}", shown(folder)),
                   "name a node's folder, for example ~/.local/share/troupe/nets/demo/n1"});
  }
  if (const auto stopped = check_stopped(data); !stopped.ok()) return refuse(stopped.error());
  fs::path file = genesis;
  for (const fs::path& place : {folder / "../genesis", folder / "../../genesis"}) {
    if (file.empty() && is_there(place)) file = place;
  }
  if (file.empty()) {
    return refuse({ExitCode::Usage,
                   "which-genesis",
                   fmt::format("there is no genesis beside {}", shown(folder)),
                   "name the network's genesis file: --genesis FILE"});
  }
  auto read = load_genesis(file);
  if (!read.ok()) return refuse(read.error());
  return DataFolder{data, std::move(*read)};
}

Answer<OpenData> open_data(const fs::path& data, const ledger::Genesis& genesis) {
  OpenData open{storage::make_posix_environment(), {}};
  storage::DatabaseOptions options;
  options.path = (data / "database").string();
  const auto mark = storage::read_mark(*open.environment, options.path + ".mark");
  if (!mark) return damaged(mark.error());
  options.owner = *mark ? (*mark)->owner : storage::DataOwner{ledger::chain_id(genesis), {}};
  if (options.owner.chain != ledger::chain_id(genesis)) {
    return refuse({ExitCode::Usage,
                   "other-genesis",
                   fmt::format("{} belongs to another network than the genesis", shown(data)),
                   "name the right one: --genesis FILE"});
  }
  auto opened = storage::Database::open(*open.environment, options);
  if (!opened) return damaged(opened.error());
  open.opened = std::move(opened).value();
  return open;
}

Answer<DatabaseCopy> DatabaseCopy::of(const fs::path& data) {
  std::string pattern = (fs::temp_directory_path() / "troupe-inspect-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return refuse({ExitCode::Bug,
                   "no-folder",
                   fmt::format("cannot make a folder in {}", shown(fs::temp_directory_path())),
                   "make room there, or name another place with $TMPDIR"});
  }
  DatabaseCopy copy{fs::path(pattern)};
  std::error_code error;
  fs::copy(data / "database", copy.folder_ / "database", fs::copy_options::recursive, error);
  if (!error && is_there(data / "database.mark")) {
    fs::copy_file(data / "database.mark", copy.folder_ / "database.mark", error);
  }
  if (!error) return copy;
  return refuse({ExitCode::Bug,
                 "no-copy",
                 fmt::format("cannot copy {}: {}", shown(data), error.message()),
                 "make room in the temporary folder, or name another one with $TMPDIR"});
}

DatabaseCopy::~DatabaseCopy() {
  if (folder_.empty()) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace troupe::tools
