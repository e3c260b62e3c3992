#include "tools/simulator/disk/simulated_environment.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <utility>

#include <dlfcn.h>
#include <pthread.h>

#include "protocol/base/invariant.hpp"
#include "tools/simulator/core/random.hpp"

namespace troupe::simulator {

namespace {

using storage::OpenMode;
using storage::StorageError;
using storage::StorageErrorKind;
using storage::Stored;

Failure<StorageError> failed(StorageErrorKind kind, const std::string& path, std::string detail) {
  return failure(StorageError{kind, path, std::move(detail)});
}

constexpr std::uint64_t kPlaceBytes = 4096;

/// Changes what was read where it lies in places that went bad. False if it cannot be read there.
bool show_rot(const Rot& rot,
              const std::string& path,
              std::uint64_t offset,
              std::span<std::uint8_t> read) {
  const std::uint64_t file = derive_seed(rot.key, path);
  const std::uint64_t end = offset + read.size();
  for (std::uint64_t place = offset / kPlaceBytes; place * kPlaceBytes < end; ++place) {
    Random random(derive_seed(file, std::to_string(place)));
    if (!random.chance(rot.share)) continue;
    if (rot.is_unreadable) return false;
    const std::uint64_t at = place * kPlaceBytes + random.below(kPlaceBytes);
    if (at >= offset && at < end) read[static_cast<std::size_t>(at - offset)] ^= 0x10;
  }
  return true;
}

class SimulatedFile final : public storage::File {
 public:
  SimulatedFile(SimulatedEnvironment& environment,
                SimulatedDisk::NodePointer node,
                std::string path,
                bool is_writable)
      : environment_(environment),
        node_(std::move(node)),
        path_(std::move(path)),
        is_writable_(is_writable) {}

  Stored<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    const auto begun = environment_.begin("read", path_);
    if (!begun) return failure(begun.error());
    const Bytes& bytes = node_->visible;
    if (offset >= bytes.size()) return std::size_t{0};
    const std::size_t size = std::min<std::size_t>(into.size(), bytes.size() - offset);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), size, into.begin());
    if (begun->rot && !show_rot(*begun->rot, path_, offset, into.first(size)))
      return failed(StorageErrorKind::Io, path_, "reading: a place of the disk went bad");
    return size;
  }

  Stored<Done> write_at(std::uint64_t offset, ByteView content) override {
    INVARIANT(is_writable_);
    const std::uint64_t end = offset + content.size();
    const std::uint64_t growth = end > node_->visible.size() ? end - node_->visible.size() : 0;
    SimulatedDisk& disk = environment_.disk();
    if (disk.capacity() != UINT64_MAX && growth > 0 && disk.bytes_used() + growth > disk.capacity())
      return failed(StorageErrorKind::Full, path_, "writing: no space left");
    const auto size = environment_.begin_write(path_, content.size());
    if (!size) return failure(size.error());
    if (*size > 0) SimulatedDisk::write(*node_, offset, content.first(*size));
    if (*size < content.size()) return failed(StorageErrorKind::Io, path_, "the process is dead");
    return Done{};
  }

  Stored<Done> sync() override {
    const auto begun = environment_.begin("sync", path_);
    if (begun) {
      if (!begun->lies) SimulatedDisk::sync(*node_);
      return Done{};
    }
    if (!environment_.is_dead()) SimulatedDisk::fail_sync(*node_);
    return failure(begun.error());
  }

  Stored<std::uint64_t> size() const override {
    if (auto begun = environment_.begin("size", path_); !begun) return failure(begun.error());
    return std::uint64_t{node_->visible.size()};
  }

 private:
  SimulatedEnvironment& environment_;
  SimulatedDisk::NodePointer node_;
  std::string path_;
  bool is_writable_;
};

/// Belongs to its process, not to the disk: letting go of it works even after death.
class SimulatedLock final : public storage::FileLock {
 public:
  SimulatedLock(SimulatedEnvironment& environment, std::string path)
      : environment_(environment), path_(std::move(path)) {}

  ~SimulatedLock() override { environment_.unlock(path_); }

 private:
  SimulatedEnvironment& environment_;
  std::string path_;
};

/// Whose database this thread is in, the innermost last.
thread_local std::vector<SimulatedEnvironment*> entered;

}  // namespace

