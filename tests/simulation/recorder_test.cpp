#include "tools/simulator/recorder.hpp"

#include <boost/test/unit_test.hpp>

#include "tools/simulator/diagram.hpp"

namespace troupe::simulator {

namespace {

Instant at(Duration::rep milliseconds) {
  return Instant{Duration{milliseconds * 1000}};
}

RecordedMessage message(std::size_t from,
                        std::size_t to,
                        Duration::rep sent,
                        Duration::rep arrives,
                        std::uint64_t view) {
  RecordedMessage one;
  one.at = at(sent);
  one.link = {from, to};
  one.kind = MessageKind::Notarize;
  one.view = view;
  one.arrivals = {at(arrives)};
  return one;
}

/// n1 to n2, n2 to n3, n3 to n4, one after the other; and what has nothing to do with it.
const std::vector<RecordedMessage> kMessages{message(0, 1, 10, 20, 6),
                                             message(1, 0, 15, 25, 6),
                                             message(1, 2, 30, 40, 7),
                                             message(0, 2, 31, 90, 7),
                                             message(2, 3, 50, 60, 7),
                                             message(0, 3, 51, 55, 2)};

}  // namespace

BOOST_AUTO_TEST_SUITE(recorder_test)

BOOST_AUTO_TEST_CASE(a_violation_names_its_node_and_its_view) {
  const Focus focus = focus_of("n3 signed two values in view 17", at(1));

  BOOST_TEST(focus.node == 2u);
  BOOST_TEST(focus.view.value_or(0) == 17u);
  BOOST_TEST(!focus_of("nothing became final", at(1)).view.has_value());
}

BOOST_AUTO_TEST_CASE(the_past_is_what_arrived_in_time_and_what_that_came_from) {
  const auto past = causal_past(kMessages, {3, at(70), 7});

  BOOST_TEST(past == (std::vector<std::size_t>{0, 2, 4}));
}

BOOST_AUTO_TEST_CASE(the_chain_is_the_last_link_of_each_step) {
  const auto chain = causal_chain(kMessages, {3, at(70), 7}, 16);
  const auto short_chain = causal_chain(kMessages, {3, at(70), 7}, 2);

  BOOST_TEST(chain == (std::vector<std::size_t>{0, 2, 4}));
  BOOST_TEST(short_chain == (std::vector<std::size_t>{2, 4}));
}

BOOST_AUTO_TEST_CASE(a_run_in_which_nothing_went_wrong_says_so) {
  BOOST_TEST(explain(Recorder{}, Outcome{}).front() == "Nothing went wrong.");
}

BOOST_AUTO_TEST_CASE(a_page_needs_nothing_else_and_escapes_what_it_shows) {
  Outcome outcome;
  outcome.violations.push_back({Verdict::Safety, "votes", "n1 <signed> two values", at(1)});

  const std::string page = draw_diagram(Recorder{}, outcome, {"a & b", 4, at(0), at(1000)});

  BOOST_TEST(page.starts_with("<!doctype html>"));
  BOOST_TEST(page.ends_with("</html>\n"));
  BOOST_TEST(page.find("a &amp; b") != std::string::npos);
  BOOST_TEST(page.find("n1 &lt;signed&gt;") != std::string::npos);
  BOOST_TEST(page.find("src=") == std::string::npos);
  BOOST_TEST(page.find("href=") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
