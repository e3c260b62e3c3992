#include "actors/admin.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/committed.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Height;
using troupe::actors::Admin;
using troupe::actors::AdminCore;
using troupe::actors::BatchDigests;
using troupe::actors::BlockQuery;
using troupe::actors::blocks_atom;
using troupe::actors::BlocksReport;
using troupe::actors::ByteVector;
using troupe::actors::outcome_atom;
using troupe::actors::OutcomeQuery;
using troupe::actors::RawSubmission;
using troupe::actors::RecordQuery;
using troupe::actors::RecordsReport;
using troupe::actors::SubmissionVerdicts;
using troupe::actors::submit_atom;
using troupe::actors::SubmitReply;
using troupe::actors::SubmitRequest;
using troupe::actors::TransactionOutcome;
using troupe::actors::TransactionQuery;
using troupe::actors::TransactionReport;
using troupe::crypto::Digest;
using troupe::ledger::AdmissionError;
using troupe::ledger::Applied;
using troupe::ledger::Receipt;
using troupe::test::Asked;
using troupe::test::CastRig;
using troupe::test::committed;
using troupe::test::SampleChain;

constexpr std::uint64_t kSecond = 1000;

Digest id(std::string_view name) {
  return troupe::crypto::sha256(troupe::as_bytes(name));
}

ByteVector bytes(const Digest& digest) {
  return {digest.bytes.begin(), digest.bytes.end()};
}

Receipt applied(std::string_view name) {
  return {id(name), Applied{{1}}};
}

TransactionOutcome final_outcome(std::string_view name) {
  TransactionOutcome outcome;
  outcome.id = bytes(id(name));
  outcome.state = "final";
  outcome.height = 7;
  return outcome;
}

struct Bench {
  CastRig rig;
  SampleChain chain{rig.context()};
  AdminCore admin = start(Height{0});

  AdminCore start(Height height) {
    const auto actor = rig.spawn<AdminCore, Admin>(
        rig.context(), rig.node->as<troupe::actors::NodeActor>(), height);
    rig.meet(actor);
    return actor;
  }

  std::shared_ptr<Asked<SubmitReply>> submit(std::size_t count, bool wait) {
    SubmitRequest request;
    request.transactions.assign(count, ByteVector{1, 2, 3});
    request.wait = wait;
    request.deadline_ms = 5 * kSecond;
    return rig.ask<SubmitReply>(admin, troupe::actors::submit_atom_v, request);
  }

  /// The mempool's verdicts: an id each, and the refusal if there is one.
  void judge(const std::vector<std::pair<std::string, std::optional<AdmissionError>>>& verdicts) {
    const auto question = rig.mempool->take<submit_atom, RawSubmission>();
    SubmissionVerdicts answer;
    for (const auto& [name, refusal] : verdicts) {
      answer.ids.push_back(name.empty() ? std::nullopt : std::optional(id(name)));
      answer.refusals.push_back(refusal);
    }
    rig.answer(*rig.mempool, question, answer);
  }

  std::shared_ptr<Asked<SubmitReply>> ask_outcome(const std::string& name,
                                                  std::uint64_t deadline_ms) {
    return rig.ask<SubmitReply>(
        admin, troupe::actors::outcome_atom_v, OutcomeQuery{{bytes(id(name))}, deadline_ms});
  }

  void answer_ledger(const std::vector<TransactionOutcome>& outcomes) {
    const auto question = rig.ledger_reader->take<outcome_atom, BatchDigests>();
    rig.answer(*rig.ledger_reader, question, SubmitReply{outcomes});
  }

  void finalize(const std::vector<Receipt>& receipts = {}) {
    rig.tell(admin, troupe::actors::final_atom_v, committed(chain.extend(), receipts));
  }

  std::shared_ptr<Asked<BlocksReport>> ask_blocks(const BlockQuery& query) {
    return rig.ask<BlocksReport>(admin, troupe::actors::blocks_atom_v, query);
  }
};

