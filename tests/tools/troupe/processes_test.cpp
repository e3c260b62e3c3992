#include "tools/troupe/processes.hpp"

#include <boost/test/unit_test.hpp>
#include <signal.h>
#include <sys/stat.h>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

using std::chrono::milliseconds;

/// A shell script in the place of the program: `sh` runs it with the words a node is started with.
StartRequest script(const support::TemporaryFolder& folder, const std::string& body) {
  const fs::path program = folder.path() / "program";
  BOOST_REQUIRE(create_file(program, "#!/bin/sh\n" + body).ok());
  BOOST_REQUIRE(::chmod(program.c_str(), 0700) == 0);
  return {"n1", program, folder.path() / "config.toml", folder.path() / "node.log"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(processes_test)

BOOST_AUTO_TEST_CASE(a_node_runs_exactly_as_long_as_its_process_holds_the_lock) {
  const support::TemporaryFolder folder;
  BOOST_TEST((find_process(folder.path()).state == ProcessState::Stopped));

  LockHolder node(folder.path());
  BOOST_TEST((find_process(folder.path()).state == ProcessState::Running));
  BOOST_TEST(find_process(folder.path()).pid == node.pid());

  node.kill();
  BOOST_TEST((find_process(folder.path()).state == ProcessState::Stopped));
  BOOST_TEST(fs::exists(folder.path() / "node.lock"));
}

BOOST_AUTO_TEST_CASE(a_second_process_does_not_get_the_lock_and_hears_who_has_it) {
  const support::TemporaryFolder folder;
  const LockHolder first(folder.path());

  const LockHolder second(folder.path());
  const auto taken = take_node_lock(folder.path(), "n1");

  BOOST_TEST(!second.is_holding());
  BOOST_TEST_REQUIRE(!taken.ok());
  BOOST_TEST(taken.error().code == "already-running");
  BOOST_TEST(taken.error().message.find(std::to_string(first.pid())) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_paused_node_is_told_from_a_running_one) {
  const support::TemporaryFolder folder;
  const LockHolder node(folder.path());

  BOOST_TEST(signal_node(folder.path(), SIGSTOP));
  ::waitpid(node.pid(), nullptr, WUNTRACED);
  BOOST_TEST((find_process(folder.path()).state == ProcessState::Paused));

  BOOST_TEST(signal_node(folder.path(), SIGCONT));
  ::waitpid(node.pid(), nullptr, WCONTINUED);
  BOOST_TEST((find_process(folder.path()).state == ProcessState::Running));
}

BOOST_AUTO_TEST_CASE(stopping_tells_what_became_of_each_node) {
  const support::TemporaryFolder running;
  const support::TemporaryFolder absent;
  const LockHolder node(running.path());

  const auto outcomes = stop_nodes({running.path(), absent.path()}, milliseconds(5000));

  BOOST_TEST((outcomes[0] == StopOutcome::Stopped));
  BOOST_TEST((outcomes[1] == StopOutcome::NotRunning));
  BOOST_TEST(!signal_node(absent.path(), SIGTERM));
}

BOOST_AUTO_TEST_CASE(a_started_node_reports_each_stage_on_its_pipe) {
  const support::TemporaryFolder folder;
  const auto request =
      script(folder, "echo 'listening a' >&3\necho 'ready a' >&3\nexec cat <&- >/dev/null\n");

  const auto results = start_nodes({request}, StartStage::Ready, milliseconds(10'000));

  BOOST_TEST((results[0].stage == StartStage::Ready));
  BOOST_TEST(results[0].address == "a");
  BOOST_TEST(results[0].pid > 0);
  ::waitpid(results[0].pid, nullptr, 0);
}

BOOST_AUTO_TEST_CASE(a_node_that_says_why_it_ends_is_quoted) {
  const support::TemporaryFolder folder;
  const auto request =
      script(folder, "printf 'error busy-port\\tport 1 is taken\\tstop it\\n' >&3\nexit 3\n");

  const auto result = start_nodes({request}, StartStage::Ready, milliseconds(10'000))[0];

  BOOST_TEST((result.stage == StartStage::Failed));
  BOOST_TEST_REQUIRE(result.error.has_value());
  BOOST_TEST(result.error->code == "busy-port");
  BOOST_TEST(result.error->message == "node n1: port 1 is taken");
  BOOST_TEST(result.error->hint == "stop it");
  ::waitpid(result.pid, nullptr, 0);
}

BOOST_AUTO_TEST_CASE(a_node_that_ends_without_a_word_is_quoted_from_its_log) {
  const support::TemporaryFolder folder;
  const auto request = script(folder, "echo first >&2\necho last words >&2\nexit 1\n");

  const auto result = start_nodes({request}, StartStage::Ready, milliseconds(10'000))[0];

  BOOST_TEST_REQUIRE(result.error.has_value());
  BOOST_TEST(result.error->message.find("last words") != std::string::npos);
  ::waitpid(result.pid, nullptr, 0);
}

BOOST_AUTO_TEST_CASE(a_program_that_cannot_be_started_is_a_failed_node) {
  const support::TemporaryFolder folder;
  const StartRequest request{
      "n1", folder.path() / "missing", folder.path() / "c", folder.path() / "node.log"};

  const auto result = start_nodes({request}, StartStage::Ready, milliseconds(10'000))[0];

  BOOST_TEST((result.stage == StartStage::Failed));
  ::waitpid(result.pid, nullptr, 0);
}

BOOST_AUTO_TEST_CASE(a_node_inherits_no_descriptor_but_its_own) {
  const support::TemporaryFolder folder;
  const fs::path list = folder.path() / "list";
  const auto request =
      script(folder, "ls /proc/$$/fd > " + list.string() + "\necho 'ready a' >&3\n");
  const int extra = ::dup(STDIN_FILENO);

  const auto result = start_nodes({request}, StartStage::Ready, milliseconds(10'000))[0];
  ::waitpid(result.pid, nullptr, 0);
  ::close(extra);

  // 0 to 3, the script that the shell reads, and the list itself while ls writes it.
  const std::string descriptors = *read_file(list);
  BOOST_TEST(descriptors.starts_with("0\n1\n"));
  BOOST_TEST(std::count(descriptors.begin(), descriptors.end(), '\n') <= 6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
