#include "tools/troupe/console/completion.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "tools/troupe/console/words.hpp"

namespace troupe::tools {

namespace {

using Words = std::vector<std::string>;

/// How far the words lead into the grammar, and what the word after them is.
struct Place {
  const CLI::App* app = nullptr;
  const CLI::Option* value_of = nullptr;  ///< an option that waits for its value
  std::size_t positionals = 0;            ///< values that stand there already
};

const CLI::Option* option_named(const CLI::App* app, const std::string& word) {
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      if (option->check_name(word)) return option;
    }
  }
  return nullptr;
}

Place follow(const CLI::App& grammar, const Words& words) {
  Place place{&grammar, nullptr, 0};
  for (const std::string& word : words) {
    if (place.value_of != nullptr) {
      place.value_of = nullptr;
      continue;
    }
    if (word.starts_with('-')) {
      const CLI::Option* option = option_named(place.app, word);
      if (option != nullptr && option->get_items_expected_max() > 0) place.value_of = option;
      continue;
    }
    const auto verbs =
        place.app->get_subcommands([&](const CLI::App* verb) { return verb->get_name() == word; });
    if (verbs.empty()) {
      ++place.positionals;
    } else {
      place = {verbs.front(), nullptr, 0};
    }
  }
  return place;
}

const CLI::Option* positional(const CLI::App& app, std::size_t index) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    if (index == 0 || option->get_items_expected_max() > 1) return option;
    --index;
  }
  return nullptr;
}

/// The words of a choice, as its check describes it: "{name,mailbox,time}".
Words choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  Words choices;
  std::size_t from = open + 1;
  while (from <= close) {
    const std::size_t end = std::min(type.find(',', from), close);
    choices.push_back(type.substr(from, end - from));
    from = end + 1;
  }
  return choices;
}

/// True where an id is a fault's, and not a transaction's.
bool is_about_faults(const CLI::App& verb) {
  return verb.get_name() == "explain" ||
         (verb.get_parent() != nullptr && verb.get_parent()->get_name() == "fault");
}

Words values_of(const CLI::App& verb,
                const CLI::Option& option,
                const LiveValues& live,
                const std::string& typed) {
  const std::string name = option.get_single_name();
  if (name == "node" || name == "on") return live.nodes();
  if (name == "id" && is_about_faults(verb)) return live.faults();
  if (name == "as" || name == "to") return live.accounts();
  if (name == "key" || name == "prefix") return live.keys(typed);
  return choices_of(option);
}

Words options_of(const CLI::App* app) {
  Words names;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames())
        names.push_back("--" + name);
    }
  }
  return names;
}

Words candidates_for(const Place& place,
                     const std::string& typed,
                     const Words& own,
                     const LiveValues& live) {
  if (place.value_of != nullptr) return values_of(*place.app, *place.value_of, live, typed);
  if (typed.starts_with('-')) return options_of(place.app);
  Words names;
  for (const CLI::App* verb : place.app->get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  if (place.app->get_parent() == nullptr) names.insert(names.end(), own.begin(), own.end());
  if (!names.empty()) return names;
  const CLI::Option* option = positional(*place.app, place.positionals);
  return option == nullptr ? Words{} : values_of(*place.app, *option, live, typed);
}

/// The word that is being typed: what follows the last blank.
std::string last_word(const std::string& line) {
  const std::size_t blank = line.find_last_of(" \t");
  return blank == std::string::npos ? line : line.substr(blank + 1);
}

}  // namespace

Completion complete_line(const std::string& line,
                         const CLI::App& grammar,
                         const Words& own,
                         const LiveValues& live) {
  Completion completion;
  completion.typed = last_word(line);
  const auto words = split_words(line.substr(0, line.size() - completion.typed.size()));
  if (!words.ok()) return completion;  // in the middle of a quoted text
  if (!words->empty() && words->front() == "use" && words->size() == 1) {
    completion.candidates = live.nodes();
  } else {
    // What repeats another command or asks for its help is completed like that command.
    Words rest = *words;
    if (!rest.empty() && (rest.front() == "help" || rest.front() == "trace"))
      rest.erase(rest.begin());
    if (rest.size() >= 2 && rest.front() == "every") rest.erase(rest.begin(), rest.begin() + 2);
    completion.candidates = candidates_for(follow(grammar, rest), completion.typed, own, live);
  }
  std::erase_if(completion.candidates, [&](const std::string& candidate) {
    return !candidate.starts_with(completion.typed);
  });
  std::ranges::sort(completion.candidates);
  // clang 14 knows no subrange of this library, so not std::ranges::unique.
  auto& candidates = completion.candidates;
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return completion;
}

}  // namespace troupe::tools
