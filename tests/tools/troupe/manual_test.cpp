#include "tools/troupe/manual.hpp"

#include <CLI/CLI.hpp>
#include <boost/test/unit_test.hpp>

#include "tools/troupe/grammar.hpp"

namespace troupe::tools {

namespace {

struct Bench {
  Chosen chosen;
  CLI::App grammar{"", "troupe"};

  Bench() { add_grammar(grammar, chosen); }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(manual_test)

BOOST_AUTO_TEST_CASE(the_page_names_every_command_with_its_words_and_options) {
  const Bench bench;

  const std::string page = manual_page(bench.grammar, "1.2.3");

  BOOST_TEST(has(page, "troupe 1.2.3"));
  BOOST_TEST(has(page, ".SS \"troupe record put key value\"\nwrite a record."));
  BOOST_TEST(has(page, ".SS \"troupe votes [view]\""));
  BOOST_TEST(has(page, "\\-\\-read\\-only"));
  BOOST_TEST(!has(page, ".SS \"troupe record\""));  // a noun is no command
}

BOOST_AUTO_TEST_CASE(the_scripts_know_every_command) {
  const Bench bench;

  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(bench.grammar, shell);
    BOOST_TEST_REQUIRE(script.ok());
    BOOST_TEST(has(*script, "' record put'"), shell);
    BOOST_TEST(has(*script, "timeout"), shell);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_shell_is_refused_with_those_that_are_known) {
  const Bench bench;

  const auto script = completion_script(bench.grammar, "tcsh");

  BOOST_TEST_REQUIRE(!script.ok());
  BOOST_CHECK(script.error().exit == ExitCode::Usage);
  BOOST_TEST(has(script.error().hint, "fish"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
