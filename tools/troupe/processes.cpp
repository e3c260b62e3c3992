#include "tools/troupe/processes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReadyDescriptor = 3;
constexpr std::size_t kLogTailBytes = 4096;

fs::path lock_path(const fs::path& folder) {
  return folder / "node.lock";
}

struct flock whole_file_lock() {
  struct flock lock {};

  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool is_paused(pid_t pid) {
  const auto status = read_file(fmt::format("/proc/{}/stat", pid), kLogTailBytes);
  if (!status.ok()) return false;
  const std::size_t after_name = status->rfind(')');
  return after_name != std::string::npos && after_name + 2 < status->size() &&
         (*status)[after_name + 2] == 'T';
}

// glibc 2.36 declares its wrappers of these two without C linkage.
int open_pidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

bool send_signal(int process, int signal) {
  return syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0) == 0;
}

/// A pidfd of the node's process, or -1. Holds the process by identity, not by number.
int open_process(const fs::path& folder) {
  const NodeProcess before = find_process(folder);
  if (before.state == ProcessState::Stopped || before.pid <= 0) return -1;
  const int fd = open_pidfd(before.pid);
  if (fd < 0) return -1;
  if (find_process(folder).pid == before.pid) return fd;
  close(fd);
  return -1;
}

int milliseconds_until(Clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
}

/// The last line of a log, for a node that ended without a word.
std::string last_line(const fs::path& path) {
  const auto content = read_file(path);
  if (!content.ok()) return "";
  std::string text = content->substr(content->size() - std::min(content->size(), kLogTailBytes));
  text.erase(text.find_last_not_of('\n') + 1);
  return text.substr(text.rfind('\n') + 1);
}

/// One node that is being started: its process and the pipe on which it reports.
struct Starting {
  StartResult result;
  fs::path log;
  int fd = -1;
  std::string buffer;
  std::function<void(const std::string&, std::uint32_t)> on_progress;
  std::uint32_t permille = 0;
};

CommandError silent_end(const Starting& node) {
  const std::string last = last_line(node.log);
  return {
      ExitCode::Unreachable,
      "start-failed",
      fmt::format(
          "node {} ended while it started{}{}", node.result.node, last.empty() ? "" : ": ", last),
      fmt::format("read its log: troupe net logs {}", node.result.node)};
}

/// The child's side: becomes the node or ends. Calls nothing that is unsafe after a fork.
[[noreturn]] void become_node(const StartRequest& request,
                              char* const* arguments,
                              int log,
                              int ready) {
  setsid();
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (ready == kReadyDescriptor) {
    fcntl(ready, F_SETFD, 0);
  } else {
    dup2(ready, kReadyDescriptor);
  }
  close_range(kReadyDescriptor + 1, ~0u, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(request.program.c_str(), arguments);
  _exit(127);
}

Starting launch(const StartRequest& request) {
  Starting node{
      {request.node, 0, StartStage::Failed, "", {}}, request.log, -1, "", request.on_progress, 0};
  std::array<int, 2> ends{-1, -1};
  const int log = open(request.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) {
    node.result.error =
        CommandError{ExitCode::Usage,
                     "unwritable",
                     fmt::format("cannot write {}: {}", shown(request.log), std::strerror(errno)),
                     "check the folder's owner, mode and free space"};
    if (log >= 0) close(log);
    return node;
  }
  std::vector<std::string> words = {"troupe",
                                    "node",
                                    "--config",
                                    request.config.string(),
                                    "--ready-fd",
                                    std::to_string(kReadyDescriptor)};
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  node.result.pid = fork();
  if (node.result.pid == 0) become_node(request, arguments.data(), log, ends[1]);
  close(log);
  close(ends[1]);
  node.fd = ends[0];
  node.result.stage = StartStage::Starting;
  return node;
}

void read_line(Starting& node, const std::string& line) {
  const std::size_t space = line.find(' ');
  const std::string word = line.substr(0, space);
  const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
  if (word == "progress") {
    const std::size_t end = rest.find(' ');
    std::from_chars(rest.data(), rest.data() + rest.size(), node.permille);
    if (node.on_progress && end != std::string::npos)
      node.on_progress(rest.substr(end + 1), node.permille);
  } else if (word == "listening" || word == "ready") {
    node.result.stage = word == "ready" ? StartStage::Ready : StartStage::Listening;
    node.result.address = rest;
  } else if (word == "error") {
    const std::size_t first = rest.find('\t');
    const std::size_t second = rest.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) return;
    node.result.error = CommandError{
        ExitCode::Usage,
        rest.substr(0, first),
        fmt::format("node {}: {}", node.result.node, rest.substr(first + 1, second - first - 1)),
        rest.substr(second + 1)};
  }
}

/// Reads what the node said; at the end of the pipe a node that is not ready has failed.
void read_words(Starting& node) {
  std::array<char, 4096> chunk{};
  const ssize_t size = read(node.fd, chunk.data(), chunk.size());
  if (size < 0 && errno == EINTR) return;
  if (size > 0) {
    node.buffer.append(chunk.data(), static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = node.buffer.find('\n')) != std::string::npos;) {
      read_line(node, node.buffer.substr(0, end));
      node.buffer.erase(0, end + 1);
    }
    return;
  }
  close(node.fd);
  node.fd = -1;
  if (node.result.stage == StartStage::Ready) return;
  node.result.stage = StartStage::Failed;
  if (!node.result.error) node.result.error = silent_end(node);
}

