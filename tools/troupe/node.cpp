#include "tools/troupe/node.hpp"

#include <csignal>
#include <future>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "actors/admin_gate.hpp"
#include "actors/failure.hpp"
#include "actors/local_link.hpp"
#include "actors/loop_scheduler.hpp"
#include "actors/node.hpp"
#include "protocol/network/multiaddr.hpp"
#include "tools/troupe/herald.hpp"
#include "tools/troupe/node_ports.hpp"
#include "tools/troupe/ports.hpp"
#include "tools/troupe/standing_faults.hpp"

namespace troupe::tools {

namespace {

/// Raised by this process itself when its node has ended, and when it has said whether it plays.
constexpr int kNodeEndedSignal = SIGUSR1;
constexpr int kNodeAnsweredSignal = SIGUSR2;

/// What a running node consists of. It lives until the process leaves with _exit: everything that
/// must survive is on disk already, and taking a cast apart proves nothing.
struct RunningNode {
  struct Config : caf::actor_system_config {
    Config() {
      actors::configure_link(*this);
      add_message_types<caf::id_block::troupe_swarm>();
      add_message_types<caf::id_block::troupe_custody>();
      add_message_types<caf::id_block::troupe_admin>();
      add_message_types<caf::id_block::troupe_console_sink>();
      add_message_types<caf::id_block::troupe_console>();
      add_message_types<caf::id_block::troupe_cast>();
      load<actors::LoopScheduler>();
      set("scheduler.max-threads", 1);
    }
  };

  explicit RunningNode(std::shared_ptr<ConsoleWays> ways)
      : consoles(ways), world(std::move(ways)) {}

