#include "tools/troupe/explain.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(explain_test)

BOOST_AUTO_TEST_CASE(the_facts_of_all_nodes_are_gathered_those_of_stopped_ones_too) {
  Stage stage;
  stage.ledger.facts.view_age_ms = 77;
  auto context = stage.context();

  const auto facts = gather_facts(context, stage.net);

  BOOST_TEST_REQUIRE(facts.ok());
  BOOST_TEST(facts->quorum == 3u);
  BOOST_TEST(facts->validators.size() == 4u);
  BOOST_TEST_REQUIRE(facts->nodes.size() == 4u);
  BOOST_CHECK(facts->nodes[0].state == NodeState::Answering);
  BOOST_TEST(facts->nodes[0].facts.view_age_ms == 77u);
  BOOST_CHECK(facts->nodes[1].state == NodeState::Stopped);
}

BOOST_AUTO_TEST_CASE(a_halt_is_no_quorum_with_the_cause_as_its_code) {
  Stage stage;
  auto context = stage.context();

  const auto report = run_explain(context, "halt");

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("halted") == true);
  BOOST_TEST_REQUIRE(report->problem.has_value());
  BOOST_CHECK(report->problem->exit == ExitCode::NoQuorum);
  BOOST_TEST(report->problem->code == report->fields.at("cause").get<std::string>());
  BOOST_TEST(report->problem->message.find("n2 is stopped") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_a_halt_can_be_explained) {
  Stage stage;
  auto context = stage.context();

  const auto report = run_explain(context, "life");

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_CHECK(report.error().exit == ExitCode::Usage);
}

BOOST_AUTO_TEST_CASE(the_last_words_of_a_node_are_those_of_its_last_life) {
  const std::string start = "2026-01-01T00:00:00.000 I node: n1 starts at height 7\n";
  const std::string stop = "2026-01-01T00:00:01.000 E node: stops: the disk is full (disk-full)\n";

  BOOST_TEST(last_words_of(start + stop) == "the disk is full (disk-full)");
  BOOST_TEST(last_words_of(start + stop + start).empty());
  BOOST_TEST(last_words_of(start).empty());
  BOOST_TEST(last_words_of("").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
