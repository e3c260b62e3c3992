#include "tools/suggest.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(suggest_test)

BOOST_AUTO_TEST_CASE(a_typing_error_leads_to_the_word_that_was_meant) {
  const std::vector<std::string> verbs = {"status", "record", "restart"};

  BOOST_TEST(nearest("statsu", verbs).value_or("") == "status");
  BOOST_TEST(nearest("recrod", verbs).value_or("") == "record");
  BOOST_TEST(nearest("restat", verbs).value_or("") == "restart");
}

BOOST_AUTO_TEST_CASE(a_word_that_is_like_none_leads_nowhere) {
  BOOST_TEST(!nearest("xyzzy", {"status", "record"}).has_value());
  BOOST_TEST(!nearest("", {"up"}).has_value());
  BOOST_TEST(!nearest("status", {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
