#include "tools/scenario/text.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::scenario {

namespace {

using namespace std::chrono_literals;

template <class T>
std::string why_not(const Parsed<T>& parsed) {
  return parsed.ok() ? "it is one" : parsed.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(durations_have_a_unit) {
  BOOST_TEST((*parse_duration("250ms") == Duration(250ms)));
  BOOST_TEST((*parse_duration("1.5s") == Duration(1500ms)));
  BOOST_TEST((*parse_duration("72h") == Duration(72h)));
  BOOST_TEST((*parse_duration("-30s", Sign::Either) == Duration(-30s)));

  BOOST_TEST(why_not(parse_duration("5")) == "'5' has no unit");
  BOOST_TEST(why_not(parse_duration("5sec")) == "'sec' is no unit");
  BOOST_TEST(why_not(parse_duration("")) == "'' does not begin with a number");
  BOOST_TEST(why_not(parse_duration("-1s")) == "'-1s' is negative");
  BOOST_TEST(why_not(parse_duration("0.5us")) == "'0.5us' is no whole number of 'us'");
  BOOST_TEST(why_not(parse_duration("99999h")) == "'99999h' is longer than a year");
}

BOOST_AUTO_TEST_CASE(durations_are_written_in_the_greatest_unit_that_divides) {
  BOOST_TEST(format(Duration(0)) == "0us");
  BOOST_TEST(format(Duration(90s)) == "90s");
  BOOST_TEST(format(Duration(120s)) == "2m");
  BOOST_TEST(format(Duration(-1500ms)) == "-1500ms");
}

BOOST_AUTO_TEST_CASE(counts_may_depend_on_the_size_of_the_network) {
  BOOST_TEST(parse_count("3")->of(4) == 3u);
  BOOST_TEST(parse_count("f+2")->of(4) == 3u);
  BOOST_TEST(parse_count("f")->of(3) == 0u);
  BOOST_TEST(parse_count("n-1")->of(7) == 6u);
  BOOST_TEST(parse_count("f-4")->of(4) == 0u);
  BOOST_TEST(format(*parse_count("f+2")) == "f+2");

  for (const char* text : {"", "g", "f2", "f+", "-1", "3.5", "99999999999999999999"})
    BOOST_TEST(!parse_count(text).ok(), text);
}

BOOST_AUTO_TEST_CASE(ratios_and_rates_are_what_they_say) {
  BOOST_TEST(parse_ratio("5%")->share == 0.05);
  BOOST_TEST(parse_size("64KiB")->bytes == 65536u);
  BOOST_TEST(parse_byte_rate("1MiB/s")->bytes == 1048576u);
  BOOST_TEST((*parse_load_rate("2x capacity") == LoadRate{2, true}));

  BOOST_TEST(!parse_ratio("5").ok());
  BOOST_TEST(!parse_ratio("101%").ok());
  BOOST_TEST(!parse_size("64KB").ok());
  BOOST_TEST(!parse_byte_rate("1MiB").ok());
  BOOST_TEST(!parse_byte_rate("0B/s").ok());
  BOOST_TEST(!parse_load_rate("-1x capacity").ok());
}

BOOST_AUTO_TEST_CASE(selectors_say_which_nodes) {
  for (const char* text :
       {"all", "each", "leader", "leader+1", "any(2)", "any(f)", "byz", "not n1,n2", "n12"})
    BOOST_TEST(format(*parse_selector(text)) == text);

  for (const char* text : {"",
                           "n0",
                           "n01",
                           "n",
                           "leader+",
                           "leader-1",
                           "any",
                           "any()",
                           "any(x)",
                           "not",
                           "not x",
                           "ALL"})
    BOOST_TEST(!parse_selector(text).ok(), text);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_fault_may_be_that_of_its_last_repetition) {
  BOOST_TEST((*parse_fault_end("k.last") == FaultEnd{"k", true}));
  BOOST_TEST((*parse_fault_end("k") == FaultEnd{"k", false}));

  for (const char* text : {"", ".last", "k.first", "a b"})
    BOOST_TEST(!parse_fault_end(text).ok(), text);
}

BOOST_AUTO_TEST_CASE(masks_are_drawn_or_enumerated) {
  BOOST_TEST((*parse_masks("enumerate(rounds=3)") == Masks{Masks::Order::Enumerate, 3}));

  for (const char* text : {"", "enumerate", "enumerate(3)", "random(rounds=0)", "all(rounds=3)"})
    BOOST_TEST(!parse_masks(text).ok(), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::scenario
