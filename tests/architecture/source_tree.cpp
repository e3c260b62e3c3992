#include "tests/architecture/source_tree.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>

namespace troupe::architecture {

namespace {

constexpr std::array<std::string_view, 6> kFolders{
    "protocol", "storage", "actors", "tools", "tests", ".ci"};
constexpr std::array<std::string_view, 2> kRootFiles{"CMakeLists.txt", "README.md"};
constexpr std::array<std::string_view, 4> kForeignFolders{
    "node_modules", "vectors", "corpus", "__pycache__"};
constexpr std::array<std::string_view, 10> kTextKinds{
    "", ".hpp", ".cpp", ".txt", ".md", ".proto", ".py", ".js", ".mjs", ".sh"};

template <class Range>
bool contains(const Range& range, std::string_view element) {
  return std::find(range.begin(), range.end(), element) != range.end();
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void read_folder(const std::filesystem::path& root,
                 const std::filesystem::path& folder,
                 std::vector<SourceFile>& files) {
  std::filesystem::recursive_directory_iterator entry(folder);
  for (const std::filesystem::recursive_directory_iterator end; entry != end; ++entry) {
    const std::filesystem::path& path = entry->path();
    if (entry->is_directory()) {
      if (contains(kForeignFolders, path.filename().string())) entry.disable_recursion_pending();
      continue;
    }
    if (!contains(kTextKinds, path.extension().string())) continue;
    files.push_back({path.lexically_relative(root).generic_string(), read_text(path)});
  }
}

bool is_word_character(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

// What to blank out. Comments go in either case.
enum class Blank { Comments, CommentsAndLiterals };

// A scanner that knows just enough of C++ to tell code, comments and literals apart.
class Stripper {
 public:
  Stripper(std::string_view text, Blank blank) : text_(text), blank_(blank), out_(text) {}

  std::string run() {
    while (at_ < text_.size())
      step();
    return std::move(out_);
  }

 private:
  void step() {
    if (starts_with("//")) return erase_to(text_.find('\n', at_));
    if (starts_with("/*")) return erase_to(after("*/", at_ + 2));
    if (starts_with("R\"") && !is_word_before()) return pass_raw_string();
    if (text_[at_] == '"') return pass_literal();
    // Inside a number, ' separates digits.
    if (text_[at_] == '\'' && !is_word_before()) return pass_literal();
    ++at_;
  }

  [[nodiscard]] bool starts_with(std::string_view start) const {
    return text_.substr(at_).starts_with(start);
  }

  [[nodiscard]] bool is_word_before() const { return at_ > 0 && is_word_character(text_[at_ - 1]); }

  [[nodiscard]] std::size_t after(std::string_view end, std::size_t from) const {
    const std::size_t found = text_.find(end, from);
    return found == std::string_view::npos ? text_.size() : found + end.size();
  }

  void erase_to(std::size_t end) {
    end = std::min(end, text_.size());
    for (; at_ < end; ++at_) {
      if (text_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void pass_to(std::size_t end) {
    if (blank_ == Blank::CommentsAndLiterals) return erase_to(end);
    at_ = std::min(end, text_.size());
  }

  void pass_literal() {
    const char quote = text_[at_];
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    pass_to(end + 1);
  }

  void pass_raw_string() {
    const std::size_t open = std::min(text_.find('(', at_), text_.size());
    const std::string delimiter(text_.substr(at_ + 2, open - at_ - 2));
    pass_to(after(")" + delimiter + "\"", open));
  }

  std::string_view text_;
  Blank blank_;
  std::string out_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<SourceFile> read_source_tree(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (const std::string_view folder : kFolders) {
    if (std::filesystem::is_directory(root / folder)) read_folder(root, root / folder, files);
  }
  for (const std::string_view name : kRootFiles) {
    if (std::filesystem::exists(root / name)) {
      files.push_back({std::string(name), read_text(root / name)});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::string without_comments(std::string_view text) {
  return Stripper(text, Blank::Comments).run();
}

std::string without_comments_and_literals(std::string_view text) {
  return Stripper(text, Blank::CommentsAndLiterals).run();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !is_word_character(line[at - 1]);
    const bool ends = end == line.size() || !is_word_character(line[end]);
    if (starts && ends) return true;
  }
  return false;
}

}  // namespace troupe::architecture
