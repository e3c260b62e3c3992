#include "tools/troupe/console/console.hpp"

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/troupe/accounts.hpp"
#include "tools/troupe/child.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/console/completion.hpp"
#include "tools/troupe/console/line_editor.hpp"
#include "tools/troupe/console/link.hpp"
#include "tools/troupe/console/words.hpp"
#include "tools/troupe/fault_book.hpp"
#include "tools/troupe/grammar.hpp"
#include "tools/troupe/observe.hpp"

namespace troupe::tools {

namespace {

using Words = std::vector<std::string>;

/// A completion that takes longer disturbs the typing.
constexpr std::chrono::milliseconds kCompletionLimit{30};

struct OwnCommand {
  std::string_view name;
  std::string_view help;
};

constexpr std::array<OwnCommand, 6> kOwnCommands{
    OwnCommand{"use", "use NODE                   attach to another node of this network"},
    OwnCommand{"events",
               "events logs|blocks|messages [ACTOR:KIND]|off   what is printed as it happens"},
    OwnCommand{"every", "every 1s COMMAND           again and again, until Ctrl-C"},
    OwnCommand{"help", "help [COMMAND]             this, or what a command takes"},
    OwnCommand{"exit", "exit                       leave, as Ctrl-D does"},
    OwnCommand{"quit", "quit                       the same"}};

Words own_names() {
  Words names;
  for (const OwnCommand& command : kOwnCommands)
    names.emplace_back(command.name);
  return names;
}

CommandError usage(const std::string& message, const std::string& hint) {
  return {ExitCode::Usage, "usage", message, hint};
}

/// What the console does with a line, whoever typed it.
class Session {
 public:
  Session(Context& context, Net net, std::string node)
      : context_(context), net_(std::move(net)), node_(std::move(node)) {}

  /// Runs one line; returns its exit code. Sets `is_over` when it was the last.
  int run_line(const std::string& line) {
    const auto words = split_words(line);
    if (!words.ok()) return report(words.error());
    return words->empty() ? 0 : run_words(*words);
  }

  int run_words(const Words& words) {
    const std::string& first = words.front();
    if (first == "exit" || first == "quit") {
      is_over = true;
      return 0;
    }
    if (first == "use") return use(words);
    if (first == "events") return events(words);
    if (first == "every") return every(words);
    if (first == "help" || first == "?") return help(words);
    if (first == "console") return report(usage("this is a console already", "type a verb: help"));
    return run_verb(words);
  }

  int run_verb(const Words& words) {
    Globals globals = context_.globals;
    if (globals.via.empty()) {
      globals.net = net_.folder.string();
      globals.node = node_;
    }
    // What asks for the whole network is not asked of one node alone.
    if (words.front() == "status" || words.front() == "up" || words.front() == "down")
      globals.node.clear();
    Words all = global_words(globals);
    all.insert(all.end(), words.begin(), words.end());
    const auto code = run_child(context_.program, all, {.input = is_interactive, .output = true});
    return code.ok() ? *code : report(code.error());
  }

  int report(const CommandError& error) const {
    return static_cast<int>(context_.printer.print(refuse(error)));
  }

  [[nodiscard]] Answer<LinkTarget> target(const std::string& name) const {
    if (!context_.globals.via.empty()) {
      auto remote = remote_node(context_);
      if (!remote.ok()) return refuse(remote.error());
      return LinkTarget{remote->name, std::move(remote->address.connect)};
    }
    const auto files = net_.node(name);
    if (!files.ok()) return refuse(files.error());
    const auto loaded = load_config(files->config(), {{}, environment_variable});
    if (!loaded.ok()) return refuse(loaded.error());
    return LinkTarget{name, actors::connector_to(loaded->config.admin_socket.string())};
  }

  [[nodiscard]] const Net& net() const { return net_; }

  [[nodiscard]] const std::string& node() const { return node_; }

  bool is_over = false;
  bool is_interactive = false;
  ConsoleLink* link = nullptr;  ///< of an interactive session

 private:
  int use(const Words& words) {
    if (!context_.globals.via.empty()) {
      return report(usage("a console that came over the network stays with its node",
                          "attach to the other one: troupe --via MULTIADDR console"));
    }
    if (words.size() != 2) return report(usage("it is not said which node to use", "type: use n2"));
    const auto to = target(words[1]);
    if (!to.ok()) return report(to.error());
    node_ = words[1];
    if (link != nullptr) link->use(*to);
    return 0;
  }

  int events(const Words& words) {
    static const std::string hint = "type: events logs, events blocks, events messages, events off";
    if (words.size() < 2 || words.size() > 3) return report(usage("events of what?", hint));
    auto query = parse_filter(words.size() == 3 ? words[2] : "");
    if (!query.ok()) return report(query.error());
    query->logs = words[1] == "logs";
    query->blocks = words[1] == "blocks";
    query->messages = words[1] == "messages";
    const bool is_known = query->logs || query->blocks || query->messages || words[1] == "off";
    if (!is_known) return report(usage(fmt::format("there are no events '{}'", words[1]), hint));
    if (link == nullptr) {
      return report(usage("events are printed at a prompt only",
                          "use tap in a script: tap --blocks --count 10"));
    }
    link->want(*query);
    return 0;
  }

  /// Until Ctrl-C, which a signal descriptor hears between two runs.
  int every(const Words& words) {
    const auto interval = words.size() < 3 ? std::nullopt : parse_duration(words[1]);
    if (!interval) return report(usage("every what, and how often?", "type: every 1s status"));
    sigset_t interrupt;
    sigset_t before;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &interrupt, &before);
    const int heard = ::signalfd(-1, &interrupt, SFD_CLOEXEC);
    int code = 0;
    for (bool goes_on = true; goes_on && code != 128 + SIGINT && code != 130;) {
      code = run_words({words.begin() + 2, words.end()});
      pollfd ready{heard, POLLIN, 0};
      goes_on = ::poll(&ready, 1, static_cast<int>(interval->count())) == 0;
    }
    ::close(heard);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return code == 128 + SIGINT || code == 130 ? 0 : code;
  }