SimulatedEnvironment::SimulatedEnvironment(SimulatedDisk& disk, std::uint64_t seed)
    : disk_(disk), random_(seed) {}

SimulatedEnvironment::~SimulatedEnvironment() {
  INVARIANT(held_.empty());
  INVARIANT(locked_.empty());
}

std::uint64_t SimulatedEnvironment::draw(std::uint64_t bound) {
  random_ = random_ * 6364136223846793005 + 1442695040888963407;
  return (random_ >> 33) % bound;
}

Stored<Fate> SimulatedEnvironment::begin(std::string_view operation, const std::string& path) {
  if (is_dead_) return failed(StorageErrorKind::Io, path, "the process is dead");
  ++operations_;
  if (operation == "sync" || operation == "sync_directory") ++syncs_;
  if (listener_) listener_(std::string(operation) + " " + path);
  if (operations_ == dies_at_) {
    is_dead_ = true;
    return failed(StorageErrorKind::Io, path, "the process is dead");
  }
  const auto planned = failures_.find(operations_);
  if (planned != failures_.end())
    return failed(planned->second, path, std::string(operation) + ": planned failure");
  const Fate fate = decide_ ? decide_(operation, path) : Fate{};
  if (is_dead_) return failed(StorageErrorKind::Io, path, "the process is dead");
  delay_ += fate.takes;
  if (fate.error) return failed(*fate.error, path, std::string(operation) + ": the disk refuses");
  return fate;
}

Stored<std::size_t> SimulatedEnvironment::begin_write(const std::string& path, std::size_t size) {
  const bool was_dead = is_dead_;
  if (auto begun = begin("write", path); begun)
    return size;
  else if (was_dead || !is_dead_)
    return failure(begun.error());
  return draw(size);
}

Stored<std::unique_ptr<storage::File>> SimulatedEnvironment::open(const std::string& path,
                                                                  OpenMode mode) {
  if (auto begun = begin("open", path); !begun) return failure(begun.error());
  auto node = disk_.find(path);
  if (node && node->is_directory)
    return failed(StorageErrorKind::Io, path, "opening: it is a directory");
  const bool may_create = mode == OpenMode::Create || mode == OpenMode::Replace;
  if (!node) {
    const auto parent = disk_.find_parent(path);
    if (!may_create || !parent)
      return failed(StorageErrorKind::NotFound, path, "opening: no such file");
    node = disk_.create(*parent, name_in(path), false);
  }
  if (mode == OpenMode::Replace && !node->visible.empty()) SimulatedDisk::empty(*node);
  return std::unique_ptr<storage::File>(
      std::make_unique<SimulatedFile>(*this, std::move(node), path, mode != OpenMode::Read));
}

bool SimulatedEnvironment::exists(const std::string& path) {
  return !is_dead_ && disk_.find(path) != nullptr;
}

Stored<std::vector<std::string>> SimulatedEnvironment::list(const std::string& directory) {
  if (auto begun = begin("list", directory); !begun) return failure(begun.error());
  const auto node = disk_.find(directory);
  if (!node || !node->is_directory)
    return failed(StorageErrorKind::NotFound, directory, "listing: no such directory");
  std::vector<std::string> names;
  for (const auto& [name, child] : node->names)
    names.push_back(name);
  return names;
}

Stored<Done> SimulatedEnvironment::create_directory(const std::string& path) {
  if (auto begun = begin("create_directory", path); !begun) return failure(begun.error());
  if (const auto node = disk_.find(path)) {
    if (node->is_directory) return Done{};
    return failed(StorageErrorKind::AlreadyExists, path, "creating the directory: it is a file");
  }
  const auto parent = disk_.find_parent(path);
  if (!parent) return failed(StorageErrorKind::NotFound, path, "creating the directory: no parent");
  disk_.create(*parent, name_in(path), true);
  return Done{};
}

Stored<Done> SimulatedEnvironment::remove_file(const std::string& path) {
  if (auto begun = begin("remove", path); !begun) return failure(begun.error());
  const auto node = disk_.find(path);
  if (!node || node->is_directory)
    return failed(StorageErrorKind::NotFound, path, "removing: no such file");
  SimulatedDisk::change_name(*disk_.find_parent(path), {name_in(path), nullptr, {}});
  return Done{};
}