const TransactionOutcome& only(const std::shared_ptr<Asked<SubmitReply>>& asked) {
  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_REQUIRE(asked->reply->outcomes.size() == 1u);
  return asked->reply->outcomes.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(admin_test)

BOOST_AUTO_TEST_CASE(each_submitted_transaction_is_answered_in_its_place_with_why_not) {
  Bench bench;

  const auto asked = bench.submit(3, false);
  BOOST_TEST(asked->is_open());
  bench.judge({{"one", std::nullopt},
               {"", AdmissionError::Malformed},
               {"three", AdmissionError::Duplicate}});

  BOOST_REQUIRE(asked->reply.has_value());
  const auto& outcomes = asked->reply->outcomes;
  BOOST_REQUIRE(outcomes.size() == 3u);
  BOOST_TEST(outcomes[0].state == "accepted");
  BOOST_TEST((outcomes[0].id == bytes(id("one"))));
  BOOST_TEST(outcomes[1].state == "refused");
  BOOST_TEST(outcomes[1].reason.code == "malformed");
  BOOST_TEST(!outcomes[1].reason.hint.empty());
  BOOST_TEST(outcomes[2].state == "refused");
  BOOST_TEST(outcomes[2].reason.code == "duplicate");
}

BOOST_AUTO_TEST_CASE(who_waits_is_answered_when_the_last_of_his_transactions_is_final) {
  Bench bench;
  const auto asked = bench.submit(2, true);
  bench.judge({{"one", std::nullopt}, {"two", std::nullopt}});

  bench.finalize({applied("one")});
  BOOST_TEST(asked->is_open());
  bench.finalize({applied("another's"), applied("two")});

  BOOST_REQUIRE(asked->reply.has_value());
  const auto& outcomes = asked->reply->outcomes;
  BOOST_TEST(outcomes[0].state == "final");
  BOOST_TEST(outcomes[0].height == 1u);
  BOOST_TEST(outcomes[1].state == "final");
  BOOST_TEST(outcomes[1].height == 2u);
  BOOST_TEST(outcomes[1].position == 1u);
  BOOST_TEST(outcomes[1].receipt == "applied");
  BOOST_TEST(outcomes[1].validators == 4u);
  BOOST_TEST(outcomes[1].signers == (std::vector<std::string>{"n1", "n2", "n3"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_refused_at_once_is_not_waited_for) {
  Bench bench;

  const auto asked = bench.submit(1, true);
  bench.judge({{"", AdmissionError::TooLarge}});

  BOOST_TEST(only(asked).reason.code == "too-large");
}

BOOST_AUTO_TEST_CASE(who_waits_beyond_his_deadline_hears_what_is_known_by_then) {
  Bench bench;
  const auto asked = bench.submit(2, true);
  bench.judge({{"one", std::nullopt}, {"two", std::nullopt}});
  bench.finalize({applied("one")});

  bench.rig.advance(4999ms);
  BOOST_TEST(asked->is_open());
  bench.rig.advance(1ms);

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->outcomes[0].state == "final");
  BOOST_TEST(asked->reply->outcomes[1].state == "accepted");
}

BOOST_AUTO_TEST_CASE(an_ordering_that_did_not_count_decides_nothing) {
  Bench bench;
  const auto asked = bench.submit(1, true);
  bench.judge({{"one", std::nullopt}});

  bench.finalize({{id("one"), troupe::ledger::DuplicateOf{Height{1}}}});

  BOOST_TEST(asked->is_open());
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_transaction_that_is_known_hears_what_the_ledger_knows) {
  Bench bench;

  const auto asked = bench.submit(1, true);
  bench.judge({{"one", AdmissionError::Duplicate}});
  BOOST_TEST(asked->is_open());
  bench.answer_ledger({final_outcome("one")});

  BOOST_TEST(only(asked).state == "final");
  BOOST_TEST(only(asked).height == 7u);
}

BOOST_AUTO_TEST_CASE(one_transaction_twice_in_a_submission_is_answered_twice) {
  Bench bench;
  const auto asked = bench.submit(2, true);
  bench.judge({{"one", std::nullopt}, {"one", AdmissionError::Duplicate}});

  bench.finalize({applied("one")});

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->outcomes[0].state == "final");
  BOOST_TEST(asked->reply->outcomes[1].state == "final");
}

BOOST_AUTO_TEST_CASE(a_mempool_that_ends_is_an_error_to_who_submitted) {
  Bench bench;
  const auto asked = bench.submit(1, true);

  const auto question = bench.rig.mempool->take<submit_atom, RawSubmission>();
  bench.rig.answer(*bench.rig.mempool, question, caf::make_error(caf::sec::runtime_error));

  BOOST_TEST(asked->error.has_value());
  BOOST_TEST(!bench.rig.end_of(bench.admin).has_value());
}

BOOST_AUTO_TEST_CASE(more_transactions_than_one_submission_may_hold_are_refused_as_busy) {
  Bench bench;

  const auto asked = bench.submit(troupe::kSubmissionTransactionsMax + 1, false);

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->outcomes.size() == troupe::kSubmissionTransactionsMax + 1);
  BOOST_TEST(asked->reply->outcomes.back().reason.code == "busy");
  BOOST_TEST(bench.rig.mempool->count<submit_atom>() == 0u);
}

BOOST_AUTO_TEST_CASE(the_requests_that_wait_are_bounded_and_one_more_is_told_busy) {
  Bench bench;
  std::vector<std::shared_ptr<Asked<SubmitReply>>> asked;
  for (std::size_t i = 0; i < troupe::kClientRequestsMax; ++i)
    asked.push_back(bench.submit(1, false));

  const auto busy_submit = bench.submit(1, false);
  const auto busy_query = bench.ask_outcome("one", 5 * kSecond);
  const auto busy_blocks = bench.ask_blocks({.first = 9, .count = 1, .deadline_ms = 5 * kSecond});

  BOOST_TEST(only(busy_submit).reason.code == "busy");
  BOOST_TEST(only(busy_query).reason.code == "busy");
  // A question for blocks is not held, but passed on as if it did not wait.
  BOOST_TEST((bench.rig.ledger_reader->count<blocks_atom, BlockQuery>() == 1u));
  bench.judge({{"one", std::nullopt}});
  BOOST_TEST(only(asked.front()).state == "accepted");
  BOOST_TEST(bench.submit(1, false)->is_open());
  BOOST_TEST(busy_blocks->is_open());
}

BOOST_AUTO_TEST_CASE(an_outcome_is_asked_of_the_ledger_first) {
  Bench bench;

  const auto asked = bench.ask_outcome("one", 5 * kSecond);
  bench.answer_ledger({final_outcome("one")});

  BOOST_TEST(only(asked).state == "final");
}

BOOST_AUTO_TEST_CASE(an_outcome_without_a_deadline_is_what_the_ledger_says_at_once) {
  Bench bench;

  const auto known = bench.ask_outcome("one", 0);
  bench.rig.advance(1ms);
  BOOST_TEST(known->is_open());
  bench.answer_ledger({final_outcome("one")});
  const auto unknown = bench.ask_outcome("two", 0);
  bench.rig.advance(1ms);
  TransactionOutcome nothing;
  nothing.id = bytes(id("two"));
  nothing.state = "unknown";
  bench.answer_ledger({nothing});

  BOOST_TEST(only(known).state == "final");
  BOOST_TEST(only(unknown).state == "unknown");
}

BOOST_AUTO_TEST_CASE(an_outcome_with_a_deadline_is_waited_for_until_it_comes_or_that_passes) {
  Bench bench;
  const auto decided = bench.ask_outcome("one", 5 * kSecond);
  bench.answer_ledger({TransactionOutcome{}});
  const auto open = bench.ask_outcome("two", 5 * kSecond);
  bench.answer_ledger({TransactionOutcome{}});

  bench.finalize({applied("one")});
  BOOST_TEST(only(decided).state == "final");
  BOOST_TEST(open->is_open());
  bench.rig.advance(5s);

  BOOST_TEST(only(open).state == "unknown");
}

BOOST_AUTO_TEST_CASE(a_transaction_and_records_are_the_ledger_readers_to_answer) {
  Bench bench;

  const auto transaction = bench.rig.ask<TransactionReport>(
      bench.admin, troupe::actors::gettx_atom_v, TransactionQuery{bytes(id("one"))});
  const auto records =
      bench.rig.ask<RecordsReport>(bench.admin, troupe::actors::records_atom_v, RecordQuery{});
  TransactionReport report;
  report.outcome = final_outcome("one");
  auto& reader = *bench.rig.ledger_reader;
  bench.rig.answer(reader, reader.take<troupe::actors::gettx_atom, TransactionQuery>(), report);
  RecordsReport found;
  found.height = 3;
  bench.rig.answer(reader, reader.take<troupe::actors::records_atom, RecordQuery>(), found);

  BOOST_REQUIRE(transaction->reply.has_value());
  BOOST_TEST(transaction->reply->outcome.height == 7u);
  BOOST_REQUIRE(records->reply.has_value());
  BOOST_TEST(records->reply->height == 3u);
}

BOOST_AUTO_TEST_CASE(a_transaction_that_no_block_has_is_the_mempools_to_answer) {
  Bench bench;
  using troupe::actors::gettx_atom;

  const auto asked = bench.rig.ask<TransactionReport>(
      bench.admin, troupe::actors::gettx_atom_v, TransactionQuery{bytes(id("one"))});
  TransactionReport unknown;
  unknown.outcome.state = "unknown";
  auto& reader = *bench.rig.ledger_reader;
  bench.rig.answer(reader, reader.take<gettx_atom, TransactionQuery>(), unknown);
  BOOST_TEST(asked->is_open());
  TransactionReport waiting;
  waiting.outcome.state = "accepted";
  waiting.outcome.receipt = "sealed";
  auto& mempool = *bench.rig.mempool;
  bench.rig.answer(mempool, mempool.take<gettx_atom, TransactionQuery>(), waiting);

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->outcome.state == "accepted");
  BOOST_TEST(asked->reply->outcome.receipt == "sealed");
}

