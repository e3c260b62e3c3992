#include "tools/troupe/import.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

struct Importing {
  Stage stage;
  Context context = stage.context();

  ImportOptions with(const std::string& content) const {
    const fs::path file = stage.folder.path() / "input.csv";
    fs::remove(file);
    BOOST_REQUIRE(create_file(file, content).ok());
    ImportOptions options;
    options.file = file.string();
    options.account = "alice";
    options.input.key = "1";
    return options;
  }
};

std::string rows(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += "key" + std::to_string(i) + ",value" + std::to_string(i) + "\n";
  return text;
}

actors::TransactionOutcome refusal(const std::string& code) {
  actors::TransactionOutcome outcome;
  outcome.state = "refused";
  outcome.reason = {code, "the node says " + code, "wait"};
  return outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(import_test)

BOOST_AUTO_TEST_CASE(many_records_ride_in_few_transactions) {
  Importing test;

  const auto report = run_record_import(test.context, test.with(rows(1000)));

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("records") == 1000);
  BOOST_TEST(report->fields.at("transactions") == 4);
  BOOST_TEST(test.stage.ledger.records.size() == 1000u);
  BOOST_TEST(as_text(test.stage.ledger.records.at("key999").back().value) == "value999");
}

BOOST_AUTO_TEST_CASE(large_values_split_transactions_by_their_bytes) {
  Importing test;
  std::string text;
  for (int i = 0; i < 10; ++i)
    text += "key" + std::to_string(i) + "," + std::string(50'000, 'x') + "\n";

  const auto report = run_record_import(test.context, test.with(text));

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("transactions") == 5);
}

BOOST_AUTO_TEST_CASE(a_bad_line_costs_nothing_because_nothing_was_sent) {
  Importing test;

  const auto report = run_record_import(test.context, test.with(rows(600) + "only-one-column\n"));

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_TEST(report.error().message.find("input line 601") != std::string::npos);
  BOOST_TEST(test.stage.ledger.transactions.empty());
}

BOOST_AUTO_TEST_CASE(a_full_or_late_transaction_is_sent_again) {
  Importing test;
  test.stage.ledger.refusals = {
      refusal("mempool-full"), refusal("expired"), refusal("account-full")};

  const auto report = run_record_import(test.context, test.with(rows(600)));

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(test.stage.ledger.records.size() == 600u);
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_lines_and_where_to_go_on) {
  Importing test;
  test.stage.ledger.refusals = {refusal("not-owner")};

  const auto report = run_record_import(test.context, test.with(rows(600)));

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_TEST(report.error().message.starts_with("input lines 1 to 256: "));
  BOOST_TEST(report.error().hint.find("--from 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_import_goes_on_at_a_line) {
  Importing test;
  auto options = test.with(rows(10));
  options.from_line = 8;

  BOOST_TEST(run_record_import(test.context, options)->fields.at("records") == 3);
  BOOST_TEST(!test.stage.ledger.records.contains("key6"));
}

BOOST_AUTO_TEST_CASE(the_versions_of_a_record_keep_the_order_of_the_input) {
  Importing test;
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "same," + std::to_string(i) + "\n";
  test.stage.ledger.refusals = {refusal("mempool-full")};

  BOOST_TEST(run_record_import(test.context, test.with(text)).ok());

  const auto& versions = test.stage.ledger.records.at("same");
  BOOST_TEST_REQUIRE(versions.size() == 1000u);
  BOOST_TEST(as_text(versions.front().value) == "0");
  BOOST_TEST(as_text(versions.back().value) == "999");
}

BOOST_AUTO_TEST_CASE(only_what_changed_is_sent_if_that_is_asked_for) {
  Importing test;
  BOOST_TEST(run_record_import(test.context, test.with(rows(300))).ok());
  auto options = test.with(rows(299) + "key299,new\nkey300,more\n");
  options.changed = true;

  const auto report = run_record_import(test.context, options);

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("records") == 2);
  BOOST_TEST(report->fields.at("unchanged") == 299);
  BOOST_TEST(test.stage.ledger.records.at("key0").size() == 1u);
  BOOST_TEST(test.stage.ledger.records.at("key299").size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_import_of_nothing_new_is_done) {
  Importing test;
  BOOST_TEST(run_record_import(test.context, test.with(rows(5))).ok());
  auto options = test.with(rows(5));
  options.changed = true;

  const auto report = run_record_import(test.context, options);

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("records") == 0);
}

BOOST_AUTO_TEST_CASE(an_input_without_records_is_an_error) {
  Importing test;

  BOOST_TEST(run_record_import(test.context, test.with("")).error().code == "no-input");
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_away_is_unreachable) {
  Importing test;
  test.stage.ledger.is_lost = true;

  BOOST_TEST(
      (run_record_import(test.context, test.with(rows(5))).error().exit == ExitCode::Unreachable));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
