#include "storage/database_files.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include <leveldb/env.h>

#include "protocol/base/invariant.hpp"

namespace troupe::storage {

namespace {

using leveldb::Slice;
using leveldb::Status;

/// As much as LevelDB's own files gather before they write.
constexpr std::size_t kWriteBufferBytes = 64 * 1024;

/// Turns our errors into LevelDB's and remembers the last one. After the first change of the disk
/// that failed it refuses every later one: LevelDB would tidy up after the failure, and remove, for
/// example, a manifest that CURRENT names already because only the sync after the rename failed.
class Disk {
 public:
  explicit Disk(Environment& environment) : environment_(environment) {}

  [[nodiscard]] Environment& environment() const { return environment_; }

  Status read_failed(const StorageError& error) {
    if (error.kind == StorageErrorKind::NotFound) return Status::NotFound(error.path, error.detail);
    const std::lock_guard guard(mutex_);
    last_ = error;
    return Status::IOError(error.path, error.detail);
  }

  /// Performs one change of the disk, unless one has failed before.
  template <class Change>
  Status change(Change&& make) {
    if (has_failed_) return refusal();
    const Stored<Done> done = make();
    if (done) return Status::OK();
    if (done.error().kind != StorageErrorKind::NotFound) has_failed_ = true;
    return read_failed(done.error());
  }

  [[nodiscard]] std::optional<StorageError> last() const {
    const std::lock_guard guard(mutex_);
    return last_;
  }

 private:
  [[nodiscard]] Status refusal() const {
    return Status::IOError("an earlier change of the disk failed", last()->detail);
  }

