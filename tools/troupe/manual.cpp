#include "tools/troupe/manual.hpp"

#include <functional>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "actors/version.hpp"
#include "tools/troupe/grammar.hpp"

namespace troupe::tools {

namespace {

using Words = std::vector<std::string>;

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

Words names_of(const CLI::App& app) {
  Words names;
  for (const CLI::App* verb : verbs_of(app))
    names.push_back(verb->get_name());
  return names;
}

Words options_of(const CLI::App& app) {
  Words names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames())
      names.push_back("--" + name);
  }
  return names;
}

/// Calls `visit(app, path)` for each command, a noun before its verbs. `path` is "" for the program
/// and " record put" for one of its commands.
void walk(const CLI::App& program,
          const std::function<void(const CLI::App&, const std::string&)>& visit) {
  std::vector<std::pair<const CLI::App*, std::string>> open{{&program, ""}};
  while (!open.empty()) {
    const auto [app, path] = open.back();
    open.pop_back();
    visit(*app, path);
    const auto verbs = verbs_of(*app);
    for (auto verb = verbs.rbegin(); verb != verbs.rend(); ++verb)
      open.emplace_back(*verb, path + " " + (*verb)->get_name());
  }
}

/// Text that means nothing to roff.
std::string roff(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '\\') {
      out += "\\e";
    } else if (letter == '-') {
      out += "\\-";
    } else if (letter == '\'') {
      out += "\\(aq";
    } else {
      out += letter;
    }
  }
  // A line that begins with a dot is a request.
  return out.starts_with('.') ? "\\&" + out : out;
}

/// "--at HEIGHT", or "KEY" for a word without a name.
std::string title_of(const CLI::Option& option) {
  const std::string type = option.get_items_expected_max() > 0 ? option.get_type_name() : "";
  if (option.get_positional()) return option.get_name();
  return option.get_name(false, true) + (type.empty() ? "" : " " + type);
}

std::string options_text(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    text += fmt::format(
        ".TP\n\\fB{}\\fR\n{}\n", roff(title_of(*option)), roff(option->get_description()));
  }
  return text;
}

std::string synopsis_of(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      const std::string name = option->get_single_name();
      text += option->get_required() ? " " + name : " [" + name + "]";
    }
  }
  return text;
}

// What bash and zsh share: the words that may follow a path, as cases that set a variable.
std::string cases_of(const CLI::App& grammar, const std::string& variable) {
  std::string cases;
  walk(grammar, [&](const CLI::App& app, const std::string& path) {
    Words words = names_of(app);
    const Words options = options_of(app);
    words.insert(words.end(), options.begin(), options.end());
    cases += fmt::format("    '{}') {}='{}' ;;\n", path, variable, fmt::join(words, " "));
  });
  return cases;
}

std::string bash_paths(const CLI::App& grammar) {
  Words paths;
  walk(grammar, [&](const CLI::App&, const std::string& path) {
    if (!path.empty()) paths.push_back("'" + path + "'");
  });
  return fmt::format("{}", fmt::join(paths, "|"));
}

std::string bash_script(const CLI::App& grammar) {
  return fmt::format(
      R"(# Completion of troupe for bash, made by: troupe completion bash
_troupe() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path= words= i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$path ${{COMP_WORDS[i]}}" in
      {}) path="$path ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case $path in
{}  esac
  COMPREPLY=($(compgen -W "$words {}" -- "$current"))
}}
complete -o default -F _troupe troupe
)",
      bash_paths(grammar),
      cases_of(grammar, "words"),
      fmt::join(options_of(grammar), " "));
}

/// A function of zsh's own: through its emulation of bash the first Tab would only load the script.
/// It may be sourced, or lie in a folder of fpath as _troupe.
std::string zsh_script(const CLI::App& grammar) {
  return fmt::format(
      R"(#compdef troupe
# Completion of troupe for zsh, made by: troupe completion zsh
_troupe() {{
  local here='' offered='' i
  for ((i = 2; i < CURRENT; ++i)); do
    case "$here ${{words[i]}}" in
      ({}) here="$here ${{words[i]}}" ;;
    esac
  done
  case $here in
{}  esac
  compadd -- ${{=offered}} {} || _files
}}
if [[ $funcstack[1] = _troupe ]]; then _troupe "$@"; else compdef _troupe troupe; fi
)",
      bash_paths(grammar),
      cases_of(grammar, "offered"),
      fmt::join(options_of(grammar), " "));
}

