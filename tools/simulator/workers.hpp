#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace troupe::simulator {

/// Runs jobs 0, 1, 2, ... in processes of their own, dealt out in turn, and hands over what each
/// came to in the order of the jobs, however fast anybody was. A process that dies takes one job
/// with it; another one goes on with the next of its share.
class Workers {
 public:
  /// What a job came to: one line, without its end.
  using Job = std::function<std::string(std::uint64_t number)>;

  /// Requires at least one process.
  Workers(std::uint64_t jobs, std::size_t processes, Job job);
  /// Ends those that still work.
  ~Workers();

  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// The result of the next job; nothing if its process died of it. Requires one that is left.
  [[nodiscard]] std::optional<std::string> next();

  /// How many are left to be handed over.
  [[nodiscard]] std::uint64_t left() const { return jobs_ - next_; }

 private:
  struct Process {
    pid_t id = -1;
    int results = -1;    // the reading end of its pipe
    std::string unread;  // what came after the last line taken
  };

  void start(std::size_t place, std::uint64_t from);
  void end(Process& process);
  [[nodiscard]] std::optional<std::string> read_line(Process& process);

  std::uint64_t jobs_;
  Job job_;
  std::vector<Process> processes_;
  std::uint64_t next_ = 0;
};

}  // namespace troupe::simulator
