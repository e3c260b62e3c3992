#include "tools/troupe/child.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe::tools {

namespace {

/// Ctrl-C is for the child while this lives.
class DeafToInterrupts {
 public:
  DeafToInterrupts() {
    struct sigaction ignore {};

    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGINT, &ignore, &before_);
  }

  DeafToInterrupts(const DeafToInterrupts&) = delete;
  DeafToInterrupts& operator=(const DeafToInterrupts&) = delete;

  ~DeafToInterrupts() { ::sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

/// A child that hears SIGINT, whatever its parent does.
int spawn(pid_t& pid,
          const fs::path& program,
          std::vector<char*>& arguments,
          ChildStreams streams) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  if (!streams.input) {
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  if (!streams.output) {
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t heard;
  sigemptyset(&heard);
  sigaddset(&heard, SIGINT);
  ::posix_spawnattr_setsigdefault(&attributes, &heard);
  sigset_t blocked;
  sigemptyset(&blocked);
  ::posix_spawnattr_setsigmask(&attributes, &blocked);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const int error =
      ::posix_spawn(&pid, program.c_str(), &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return error;
}

}  // namespace

Answer<int> run_child(const fs::path& program,
                      const std::vector<std::string>& words,
                      ChildStreams streams) {
  std::vector<std::string> all{program.string()};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(nullptr);
  const DeafToInterrupts deaf;
  pid_t pid = 0;
  if (spawn(pid, program, arguments, streams) != 0) {
    return refuse({ExitCode::Unreachable,
                   "no-child",
                   fmt::format("{} cannot be started", program.string()),
                   "this machine has no processes or memory left: see ulimit -u and free"});
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<std::string> global_words(const Globals& globals) {
  std::vector<std::string> words;
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    words.emplace_back(name);
    words.push_back(value);
  };
  add("--home", globals.home);
  add("--net", globals.net);
  add("--node", globals.node);
  add("--via", globals.via);
  add("--via-key", globals.via_key);
  add("--output", globals.format);
  add("--timeout", fmt::format("{}ms", globals.timeout.count()));
  if (globals.quiet) words.emplace_back("--quiet");
  if (globals.no_input) words.emplace_back("--no-input");
  if (globals.yes) words.emplace_back("--yes");
  if (globals.read_only) words.emplace_back("--read-only");
  if (globals.color == ColorChoice::Always) words.insert(words.end(), {"--color", "always"});
  if (globals.color == ColorChoice::Never) words.insert(words.end(), {"--color", "never"});
  return words;
}

}  // namespace troupe::tools
