#include "tools/troupe/explain.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"
#include "tools/troupe/fault_book.hpp"
#include "tools/troupe/submit.hpp"

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

  const auto report = run_explain(context, {"halt", ""});

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("halted") == true);
  BOOST_TEST_REQUIRE(report->problem.has_value());
  BOOST_CHECK(report->problem->exit == ExitCode::NoQuorum);
  BOOST_TEST(report->problem->code == report->fields.at("cause").get<std::string>());
  BOOST_TEST(report->problem->message.find("n2 is stopped") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_a_halt_a_transaction_or_a_fault_can_be_explained) {
  Stage stage;
  auto context = stage.context();

  for (const ExplainOptions& options : std::vector<ExplainOptions>{
           {"life", ""}, {"tx", ""}, {"fault", ""}, {"halt", "f1"}, {"life", "f1"}}) {
    const auto report = run_explain(context, options);
    BOOST_TEST_REQUIRE(!report.ok());
    BOOST_CHECK(report.error().exit == ExitCode::Usage);
  }
  BOOST_TEST(run_explain(context, {"tx", "12"}).error().code == "bad-id");
  BOOST_TEST(run_explain(context, {"fault", "f1"}).error().code == "no-fault");
}

BOOST_AUTO_TEST_CASE(a_transaction_that_is_final_is_explained_by_its_block_and_its_effect) {
  Stage stage;
  const auto account = load_author(stage.context(), stage.net, "alice");
  BOOST_TEST_REQUIRE(account.ok());
  const auto transaction = make_transaction(*account, {ledger::Note{{1}}}, 1);
  stage.ledger.transactions.push_back(transaction);
  auto context = stage.context();

  const auto report = run_explain(context, {"tx", transaction.id().hex()});

  BOOST_TEST_REQUIRE(report.ok());
  const auto sentence = report->fields.at("sentence").get<std::string>();
  BOOST_TEST(sentence.find("is final in height 10") != std::string::npos);
  BOOST_TEST(sentence.find("signed by n1 n2 n4, and took effect") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(
    a_transaction_that_waits_is_explained_by_who_holds_it_and_why_nothing_is_decided) {
  Stage stage;
  const std::string id(64, 'a');
  stage.ledger.waiting = "sealed";
  auto context = stage.context();

  const auto report = run_explain(context, {"tx", id});

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST_REQUIRE(report->problem.has_value());
  BOOST_CHECK(report->problem->exit == ExitCode::NoQuorum);
  const auto& sentence = report->problem->message;
  BOOST_TEST(sentence.find("n1 holds it in a sealed batch") != std::string::npos);
  BOOST_TEST(sentence.find("The network stands still: ") != std::string::npos);
  BOOST_TEST(sentence.find("n2 is stopped") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_a_transaction_that_nobody_knows_it_is_said_who_was_not_asked) {
  Stage stage;
  auto context = stage.context();

  const auto report = run_explain(context, {"tx", std::string(64, 'a')});

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_CHECK(report.error().exit == ExitCode::NotFound);
  BOOST_TEST(report.error().message.find("n2 n3 n4 do not answer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_fault_is_explained_with_what_is_expected_of_it_and_how_it_is_undone) {
  Stage stage;
  ActiveFault fault;
  fault.kind = FaultKind::Stall;
  fault.sides = {{"n1", "n3"}};
  fault.since_ms = 1;
  BOOST_TEST_REQUIRE(record_fault(stage.net, fault).ok());
  auto context = stage.context();

  const auto report = run_explain(context, {"fault", "f1"});

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("fault") == "stall n1 n3");
  BOOST_TEST(report->fields.at("expected").get<std::string>().starts_with("No group has 3 of 4"));
  BOOST_TEST(report->fields.at("halted") == true);
}

BOOST_AUTO_TEST_CASE(with_via_one_node_is_asked_and_the_others_are_as_it_sees_them) {
  Stage stage;
  auto context = stage.via();
  stage.ledger.facts.connected = {"n2", "n4"};

  const auto facts = gather_facts(context, stage.net);

  BOOST_TEST_REQUIRE(facts.ok());
  BOOST_TEST(facts->view_of == "n1");
  BOOST_TEST_REQUIRE(facts->nodes.size() == 4u);
  BOOST_TEST(find(*facts, "n1")->facts.connected.size() == 2u);
  BOOST_CHECK(find(*facts, "n2")->state == NodeState::Linked);
  BOOST_CHECK(find(*facts, "n3")->state == NodeState::Unlinked);
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
