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

/// Turns our errors into LevelDB's and remembers the last one.
class ErrorMemory {
 public:
  Status operator()(const StorageError& error) {
    if (error.kind == StorageErrorKind::NotFound) return Status::NotFound(error.path, error.detail);
    const std::lock_guard guard(mutex_);
    last_ = error;
    return Status::IOError(error.path, error.detail);
  }

  std::optional<StorageError> last() const {
    const std::lock_guard guard(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<StorageError> last_;
};

std::span<std::uint8_t> bytes_of(char* scratch, std::size_t size) {
  return {reinterpret_cast<std::uint8_t*>(scratch), size};
}

ByteView bytes_of(const Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

class Sequential final : public leveldb::SequentialFile {
 public:
  Sequential(std::unique_ptr<File> file, ErrorMemory& errors)
      : file_(std::move(file)), errors_(errors) {}

  Status Read(std::size_t size, Slice* result, char* scratch) override {
    const auto got = file_->read_at(offset_, bytes_of(scratch, size));
    if (!got) return errors_(got.error());
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
  ErrorMemory& errors_;
  std::uint64_t offset_ = 0;
};

class Random final : public leveldb::RandomAccessFile {
 public:
  Random(std::unique_ptr<File> file, ErrorMemory& errors)
      : file_(std::move(file)), errors_(errors) {}

  Status Read(std::uint64_t offset, std::size_t size, Slice* result, char* scratch) const override {
    const auto got = file_->read_at(offset, bytes_of(scratch, size));
    if (!got) return errors_(got.error());
    *result = Slice(scratch, *got);
    return Status::OK();
  }

 private:
  std::unique_ptr<File> file_;
  ErrorMemory& errors_;
};

class Writable final : public leveldb::WritableFile {
 public:
  Writable(std::unique_ptr<File> file, ErrorMemory& errors)
      : file_(std::move(file)), errors_(errors) {}

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
    const auto synced = file_->sync();
    return synced ? Status::OK() : errors_(synced.error());
  }

 private:
  Status write_out() {
    if (buffer_.empty()) return Status::OK();
    const auto written = file_->write_at(offset_, buffer_);
    if (!written) return errors_(written.error());
    offset_ += buffer_.size();
    buffer_.clear();
    return Status::OK();
  }

  std::unique_ptr<File> file_;
  ErrorMemory& errors_;
  Bytes buffer_;
  std::uint64_t offset_ = 0;
};

struct HeldLock final : leveldb::FileLock {
  explicit HeldLock(std::unique_ptr<storage::FileLock> held) : lock(std::move(held)) {}

  std::unique_ptr<storage::FileLock> lock;
};

class Files final : public leveldb::Env, public LastError {
 public:
  explicit Files(Environment& environment) : environment_(environment) {}

  std::optional<StorageError> last_error() const override { return errors_.last(); }

  Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) override {
    return open_as<Sequential>(path, OpenMode::Read, result);
  }

  Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override {
    return open_as<Random>(path, OpenMode::Read, result);
  }

  Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override {
    if (Status status = open_as<Writable>(path, OpenMode::Replace, result); !status.ok())
      return status;
    return sync_parent(path, result);
  }

  Status NewAppendableFile(const std::string& path, leveldb::WritableFile**) override {
    return Status::NotSupported(path, "log reuse is off");
  }

  bool FileExists(const std::string& path) override { return environment_.exists(path); }

  Status GetChildren(const std::string& directory, std::vector<std::string>* result) override {
    result->clear();
    auto names = environment_.list(directory);
    if (!names) return errors_(names.error());
    *result = std::move(names).value();
    return Status::OK();
  }

  // The old names and the new ones call each other by default: both are needed.
  Status RemoveFile(const std::string& path) override {
    return status_of(environment_.remove_file(path));
  }

  Status DeleteFile(const std::string& path) override { return RemoveFile(path); }

  Status CreateDir(const std::string& path) override {
    return status_of(environment_.create_directory(path));
  }

  Status RemoveDir(const std::string& path) override {
    return status_of(environment_.remove_directory(path));
  }

  Status DeleteDir(const std::string& path) override { return RemoveDir(path); }

  Status GetFileSize(const std::string& path, std::uint64_t* size) override {
    *size = 0;
    const auto file = environment_.open(path, OpenMode::Read);
    if (!file) return errors_(file.error());
    const auto found = (*file)->size();
    if (!found) return errors_(found.error());
    *size = *found;
    return Status::OK();
  }

  Status RenameFile(const std::string& from, const std::string& to) override {
    if (Status status = status_of(environment_.rename(from, to)); !status.ok()) return status;
    return status_of(environment_.sync_directory(directory_of(to)));
  }

  Status LockFile(const std::string& path, leveldb::FileLock** result) override {
    *result = nullptr;
    auto lock = environment_.lock(path);
    if (!lock) return errors_(lock.error());
    *result = new HeldLock(std::move(lock).value());
    return Status::OK();
  }

  Status UnlockFile(leveldb::FileLock* lock) override {
    delete lock;
    return Status::OK();
  }

  void Schedule(void (*function)(void*), void* argument) override {
    environment_.run_in_background([function, argument] { function(argument); });
  }

  void StartThread(void (*)(void*), void*) override {
    INVARIANT(!"LevelDB starts no threads of its own");
  }

  Status GetTestDirectory(std::string*) override { return Status::NotSupported("test directory"); }

  Status NewLogger(const std::string&, leveldb::Logger** result) override {
    *result = nullptr;
    return Status::NotSupported("log file");
  }

  std::uint64_t NowMicros() override {
    return static_cast<std::uint64_t>(environment_.now().since_start.count());
  }

  void SleepForMicroseconds(int duration) override { environment_.pause(Duration{duration}); }

 private:
  template <class Opened, class Interface>
  Status open_as(const std::string& path, OpenMode mode, Interface** result) {
    *result = nullptr;
    auto file = environment_.open(path, mode);
    if (!file) return errors_(file.error());
    *result = new Opened(std::move(file).value(), errors_);
    return Status::OK();
  }

  Status sync_parent(const std::string& path, leveldb::WritableFile** created) {
    const auto synced = environment_.sync_directory(directory_of(path));
    if (synced) return Status::OK();
    delete std::exchange(*created, nullptr);
    return errors_(synced.error());
  }

  Status status_of(const Stored<Done>& done) { return done ? Status::OK() : errors_(done.error()); }

  Environment& environment_;
  ErrorMemory errors_;
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
