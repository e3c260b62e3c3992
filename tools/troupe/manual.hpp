#pragma once

#include <string>

#include "tools/troupe/context.hpp"

namespace CLI {
class App;
}

// The manual page and the shells' completions, from the grammar alone: what they say and what the
// program takes cannot differ.
namespace troupe::tools {

/// The page of section 1, in the man macros.
[[nodiscard]] std::string manual_page(const CLI::App& grammar, const std::string& version);

/// A script that a shell reads at its start: bash, zsh or fish. Error: bad-shell.
[[nodiscard]] Answer<std::string> completion_script(const CLI::App& grammar,
                                                    const std::string& shell);

/// `troupe completion SHELL` and `troupe man`.
[[nodiscard]] Answer<Report> run_completion(const std::string& shell);
[[nodiscard]] Answer<Report> run_man();

}  // namespace troupe::tools