  std::shared_ptr<ConsoleWays> consoles;
  NodeWorld world;
  Config config;
  caf::actor_system system{config};
  actors::NodeActor node;
  std::vector<actors::AdminActor> gates;  // what those who attach get to see of the node
  std::vector<actors::LocalLink> links;
};

/// Which lines are written is decided before they come here (actors/log_gate.hpp).
void start_logging() {
  // stdout is for data; a log is none.
  spdlog::set_default_logger(spdlog::stderr_logger_mt("troupe"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %L %v");
  spdlog::set_level(spdlog::level::debug);
}

/// What the process itself has to say.
void say(const NodeConfig& config, const std::string& line) {
  if (config.log_level >= actors::LogLevel::Info) spdlog::info("node: {}", line);
}

/// Signals that this process waits for instead of being ended by them. Blocked before any thread
/// starts, so that every thread inherits it.
sigset_t block_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, kNodeEndedSignal, kNodeAnsweredSignal})
    sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Better said before anything starts, and with the name of the holder.
Answer<Done> check_port(const NodeConfig& config) {
  const auto endpoint = network::Multiaddr::parse(config.listen)->tcp_endpoint();
  if (is_free(endpoint->host, endpoint->port)) return Done{};
  const auto holder = find_holder(endpoint->port);
  return refuse({ExitCode::Refused,
                 "busy-port",
                 fmt::format("cannot listen on {}:{}: {}",
                             endpoint->host,
                             endpoint->port,
                             holder ? fmt::format("{} holds the port", holder->text())
                                    : "it is no free address of this machine"),
                 holder && holder->pid != 0
                     ? fmt::format("stop that process, or choose another port with `listen` in {}",
                                   shown(config.data_dir.parent_path() / "config.toml"))
                     : "choose another address or port with `listen` in the node's config.toml"});
}

/// An error of the cast. Those of the disk read "PATH: WHAT (NAME). HINT".
CommandError start_error(const caf::actor_system& system, const caf::error& error) {
  std::string text = actors::failure_text(error);
  if (const auto swarm = actors::swarm_error(error)) text = actors::describe(*swarm);
  if (text.empty()) text = system.render(error);
  CommandError out{
      ExitCode::Refused, "start-failed", text, "see the node's log, or ask: troupe doctor"};
  const std::size_t open = text.rfind(" (");
  const std::size_t close = text.find("). ", open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return out;
  out.code = text.substr(open + 2, close - open - 2);
  out.message = text.substr(0, open);
  out.hint = text.substr(close + 3);
  return out;
}

std::vector<actors::SettingReport> reports_of(const std::vector<Setting>& settings) {
  std::vector<actors::SettingReport> reports;
  for (const Setting& setting : settings)
    reports.push_back({setting.key, text_of(setting.value), setting.origin});
  return reports;
}

std::shared_ptr<ConsoleWays> consoles_of(const NodeConfig& config) {
  std::map<network::PeerId, actors::Role> roles;
  for (const AdminPeer& admin : config.admins)
    roles.emplace(admin.peer, admin.role);
  return std::make_shared<ConsoleWays>(std::move(roles));
}

Answer<std::shared_ptr<const actors::NodeContext>> make_context(
    const RunningNode& running,
    actors::NodeOptions options,
    const std::vector<Setting>& settings,
    const std::shared_ptr<StartSignal>& signal) {
  auto ports = running.world.ports();
  ports.progress = [signal](std::string_view what, std::uint32_t permille) {
    signal->progress(what, permille);
  };
  ports.settings = reports_of(settings);
  const auto context = actors::NodeContext::make(std::move(options), std::move(ports));
  if (!context.ok()) {
    return refuse({ExitCode::Usage, "bad-config", context.error().message, context.error().hint});
  }
  return *context;
}

CommandError ended_error(const NodeConfig& config) {
  return {ExitCode::Bug,
          "node-stopped",
          fmt::format("node {} stopped itself; its log says why", config.name),
          fmt::format("read the last lines: troupe net logs {}", config.name)};
}

/// How a node's start went, told by the actor that asked for it.
struct StartAnswer {
  std::promise<Answer<actors::NodeStarted>> promise;

  void tell(Answer<actors::NodeStarted> answer) {
    promise.set_value(std::move(answer));
    ::kill(::getpid(), kNodeAnsweredSignal);
  }
};

/// Has the node end, and waits for it.
void stop_node(RunningNode& running, const sigset_t& signals) {
  caf::anon_send(running.node, actors::stop_atom_v);
  int signal = 0;
  do {
    sigwait(&signals, &signal);
  } while (signal != kNodeEndedSignal);
}

/// Nothing if the process was asked to end meanwhile: a node may take minutes to fetch a snapshot.
Answer<std::optional<actors::NodeStarted>> start_cast(RunningNode& running,
                                                      const actors::SharedContext& context,
                                                      const NodeConfig& config,
                                                      const sigset_t& signals) {
  running.node = actors::spawn_hosted<actors::NodeActor, actors::Node>(
      running.system, actors::Placement::Detached, context);
  caf::actor_cast<caf::strong_actor_ptr>(running.node)->get()->attach_functor([] {
    ::kill(::getpid(), kNodeEndedSignal);
  });
  const auto answer = std::make_shared<StartAnswer>();
  auto future = answer->promise.get_future();
  running.system.spawn([node = running.node, answer](caf::event_based_actor* self) {
    self->request(node, caf::infinite, actors::start_atom_v)
        .then([answer](const actors::NodeStarted& started) { answer->tell(started); },
              [answer, self](const caf::error& error) {
                answer->tell(refuse(start_error(self->system(), error)));
              });
  });
  int signal = 0;
  sigwait(&signals, &signal);
  if (signal == kNodeEndedSignal) return refuse(ended_error(config));
  if (signal != kNodeAnsweredSignal) {
    stop_node(running, signals);
    return std::optional<actors::NodeStarted>{};
  }
  auto started = future.get();
  if (!started.ok()) return refuse(started.error());
  return std::optional(*std::move(started));
}

/// A way in for consoles that may do what the role says.
struct WayIn {
  fs::path socket;
  actors::Role role;
  bool is_remote;  ///< for consoles that come over the network
};

/// The node's own user may do everything; who comes over the network, what the configuration says.
/// Error: bad-config if that is to break a network that is no development network.
Answer<std::vector<WayIn>> ways_in(const NodeConfig& config, bool is_development) {
  using actors::Role;
  std::vector<WayIn> ways{
      {config.admin_socket, is_development ? Role::Break : Role::Operate, false}};
  std::set<Role> roles;
  for (const AdminPeer& admin : config.admins) {
    if (admin.role == Role::Break && !is_development) {
      return refuse({ExitCode::Usage,
                     "bad-config",
                     "admins gives the role break, and this is no development network",
                     "give the role operate instead"});
    }
    if (roles.insert(admin.role).second)
      ways.push_back({socket_of(config, admin.role), admin.role, true});
  }
  return ways;
}

Answer<Done> publish(RunningNode& running,
                     const actors::SharedContext& context,
                     const actors::AdminActor& admin,
                     const WayIn& way) {
  const fs::path& socket = way.socket;
  const auto gate =
      running.gates.emplace_back(actors::spawn_hosted<actors::AdminActor, actors::AdminGate>(
          running.system, actors::Placement::Pooled, context, admin, way.role));
  auto link = actors::LocalLink::publish(running.system, gate, socket.string());
  if (!link.ok()) {
    return refuse({ExitCode::Refused,
                   "no-socket",
                   fmt::format("cannot open {}: {}", shown(socket), actors::describe(link.error())),
                   "remove what stands in its place, or choose another path with `admin_socket`"});
  }
  running.links.push_back(std::move(*link));
  if (way.is_remote) running.consoles->open(way.role, socket.string(), gate.id());
  return Done{};
}

/// From the word that everything is there to the end of the node. True if it was asked to end.
bool play(RunningNode& running, const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  if (signal == kNodeEndedSignal) return false;
  stop_node(running, signals);
  return true;
}

/// A fault on record outlasts the process that it was told to.
void impose_faults(const NodeConfig& config, const fs::path& folder, actors::AdminActor admin) {
  const auto net = read_net(folder.parent_path());
  if (!net || !net->node(config.name).ok()) return;
  const auto standing = standing_faults(*net, config.name);
  if (standing.ok()) return impose(*standing, admin);
  say(config, fmt::format("suffers no fault on record: {}", standing.error().message));
}

Report stopped_report(const NodeConfig& config) {
  say(config, fmt::format("{} stopped", config.name));
  Report report;
  report.fields = {{"node", config.name}, {"state", "stopped"}};
  report.parts = {Remark{fmt::format("node {} stopped", config.name)}};
  return report;
}

Answer<Report> run(const NodeRunOptions& options, const std::shared_ptr<StartSignal>& signal) {
  const auto loaded = load_config(options.config, {options.overrides, environment_variable});
  if (!loaded.ok()) return refuse(loaded.error());
  const NodeConfig& config = loaded->config;
  const fs::path folder = fs::absolute(options.config).parent_path();
  if (const auto taken = take_node_lock(folder, config.name); !taken.ok())
    return refuse(taken.error());
  auto node_options = load_node_options(config);
  if (!node_options.ok()) return refuse(node_options.error());
  if (const auto free = check_port(config); !free.ok()) return refuse(free.error());
  start_logging();
  const sigset_t signals = block_signals();
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): see RunningNode
  auto* running = new RunningNode(consoles_of(config));
  const auto context = make_context(*running, std::move(*node_options), loaded->settings, signal);
  if (!context.ok()) return refuse(context.error());
  const auto ways = ways_in(config, (*context)->genesis().development);
  if (!ways.ok()) return refuse(ways.error());
  const auto answer = start_cast(*running, *context, config, signals);
  if (!answer.ok()) return refuse(answer.error());
  if (!*answer) return stopped_report(config);
  const actors::NodeStarted& started = **answer;
  if ((*context)->genesis().development) impose_faults(config, folder, started.admin);
  for (const WayIn& way : *ways) {
    if (const auto open = publish(*running, *context, started.admin, way); !open.ok())
      return refuse(open.error());
  }
  say(config, fmt::format("{} listens on {}", config.name, started.listen));
  signal->listening(started.listen);
  announce_quorum(running->system, started.admin, [signal, address = started.listen] {
    signal->ready(address);
  });
  if (!play(*running, signals)) return refuse(ended_error(config));
  running->links.clear();
  return stopped_report(config);
}

}  // namespace

Answer<Report> run_node(Context&, const NodeRunOptions& options) {
  // Shared with the herald, which may outlive this call by a moment.
  const auto signal = std::make_shared<StartSignal>(options.ready_fd);
  auto answer = run(options, signal);
  if (!answer.ok()) signal->failed(answer.error());
  spdlog::shutdown();
  return answer;
}

}  // namespace troupe::tools
