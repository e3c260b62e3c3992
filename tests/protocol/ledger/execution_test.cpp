#include "protocol/ledger/execution.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/protocol/ledger/ledger_state.hpp"

namespace troupe::ledger {

namespace {

using samples::LedgerState;

Put put(const std::string& key, std::string_view value) {
  return Put{key, samples::bytes_of(value)};
}

Transaction with_life(std::string_view account, std::uint64_t valid_through) {
  Body body = samples::body_of(account, {Note{}});
  body.valid_through = Height{valid_through};
  return Transaction::sign(body, samples::key_of(account));
}

std::vector<std::string_view> outcomes_of(const Execution& execution) {
  std::vector<std::string_view> names;
  for (const Receipt& receipt : execution.receipts)
    names.push_back(name(receipt.outcome));
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(execution_test)

BOOST_AUTO_TEST_CASE(a_block_that_orders_nothing_changes_nothing) {
  LedgerState ledger;

  const Execution execution = ledger.execute(std::vector<Batch>{});

  BOOST_TEST((execution == Execution{{}, {}, receipts_root({}), {}, {}}));
  BOOST_TEST(ledger.tree.state.is_empty());
}

BOOST_AUTO_TEST_CASE(a_block_that_orders_something_commits_to_its_receipts_in_the_state) {
  LedgerState ledger;

  const Execution execution = ledger.execute({ledger.make("alice", {Note{}})});

  BOOST_TEST((execution.receipts_root == receipts_root(execution.receipts)));
  BOOST_REQUIRE(execution.writes.size() == 1U);
  BOOST_TEST(as_text(execution.writes[0].key) == "system/receipts/1");
  BOOST_TEST((execution.writes[0].value == to_bytes(execution.receipts_root.view())));
  BOOST_TEST(!ledger.tree.state.is_empty());
}

BOOST_AUTO_TEST_CASE(there_is_one_receipt_per_transaction_in_the_order_of_lanes_and_batches) {
  LedgerState ledger;
  const Transaction a = ledger.make("alice", {Note{}});
  const Transaction b = ledger.make("bob", {Note{}});
  const Transaction c = ledger.make("carol", {Note{}});

  const Execution execution = ledger.execute(std::vector<Batch>{
      samples::batch_of({c, a}), samples::batch_of({b}), samples::batch_of({a}, 2)});

  BOOST_REQUIRE(execution.receipts.size() == 4U);
  const std::vector<crypto::Digest> expected{c.id(), a.id(), b.id(), a.id()};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST((execution.receipts[i].transaction == expected[i]));
  }
  BOOST_TEST(
      (execution.index == std::vector<TransactionEntry>{{c.id(), 0}, {a.id(), 1}, {b.id(), 2}}));
}

BOOST_AUTO_TEST_CASE(a_transaction_takes_effect_up_to_valid_through_and_at_most_1000_ahead) {
  LedgerState ledger;
  ledger.height = Height{49};

  const Execution execution = ledger.execute({with_life("alice", 49),
                                              with_life("bob", 50),
                                              with_life("carol", 1050),
                                              with_life("dave", 1051)});

  BOOST_TEST((outcomes_of(execution) ==
              std::vector<std::string_view>{"expired", "applied", "applied", "too-far-ahead"}));
}

BOOST_AUTO_TEST_CASE(a_second_ordering_names_the_height_of_the_first) {
  LedgerState ledger;
  const Transaction transaction = ledger.make("alice", {put("k", "v")});

  const Execution first = ledger.execute({transaction, transaction});
  const Execution second = ledger.execute({transaction});

  BOOST_TEST((first.receipts[1].outcome == Outcome{DuplicateOf{Height{1}}}));
  BOOST_TEST((second.receipts[0].outcome == Outcome{DuplicateOf{Height{1}}}));
  BOOST_TEST(first.index.size() == 1U);
  BOOST_TEST(second.index.empty());
  BOOST_TEST(ledger.record("k")->version == 1U);
}

BOOST_AUTO_TEST_CASE(a_refused_transaction_is_decided_and_not_tried_again) {
  LedgerState ledger;
  const Transaction retire = ledger.make("alice", {Retire{"k"}});
  BOOST_TEST((ledger.outcome_of(retire) == Outcome{Refused{0, Refusal::NoSuchRecord}}));

  ledger.run("alice", {put("k", "v")});

  BOOST_TEST((ledger.outcome_of(retire) == Outcome{DuplicateOf{Height{1}}}));
  BOOST_TEST((ledger.record("k")->status == RecordStatus::Active));
}

BOOST_AUTO_TEST_CASE(a_transaction_that_came_too_early_may_take_effect_later) {
  LedgerState ledger;
  const Transaction early = with_life("alice", 1005);

  BOOST_TEST(name(ledger.outcome_of(early)) == "too-far-ahead");
  ledger.height = Height{4};
  BOOST_TEST(name(ledger.outcome_of(early)) == "applied");
  BOOST_TEST(name(ledger.outcome_of(early)) == "duplicate");
}

BOOST_AUTO_TEST_CASE(an_expired_transaction_is_expired_whether_or_not_its_id_is_remembered) {
  LedgerState ledger;
  const Transaction transaction = with_life("alice", 1);
  BOOST_TEST(name(ledger.outcome_of(transaction)) == "applied");
  LedgerState forgetful = ledger;
  forgetful.index.heights.clear();

  BOOST_TEST(name(ledger.outcome_of(transaction)) == "expired");
  BOOST_TEST(name(forgetful.outcome_of(transaction)) == "expired");
  BOOST_TEST((ledger.tree.state == forgetful.tree.state));
}

BOOST_AUTO_TEST_CASE(all_operations_take_effect_or_none_does) {
  LedgerState ledger;
  ledger.run("bob", {put("taken", "v")});

  const Outcome outcome =
      ledger.run("alice", {put("free", "v"), Note{}, put("taken", "w"), put("other", "v")});

  BOOST_TEST((outcome == Outcome{Refused{2, Refusal::NotOwner}}));
  BOOST_TEST(!ledger.record("free").has_value());
  BOOST_TEST(!ledger.record("other").has_value());
  BOOST_TEST((ledger.record("taken")->value == samples::bytes_of("v")));
}

BOOST_AUTO_TEST_CASE(later_transactions_of_a_block_see_the_earlier_ones) {
  LedgerState ledger;

  const Execution execution = ledger.execute(
      {ledger.make("alice", {put("k", "1"), Transfer{"k", samples::public_key_of("bob")}}),
       ledger.make("alice", {put("k", "2")}),
       ledger.make("bob", {put("k", "3")})});

  BOOST_TEST(
      (outcomes_of(execution) == std::vector<std::string_view>{"applied", "refused", "applied"}));
  BOOST_TEST(ledger.record("k")->version == 3U);
  BOOST_TEST((ledger.record("k")->value == samples::bytes_of("3")));
  BOOST_TEST((execution.listed == std::vector<std::string>{"k"}));
}

BOOST_AUTO_TEST_CASE(an_operation_of_an_unknown_module_is_refused_alike_by_all) {
  LedgerState ledger;

  BOOST_TEST((ledger.run("alice", {Note{}, ModuleOperation{9, {}}}) ==
              Outcome{Refused{1, Refusal::NotAllowed}}));
}

BOOST_AUTO_TEST_CASE(an_unreadable_state_or_index_gives_no_result_at_all) {
  LedgerState ledger;
  const std::vector<Batch> batches{samples::batch_of({ledger.make("alice", {put("k", "v")})})};
  samples::MemoryValues broken_values;
  broken_values.broken = true;
  samples::MemoryIndex broken_index;
  broken_index.broken = true;
  const OrderedBlock block{Height{1}, batches};

  BOOST_TEST(!execute({broken_values, ledger.index, ledger.modules}, block).ok());
  BOOST_TEST(!execute({ledger.values, broken_index, ledger.modules}, block).ok());
  BOOST_TEST(execute({ledger.values, ledger.index, ledger.modules}, block).ok());
}

BOOST_AUTO_TEST_CASE(the_changes_of_the_tree_are_the_digests_of_the_writes) {
  LedgerState ledger;
  const Execution execution = ledger.execute({ledger.make("alice", {put("k", "v")})});

  const std::vector<TreeWrite> writes = tree_writes(execution);

  BOOST_REQUIRE(writes.size() == execution.writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    BOOST_TEST((writes[i].key_digest == crypto::sha256(execution.writes[i].key)));
    BOOST_TEST((writes[i].value_digest == crypto::sha256(*execution.writes[i].value)));
  }
}

BOOST_AUTO_TEST_CASE(equal_inputs_give_equal_results_to_the_last_byte) {
  LedgerState ledger;
  std::vector<Transaction> transactions;
  for (int i = 0; i < 200; ++i) {
    transactions.push_back(ledger.make("alice", {put("k" + std::to_string(i % 50), "v"), Note{}}));
  }
  LedgerState twin = ledger;

  const Execution once = ledger.execute(transactions);
  const Execution again = twin.execute(transactions);

  BOOST_TEST((once == again));
  BOOST_TEST(encode(once.receipts) == encode(again.receipts));
  BOOST_TEST((ledger.tree.state == twin.tree.state));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