/// A text inside single quotes of fish.
std::string fish_quoted(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') out += '\\';
    out += letter;
  }
  return "'" + out + "'";
}

std::string fish_script(const CLI::App& grammar) {
  std::string paths;
  std::string lines;
  walk(grammar, [&](const CLI::App& app, const std::string& path) {
    if (!path.empty()) paths += " " + fish_quoted(path);
    const std::string here = fish_quoted("__troupe_at " + fish_quoted(path));
    for (const CLI::App* verb : verbs_of(app)) {
      lines += fmt::format("complete -c troupe -f -n {} -a {} -d {}\n",
                           here,
                           verb->get_name(),
                           fish_quoted(verb->get_description()));
    }
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        lines += fmt::format("complete -c troupe -n {} -l {} -d {}\n",
                             path.empty() ? "true" : here,
                             name,
                             fish_quoted(option->get_description()));
      }
    }
  });
  return fmt::format(
      R"(# Completion of troupe for fish, made by: troupe completion fish
set -g __troupe_paths{}
function __troupe_at
  set -l path ''
  for word in (commandline -opc)[2..-1]
    if contains -- "$path $word" $__troupe_paths
      set path "$path $word"
    end
  end
  test "$path" = "$argv[1]"
end
{})",
      paths,
      lines);
}

}  // namespace

std::string manual_page(const CLI::App& grammar, const std::string& version) {
  std::string page = fmt::format(
      ".TH TROUPE 1 \"\" \"troupe {}\" \"User Commands\"\n.SH NAME\ntroupe \\- {}\n.SH SYNOPSIS\n"
      ".B troupe\n[OPTIONS] COMMAND [ARGUMENTS]\n.SH OPTIONS\nEvery command takes these.\n",
      version,
      "a network of nodes that keep one ledger");
  page += options_text(grammar) + ".SH COMMANDS\n";
  walk(grammar, [&](const CLI::App& app, const std::string& path) {
    if (path.empty() || !verbs_of(app).empty()) return;
    page += fmt::format(".SS \"troupe{}{}\"\n{}.\n",
                        roff(path),
                        roff(synopsis_of(app)),
                        roff(app.get_description()));
    page += options_text(app);
  });
  page +=
      ".SH EXIT STATUS\n0 done, 1 the answer is no, 2 usage, 3 not running or unreachable, 4 not "
      "found, 5 refused, 6 timed out, 7 no quorum, 8 safety violation, 9 not deterministic, 10 a "
      "bound exceeded, 70 a bug of ours, 130 Ctrl\\-C.\n";
  return page;
}

Answer<std::string> completion_script(const CLI::App& grammar, const std::string& shell) {
  if (shell == "bash") return bash_script(grammar);
  if (shell == "zsh") return zsh_script(grammar);
  if (shell == "fish") return fish_script(grammar);
  return refuse({ExitCode::Usage,
                 "bad-shell",
                 fmt::format("there is no completion for '{}'", shell),
                 "ask for bash, zsh or fish"});
}

Answer<Report> run_completion(const std::string& shell) {
  Chosen chosen;
  CLI::App grammar("", "troupe");
  add_grammar(grammar, chosen);
  const auto script = completion_script(grammar, shell);
  if (!script.ok()) return refuse(script.error());
  Report report;
  report.fields = {{"shell", shell}, {"script", *script}};
  report.parts = {Raw{*script}};
  return report;
}

Answer<Report> run_man() {
  Chosen chosen;
  CLI::App grammar("", "troupe");
  add_grammar(grammar, chosen);
  const std::string page = manual_page(grammar, actors::kVersion);
  Report report;
  report.fields = {{"page", page}};
  report.parts = {Raw{page}};
  return report;
}

}  // namespace troupe::tools