  Environment& environment_;
  mutable std::mutex mutex_;
  std::optional<StorageError> last_;
  std::atomic<bool> has_failed_{false};
};

std::span<std::uint8_t> bytes_of(char* scratch, std::size_t size) {
  return {reinterpret_cast<std::uint8_t*>(scratch), size};
}

ByteView bytes_of(const Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

class Sequential final : public leveldb::SequentialFile {
 public:
  Sequential(std::unique_ptr<File> file, Disk& disk) : file_(std::move(file)), disk_(disk) {}

  Status Read(std::size_t size, Slice* result, char* scratch) override {
    const auto got = file_->read_at(offset_, bytes_of(scratch, size));
    if (!got) return disk_.read_failed(got.error());
    offset_ += *got;
    *result = Slice(scratch, *got);
    return Status::OK();
  }

  Status Skip(std::uint64_t size) override {
    offset_ += size;
    return Status::OK();
  }

 private:
  std::unique_ptr<File> file_;
  Disk& disk_;
  std::uint64_t offset_ = 0;
};

class Random final : public leveldb::RandomAccessFile {
 public:
  Random(std::unique_ptr<File> file, Disk& disk) : file_(std::move(file)), disk_(disk) {}

  Status Read(std::uint64_t offset, std::size_t size, Slice* result, char* scratch) const override {
    const auto got = file_->read_at(offset, bytes_of(scratch, size));
    if (!got) return disk_.read_failed(got.error());
    *result = Slice(scratch, *got);
    return Status::OK();
  }

 private:
  std::unique_ptr<File> file_;
  Disk& disk_;
};

class Writable final : public leveldb::WritableFile {
 public:
  Writable(std::unique_ptr<File> file, Disk& disk) : file_(std::move(file)), disk_(disk) {}

  /// What is still buffered is handed to the system, as a file that is closed does.
  ~Writable() override {
    if (file_) static_cast<void>(write_out());
  }

  Status Append(const Slice& data) override {
    troupe::append(buffer_, bytes_of(data));
    return buffer_.size() < kWriteBufferBytes ? Status::OK() : write_out();
  }

  Status Close() override {
    const Status status = write_out();
    file_.reset();
    return status;
  }

  Status Flush() override { return write_out(); }

  Status Sync() override {
    if (Status status = write_out(); !status.ok()) return status;
    return disk_.change([this] { return file_->sync(); });
  }

 private:
  Status write_out() {
    if (buffer_.empty()) return Status::OK();
    const Status status = disk_.change([this] { return file_->write_at(offset_, buffer_); });
    if (!status.ok()) return status;
    offset_ += buffer_.size();
    buffer_.clear();
    return status;
  }

  std::unique_ptr<File> file_;
  Disk& disk_;
  Bytes buffer_;
  std::uint64_t offset_ = 0;
};

struct HeldLock final : leveldb::FileLock {
  explicit HeldLock(std::unique_ptr<storage::FileLock> held) : lock(std::move(held)) {}

  std::unique_ptr<storage::FileLock> lock;
};

class Files final : public leveldb::Env, public LastError {
 public:
  explicit Files(Environment& environment) : disk_(environment) {}

  std::optional<StorageError> last_error() const override { return disk_.last(); }

  Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) override {
    return open_to_read<Sequential>(path, result);
  }

  Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override {
    return open_to_read<Random>(path, result);
  }

  Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override {
    *result = nullptr;
    std::unique_ptr<File> file;
    const Status status = disk_.change([&]() -> Stored<Done> {
      auto opened = environment().open(path, OpenMode::Replace);
      if (!opened) return failure(opened.error());
      file = std::move(opened).value();
      return environment().sync_directory(directory_of(path));
    });
    if (status.ok()) *result = new Writable(std::move(file), disk_);
    return status;
  }

  Status NewAppendableFile(const std::string& path, leveldb::WritableFile**) override {
    return Status::NotSupported(path, "log reuse is off");
  }

  bool FileExists(const std::string& path) override { return environment().exists(path); }

  Status GetChildren(const std::string& directory, std::vector<std::string>* result) override {
    result->clear();
    auto names = environment().list(directory);
    if (!names) return disk_.read_failed(names.error());
    *result = std::move(names).value();
    return Status::OK();
  }

  // The old names and the new ones call each other by default: both are needed.
  Status RemoveFile(const std::string& path) override {
    return disk_.change([&] { return environment().remove_file(path); });
  }

  Status DeleteFile(const std::string& path) override { return RemoveFile(path); }

  Status CreateDir(const std::string& path) override {
    return disk_.change([&] { return environment().create_directory(path); });
  }

  Status RemoveDir(const std::string& path) override {
    return disk_.change([&] { return environment().remove_directory(path); });
  }

  Status DeleteDir(const std::string& path) override { return RemoveDir(path); }

  Status GetFileSize(const std::string& path, std::uint64_t* size) override {
    *size = 0;
    const auto file = environment().open(path, OpenMode::Read);
    if (!file) return disk_.read_failed(file.error());
    const auto found = (*file)->size();
    if (!found) return disk_.read_failed(found.error());
    *size = *found;
    return Status::OK();
  }

  Status RenameFile(const std::string& from, const std::string& to) override {
    return disk_.change([&]() -> Stored<Done> {
      if (auto renamed = environment().rename(from, to); !renamed) return renamed;
      return environment().sync_directory(directory_of(to));
    });
  }

  Status LockFile(const std::string& path, leveldb::FileLock** result) override {
    *result = nullptr;
    auto lock = environment().lock(path);
    if (!lock) return disk_.read_failed(lock.error());
    *result = new HeldLock(std::move(lock).value());
    return Status::OK();
  }

  Status UnlockFile(leveldb::FileLock* lock) override {
    delete lock;
    return Status::OK();
  }

  void Schedule(void (*function)(void*), void* argument) override {
    environment().run_in_background([function, argument] { function(argument); });
  }

  void StartThread(void (*function)(void*), void*) override {
    INVARIANT(function == nullptr);  // LevelDB starts no threads of its own
  }

  Status GetTestDirectory(std::string*) override { return Status::NotSupported("test directory"); }

  Status NewLogger(const std::string&, leveldb::Logger** result) override {
    *result = nullptr;
    return Status::NotSupported("log file");
  }

  std::uint64_t NowMicros() override {
    return static_cast<std::uint64_t>(environment().now().since_start.count());
  }

  void SleepForMicroseconds(int duration) override { environment().pause(Duration{duration}); }

 private:
  template <class Opened, class Interface>
  Status open_to_read(const std::string& path, Interface** result) {
    *result = nullptr;
    auto file = environment().open(path, OpenMode::Read);
    if (!file) return disk_.read_failed(file.error());
    *result = new Opened(std::move(file).value(), disk_);
    return Status::OK();
  }

  [[nodiscard]] Environment& environment() const { return disk_.environment(); }

  Disk disk_;
};

/// LevelDB tells what it dropped only in prose: "...: dropping 123 bytes; ...".
class DropCounter final : public leveldb::Logger, public RecoveryLog {
 public:
  void Logv(const char* format, std::va_list arguments) override {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    constexpr std::string_view kMark = ": dropping ";
    const std::string_view text(line.data());
    const auto at = text.find(kMark);
    if (at != std::string_view::npos)
      bytes_dropped_ += std::strtoull(line.data() + at + kMark.size(), nullptr, 10);
  }

  leveldb::Logger* logger() override { return this; }

  std::uint64_t bytes_dropped() const override { return bytes_dropped_; }

 private:
  std::atomic<std::uint64_t> bytes_dropped_{0};
};

}  // namespace

DatabaseFiles make_database_files(Environment& environment) {
  auto files = std::make_unique<Files>(environment);
  const LastError* const errors = files.get();
  return DatabaseFiles{std::move(files), errors};
}

std::unique_ptr<RecoveryLog> make_recovery_log() {
  return std::make_unique<DropCounter>();
}

}  // namespace troupe::storage