Stored<Done> SimulatedEnvironment::remove_directory(const std::string& path) {
  if (auto begun = begin("remove_directory", path); !begun) return failure(begun.error());
  const auto node = disk_.find(path);
  if (!node || !node->is_directory || !node->names.empty())
    return failed(StorageErrorKind::Io, path, "removing the directory: absent or not empty");
  SimulatedDisk::change_name(*disk_.find_parent(path), {name_in(path), nullptr, {}});
  return Done{};
}

Stored<Done> SimulatedEnvironment::rename(const std::string& from, const std::string& to) {
  if (auto begun = begin("rename", from); !begun) return failure(begun.error());
  INVARIANT(storage::directory_of(from) == storage::directory_of(to));
  const auto node = disk_.find(from);
  if (!node) return failed(StorageErrorKind::NotFound, from, "renaming: no such file");
  SimulatedDisk::change_name(*disk_.find_parent(to), {name_in(to), node, name_in(from)});
  return Done{};
}

Stored<Done> SimulatedEnvironment::sync_directory(const std::string& path) {
  const auto begun = begin("sync_directory", path);
  if (!begun) return failure(begun.error());
  const auto node = disk_.find(path);
  if (!node || !node->is_directory)
    return failed(StorageErrorKind::NotFound, path, "syncing the directory: no such directory");
  if (!begun->lies) SimulatedDisk::sync_directory(*node);
  return Done{};
}

Stored<std::unique_ptr<storage::FileLock>> SimulatedEnvironment::lock(const std::string& path) {
  if (auto opened = open(path, OpenMode::Create); !opened) return failure(opened.error());
  if (!locked_.insert(path).second)
    return failed(StorageErrorKind::Locked, path, "locking: held already");
  return std::unique_ptr<storage::FileLock>(std::make_unique<SimulatedLock>(*this, path));
}

Stored<bool> SimulatedEnvironment::is_private(const std::string& path) {
  if (auto begun = begin("mode", path); !begun) return failure(begun.error());
  if (!disk_.find(path)) return failed(StorageErrorKind::NotFound, path, "no such file");
  return true;
}

void SimulatedEnvironment::run_in_background(std::function<void()> job) {
  held_.push_back(std::move(job));
}

bool SimulatedEnvironment::run_background_job() {
  if (held_.empty()) return false;
  const auto job = std::move(held_.front());
  held_.pop_front();
  entered.push_back(this);
  const bool was_running = std::exchange(is_running_background_, true);
  job();
  is_running_background_ = was_running;
  entered.pop_back();
  return true;
}

void SimulatedEnvironment::pause(Duration duration) {
  now_ = now_ + duration;
}

void SimulatedEnvironment::enter_database() {
  entered.push_back(this);
}

void SimulatedEnvironment::leave_database() {
  INVARIANT(!entered.empty() && entered.back() == this);
  entered.pop_back();
  if (is_running_background_ || !entered.empty()) return;
  while (!held_.empty() && draw(256) < background_chance_)
    run_background_job();
}

namespace {

/// Runs one background job of the database that this thread is in. False if it is in none.
bool wait_by_working(std::mutex& mutex) {
  if (entered.empty()) return false;
  mutex.unlock();
  const bool ran = entered.back()->run_background_job();
  mutex.lock();
  if (!ran) {
    std::fputs("a wait inside the database that nothing can end\n", stderr);
    std::abort();
  }
  return true;
}

}  // namespace

}  // namespace troupe::simulator

// The program's own definition wins over that of the standard library, for LevelDB's waits too. A
// wait that returns early is one of the wake-ups without cause that every caller must expect.
extern "C" void troupe_condition_variable_wait(
    std::condition_variable* condition,
    std::unique_lock<std::mutex>*
        lock) asm("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE");

extern "C" void troupe_condition_variable_wait(std::condition_variable* condition,
                                               std::unique_lock<std::mutex>* lock) {
  if (troupe::simulator::wait_by_working(*lock->mutex())) return;
  ::pthread_cond_wait(condition->native_handle(), lock->mutex()->native_handle());
}

namespace troupe::simulator {

bool is_wait_replaced() {
  return ::dlsym(RTLD_DEFAULT, "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE") ==
         reinterpret_cast<void*>(&troupe_condition_variable_wait);
}

}  // namespace troupe::simulator
