#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "tools/troupe/files.hpp"

// The processes of a local network: one per node, each a `troupe node` that outlives its starter.
//
// Whether a node runs is told by the lock that its process holds on node.lock for as long as it
// lives, and the kernel says who holds it. A file that a kill -9 left behind thus means nothing,
// and a process that got the number of a dead node is never taken for it: signals go through a
// pidfd that was opened while the lock was held.
namespace troupe::tools {

enum class ProcessState : std::uint8_t { Stopped, Running, Paused };

struct NodeProcess {
  ProcessState state = ProcessState::Stopped;
  pid_t pid = 0;
};

/// Who holds the lock of the node in this folder.
[[nodiscard]] NodeProcess find_process(const fs::path& folder);

/// Takes the lock of a node for the rest of this process's life. Error: already-running.
[[nodiscard]] Answer<Done> take_node_lock(const fs::path& folder, const std::string& node);

/// What to start: `program node --config CONFIG --ready-fd 3`.
struct StartRequest {
  std::string node;
  fs::path program;
  fs::path config;
  fs::path log;
  /// Hears what the node is busy with before it listens, and how far it is, in thousandths.
  std::function<void(const std::string& what, std::uint32_t permille)> on_progress{};
};

/// How far a started node came within the deadline. A node says on its pipe, one line each:
/// `progress PERMILLE WHAT`, `listening ADDRESS`, `ready ADDRESS` and
/// `error CODE<tab>MESSAGE<tab>HINT`.
enum class StartStage : std::uint8_t {
  Starting,   ///< no word yet
  Listening,  ///< commands can attach, but it is not connected to a quorum
  Ready,      ///< connected to a quorum
  Failed,     ///< it ended; see `error`
};

struct StartResult {
  std::string node;
  pid_t pid = 0;
  StartStage stage = StartStage::Starting;
  std::string address;
  std::optional<CommandError> error;
};

/// Starts all of them at once and waits until each is ready or has failed, or for `deadline`; a node
/// that gets on has that long from then on.
/// `enough` ends the wait early as soon as every node reached that stage.
[[nodiscard]] std::vector<StartResult> start_nodes(const std::vector<StartRequest>& requests,
                                                   StartStage enough,
                                                   std::chrono::milliseconds deadline);

enum class StopOutcome : std::uint8_t {
  NotRunning,
  Stopped,
  Killed,
  Stuck,
  NotOurs,  ///< it belongs to another user, and goes on
};

/// Asks the node's process to end (SIGTERM) and waits; after `grace` kills it. What belongs to
/// another user is not waited for.
[[nodiscard]] std::vector<StopOutcome> stop_nodes(const std::vector<fs::path>& folders,
                                                  std::chrono::milliseconds grace);

/// Sends a signal to the node's process. False if it does not run.
[[nodiscard]] bool signal_node(const fs::path& folder, int signal);

/// Says how far this node's start came, to whoever started it and to a service manager
/// ($NOTIFY_SOCKET). `fd` is negative if nobody waits.
class StartSignal {
 public:
  explicit StartSignal(int fd) : fd_(fd) {}

  void progress(std::string_view what, std::uint32_t permille);
  void listening(const std::string& address);
  void ready(const std::string& address);
  void failed(const CommandError& error);

 private:
  void say(const std::string& line) const;

  int fd_;
};

/// Runs a verb of the program in a session of its own, without a terminal, and lets it go: it ends
/// when it is done, whoever started it. False if it could not be started.
bool start_detached(const fs::path& program, const std::vector<std::string>& words);

/// The program that runs now, by its path.
[[nodiscard]] fs::path own_program();

}  // namespace troupe::tools
