#include "tools/troupe/console/console.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

/// A stage on which every verb ends like this program: /bin/true or /bin/false.
struct Bench {
  Stage stage;

  Answer<Report> run(const std::string& program, const std::vector<std::string>& commands) {
    auto context = stage.context();
    context.program = program;
    return run_console(context, {"", commands});
  }

  /// The exit code of a session.
  int code(const std::string& program, const std::vector<std::string>& commands) {
    const auto report = run(program, commands);
    BOOST_TEST_REQUIRE(report.ok());
    BOOST_TEST_REQUIRE(report->said.has_value());
    return static_cast<int>(*report->said);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(console_test)

BOOST_AUTO_TEST_CASE(commands_run_one_after_the_other_and_the_first_failure_is_the_end) {
  Bench bench;

  BOOST_TEST(bench.code("/bin/true", {"status", "votes"}) == 0);
  BOOST_TEST(bench.code("/bin/false", {"status"}) == 1);
  BOOST_TEST(bench.code("/bin/false", {"exit", "status"}) == 0);
  BOOST_TEST(bench.code("/bin/false", {"# a remark", "", "exit"}) == 0);
}

BOOST_AUTO_TEST_CASE(the_consoles_own_commands_say_what_they_need) {
  Bench bench;
  const int usage = static_cast<int>(ExitCode::Usage);

  for (const char* line : {"use",
                           "events",
                           "events weather",
                           "events messages a:b:c",
                           "events blocks",
                           "every status",
                           "every soon status",
                           "console",
                           "note 'open"}) {
    BOOST_TEST(bench.code("/bin/true", {line}) == usage, line);
  }
}

BOOST_AUTO_TEST_CASE(another_node_is_used_from_then_on_and_an_unknown_one_is_not) {
  Bench bench;

  BOOST_TEST(bench.code("/bin/true", {"use n2", "votes"}) == 0);
  BOOST_TEST(bench.code("/bin/true", {"use n9"}) == static_cast<int>(ExitCode::NotFound));
}

BOOST_AUTO_TEST_CASE(a_command_that_is_repeated_ends_with_the_interrupt_that_ends_it) {
  Bench bench;

  // The verb interrupts itself as Ctrl-C would.
  const fs::path program = bench.stage.folder.path() / "interrupted";
  BOOST_TEST_REQUIRE(create_file(program, "#!/bin/sh\nkill -INT $$\n").ok());
  fs::permissions(program, fs::perms::owner_all);

  BOOST_TEST(bench.code(program.string(), {"every 1s status"}) == 0);
}

BOOST_AUTO_TEST_CASE(without_a_running_node_there_is_nothing_to_attach_to) {
  Bench bench;
  bench.stage.n1.kill();

  const auto report = bench.run("/bin/true", {"status"});

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_CHECK(report.error().exit == ExitCode::Unreachable);
  BOOST_TEST(report.error().hint.find("troupe up") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
