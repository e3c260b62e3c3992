#include "tools/troupe/record.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/answers.hpp"
#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

Json fields(const Answer<Report>& answer) {
  BOOST_TEST_REQUIRE(answer.ok(), message_of(answer));
  return answer->fields;
}

std::string line(const Answer<Report>& answer) {
  BOOST_TEST_REQUIRE(answer.ok(), message_of(answer));
  return std::get<Line>(answer->parts.front()).text;
}

CommandError error(const Answer<Report>& answer) {
  BOOST_TEST_REQUIRE(!answer.ok());
  BOOST_TEST(!answer.error().hint.empty());
  return answer.error();
}

actors::TransactionOutcome outcome(const std::string& state, const std::string& code) {
  actors::TransactionOutcome out;
  out.state = state;
  if (!code.empty()) out.reason = {code, "the node says no", "try otherwise"};
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_test)

BOOST_AUTO_TEST_CASE(a_put_is_signed_by_the_account_and_reported_when_final) {
  Stage stage;
  auto context = stage.context();

  const auto put = run_record_put(context, {"bike/17", "owner=alice", "alice"});

  BOOST_TEST(line(put).starts_with("final  height 11  view 11  by n1 n2 n4 (3 of 4)  "));
  BOOST_TEST(line(put).ends_with(" ms   bike/17 version 1"));
  BOOST_TEST(fields(put).at("height") == 11);
  const auto alice = load_account(stage.home, stage.net, "alice");
  BOOST_TEST((stage.ledger.transactions[0].account() == alice->pair().public_key()));
  BOOST_TEST(stage.ledger.transactions[0].valid_through().number == 10u + 900u);
}

BOOST_AUTO_TEST_CASE(the_same_words_said_twice_are_two_transactions) {
  Stage stage;
  auto context = stage.context();

  const auto first = fields(run_note(context, {"hello", "alice"}));
  const auto second = fields(run_note(context, {"hello", "alice"}));

  BOOST_TEST(first.at("id") != second.at("id"));
}

BOOST_AUTO_TEST_CASE(a_record_is_read_with_its_owners_name) {
  Stage stage;
  auto context = stage.context();
  BOOST_TEST(run_record_put(context, {"k", "v\n", "alice"}).ok());
  BOOST_TEST(run_record_transfer(context, {"k", "bob", "alice"}).ok());

  const auto get = run_record_get(context, {"k", 0, false, ""});

  BOOST_TEST(fields(get).at("owner") == "bob");
  BOOST_TEST(fields(get).at("value") == "v\n");
  BOOST_TEST(std::get<Table>(get->parts.front()).rows.front().back() == "v\\n");
  BOOST_TEST(fields(run_record_history(context, "k")).at("records").size() == 2u);
}

BOOST_AUTO_TEST_CASE(raw_prints_the_bytes_and_json_falls_back_to_hexadecimal) {
  Stage stage;
  auto context = stage.context();
  const fs::path file = stage.folder.path() / "bytes";
  BOOST_REQUIRE(create_file(file, "\xff\x01").ok());
  BOOST_TEST(run_record_put(context, {"k", "@" + file.string(), "alice"}).ok());

  const auto raw = run_record_get(context, {"k", 0, true, ""});

  BOOST_TEST(std::get<Raw>(raw->parts.front()).bytes == "\xff\x01");
  BOOST_TEST(fields(raw).at("value_hex") == "ff01");
}

BOOST_AUTO_TEST_CASE(a_record_that_is_not_there_is_not_found) {
  Stage stage;
  auto context = stage.context();

  BOOST_TEST((error(run_record_get(context, {"nothing", 0, false, ""})).exit == ExitCode::NotFound));
  BOOST_TEST((error(run_record_history(context, "nothing")).exit == ExitCode::NotFound));
}

