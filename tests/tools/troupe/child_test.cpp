#include "tools/troupe/child.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

namespace {

constexpr ChildStreams kNone{.input = false, .output = false};

}  // namespace

BOOST_AUTO_TEST_SUITE(child_test)

BOOST_AUTO_TEST_CASE(a_child_hands_back_its_exit_code) {
  BOOST_TEST(*run_child("/bin/true", {}, kNone) == 0);
  BOOST_TEST(*run_child("/bin/sh", {"-c", "exit 7"}, kNone) == 7);
}

BOOST_AUTO_TEST_CASE(a_child_that_a_signal_ends_says_which) {
  BOOST_TEST(*run_child("/bin/sh", {"-c", "kill -INT $$"}, kNone) == 128 + 2);
}

BOOST_AUTO_TEST_CASE(ctrl_c_is_for_the_child_and_its_parent_goes_on) {
  // The shell interrupts its parent, who would end if it heard that, and then itself.
  BOOST_TEST(*run_child("/bin/sh", {"-c", "kill -INT $PPID; kill -INT $$"}, kNone) == 128 + 2);
}

BOOST_AUTO_TEST_CASE(a_child_without_input_finds_its_end_at_once) {
  BOOST_TEST(*run_child("/bin/sh", {"-c", "read line || exit 3"}, kNone) == 3);
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_an_error_with_a_hint) {
  const auto code = run_child("/nowhere/troupe", {}, kNone);

  BOOST_TEST_REQUIRE(!code.ok());
  BOOST_TEST(code.error().code == "no-child");
}

BOOST_AUTO_TEST_CASE(global_options_are_handed_on) {
  Globals globals;
  globals.net = "demo";
  globals.node = "n2";
  globals.format = "json";
  globals.timeout = std::chrono::milliseconds(2500);
  globals.read_only = true;

  BOOST_TEST(global_words(globals) == (std::vector<std::string>{"--net",
                                                                "demo",
                                                                "--node",
                                                                "n2",
                                                                "--output",
                                                                "json",
                                                                "--timeout",
                                                                "2500ms",
                                                                "--read-only"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