BOOST_AUTO_TEST_CASE(blocks_that_are_there_or_not_waited_for_are_asked_for_at_once) {
  Bench bench;
  bench.finalize();

  (void)bench.ask_blocks({.first = 1, .count = 1, .deadline_ms = 5 * kSecond});
  (void)bench.ask_blocks({.first = 2, .count = 1});
  (void)bench.ask_blocks({.count = 1, .deadline_ms = 5 * kSecond, .latest = true});

  BOOST_TEST((bench.rig.ledger_reader->count<blocks_atom, BlockQuery>() == 3u));
}

BOOST_AUTO_TEST_CASE(blocks_that_were_stored_in_an_earlier_life_are_not_waited_for) {
  Bench bench;
  bench.admin = bench.start(Height{9});

  (void)bench.ask_blocks({.first = 9, .count = 1, .deadline_ms = 5 * kSecond});

  BOOST_TEST((bench.rig.ledger_reader->count<blocks_atom, BlockQuery>() == 1u));
}

BOOST_AUTO_TEST_CASE(who_follows_the_chain_is_answered_when_the_next_block_is_there) {
  Bench bench;
  const auto asked = bench.ask_blocks({.first = 2, .count = 1, .deadline_ms = 5 * kSecond});

  bench.finalize();
  BOOST_TEST((bench.rig.ledger_reader->count<blocks_atom, BlockQuery>() == 0u));
  bench.finalize();
  BlocksReport report;
  report.blocks.resize(1);
  auto& reader = *bench.rig.ledger_reader;
  bench.rig.answer(reader, reader.take<blocks_atom, BlockQuery>(), report);

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->blocks.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_follows_the_chain_hears_of_nothing_once_his_deadline_passes) {
  Bench bench;
  const auto asked = bench.ask_blocks({.first = 1, .count = 1, .deadline_ms = 5 * kSecond});

  bench.rig.advance(5s);

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->blocks.empty());
}