BOOST_AUTO_TEST_CASE(a_list_longer_than_one_answer_takes_several_questions) {
  Stage stage;
  auto context = stage.context();
  for (int i = 0; i < 2500; ++i) {
    actors::RecordReport record;
    record.key = "k/" + std::to_string(10'000 + i);
    stage.ledger.records[record.key] = {record};
  }

  const auto all = fields(run_record_list(context, {"k/", 10'000, ""}));
  const auto some = fields(run_record_list(context, {"k/", 1500, ""}));

  BOOST_TEST(all.at("records").size() == 2500u);
  BOOST_TEST(all.at("more") == false);
  BOOST_TEST(some.at("records").size() == 1500u);
  BOOST_TEST(some.at("more") == true);
}

BOOST_AUTO_TEST_CASE(what_the_rules_refuse_is_refused_before_anything_is_sent) {
  Stage stage;
  auto context = stage.context();

  BOOST_TEST((error(run_record_put(context, {"ключ", "v", "alice"})).exit == ExitCode::Refused));
  BOOST_TEST((error(run_record_put(context, {"k", "", "alice"})).exit == ExitCode::Refused));
  BOOST_TEST((error(run_record_put(context, {"k", std::string(70'000, 'x'), "alice"})).exit ==
              ExitCode::BoundExceeded));
  BOOST_TEST((error(run_record_put(context, {"k", "@/no/such/file", "alice"})).exit ==
              ExitCode::NotFound));
  BOOST_TEST(stage.ledger.transactions.empty());
}

BOOST_AUTO_TEST_CASE(an_account_without_a_key_suggests_the_one_that_was_meant_or_a_new_one) {
  Stage stage;
  auto context = stage.context();

  BOOST_TEST(error(run_note(context, {"x", "alcie"})).hint.starts_with("did you mean alice?"));
  BOOST_TEST(error(run_note(context, {"x", "zacharias"})).hint.find("troupe keys new zacharias") !=
             std::string::npos);
  BOOST_TEST((error(run_record_transfer(context, {"k", "nobody-at-all", "alice"})).exit ==
              ExitCode::NotFound));
}

BOOST_AUTO_TEST_CASE(a_refusal_carries_the_nodes_own_words) {
  Stage stage;
  auto context = stage.context();
  stage.ledger.refusals = {outcome("refused", "mempool-full")};

  const auto refused = error(run_note(context, {"x", "alice"}));

  BOOST_TEST((refused.exit == ExitCode::Refused));
  BOOST_TEST(refused.code == "mempool-full");
  BOOST_TEST(refused.hint == "try otherwise");
}

BOOST_AUTO_TEST_CASE(a_final_transaction_that_was_not_applied_is_a_refusal) {
  Stage stage;
  auto context = stage.context();
  auto refused = outcome("final", "not-owner");
  refused.receipt = "refused";
  stage.ledger.refusals = {refused};

  BOOST_TEST((error(run_note(context, {"x", "alice"})).exit == ExitCode::Refused));
}

BOOST_AUTO_TEST_CASE(a_transaction_that_is_not_final_in_time_can_be_waited_for) {
  Stage stage;
  auto context = stage.context();
  stage.ledger.refusals = {outcome("accepted", "")};

  const auto late = error(run_note(context, {"x", "alice"}));

  BOOST_TEST((late.exit == ExitCode::TimedOut));
  BOOST_TEST(late.hint.find("troupe tx wait ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(waiting_without_a_quorum_says_so) {
  Stage stage;
  auto context = stage.context();
  stage.ledger.refusals = {outcome("accepted", "")};
  stage.ledger.peers = {"n2"};

  BOOST_TEST((error(run_note(context, {"x", "alice"})).exit == ExitCode::NoQuorum));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_there_is_unreachable) {
  Stage stage;
  auto context = stage.context();
  stage.ledger.is_lost = true;
  BOOST_TEST((error(run_record_get(context, {"k", 0, false, ""})).exit == ExitCode::Unreachable));

  stage.ledger.is_lost = false;
  context.globals.node = "n2";
  BOOST_TEST(error(run_record_get(context, {"k", 0, false, ""})).code == "not-running");
  context.globals.node = "n9";
  BOOST_TEST(error(run_record_get(context, {"k", 0, false, ""})).code == "no-node");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
