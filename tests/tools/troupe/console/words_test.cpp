#include "tools/troupe/console/words.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
  const auto words = split_words(line);
  BOOST_TEST_REQUIRE(words.ok());
  return *words;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(words_test)

BOOST_AUTO_TEST_CASE(words_are_split_at_blanks_and_kept_together_by_quotes) {
  BOOST_TEST(split("  record put  k v ") == (Words{"record", "put", "k", "v"}),
             boost::test_tools::per_element());
  BOOST_TEST(split("note 'two words' \"and 'more'\"") == (Words{"note", "two words", "and 'more'"}),
             boost::test_tools::per_element());
  BOOST_TEST(split("a\\ b '\\' ''") == (Words{"a b", "\\", ""}), boost::test_tools::per_element());
  BOOST_TEST(split("owner='alice b'c") == (Words{"owner=alice bc"}),
             boost::test_tools::per_element());
  BOOST_TEST(split("").empty());
}

BOOST_AUTO_TEST_CASE(a_remark_is_no_word) {
  BOOST_TEST(split("status # how is it").size() == 1u);
  BOOST_TEST(split("# nothing").empty());
  BOOST_TEST(split("note a#b") == (Words{"note", "a#b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_quote_that_is_never_closed_is_an_error) {
  for (const char* line : {"note 'open", "note \"open", "note \"a\\\""}) {
    const auto words = split_words(line);
    BOOST_TEST_REQUIRE(!words.ok());
    BOOST_TEST(words.error().code == "open-quote");
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_expanded) {
  BOOST_TEST(split("note $HOME `id` *") == (Words{"note", "$HOME", "`id`", "*"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
