#pragma once

#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "tools/troupe/grammar.hpp"

// What the files of the grammar share.
namespace troupe::tools {

/// Adds verbs to one App or noun: each has options of its own, which live as long as the grammar.
class Verbs {
 public:
  Verbs(CLI::App& app, Chosen& chosen) : app_(app), chosen_(chosen) {}

  /// A verb that runs `run(context, *options)`.
  template <class Options, class Run>
  std::pair<CLI::App*, std::shared_ptr<Options>> add(const std::string& name,
                                                     const std::string& help,
                                                     Run run) {
    CLI::App* verb = app_.add_subcommand(name, help);
    auto options = std::make_shared<Options>();
    verb->fallthrough();
    verb->callback([&chosen = chosen_, options, run] {
      chosen.run = [options, run](Context& context) { return run(context, *options); };
    });
    return {verb, options};
  }

  /// A noun, under which verbs stand.
  Verbs noun(const std::string& name, const std::string& help) {
    CLI::App* noun = app_.add_subcommand(name, help);
    noun->fallthrough();
    noun->require_subcommand(1);
    return {*noun, chosen_};
  }

 private:
  CLI::App& app_;
  Chosen& chosen_;
};

struct None {};

/// A verb whose only word is one text.
struct One {
  std::string text;
  std::string account;
  std::string proof;
};

/// `troupe net VERB`.
void add_net(Verbs verbs);

}  // namespace troupe::tools
