#include "storage/posix_environment.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::storage {

namespace {

StorageErrorKind kind_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR: return StorageErrorKind::NotFound;
    case ENOSPC:
    case EDQUOT: return StorageErrorKind::Full;
    case EROFS: return StorageErrorKind::ReadOnly;
    case EACCES:
    case EPERM: return StorageErrorKind::Denied;
    case EEXIST: return StorageErrorKind::AlreadyExists;
    case EWOULDBLOCK: return StorageErrorKind::Locked;
    default: return StorageErrorKind::Io;
  }
}

Failure<StorageError> failed(std::string_view operation, const std::string& path) {
  const int number = errno;
  return failure(StorageError{
      kind_of(number),
      path,
      std::string(operation) + ": " + std::error_code(number, std::generic_category()).message()});
}

/// Repeats a system call that a signal interrupted.
template <class Call>
auto restarted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR)
    result = call();
  return result;
}

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}

  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

  Descriptor& operator=(Descriptor&&) = delete;

  [[nodiscard]] int number() const { return number_; }

  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Stored<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t got = restarted([&] {
        return ::pread(descriptor_.number(),
                       into.data() + done,
                       into.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) return failed("reading", path_);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  Stored<Done> write_at(std::uint64_t offset, ByteView content) override {
    std::size_t done = 0;
    while (done < content.size()) {
      const ssize_t put = restarted([&] {
        return ::pwrite(descriptor_.number(),
                        content.data() + done,
                        content.size() - done,
                        static_cast<off_t>(offset + done));
      });
      if (put < 0) return failed("writing", path_);
      done += static_cast<std::size_t>(put);
    }
    return Done{};
  }

  Stored<Done> sync() override {
    // Never repeated, not even after an interruption: a second success would prove nothing.
    if (::fdatasync(descriptor_.number()) != 0) return failed("syncing", path_);
    return Done{};
  }

  Stored<std::uint64_t> size() const override {
    struct stat status {};

    if (::fstat(descriptor_.number(), &status) != 0) return failed("reading the size", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

/// flock() belongs to the open file description, so it holds against this very process too.
class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

/// Runs jobs in order on one thread, which starts with the first job.
class Worker {
 public:
  ~Worker() {
    {
      const std::lock_guard guard(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void add(std::function<void()> job) {
    {
      const std::lock_guard guard(mutex_);
      jobs_.push_back(std::move(job));
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    changed_.notify_all();
  }

  /// Returns after that time, or at the end.
  void pause(Duration duration) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, duration, [this] { return ended_; });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ended_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  std::thread thread_;
  bool ended_ = false;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::Read: return O_RDONLY;
    case OpenMode::ReadWrite: return O_RDWR;
    case OpenMode::Create: return O_RDWR | O_CREAT;
    case OpenMode::Replace: return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

class PosixEnvironment final : public Environment {
 public:
  Stored<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    Descriptor descriptor(
        restarted([&] { return ::open(path.c_str(), flags_of(mode) | O_CLOEXEC, kFileMode); }));
    if (!descriptor.valid()) return failed("opening", path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(descriptor), path));
  }

  bool exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Stored<std::vector<std::string>> list(const std::string& directory) override {
    DIR* const stream = ::opendir(directory.c_str());
    if (stream == nullptr) return failed("listing", directory);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view found = entry->d_name;
      if (found != "." && found != "..") names.emplace_back(found);
    }
    ::closedir(stream);
    std::sort(names.begin(), names.end());
    return names;
  }

  Stored<Done> create_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirectoryMode) == 0) return Done{};

    struct stat status {};

    if (errno == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
      return Done{};
    return failed("creating the directory", path);
  }

  Stored<Done> remove_file(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failed("removing", path);
    return Done{};
  }

  Stored<Done> remove_directory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0) return failed("removing the directory", path);
    return Done{};
  }

  Stored<Done> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("renaming to " + to, from);
    return Done{};
  }

  Stored<Done> sync_directory(const std::string& path) override {
    const Descriptor descriptor(
        restarted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!descriptor.valid()) return failed("opening the directory", path);
    if (::fsync(descriptor.number()) != 0) return failed("syncing the directory", path);
    return Done{};
  }

  Stored<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    Descriptor descriptor(
        restarted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode); }));
    if (!descriptor.valid()) return failed("opening the lock", path);
    if (restarted([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); }) != 0)
      return failed("locking", path);
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(descriptor)));
  }

  Stored<bool> is_private(const std::string& path) override {
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) return failed("reading the mode", path);
    return (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  }

  void run_in_background(std::function<void()> job) override { worker_.add(std::move(job)); }

  Instant now() override {
    return Instant{
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
  }

  void pause(Duration duration) override { worker_.pause(duration); }

 private:
  Worker worker_;
};

}  // namespace

std::unique_ptr<Environment> make_posix_environment() {
  return std::make_unique<PosixEnvironment>();
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace troupe::storage