BOOST_AUTO_TEST_CASE(the_earlier_of_two_deadlines_is_kept_whichever_was_set_first) {
  Bench bench;
  const auto late = bench.ask_blocks({.first = 1, .count = 1, .deadline_ms = 5 * kSecond});
  const auto early = bench.ask_blocks({.first = 1, .count = 1, .deadline_ms = 1 * kSecond});

  bench.rig.advance(1s);
  BOOST_TEST(!early->is_open());
  BOOST_TEST(late->is_open());
  bench.rig.advance(4s);

  BOOST_TEST(!late->is_open());
}

BOOST_AUTO_TEST_CASE(stop_is_answered_and_passed_on_to_the_node) {
  Bench bench;

  const bool stopped = bench.rig.must_answer<bool>(bench.admin, troupe::actors::stop_atom_v);

  BOOST_TEST(stopped);
  BOOST_TEST(bench.rig.node->count<troupe::actors::stop_atom>() == 1u);
}

BOOST_AUTO_TEST_CASE(every_receipt_that_is_no_success_says_why) {
  const auto described = [](const troupe::ledger::Outcome& outcome) {
    TransactionOutcome told;
    troupe::actors::describe_receipt(told, {id("one"), outcome});
    return told;
  };

  BOOST_TEST(described(Applied{{4}}).reason.code.empty());
  BOOST_TEST(described(troupe::ledger::DuplicateOf{Height{3}}).reason.code == "duplicate");
  BOOST_TEST(described(troupe::ledger::ExpiredBefore{}).reason.code == "expired");
  BOOST_TEST(described(troupe::ledger::TooFarAheadOf{}).reason.code == "too-far-ahead");
  const auto refused = described(troupe::ledger::Refused{1, troupe::ledger::Refusal::NotOwner});
  BOOST_TEST(refused.receipt == "refused");
  BOOST_TEST(refused.reason.code == "not-owner");
  BOOST_TEST(refused.reason.message.starts_with("operation 2: "));
}

BOOST_AUTO_TEST_SUITE_END()
