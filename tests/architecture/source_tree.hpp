#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::architecture {

/// One text file of the tree; `path` is relative to the root, with '/' between its parts.
struct SourceFile {
  std::string path;
  std::string text;

  [[nodiscard]] bool is_header() const { return path.ends_with(".hpp"); }

  [[nodiscard]] bool is_cpp() const { return path.ends_with(".cpp"); }

  [[nodiscard]] bool is_below(std::string_view folder) const { return path.starts_with(folder); }
};

/// Every text file that is written by hand, in ascending order of paths: what lies below protocol/,
/// storage/, actors/, tools/, tests/ and .ci/, and CMakeLists.txt and README.md at the root. Left
/// out are data (vectors, corpora, JSON, pictures) and folders that others fill (node_modules).
[[nodiscard]] std::vector<SourceFile> read_source_tree(const std::filesystem::path& root);

/// C++ text with every character of its comments replaced by a space; line breaks stay.
[[nodiscard]] std::string without_comments(std::string_view text);

/// The same, with the content of string and character literals replaced as well.
[[nodiscard]] std::string without_comments_and_literals(std::string_view text);

/// The lines of a text, without their ends.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

/// True if the word occurs with no letter, digit or underscore on either side of it.
[[nodiscard]] bool has_word(std::string_view line, std::string_view word);

}  // namespace troupe::architecture
