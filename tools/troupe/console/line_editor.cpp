#include "tools/troupe/console/line_editor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cwchar>
#include <deque>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/troupe/console/screen.hpp"

namespace troupe::tools {

namespace {

/// Lines that wait to be printed; older ones are counted only.
constexpr std::size_t kPostedMax = 500;
constexpr int kHistoryLines = 1000;
/// Candidates shown for one Tab.
constexpr std::size_t kCandidatesShown = 60;

constexpr const char* kPasteOn = "\033[?2004h";
constexpr const char* kPasteOff = "\033[?2004l";
constexpr const wchar_t* kPasteEnd = L"\033[201~";

/// Woken by the signal handler, which can reach nothing else.
int resize_wake_fd = -1;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
volatile std::sig_atomic_t is_resized = 0;

extern "C" void on_resize(int) {
  is_resized = 1;
  const std::uint64_t one = 1;
  static_cast<void>(!::write(resize_wake_fd, &one, sizeof one));
}

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// One character of UTF-8 from a descriptor: 1, or 0 at the end of input. Bytes that are none are
/// passed over.
int read_character(int fd, wchar_t* out) {
  std::mbstate_t state{};
  for (;;) {
    char byte = 0;
    const ssize_t size = ::read(fd, &byte, 1);
    if (size == 0) return 0;
    if (size < 0) {
      if (errno == EINTR) continue;
      return 0;
    }
    const std::size_t length = std::mbrtowc(out, &byte, 1, &state);
    if (length == static_cast<std::size_t>(-2)) continue;  // the rest of it follows
    if (length == static_cast<std::size_t>(-1)) {
      state = {};
      continue;
    }
    return 1;
  }
}

/// What all candidates have in common beyond what was typed.
std::string common_rest(const Completion& completion) {
  std::string common = completion.candidates.front();
  for (const std::string& candidate : completion.candidates) {
    const auto differs = std::ranges::mismatch(common, candidate).in1;
    common.erase(differs, common.end());
  }
  return common.size() <= completion.typed.size() ? std::string()
                                                  : common.substr(completion.typed.size());
}

}  // namespace

class LineEditor::State {
 public:
  State(fs::path history, Complete complete)
      : history_file_(std::move(history)),
        complete_(std::move(complete)),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        editor_(::el_init("troupe", stdin, stdout, stderr)),
        history_(::history_init()) {
    resize_wake_fd = wake_;

    struct sigaction resized {};

    resized.sa_handler = on_resize;
    resized.sa_flags = SA_RESTART;
    ::sigaction(SIGWINCH, &resized, nullptr);
    HistEvent event{};
    ::history(history_, &event, H_SETSIZE, kHistoryLines);
    ::history(history_, &event, H_SETUNIQUE, 1);
    ::history(history_, &event, H_LOAD, history_file_.c_str());
    set_up();
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    HistEvent event{};
    ::history(history_, &event, H_SAVE, history_file_.c_str());
    ::history_end(history_);
    ::el_end(editor_);
    std::signal(SIGWINCH, SIG_DFL);
    ::close(wake_);
  }

  std::optional<std::string> read(const std::function<std::string()>& prompt) {
    // libedit draws the prompt first and takes the keys from the terminal only then; what is typed
    // in between, the terminal keeps for itself: Ctrl-D and Ctrl-R would be lost.
    ::el_set(editor_, EL_PREP_TERM, 1);
    print_posted();
    prompt_source_ = prompt;
    prompt_ = prompt();
    std::fputs(kPasteOn, stdout);
    std::fflush(stdout);
    int count = 0;
    const char* line = ::el_gets(editor_, &count);
    std::fputs(kPasteOff, stdout);
    std::fflush(stdout);
    if (line == nullptr || count <= 0) return std::nullopt;
    std::string text(line, static_cast<std::size_t>(count));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
      text.pop_back();
    if (!text.empty()) {
      HistEvent event{};
      ::history(history_, &event, H_ENTER, text.c_str());
    }
    return text;
  }

