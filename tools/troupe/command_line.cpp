#include "tools/troupe/command_line.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/suggest.hpp"
#include "tools/troupe/grammar.hpp"

namespace troupe::tools {

namespace {

/// The verb or noun that the words lead to as far as they are known, and the first that is not.
struct Path {
  const CLI::App* app;
  std::string unknown;
};

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

/// True if a global option takes the next word as its value.
bool takes_value(const std::string& word) {
  static const std::vector<std::string> valued = {"-n",
                                                  "--net",
                                                  "-N",
                                                  "--node",
                                                  "-o",
                                                  "--output",
                                                  "--color",
                                                  "--timeout",
                                                  "--home",
                                                  "--via",
                                                  "--via-key"};
  return std::find(valued.begin(), valued.end(), word) != valued.end();
}

Path follow(const CLI::App& app, const std::vector<std::string>& words) {
  Path path{&app, ""};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_option(words[i])) {
      if (takes_value(words[i])) ++i;
      continue;
    }
    const auto verbs = path.app->get_subcommands(
        [&](const CLI::App* verb) { return verb->get_name() == words[i]; });
    if (!verbs.empty()) {
      path.app = verbs.front();
    } else if (!path.app->get_subcommands([](const CLI::App*) { return true; }).empty()) {
      return {path.app, words[i]};
    }
  }
  return path;
}

std::string full_name(const CLI::App* app) {
  std::string name = app->get_name();
  for (const CLI::App* parent = app->get_parent(); parent != nullptr;
       parent = parent->get_parent()) {
    name = parent->get_name() + " " + name;
  }
  return name;
}

std::vector<std::string> verbs_of(const CLI::App* app) {
  std::vector<std::string> names;
  for (const auto* verb : app->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

std::vector<std::string> options_of(const CLI::App* app) {
  std::vector<std::string> names;
  for (; app != nullptr; app = app->get_parent()) {
    for (const auto* option : app->get_options()) {
      for (const auto& name : option->get_lnames())
        names.push_back("--" + name);
    }
  }
  return names;
}

/// What is wrong with the words, and what was probably meant.
CommandError usage_error(const CLI::App& app,
                         const std::vector<std::string>& words,
                         const CLI::ParseError& error) {
  const Path path = follow(app, words);
  const std::string name = full_name(path.app);
  if (!path.unknown.empty()) {
    const auto meant = nearest(path.unknown, verbs_of(path.app));
    return {ExitCode::Usage,
            "unknown-command",
            fmt::format("'{} {}' is no command", name, path.unknown),
            meant ? fmt::format("did you mean '{} {}'?", name, *meant)
                  : fmt::format("the commands are: {}", fmt::join(verbs_of(path.app), " "))};
  }
  const std::string help = fmt::format("see: {} --help", name);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto known = options_of(path.app);
    for (const auto& word : words) {
      const std::string option = word.substr(0, word.find('='));
      if (!option.starts_with("--") || std::find(known.begin(), known.end(), option) != known.end())
        continue;
      const auto meant = nearest(option, known);
      return {ExitCode::Usage,
              "unknown-option",
              fmt::format("'{}' has no option {}", name, option),
              meant ? fmt::format("did you mean {}?", *meant) : help};
    }
  }
  const auto verbs = verbs_of(path.app);
  if (!verbs.empty()) {
    return {ExitCode::Usage,
            "no-command",
            fmt::format("'{}' needs a command", name),
            fmt::format("one of: {}", fmt::join(verbs, " "))};
  }
  return {ExitCode::Usage, "usage", fmt::format("{}: {}", name, error.what()), help};
}

/// How errors are printed before the words are understood: --json anywhere counts.
bool asks_for_json(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool separate = (words[i] == "-o" || words[i] == "--output") && i + 1 < words.size() &&
                          words[i + 1] == "json";
    if (separate || words[i] == "--json" || words[i] == "-ojson" || words[i] == "--output=json")
      return true;
  }
  return false;
}

ColorChoice color_of(const std::string& word) {
  return word == "always"  ? ColorChoice::Always
         : word == "never" ? ColorChoice::Never
                           : ColorChoice::Auto;
}

/// What asks one node; all other verbs are about the nodes of this machine.
constexpr std::array<std::string_view, 19> kVerbsOfOneNode{"console",
                                                           "record",
                                                           "note",
                                                           "tx",
                                                           "block",
                                                           "peers",
                                                           "actors",
                                                           "votes",
                                                           "lanes",
                                                           "evidence",
                                                           "tap",
                                                           "log",
                                                           "config",
                                                           "keys",
                                                           "status",
                                                           "explain",
                                                           "watch",
                                                           "pause",
                                                           "resume"};

/// An order to this machine's network is not carried out because its giver had another one in mind.
std::optional<CommandError> misdirected(const CLI::App& app, const Globals& globals) {
  const auto verbs = app.get_subcommands();
  if (globals.via.empty() || verbs.empty()) return std::nullopt;
  const std::string& verb = verbs.front()->get_name();
  if (std::ranges::find(kVerbsOfOneNode, verb) != kVerbsOfOneNode.end()) return std::nullopt;
  return CommandError{
      ExitCode::Usage,
      "local-only",
      fmt::format("'troupe {}' is about nodes of this machine, and --via names another one", verb),
      fmt::format("leave --via out, or use one of: {}", fmt::join(kVerbsOfOneNode, " "))};
}

Answer<Report> perform(Chosen& chosen, Printer& printer, const Backstage& backstage) {
  const auto timeout = parse_duration(chosen.timeout);
  if (!timeout) {
    return refuse({ExitCode::Usage,
                   "bad-timeout",
                   fmt::format("'{}' is no time span", chosen.timeout),
                   "write for example --timeout 10s"});
  }
  chosen.globals.timeout = *timeout;
  auto home = find_home(chosen.globals.home);
  if (!home.ok()) return refuse(home.error());
  Context context{chosen.globals, std::move(*home), printer, backstage.clients, own_program()};
  // A library of others may throw; nothing of that leaves the program as anything but an error.
  try {
    return chosen.run(context);
  } catch (const std::exception& exception) {
    return refuse({ExitCode::Bug,
                   "bug",
                   fmt::format("an error that nobody expected: {}", exception.what()),
                   "this is our fault: please report it with the command that led to it"});
  }
}

/// Reads the words into `chosen`; the exit code if there is nothing left to do.
std::optional<ExitCode> read_words(CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    app.parse(std::move(reversed));
    return std::nullopt;
  } catch (const CLI::Success& success) {
    app.exit(success);
    return ExitCode::Done;
  } catch (const CLI::ParseError& error) {
    Printer printer(output_options(asks_for_json(words) ? "json" : "", ColorChoice::Auto, false));
    return printer.print(refuse(usage_error(app, words, error)));
  }
}

}  // namespace

ExitCode run_program(const std::vector<std::string>& words, const Backstage& backstage) {
  Chosen chosen;
  chosen.run_node = backstage.run_node;
  CLI::App app("", "troupe");
  add_grammar(app, chosen);
  if (const auto end = read_words(app, words)) return *end;
  if (chosen.json) chosen.globals.format = "json";
  chosen.globals.color = color_of(chosen.color);
  Printer printer(
      output_options(chosen.globals.format, chosen.globals.color, chosen.globals.quiet));
  if (const auto error = misdirected(app, chosen.globals)) return printer.print(refuse(*error));
  return printer.print(perform(chosen, printer, backstage));
}

}  // namespace troupe::tools
