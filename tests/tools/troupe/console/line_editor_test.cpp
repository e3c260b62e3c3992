#include "tools/troupe/console/line_editor.hpp"

#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace troupe::tools {

namespace {

/// What the editor completes in these tests.
Completion complete(const std::string& line) {
  Completion completion;
  completion.typed = line;
  for (const std::string word : {"status", "stop", "votes"}) {
    if (word.starts_with(line)) completion.candidates.push_back(word);
  }
  return completion;
}

/// Reads lines until the end and prints each as <line>; posts what the pipe tells.
int play(const fs::path& history, int posts) {
  std::setlocale(LC_ALL, "C.UTF-8");
  auto editor = std::make_unique<LineEditor>(history, complete);
  std::thread([&editor, posts] {
    for (char word = 0; ::read(posts, &word, 1) == 1;)
      editor->post(std::string("posted-") + word);
  }).detach();
  while (const auto line = editor->read([] { return std::string("> "); }))
    std::printf("<%s>\n", line->c_str());
  editor.reset();  // keeps the history
  std::printf("bye\n");
  std::fflush(stdout);
  return 0;
}

/// An editor at a terminal of 80 columns, played by a process of its own.
class Terminal {
 public:
  explicit Terminal(const fs::path& history) {
    std::array<int, 2> posts{};
    BOOST_TEST_REQUIRE(::pipe(posts.data()) == 0);
    winsize size{};
    size.ws_row = 24;
    size.ws_col = 80;
    pid_ = ::forkpty(&fd_, nullptr, nullptr, &size);
    BOOST_TEST_REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::setenv("TERM", "xterm", 1);
      ::close(posts[1]);
      ::_exit(play(history, posts[0]));
    }
    ::close(posts[0]);
    posts_ = posts[1];
    wait_for("> ");
  }

  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  ~Terminal() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(fd_);
    ::close(posts_);
  }

  void type(const std::string& keys) const {
    BOOST_TEST_REQUIRE(::write(fd_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
  }

  void post(char word) const { BOOST_TEST_REQUIRE(::write(posts_, &word, 1) == 1); }

  /// Waits until this is printed; returns everything printed since the last call, up to its end.
  std::string wait_for(const std::string& text) {
    for (;;) {
      const std::size_t found = printed_.find(text);
      if (found != std::string::npos) {
        std::string until = printed_.substr(0, found + text.size());
        printed_.erase(0, found + text.size());
        return until;
      }
      pollfd ready{fd_, POLLIN, 0};
      std::array<char, 4096> chunk{};
      const bool came = ::poll(&ready, 1, 30'000) == 1;
      const ssize_t size = came ? ::read(fd_, chunk.data(), chunk.size()) : 0;
      BOOST_TEST_REQUIRE(size > 0, "'" << text << "' never came; there is: " << printed_);
      printed_.append(chunk.data(), static_cast<std::size_t>(size));
    }
  }

  int exit_code() const {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  int fd_ = -1;
  int posts_ = -1;
  pid_t pid_ = 0;
  std::string printed_;
};

struct Bench {
  support::TemporaryFolder folder;
  Terminal terminal{folder.path() / "history"};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(line_editor_test)

BOOST_AUTO_TEST_CASE(a_typed_line_is_read_as_it_was_typed) {
  Bench bench;

  bench.terminal.type("grün 漢\r");

  bench.terminal.wait_for("<grün 漢>");
}

BOOST_AUTO_TEST_CASE(what_is_posted_stands_above_the_half_typed_line_and_leaves_it_alone) {
  Bench bench;

  bench.terminal.type("record put");
  bench.terminal.wait_for("put");
  bench.terminal.post('a');
  const std::string redrawn = bench.terminal.wait_for("> record put");
  BOOST_TEST(redrawn.find("posted-a\r\n") != std::string::npos);

  bench.terminal.type(" key\r");
  bench.terminal.wait_for("<record put key>");
}

BOOST_AUTO_TEST_CASE(ctrl_c_clears_the_line_and_ctrl_d_leaves_only_an_empty_one) {
  Bench bench;

  bench.terminal.type("half a line");
  bench.terminal.wait_for("line");
  bench.terminal.type("\x04");
  bench.terminal.type("\x03");
  bench.terminal.wait_for("^C");
  bench.terminal.type("other\r");
  bench.terminal.wait_for("<other>");

  bench.terminal.type("\x04");
  bench.terminal.wait_for("bye");
  BOOST_TEST(bench.terminal.exit_code() == 0);
}

BOOST_AUTO_TEST_CASE(tab_completes_what_is_common_and_lists_the_rest) {
  Bench bench;

  bench.terminal.type("s\tx\x08");
  bench.terminal.type("\t");
  const std::string listed = bench.terminal.wait_for("stop");
  BOOST_TEST(listed.find("status") != std::string::npos);

  bench.terminal.type("a\t\r");
  bench.terminal.wait_for("<status >");
}

BOOST_AUTO_TEST_CASE(what_is_pasted_runs_nothing_by_itself) {
  Bench bench;

  bench.terminal.type("\x1b[200~one\rtwo\tthree\x1b[201~ four\r");

  bench.terminal.wait_for("<one two three four>");
}

BOOST_AUTO_TEST_CASE(earlier_lines_are_found_again_in_a_later_session) {
  support::TemporaryFolder folder;
  {
    Terminal terminal(folder.path() / "history");
    terminal.type("a line to find\r");
    terminal.wait_for("<a line to find>");
    terminal.type("\x04");
    terminal.wait_for("bye");
    BOOST_TEST(terminal.exit_code() == 0);
  }
  Terminal later(folder.path() / "history");

  later.type("\x12to find");
  later.wait_for("a line to find");
  later.type("\r");
  later.wait_for("<a line to find>");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
