#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/descriptor.hpp"
#include "protocol/base/invariant.hpp"

// What actor tests need of other processes. A process is forked before the test case starts any
// thread: fork copies only the calling thread.
namespace troupe::test {

/// A folder of its own with a short path, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = "/tmp/troupe-test-XXXXXX";
    INVARIANT(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }

  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A one-way line between two processes: one tells, the other waits.
class Signal {
 public:
  Signal() {
    int ends[2];
    INVARIANT(::pipe2(ends, O_CLOEXEC) == 0);
    reader_ = actors::Descriptor{ends[0]};
    writer_ = actors::Descriptor{ends[1]};
  }

  void tell() const { INVARIANT(::write(writer_.get(), "x", 1) == 1); }

  /// False if the other process ended without telling.
  [[nodiscard]] bool wait() {
    writer_ = actors::Descriptor{};
    char byte = 0;
    return ::read(reader_.get(), &byte, 1) == 1;
  }

 private:
  actors::Descriptor reader_;
  actors::Descriptor writer_;
};

/// A forked process that runs a function and exits with what it returns; killed at the end.
class Process {
 public:
  explicit Process(const std::function<int()>& body) : pid_(::fork()) {
    INVARIANT(pid_ >= 0);
    if (pid_ == 0) ::_exit(body());
  }

  ~Process() {
    if (pid_ > 0) kill(SIGKILL);
  }

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const { ::kill(pid_, number); }

  /// Sends a deadly signal and waits for the end.
  void kill(int number) {
    signal(number);
    (void)exit_code();
  }

  /// Waits for the end: the exit code, or 128 and the signal that ended it.
  [[nodiscard]] int exit_code() {
    int status = 0;
    INVARIANT(::waitpid(std::exchange(pid_, -1), &status, 0) > 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  /// Waits until a SIGSTOP has taken effect.
  void wait_until_stopped() const {
    int status = 0;
    INVARIANT(::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status));
  }

 private:
  pid_t pid_;
};

}  // namespace troupe::test
