#include "protocol/ledger/mempool_rules.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/batch.hpp"
#include "tests/protocol/ledger/lane_samples.hpp"

namespace troupe::ledger {

namespace {

constexpr Height kNext{11};

Candidate candidate_of(const Transaction& transaction) {
  return {.transaction = transaction, .ordered_at = {}};
}

void check_refused(const Result<Done, AdmissionError>& verdict, AdmissionError error) {
  BOOST_REQUIRE(!verdict.ok());
  BOOST_TEST(name(verdict.error()) == name(error));
}

Transaction note(std::string_view text, Height valid_through = Height{100}) {
  return samples::note_of("alice", text, valid_through);
}

/// A note of nearly 64 KiB.
Transaction large_note(std::string_view account, int number) {
  std::string text = std::to_string(number);
  text.resize(kNoteBytesMax, '.');
  return samples::note_of(account, text);
}

/// A transaction of its own account, which needs no key that anybody could sign with.
Transaction note_of_account(std::uint32_t number) {
  Body body = samples::note_body_of("alice", "x");
  for (std::size_t i = 0; i < 4; ++i) {
    body.account.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return Transaction(body, {samples::signature_of(1)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_rules_test)

BOOST_AUTO_TEST_CASE(a_transaction_is_accepted_once) {
  WaitingTransactions waiting;

  BOOST_TEST(waiting.admit(candidate_of(note("a")), kNext).ok());

  check_refused(waiting.admit(candidate_of(note("a")), kNext), AdmissionError::Duplicate);
  BOOST_TEST(waiting.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_transaction_is_found_in_the_queue_then_in_a_batch_and_then_no_longer) {
  using Stage = WaitingTransactions::Stage;
  WaitingTransactions waiting;
  const Transaction one = note("a");
  BOOST_TEST(!waiting.find(one.id()).has_value());

  BOOST_REQUIRE(waiting.admit(candidate_of(one), kNext).ok());
  BOOST_TEST((waiting.find(one.id()) == Stage::Queued));
  const auto sealed = waiting.take(1 << 20, kNext);
  BOOST_TEST((waiting.find(one.id()) == Stage::Sealed));
  waiting.release(sealed);
  BOOST_TEST(!waiting.find(one.id()).has_value());
}

BOOST_AUTO_TEST_CASE(a_transaction_that_the_ledger_knows_is_a_duplicate) {
  WaitingTransactions waiting;
  const Candidate candidate{.transaction = note("a"), .ordered_at = Height{3}};

  check_refused(waiting.admit(candidate, kNext), AdmissionError::Duplicate);
}

BOOST_AUTO_TEST_CASE(a_transaction_must_be_able_to_take_effect_in_the_next_height) {
  WaitingTransactions waiting;

  check_refused(waiting.admit(candidate_of(note("a", Height{10})), kNext), AdmissionError::Expired);
  check_refused(waiting.admit(candidate_of(note("b", Height{1012})), kNext),
                AdmissionError::TooFarAhead);
  BOOST_TEST(waiting.admit(candidate_of(note("c", Height{11})), kNext).ok());
  BOOST_TEST(waiting.admit(candidate_of(note("d", Height{1011})), kNext).ok());
}

BOOST_AUTO_TEST_CASE(an_account_has_a_bounded_number_waiting) {
  WaitingTransactions waiting;
  for (std::size_t i = 0; i < kAccountTransactionsMax; ++i) {
    BOOST_REQUIRE(waiting.admit(candidate_of(note(std::to_string(i))), kNext).ok());
  }

  check_refused(waiting.admit(candidate_of(note("more")), kNext), AdmissionError::AccountFull);
  BOOST_TEST(waiting.admit(candidate_of(samples::note_of("bob", "more")), kNext).ok());
}

BOOST_AUTO_TEST_CASE(an_account_has_bounded_bytes_waiting) {
  WaitingTransactions waiting;
  const std::size_t fitting = kAccountWaitingBytesMax / payload_bytes_of(large_note("alice", 0));
  for (std::size_t i = 0; i < fitting; ++i) {
    const int number = static_cast<int>(i);
    BOOST_REQUIRE(waiting.admit(candidate_of(large_note("alice", number)), kNext).ok());
  }

  check_refused(waiting.admit(candidate_of(large_note("alice", -1)), kNext),
                AdmissionError::AccountFull);
}

BOOST_AUTO_TEST_CASE(all_accounts_together_have_a_bounded_number_waiting) {
  WaitingTransactions waiting;
  for (std::uint32_t i = 0; i < kMempoolTransactionsMax; ++i) {
    BOOST_REQUIRE(waiting.admit(candidate_of(note_of_account(i)), kNext).ok());
  }

  check_refused(waiting.admit(candidate_of(note("more")), kNext), AdmissionError::MempoolFull);
  waiting.check_invariants();
}

BOOST_AUTO_TEST_CASE(all_accounts_together_have_bounded_bytes_waiting) {
  WaitingTransactions waiting;
  bool is_full = false;
  for (int i = 0; i < 1000 && !is_full; ++i) {
    const std::string account = "account " + std::to_string(i % 8);
    const auto verdict = waiting.admit(candidate_of(large_note(account, i)), kNext);
    is_full = !verdict.ok();
    if (is_full) check_refused(verdict, AdmissionError::MempoolFull);
  }

  BOOST_TEST(is_full);
  BOOST_TEST(waiting.bytes() <= kMempoolBytesMax);
  BOOST_TEST(waiting.bytes() > kMempoolBytesMax - kTransactionBytesMax);
}

BOOST_AUTO_TEST_CASE(transactions_are_taken_in_their_order_up_to_the_payload_bound) {
  WaitingTransactions waiting;
  const std::vector<Transaction> notes{note("a"), note("b"), note("c")};
  for (const Transaction& each : notes)
    BOOST_REQUIRE(waiting.admit(candidate_of(each), kNext).ok());

  const auto taken = waiting.take(2 * payload_bytes_of(notes[0]), kNext);

  BOOST_REQUIRE(taken.size() == 2u);
  BOOST_TEST((taken[0] == notes[0]));
  BOOST_TEST((taken[1] == notes[1]));
  BOOST_TEST(waiting.queued() == 1u);
  BOOST_TEST(waiting.queued_bytes() == payload_bytes_of(notes[2]));
  BOOST_TEST(waiting.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_sealed_transaction_is_still_a_duplicate_until_it_is_released) {
  WaitingTransactions waiting;
  BOOST_REQUIRE(waiting.admit(candidate_of(note("a")), kNext).ok());
  BOOST_REQUIRE(waiting.take(1000, kNext).size() == 1u);
  check_refused(waiting.admit(candidate_of(note("a")), kNext), AdmissionError::Duplicate);

  waiting.release(std::vector<crypto::Digest>{note("a").id(), note("unknown").id()});

  BOOST_TEST(waiting.size() == 0u);
  BOOST_TEST(waiting.bytes() == 0u);
  BOOST_TEST(waiting.admit(candidate_of(note("a")), kNext).ok());
}

BOOST_AUTO_TEST_CASE(what_another_lane_got_ordered_is_not_sealed_any_more) {
  WaitingTransactions waiting;
  BOOST_REQUIRE(waiting.admit(candidate_of(note("a")), kNext).ok());
  BOOST_REQUIRE(waiting.admit(candidate_of(note("b")), kNext).ok());

  waiting.release(std::vector<crypto::Digest>{note("a").id()});

  const auto taken = waiting.take(1000, kNext);
  BOOST_REQUIRE(taken.size() == 1u);
  BOOST_TEST((taken[0] == note("b")));
}

BOOST_AUTO_TEST_CASE(what_expired_in_the_queue_is_dropped) {
  WaitingTransactions waiting;
  BOOST_REQUIRE(waiting.admit(candidate_of(note("a", Height{11})), kNext).ok());
  BOOST_REQUIRE(waiting.admit(candidate_of(note("b", Height{12})), kNext).ok());

  const auto taken = waiting.take(1000, Height{12});

  BOOST_REQUIRE(taken.size() == 1u);
  BOOST_TEST((taken[0] == note("b", Height{12})));
  BOOST_TEST(waiting.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_batch_of_an_earlier_life_counts_as_sealed) {
  WaitingTransactions waiting;
  const std::vector<Transaction> sealed{note("a")};

  waiting.readmit_sealed(sealed);

  BOOST_TEST(waiting.size() == 1u);
  BOOST_TEST(waiting.queued() == 0u);
  check_refused(waiting.admit(candidate_of(note("a")), kNext), AdmissionError::Duplicate);
  waiting.release(sealed);
  BOOST_TEST(waiting.size() == 0u);
}

BOOST_AUTO_TEST_CASE(the_queue_stays_bounded_when_others_order_what_waits_here) {
  WaitingTransactions waiting;
  for (std::uint32_t i = 0; i < 5 * kMempoolTransactionsMax / 2; ++i) {
    const Transaction transaction = note_of_account(i);
    BOOST_REQUIRE(waiting.admit(candidate_of(transaction), kNext).ok());
    waiting.release(std::vector<crypto::Digest>{transaction.id()});
    waiting.check_invariants();
  }

  BOOST_TEST(waiting.take(1000, kNext).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