void notify_service_manager() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = std::strlen(path);
  if (size == 0 || size >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, size);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  constexpr std::string_view kWord = "READY=1";
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  static_cast<void>(sendto(fd,
                           kWord.data(),
                           kWord.size(),
                           MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&address),
                           length));
  close(fd);
}

/// Waits for one process until the deadline; true if it ended.
bool wait_for_end(int fd, Clock::time_point end) {
  pollfd waiting{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, milliseconds_until(end));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

/// What becomes of a process that was asked to end.
StopOutcome end_of(int process, Clock::time_point end, std::chrono::milliseconds grace) {
  if (wait_for_end(process, end)) return StopOutcome::Stopped;
  send_signal(process, SIGKILL);
  return wait_for_end(process, Clock::now() + grace) ? StopOutcome::Killed : StopOutcome::Stuck;
}

}  // namespace

NodeProcess find_process(const fs::path& folder) {
  const int fd = open(lock_path(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  struct flock lock = whole_file_lock();
  const int asked = fcntl(fd, F_GETLK, &lock);
  close(fd);
  if (asked != 0 || lock.l_type == F_UNLCK) return {};
  return {is_paused(lock.l_pid) ? ProcessState::Paused : ProcessState::Running, lock.l_pid};
}

Answer<Done> take_node_lock(const fs::path& folder, const std::string& node) {
  // The descriptor stays open, and no other descriptor of this file is ever opened in this process:
  // closing any of them would give the lock away.
  const int fd = open(lock_path(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return refuse(
        {ExitCode::Usage,
         "unwritable",
         fmt::format("cannot open {}: {}", shown(lock_path(folder)), std::strerror(errno)),
         fmt::format("check the folder's owner and mode: ls -ld {}", shown(folder))});
  }
  struct flock lock = whole_file_lock();
  if (fcntl(fd, F_SETLK, &lock) == 0) return Done{};
  static_cast<void>(fcntl(fd, F_GETLK, &lock));
  close(fd);
  return refuse({ExitCode::Refused,
                 "already-running",
                 fmt::format("node {} runs already, as process {}", node, lock.l_pid),
                 fmt::format("stop it first: kill {}", lock.l_pid)});
}

std::vector<StartResult> start_nodes(const std::vector<StartRequest>& requests,
                                     StartStage enough,
                                     std::chrono::milliseconds deadline) {
  auto end = Clock::now() + deadline;
  std::vector<Starting> nodes;
  for (const auto& request : requests)
    nodes.push_back(launch(request));
  for (;;) {
    std::vector<pollfd> waiting;
    std::vector<Starting*> owners;
    for (auto& node : nodes) {
      if (node.fd < 0 || node.result.stage >= enough) continue;
      waiting.push_back({node.fd, POLLIN, 0});
      owners.push_back(&node);
    }
    if (waiting.empty()) break;
    const int ready = poll(waiting.data(), waiting.size(), milliseconds_until(end));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      const std::uint32_t before = owners[i]->permille;
      read_words(*owners[i]);
      if (owners[i]->permille > before) end = Clock::now() + deadline;
    }
  }
  std::vector<StartResult> results;
  for (auto& node : nodes) {
    if (node.fd >= 0) close(node.fd);
    results.push_back(std::move(node.result));
  }
  return results;
}

std::vector<StopOutcome> stop_nodes(const std::vector<fs::path>& folders,
                                    std::chrono::milliseconds grace) {
  struct Asked {
    int process;
    bool is_ours;
  };

  std::vector<Asked> all;
  for (const auto& folder : folders) {
    const int process = open_process(folder);
    all.push_back({process, process >= 0 && (send_signal(process, SIGTERM) || errno != EPERM)});
    // A paused process acts on its signals only once it goes on.
    if (all.back().is_ours) send_signal(process, SIGCONT);
  }
  const auto end = Clock::now() + grace;
  std::vector<StopOutcome> outcomes;
  for (const auto& [process, is_ours] : all) {
    if (process < 0) {
      outcomes.push_back(StopOutcome::NotRunning);
      continue;
    }
    outcomes.push_back(is_ours ? end_of(process, end, grace) : StopOutcome::NotOurs);
    close(process);
  }
  return outcomes;
}

bool signal_node(const fs::path& folder, int signal) {
  const int process = open_process(folder);
  if (process < 0) return false;
  const bool sent = send_signal(process, signal);
  close(process);
  return sent;
}

void StartSignal::progress(std::string_view what, std::uint32_t permille) {
  say(fmt::format("progress {} {}\n", permille, what));
}

void StartSignal::listening(const std::string& address) {
  say(fmt::format("listening {}\n", address));
}

void StartSignal::ready(const std::string& address) {
  say(fmt::format("ready {}\n", address));
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  notify_service_manager();
}

void StartSignal::failed(const CommandError& error) {
  const auto on_one_line = [](std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return text;
  };
  say(fmt::format(
      "error {}\t{}\t{}\n", error.code, on_one_line(error.message), on_one_line(error.hint)));
}

void StartSignal::say(const std::string& line) const {
  if (fd_ < 0) return;
  // One write below PIPE_BUF arrives whole. A starter that has left needs no word.
  static_cast<void>(!write(fd_, line.data(), line.size()));
}

bool start_detached(const fs::path& program, const std::vector<std::string>& words) {
  std::string name = program.string();
  std::vector<std::string> copies = words;
  std::vector<char*> arguments{name.data()};
  for (std::string& word : copies)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, name.c_str(), &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return failed == 0;
}

fs::path own_program() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path("/proc/self/exe") : path;
}

}  // namespace troupe::tools
