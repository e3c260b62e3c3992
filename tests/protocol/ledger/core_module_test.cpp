#include "protocol/ledger/core_module.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/ledger_state.hpp"

namespace troupe::ledger {

namespace {

using samples::LedgerState;

Put put(std::string_view value) {
  return Put{"bike/17", samples::bytes_of(value)};
}

Transfer transfer_to(std::string_view account) {
  return Transfer{"bike/17", samples::public_key_of(account)};
}

const Retire kRetire{"bike/17"};

/// A ledger in which alice owns bike/17.
LedgerState with_record() {
  LedgerState ledger;
  ledger.run("alice", {put("red")});
  return ledger;
}

bool is_applied(const Outcome& outcome, std::vector<std::uint64_t> versions) {
  return outcome == Outcome{Applied{std::move(versions)}};
}

bool is_refused(const Outcome& outcome, Refusal reason) {
  return outcome == Outcome{Refused{0, reason}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(core_module_test)

BOOST_AUTO_TEST_CASE(a_put_creates_a_record_owned_by_its_account) {
  LedgerState ledger;
  const Transaction transaction = ledger.make("alice", {put("red")});

  const Outcome outcome = ledger.outcome_of(transaction);

  BOOST_TEST(is_applied(outcome, {1}));
  const Record expected{1,
                        RecordStatus::Active,
                        samples::public_key_of("alice"),
                        Height{1},
                        transaction.id(),
                        samples::bytes_of("red")};
  BOOST_TEST((ledger.record("bike/17") == expected));
}

BOOST_AUTO_TEST_CASE(a_put_of_the_owner_makes_the_next_version_and_keeps_the_old_one) {
  LedgerState ledger = with_record();
  const Record first = *ledger.record("bike/17");

  BOOST_TEST(is_applied(ledger.run("alice", {put("blue")}), {2}));

  BOOST_TEST((ledger.record("bike/17")->value == samples::bytes_of("blue")));
  BOOST_TEST((read_version(ledger.values, "bike/17", 1).value() == first));
}

BOOST_AUTO_TEST_CASE(only_the_owner_may_put_transfer_or_retire) {
  LedgerState ledger = with_record();
  const std::optional<Record> before = ledger.record("bike/17");

  BOOST_TEST(is_refused(ledger.run("bob", {put("mine")}), Refusal::NotOwner));
  BOOST_TEST(is_refused(ledger.run("bob", {transfer_to("bob")}), Refusal::NotOwner));
  BOOST_TEST(is_refused(ledger.run("bob", {kRetire}), Refusal::NotOwner));

  BOOST_TEST((ledger.record("bike/17") == before));
}

BOOST_AUTO_TEST_CASE(a_transfer_hands_the_record_with_its_value_to_the_new_owner) {
  LedgerState ledger = with_record();

  BOOST_TEST(is_applied(ledger.run("alice", {transfer_to("bob")}), {2}));

  const std::optional<Record> record = ledger.record("bike/17");
  BOOST_TEST((record->owner == samples::public_key_of("bob")));
  BOOST_TEST((record->value == samples::bytes_of("red")));
  BOOST_TEST(is_refused(ledger.run("alice", {put("back")}), Refusal::NotOwner));
  BOOST_TEST(is_applied(ledger.run("bob", {put("blue")}), {3}));
}

BOOST_AUTO_TEST_CASE(a_retired_record_stays_readable_and_never_changes_again) {
  LedgerState ledger = with_record();

  BOOST_TEST(is_applied(ledger.run("alice", {kRetire}), {2}));

  const std::optional<Record> retired = ledger.record("bike/17");
  BOOST_TEST((retired->status == RecordStatus::Retired));
  BOOST_TEST((retired->value == samples::bytes_of("red")));
  BOOST_TEST(is_refused(ledger.run("alice", {put("blue")}), Refusal::Retired));
  BOOST_TEST(is_refused(ledger.run("alice", {transfer_to("bob")}), Refusal::Retired));
  BOOST_TEST(is_refused(ledger.run("alice", {kRetire}), Refusal::Retired));
  BOOST_TEST((ledger.record("bike/17") == retired));
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_can_be_neither_transferred_nor_retired) {
  LedgerState ledger;

  BOOST_TEST(is_refused(ledger.run("alice", {transfer_to("bob")}), Refusal::NoSuchRecord));
  BOOST_TEST(is_refused(ledger.run("alice", {kRetire}), Refusal::NoSuchRecord));
}

BOOST_AUTO_TEST_CASE(a_note_touches_no_state_but_the_receipts) {
  LedgerState ledger;

  const Execution execution =
      ledger.execute({ledger.make("alice", {Note{samples::bytes_of("hello")}, Note{}})});

  BOOST_TEST(is_applied(execution.receipts[0].outcome, {}));
  BOOST_REQUIRE(execution.writes.size() == 1U);
  BOOST_TEST(as_text(execution.writes[0].key) == "system/receipts/1");
  BOOST_TEST(execution.listed.empty());
}

BOOST_AUTO_TEST_CASE(operations_of_one_transaction_see_one_another) {
  LedgerState ledger;

  const Outcome outcome = ledger.run("alice", {put("red"), put("blue"), kRetire});

  BOOST_TEST(is_applied(outcome, {1, 2, 3}));
  BOOST_TEST(
      (read_version(ledger.values, "bike/17", 1).value()->value == samples::bytes_of("red")));
}

BOOST_AUTO_TEST_CASE(changed_records_are_listed) {
  LedgerState ledger = with_record();
  const Put other{"bike/1", {1}};

  const Execution execution = ledger.execute(
      {ledger.make("alice", {other, transfer_to("bob")}), ledger.make("carol", {kRetire})});

  BOOST_TEST((execution.listed == std::vector<std::string>{"bike/1", "bike/17"}));
}

BOOST_AUTO_TEST_CASE(the_form_of_operations_is_checked_without_state) {
  const CoreModule core;

  BOOST_TEST(core.check(put("red")).ok());
  BOOST_TEST((core.check(Put{"", {1}}).error() == AdmissionError::BadRecordKey));
  BOOST_TEST((core.check(ModuleOperation{1, {}}).error() == AdmissionError::UnknownModule));
}

BOOST_AUTO_TEST_CASE(a_question_for_a_key_is_answered_with_the_record) {
  const CoreModule core;
  LedgerState ledger = with_record();

  const auto answer = core.query(as_bytes("bike/17"), ledger.values);

  BOOST_REQUIRE(answer.ok());
  BOOST_TEST((*decode_record_view(*answer) == RecordView{"bike/17", *ledger.record("bike/17")}));
  BOOST_TEST((core.query(as_bytes("bike/18"), ledger.values).error() == QueryError::NotFound));
  BOOST_TEST((core.query({}, ledger.values).error() == QueryError::Malformed));
  ledger.values.broken = true;
  BOOST_TEST((core.query(as_bytes("bike/17"), ledger.values).error() == QueryError::Unreadable));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
