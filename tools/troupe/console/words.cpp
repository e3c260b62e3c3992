#include "tools/troupe/console/words.hpp"

#include <utility>

namespace troupe::tools {

namespace {

bool is_blank(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

/// Reads one word after the other.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : rest_(line) {}

  Answer<std::vector<std::string>> split() {
    for (; !rest_.empty(); rest_.remove_prefix(1)) {
      const char letter = rest_.front();
      if (quote_ == 0 && is_blank(letter)) {
        end_word();
      } else if (quote_ == 0 && letter == '#' && !is_in_word_) {
        break;
      } else {
        take(letter);
      }
    }
    if (quote_ != 0) {
      return refuse({ExitCode::Usage,
                     "open-quote",
                     "a quoted text has no end",
                     std::string("close it with ") + quote_});
    }
    end_word();
    return std::move(words_);
  }

 private:
  void take(char letter) {
    is_in_word_ = true;
    if (letter == '\\' && quote_ != '\'' && rest_.size() > 1) {
      rest_.remove_prefix(1);
      word_ += rest_.front();
    } else if (quote_ == letter) {
      quote_ = 0;
    } else if (quote_ == 0 && (letter == '\'' || letter == '"')) {
      quote_ = letter;
    } else {
      word_ += letter;
    }
  }

  void end_word() {
    if (is_in_word_) words_.push_back(std::exchange(word_, {}));
    is_in_word_ = false;
  }

  std::string_view rest_;
  std::vector<std::string> words_;
  std::string word_;
  char quote_ = 0;
  bool is_in_word_ = false;  // which may still be empty: ''
};

}  // namespace

Answer<std::vector<std::string>> split_words(std::string_view line) {
  return Splitter(line).split();
}

}  // namespace troupe::tools