  int help(const Words& words) {
    if (words.size() > 1) {
      Words verb(words.begin() + 1, words.end());
      const auto own = std::ranges::find(kOwnCommands, verb.front(), &OwnCommand::name);
      if (own != kOwnCommands.end()) {
        std::cout << own->help << std::endl;
        return 0;
      }
      verb.emplace_back("--help");
      return run_verb(verb);
    }
    Chosen chosen;
    CLI::App grammar("", "troupe");
    add_grammar(grammar, chosen);
    for (const CLI::App* verb : grammar.get_subcommands([](const CLI::App*) { return true; }))
      std::cout << fmt::format("{:<10} {}\n", verb->get_name(), verb->get_description());
    std::cout << "\n";
    for (const OwnCommand& command : kOwnCommands)
      std::cout << command.help << "\n";
    std::cout
        << "\nTab completes, Ctrl-R searches, Ctrl-C clears the line or ends a command, Ctrl-D "
           "leaves."
        << std::endl;
    return 0;
  }

  Context& context_;
  Net net_;
  std::string node_;
};

std::vector<std::string> account_names(const Net& net) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(net.keys(), ignored)) {
    if (entry.path().extension() == ".key") names.push_back(entry.path().stem().string());
  }
  return names;
}

std::string prompt_of(const Session& session) {
  switch (session.link->state()) {
    case LinkState::Attached: return session.node() + "> ";
    case LinkState::Attaching: return session.node() + " (attaching)> ";
    case LinkState::Frozen: return session.node() + " (frozen)> ";
    case LinkState::Lost: return session.node() + " (gone)> ";
  }
  return "> ";
}

/// The exit code of a session is that of its first failure, which has said so itself.
Report end_of(int code) {
  Report report;
  report.said = static_cast<ExitCode>(code);
  return report;
}

int run_script(Session& session, std::istream& script) {
  std::string line;
  while (!session.is_over && std::getline(script, line)) {
    if (const int code = session.run_line(line); code != 0) return code;
  }
  return 0;
}

/// Log lines, what becomes of the node's copy of the ledger and what happens to the link are printed
/// from the start; blocks and messages when asked.
actors::EventsQuery first_events() {
  actors::EventsQuery query;
  query.logs = true;
  query.custody = true;
  return query;
}

Answer<Report> run_prompt(Context& context, Session& session, const LinkTarget& target) {
  std::setlocale(LC_ALL, "");
  Chosen chosen;
  CLI::App grammar("", "troupe");
  add_grammar(grammar, chosen);
  const LiveValues live{
      [&] {
        Words names;
        for (const NodeFiles& node : session.net().nodes)
          names.push_back(node.name);
        return names;
      },
      [&] { return account_names(session.net()); },
      [&](const std::string& prefix) { return session.link->keys(prefix, kCompletionLimit); },
      [&] {
        Words ids;
        if (const auto faults = read_faults(session.net()); faults.ok()) {
          for (const ActiveFault& fault : *faults)
            ids.push_back(fault.id);
        }
        return ids;
      }};
  if (const auto made = create_folder(context.home.state); !made.ok()) return refuse(made.error());
  LineEditor editor(context.home.state / "console.history", [&](const std::string& line) {
    return complete_line(line, grammar, own_names(), live);
  });
  ConsoleLink link(target,
                   first_events(),
                   {[&](const std::string& line) { editor.post("* " + line); },
                    [&](const actors::EventBatch& batch) {
                      if (batch.dropped > 0)
                        editor.post(fmt::format("({} more were not shown)", batch.dropped));
                      for (const auto& event : batch.events)
                        editor.post(line_of(event));
                    }});
  session.link = &link;
  session.is_interactive = true;
  while (!session.is_over) {
    const auto line = editor.read([&] { return prompt_of(session); });
    if (!line) break;
    static_cast<void>(session.run_line(*line));
  }
  std::printf("\n");
  return end_of(0);
}

/// The node that is meant: the one that is named, or the first that runs.
Answer<std::string> chosen_node(const Context& context, const Net& net, const std::string& named) {
  if (!context.globals.via.empty()) {
    const auto remote = remote_node(context);
    return remote.ok() ? Answer<std::string>(remote->name) : refuse(remote.error());
  }
  const std::string& name = named.empty() ? context.globals.node : named;
  if (!name.empty()) {
    const auto files = net.node(name);
    return files.ok() ? Answer<std::string>(name) : refuse(files.error());
  }
  for (const NodeFiles& node : net.nodes) {
    if (find_process(node.folder).state == ProcessState::Running) return node.name;
  }
  return refuse({ExitCode::Unreachable,
                 "not-running",
                 fmt::format("no node of net {} runs, so there is nothing to attach to", net.name),
                 fmt::format("start it with: troupe up --net {}", net.name)});
}

}  // namespace

Answer<Report> run_console(Context& context, const ConsoleOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto node = chosen_node(context, *net, options.node);
  if (!node.ok()) return refuse(node.error());
  Session session(context, *net, *node);
  if (!options.commands.empty()) {
    for (const std::string& command : options.commands) {
      if (session.is_over) break;
      if (const int code = session.run_line(command); code != 0) return end_of(code);
    }
    return end_of(0);
  }
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    return end_of(run_script(session, std::cin));
  }
  const auto target = session.target(*node);
  if (!target.ok()) return refuse(target.error());
  return run_prompt(context, session, *target);
}

}  // namespace troupe::tools