  void post(std::string line) {
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(line));
      if (posted_.size() > kPostedMax) {
        posted_.pop_front();
        ++unshown_;
      }
    }
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_, &one, sizeof one));
  }

 private:
  static State* of(EditLine* editor) {
    void* data = nullptr;
    ::el_get(editor, EL_CLIENTDATA, &data);
    return static_cast<State*>(data);
  }

  void set_up() {
    ::el_set(editor_, EL_CLIENTDATA, this);
    ::el_set(editor_, EL_PROMPT, &State::on_prompt);
    ::el_set(editor_, EL_EDITOR, "emacs");
    ::el_set(editor_, EL_SIGNAL, 0);
    ::el_set(editor_, EL_HIST, ::history, history_);
    ::el_set(editor_, EL_GETCFN, &State::on_read);
    ::el_set(editor_, EL_ADDFN, "troupe-complete", "complete the word", &State::on_tab);
    ::el_set(editor_, EL_ADDFN, "troupe-clear", "clear the line", &State::on_clear);
    ::el_set(editor_, EL_ADDFN, "troupe-leave", "leave", &State::on_leave);
    ::el_set(editor_, EL_ADDFN, "troupe-paste", "paste as one line", &State::on_paste);
    ::el_set(editor_, EL_BIND, "^I", "troupe-complete", nullptr);
    ::el_set(editor_, EL_BIND, "^C", "troupe-clear", nullptr);
    ::el_set(editor_, EL_BIND, "^D", "troupe-leave", nullptr);
    ::el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    ::el_set(editor_, EL_BIND, "^Z", "ed-unassigned", nullptr);
    ::el_set(editor_, EL_BIND, "\033[200~", "troupe-paste", nullptr);
    // Ctrl-C is a key while a line is edited, and a signal while a command runs.
    ::el_set(editor_, EL_SETTY, "-d", "-isig", nullptr);
  }

  static char* on_prompt(EditLine* editor) { return of(editor)->prompt_.data(); }

  /// Waits for a key, and prints what was posted meanwhile.
  static int on_read(EditLine* editor, wchar_t* out) {
    State* self = of(editor);
    for (;;) {
      std::array<pollfd, 2> ready{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{self->wake_, POLLIN, 0}};
      if (::poll(ready.data(), ready.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return -1;
      }
      if (ready[1].revents != 0) self->on_wake();
      if (ready[0].revents != 0) return read_character(STDIN_FILENO, out);
    }
  }

  void on_wake() {
    std::uint64_t count = 0;
    static_cast<void>(!::read(wake_, &count, sizeof count));
    if (is_resized != 0) {
      is_resized = 0;
      ::el_resize(editor_);
    }
    lift();
    print_posted();
    prompt_ = prompt_source_();
    ::el_set(editor_, EL_REFRESH);
  }

  /// Wipes prompt and line, from the prompt's row downwards; the next refresh draws them anew.
  void lift() {
    const LineInfo* line = ::el_line(editor_);
    const std::string typed(line->buffer, line->cursor);
    const std::size_t up = rows_above(prompt_ + typed, terminal_columns());
    if (up > 0) std::printf("\033[%zuA", up);
    std::printf("\r\033[J");
  }

  void print_posted() {
    std::deque<std::string> lines;
    std::uint64_t unshown = 0;
    {
      const std::lock_guard lock(mutex_);
      lines.swap(posted_);
      unshown = std::exchange(unshown_, 0);
    }
    if (unshown > 0) std::printf("(%llu more)\n", static_cast<unsigned long long>(unshown));
    for (const std::string& line : lines)
      std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  static unsigned char on_tab(EditLine* editor, int) {
    State* self = of(editor);
    const LineInfo* line = ::el_line(editor);
    const Completion completion = self->complete_(std::string(line->buffer, line->cursor));
    if (completion.candidates.empty()) return CC_REFRESH_BEEP;
    std::string rest = common_rest(completion);
    if (completion.candidates.size() == 1) rest += ' ';
    if (!rest.empty()) {
      ::el_insertstr(editor, rest.c_str());
    } else {
      self->show(completion.candidates);
    }
    return CC_REFRESH;
  }

  void show(const std::vector<std::string>& candidates) {
    lift();
    const std::size_t shown = std::min(candidates.size(), kCandidatesShown);
    const std::size_t columns = terminal_columns();
    std::string row;
    for (std::size_t i = 0; i < shown; ++i) {
      if (!row.empty() && row.size() + candidates[i].size() + 2 > columns) {
        std::printf("%s\n", std::exchange(row, {}).c_str());
      }
      row += (row.empty() ? "" : "  ") + candidates[i];
    }
    std::printf("%s\n", row.c_str());
    if (candidates.size() > shown) std::printf("(%zu more)\n", candidates.size() - shown);
    std::fflush(stdout);
    ::el_set(editor_, EL_REFRESH);
  }

  static unsigned char on_clear(EditLine* editor, int) {
    const LineInfoW* line = ::el_wline(editor);
    const auto after = static_cast<int>(line->lastchar - line->cursor);
    const auto length = static_cast<int>(line->lastchar - line->buffer);
    ::el_cursor(editor, after);
    ::el_set(editor, EL_REFRESH);
    std::printf("^C\n");
    std::fflush(stdout);
    // Deleting more than is there would delete nothing.
    if (length > 0) ::el_deletestr(editor, length);
    ::el_set(editor, EL_REFRESH);
    return CC_NORM;
  }

  static unsigned char on_leave(EditLine* editor, int) {
    const LineInfoW* line = ::el_wline(editor);
    if (line->lastchar == line->buffer) return CC_EOF;
    return CC_REFRESH_BEEP;
  }

  /// What is pasted becomes part of the line, whatever it holds: it runs nothing by itself.
  static unsigned char on_paste(EditLine* editor, int) {
    const std::wstring_view end = kPasteEnd;
    std::wstring text;
    wchar_t letter = 0;
    while (!text.ends_with(end) && ::el_wgetc(editor, &letter) == 1)
      text.push_back(letter);
    if (text.ends_with(end)) text.resize(text.size() - end.size());
    std::ranges::replace_if(
        text, [](wchar_t one) { return one < L' ' || one == L'\x7f'; }, L' ');
    if (!text.empty()) ::el_winsertstr(editor, text.c_str());
    return CC_REFRESH;
  }

  fs::path history_file_;
  Complete complete_;
  int wake_;
  EditLine* editor_;
  History* history_;
  std::function<std::string()> prompt_source_;
  std::string prompt_;
  std::mutex mutex_;  // of what follows
  std::deque<std::string> posted_;
  std::uint64_t unshown_ = 0;
};

LineEditor::LineEditor(fs::path history, Complete complete)
    : state_(std::make_unique<State>(std::move(history), std::move(complete))) {}

LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read(const std::function<std::string()>& prompt) {
  return state_->read(prompt);
}

void LineEditor::post(std::string line) {
  state_->post(std::move(line));
}

}  // namespace troupe::tools
