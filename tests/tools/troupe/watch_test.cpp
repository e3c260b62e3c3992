#include "tools/troupe/watch.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

NetFacts seven_nodes() {
  NetFacts facts;
  facts.quorum = 5;
  for (int i = 1; i <= 7; ++i) {
    NodeFacts node;
    node.name = "n" + std::to_string(i);
    facts.validators.push_back(node.name);
    if (i <= 4) {
      node.state = NodeState::Answering;
      node.status.role = "validator";
      node.status.height = 1'234'567;
      node.status.last_vote = "finalize 1234570";
      node.facts.votes.view = 1'234'571;
      node.facts.votes.leader = "n2";
      for (const std::string name : {"n1", "n2", "n3", "n4", "n5", "n6", "n7"}) {
        actors::VoteReport vote;
        vote.validator = name;
        vote.notarize = name == "n2";
        node.facts.votes.votes.push_back(vote);
      }
    }
    facts.nodes.push_back(node);
  }
  return facts;
}

bool shows(const std::vector<std::string>& screen, const std::string& text) {
  return std::ranges::any_of(
      screen, [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(watch_test)

BOOST_AUTO_TEST_CASE(a_screen_shows_why_nothing_is_decided_nodes_and_votes) {
  const auto screen = screen_of("demo", seven_nodes(), 80, 40);

  BOOST_TEST(shows(screen, "net demo   HALTED   quorum 5 of 7"));
  BOOST_TEST(shows(screen, "n7 is stopped"));
  BOOST_TEST(shows(screen, "fix: "));
  BOOST_TEST(shows(screen, "n1      validator   1234567"));
  BOOST_TEST(shows(screen, "n5      stopped"));
  BOOST_TEST(shows(screen, "view 1234571 of leader n2"));
  BOOST_TEST(shows(screen, "n2         -         yes"));
}

BOOST_AUTO_TEST_CASE(a_screen_says_on_whose_disk_something_was_altered) {
  NetFacts facts = seven_nodes();
  BOOST_TEST(!shows(screen_of("demo", facts, 80, 40), "ALTERED"));
  facts.nodes[1].status.damaged = 3;
  facts.nodes[1].status.repaired = 2;
  facts.nodes[1].status.quarantined = 1;

  BOOST_TEST(shows(screen_of("demo", facts, 80, 40),
                   "ALTERED DATA on n2: 3 found, 2 mended, 1 in quarantine"));
}

BOOST_AUTO_TEST_CASE(a_screen_fits_the_terminal_whatever_its_size) {
  for (const std::size_t columns : {20u, 80u, 200u}) {
    for (const std::size_t rows : {1u, 10u, 24u}) {
      const auto screen = screen_of("demo", seven_nodes(), columns, rows);
      BOOST_TEST(screen.size() <= rows);
      for (const std::string& line : screen)
        BOOST_TEST(line.size() <= columns);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_terminal_nothing_is_drawn) {
  Stage stage;
  auto context = stage.context();

  const auto report = run_watch(context);

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_TEST(report.error().code == "no-terminal");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
