#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "storage/environment.hpp"
#include "tools/simulator/disk/simulated_disk.hpp"

// One life of one process on a simulated disk. It counts every operation, fails the ones that it
// is told to fail, and at a chosen one the process dies: from then on every call fails and nothing
// reaches the disk any more, destructors included. Then destroy what was opened through it, destroy
// it, let the disk lose power or not, and start the next life.
//
// Background jobs of the database are held here. Linking this file replaces the untimed wait of
// std::condition_variable: a thread that is inside the database and waits runs a held job instead,
// so nothing hangs, nothing needs a second thread, and every run of a seed is the same.
namespace troupe::simulator {

/// Places of stored files, of 4 KiB each, that went bad: a share of all, always the same ones.
struct Rot {
  double share = 0;
  std::uint64_t key = 0;       ///< which places
  bool is_unreadable = false;  ///< reading such a place fails; else one bit of it is another
};

/// What becomes of one operation.
struct Fate {
  std::optional<storage::StorageErrorKind> error;  ///< it fails so
  bool lies = false;                               ///< a sync that says it was done, and was not
  Duration takes{0};                               ///< how long the process waits for it
  std::optional<Rot> rot;                          ///< what a read shows
};

/// The chances that background work has at first (set_background_chance).
inline constexpr std::uint8_t kBackgroundChance = 128;

class SimulatedEnvironment final : public storage::Environment {
 public:
  /// `seed` draws where a dying write is torn and how far background work lags behind. The disk
  /// must outlive it.
  SimulatedEnvironment(SimulatedDisk& disk, std::uint64_t seed);
  ~SimulatedEnvironment() override;

  // --- what a test decides

  /// The operation of this number, counted from 1, is never finished.
  void die_at(std::uint64_t operation) { dies_at_ = operation; }

  /// Dies between two operations.
  void die() { is_dead_ = true; }

  [[nodiscard]] bool is_dead() const { return is_dead_; }

  /// That operation fails with this kind. A sync that fails loses what it was to make durable.
  void fail_at(std::uint64_t operation, storage::StorageErrorKind kind) {
    failures_[operation] = kind;
  }

  /// Operations begun in this life.
  [[nodiscard]] std::uint64_t operations() const { return operations_; }

  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }

  /// Called with each operation before it happens: "sync /n1/database/000003.log". For traces.
  void on_operation(std::function<void(const std::string&)> listener) {
    listener_ = std::move(listener);
  }

  /// Asked before each operation, dead ones excepted, what shall become of it. It may call die().
  void decide_with(
      std::function<Fate(std::string_view operation, const std::string& path)> decide) {
    decide_ = std::move(decide);
  }

  /// Forgets and returns how long the operations since the last call were to take.
  [[nodiscard]] Duration take_delay() { return std::exchange(delay_, Duration{0}); }

  void set_now(Instant now) { now_ = now; }

  /// Runs the oldest held background job. False if there is none.
  bool run_background_job();

  [[nodiscard]] std::size_t background_jobs() const { return held_.size(); }

  /// Out of 256 chances, how many a held job has to run at the end of a database call.
  /// 0 leaves it to the waits.
  void set_background_chance(std::uint8_t chance) { background_chance_ = chance; }

  // --- storage::Environment

  storage::Stored<std::unique_ptr<storage::File>> open(const std::string& path,
                                                       storage::OpenMode mode) override;
  bool exists(const std::string& path) override;
  storage::Stored<std::vector<std::string>> list(const std::string& directory) override;
  storage::Stored<Done> create_directory(const std::string& path) override;
  storage::Stored<Done> remove_file(const std::string& path) override;
  storage::Stored<Done> remove_directory(const std::string& path) override;
  storage::Stored<Done> rename(const std::string& from, const std::string& to) override;
  storage::Stored<Done> sync_directory(const std::string& path) override;
  storage::Stored<std::unique_ptr<storage::FileLock>> lock(const std::string& path) override;
  storage::Stored<bool> is_private(const std::string& path) override;
  void run_in_background(std::function<void()> job) override;

  Instant now() override { return now_; }

  void pause(Duration duration) override;
  void enter_database() override;
  void leave_database() override;

  /// Begins an operation: counts it, and says what becomes of it, as an error if it fails. For the
  /// files opened here.
  storage::Stored<Fate> begin(std::string_view operation, const std::string& path);
  /// As begin, for a write: a dying process may still have written a part, which is then returned
  /// as a size; the whole size if all is well.
  storage::Stored<std::size_t> begin_write(const std::string& path, std::size_t size);

  [[nodiscard]] SimulatedDisk& disk() { return disk_; }

  void unlock(const std::string& path) { locked_.erase(path); }

 private:
  std::uint64_t draw(std::uint64_t bound);

  SimulatedDisk& disk_;
  std::uint64_t random_;
  std::uint64_t operations_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t dies_at_ = UINT64_MAX;
  bool is_dead_ = false;
  std::map<std::uint64_t, storage::StorageErrorKind> failures_;
  std::function<void(const std::string&)> listener_;
  std::function<Fate(std::string_view, const std::string&)> decide_;
  Duration delay_{0};
  std::set<std::string> locked_;
  std::deque<std::function<void()>> held_;
  std::uint8_t background_chance_ = kBackgroundChance;
  bool is_running_background_ = false;
  Instant now_;
};

/// Whether this program really waits through the replacement; ask it before relying on it.
[[nodiscard]] bool is_wait_replaced();

}  // namespace troupe::simulator
