#include "tools/simulator/workers.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/invariant.hpp"

namespace troupe::simulator {

namespace {

/// False if nobody reads any more.
bool write_all(int to, const std::string& text) {
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t count = write(to, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

Workers::Workers(std::uint64_t jobs, std::size_t processes, Job job)
    : jobs_(jobs), job_(std::move(job)), processes_(processes) {
  INVARIANT(processes > 0);
  for (std::size_t i = 0; i < processes_.size(); ++i)
    start(i, i);
}

Workers::~Workers() {
  for (Process& process : processes_) {
    if (process.id > 0) kill(process.id, SIGKILL);
    end(process);
  }
}

/// Begins a process with this job of its share.
void Workers::start(std::size_t place, std::uint64_t from) {
  if (from >= jobs_) return;
  std::array<int, 2> ends{};
  INVARIANT(pipe(ends.data()) == 0);
  std::fflush(nullptr);  // or the child would print once more what waits to be printed
  const pid_t id = fork();
  INVARIANT(id >= 0);
  if (id == 0) {
    close(ends[0]);
    for (const Process& other : processes_)
      if (other.results >= 0) close(other.results);
    bool is_read = true;
    for (std::uint64_t number = from; number < jobs_ && is_read; number += processes_.size())
      is_read = write_all(ends[1], job_(number) + "\n");
    std::fflush(nullptr);
    _exit(0);
  }
  close(ends[1]);
  processes_[place] = {id, ends[0], {}};
}

void Workers::end(Process& process) {
  if (process.id > 0) waitpid(process.id, nullptr, 0);
  if (process.results >= 0) close(process.results);
  process = {};
}

std::optional<std::string> Workers::read_line(Process& process) {
  for (;;) {
    const std::size_t end = process.unread.find('\n');
    if (end != std::string::npos) {
      std::string line = process.unread.substr(0, end);
      process.unread.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> buffer{};
    const ssize_t count = read(process.results, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    process.unread.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::optional<std::string> Workers::next() {
  INVARIANT(next_ < jobs_);
  const std::size_t place = next_ % processes_.size();
  ++next_;
  auto line = read_line(processes_[place]);
  if (!line) {
    end(processes_[place]);
    start(place, next_ - 1 + processes_.size());
  }
  return line;
}

}  // namespace troupe::simulator
