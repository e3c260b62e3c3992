#include "protocol/base/invariant.hpp"

#include <csignal>
#include <functional>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/base/result.hpp"

namespace troupe {

namespace {

// Runs the action in a child process of its own and says which signal ended it, or 0 for none.
// The child closes stderr, so that an expected report does not look like a failure in the log.
int signal_of(const std::function<void()>& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    ::close(STDERR_FILENO);
    action();
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(invariant_test)

BOOST_AUTO_TEST_CASE(a_true_invariant_costs_nothing) {
  BOOST_TEST(signal_of([] { INVARIANT(1 + 1 == 2); }) == 0);
}

BOOST_AUTO_TEST_CASE(a_broken_invariant_aborts_in_every_build) {
  BOOST_TEST(signal_of([] { INVARIANT(1 + 1 == 3); }) == SIGABRT);
}

BOOST_AUTO_TEST_CASE(an_invariant_evaluates_its_condition_once) {
  int evaluations = 0;

  INVARIANT(++evaluations > 0);

  BOOST_TEST(evaluations == 1);
}

BOOST_AUTO_TEST_CASE(asking_a_failure_for_its_value_is_a_bug_and_aborts) {
  const Result<int, char> failed(failure('x'));
  const Result<int, char> succeeded(1);

  BOOST_TEST(signal_of([&] { (void)failed.value(); }) == SIGABRT);
  BOOST_TEST(signal_of([&] { (void)succeeded.error(); }) == SIGABRT);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe
