#include "actors/mempool.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/actors/cast_rig.hpp"
#include "tests/actors/committed.hpp"
#include "tests/actors/mempool_bench.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Bytes;
using troupe::Height;
using troupe::actors::BatchList;
using troupe::actors::BatchRanges;
using troupe::actors::PartVerified;
using troupe::actors::payload_atom;
using troupe::actors::PayloadQuestion;
using troupe::actors::PayloadSink;
using troupe::actors::RawSubmission;
using troupe::actors::serve_atom;
using troupe::actors::share;
using troupe::actors::sign_atom;
using troupe::actors::SignBatchHeader;
using troupe::actors::SignedOrRefused;
using troupe::actors::StoreBatches;
using troupe::actors::verify_atom;
using troupe::actors::VerifyPart;
using troupe::actors::work_atom;
using troupe::ledger::AdmissionError;
using troupe::ledger::BatchMessage;
using troupe::ledger::BatchPointer;
using troupe::ledger::BatchVerdict;
using troupe::ledger::LaneMessage;
using troupe::ledger::PayloadChecked;
using troupe::ledger::PayloadVerdict;
using troupe::ledger::Transaction;
using troupe::network::PeerId;
using troupe::test::Asked;
using troupe::test::CastRig;
using Bench = troupe::test::MempoolBench;
using troupe::test::SampleChain;
using troupe::test::Workers;

PayloadQuestion question_of(const CastRig& rig,
                            const troupe::test::StandIn& asker,
                            const troupe::consensus::Header& header) {
  return {{troupe::consensus::digest(header),
           {},
           troupe::actors::to_lane_tips(header.tips),
           header.transactions_root,
           header.executed_height,
           {rig.context()->own().value()}},
          asker.as<PayloadSink>()};
}

std::vector<PayloadVerdict> verdicts_in(const troupe::test::StandIn& asker) {
  std::vector<PayloadVerdict> verdicts;
  for (const auto& checked : asker.all<payload_atom, PayloadChecked>())
    verdicts.push_back(checked.verdict);
  return verdicts;
}

Transaction of_another_chain() {
  troupe::ledger::Body body;
  const auto& key = troupe::test::validator_key(0);
  body.account = key.public_key();
  body.valid_through = Height{10};
  body.operations = {troupe::ledger::Note{{1}}};
  return Transaction::sign(body, key);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_test)

BOOST_AUTO_TEST_CASE(every_transaction_gets_its_verdict_in_its_place) {
  Bench bench;
  const Transaction good = bench.chain.put("one", "1");
  const Bytes encoded = troupe::to_bytes(good.encoded());

  const auto asked = bench.submit(
      {Bytes{1, 2, 3}, encoded, troupe::to_bytes(of_another_chain().encoded()), encoded});

  BOOST_REQUIRE(asked->reply.has_value());
  const auto& verdicts = *asked->reply;
  BOOST_REQUIRE(verdicts.ids.size() == 4u);
  BOOST_REQUIRE(verdicts.refusals.size() == 4u);
  BOOST_TEST((verdicts.refusals[0] == AdmissionError::Malformed));
  BOOST_TEST((verdicts.ids[1] == good.id()));
  BOOST_TEST(!verdicts.refusals[1].has_value());
  BOOST_TEST((verdicts.refusals[2] == AdmissionError::WrongChain));
  BOOST_TEST((verdicts.ids[3] == good.id()));
  BOOST_TEST((verdicts.refusals[3] == AdmissionError::Duplicate));
  BOOST_TEST(bench.status().waiting_transactions == 1u);
}

BOOST_AUTO_TEST_CASE(a_transaction_that_waits_here_is_known_by_its_id_and_no_other) {
  Bench bench;
  const Transaction waiting = bench.chain.put("one", "1");
  const Transaction other = bench.chain.put("two", "2");
  static_cast<void>(bench.submit(waiting));
  const auto state_of = [&](const auto& id) {
    return bench.rig
        .must_answer<troupe::actors::TransactionReport>(
            bench.mempool,
            troupe::actors::gettx_atom_v,
            troupe::actors::TransactionQuery{{id.bytes.begin(), id.bytes.end()}})
        .outcome.state;
  };

  BOOST_TEST(state_of(waiting.id()) == "accepted");
  BOOST_TEST(state_of(other.id()) == "unknown");
}

BOOST_AUTO_TEST_CASE(a_worker_that_ends_is_an_error_to_who_submitted) {
  Bench bench(Workers::Held);
  const auto asked = bench.submit(bench.chain.put("one", "1"));

  const auto question = bench.rig.worker->take<troupe::actors::examine_atom, RawSubmission>();
  bench.rig.answer(*bench.rig.worker, question, caf::make_error(caf::sec::runtime_error));

  BOOST_TEST(asked->error.has_value());
  BOOST_TEST(!bench.rig.end_of(bench.mempool).has_value());
}

BOOST_AUTO_TEST_CASE(an_own_batch_is_stored_then_signed_then_streamed) {
  Bench bench;
  bench.connect(1);
  troupe::ledger::AckMessage nothing_yet;
  nothing_yet.acks.push_back({{0}, {0}, {0}, bench.rig.context()->electorate().binding.root});
  bench.deliver(1, LaneMessage{nothing_yet});  // a stream begins at what the peer holds
  (void)bench.rig.take_sent();
  const Transaction transaction = bench.chain.put("one", "1");

  (void)bench.submit(transaction);
  BOOST_TEST(bench.stores() == 1u);
  BOOST_TEST(bench.signings() == 0u);
  BOOST_TEST(bench.take<BatchMessage>(1).empty());
  (void)bench.store();
  BOOST_TEST(bench.signings() == 1u);
  BOOST_TEST(bench.take<BatchMessage>(1).empty());
  bench.sign();

  const auto streamed = bench.take<BatchMessage>(1);
  BOOST_REQUIRE(streamed.size() == 1u);
  const auto message = troupe::ledger::decode_lane_message(streamed.front());
  const auto batch = troupe::ledger::Batch::decode(std::get<BatchMessage>(*message).encoded);
  BOOST_REQUIRE(batch.ok());
  BOOST_TEST((batch->transactions().front().id() == transaction.id()));
  BOOST_TEST(troupe::ledger::verify(batch->signed_header(),
                                    bench.rig.context()->chain(),
                                    troupe::test::validator_key(0).public_key()));
  const auto work = bench.rig.validator->all<work_atom, bool>();
  BOOST_TEST(!work.empty());
}

BOOST_AUTO_TEST_CASE(a_refused_own_batch_closes_the_lane_and_says_so) {
  Bench bench;
  (void)bench.submit(bench.chain.put("one", "1"));
  (void)bench.store();

  const auto question = bench.rig.signer->take<sign_atom, SignBatchHeader>();
  bench.rig.answer(
      *bench.rig.signer, question, SignedOrRefused{troupe::consensus::Refusal::AnotherBatch});
  const auto later = bench.submit(bench.chain.put("two", "2"));

  BOOST_TEST(bench.rig.has_logged("takes no more transactions"));
  BOOST_TEST(bench.status().own_lane_halted);
  BOOST_REQUIRE(later->reply.has_value());
  BOOST_TEST((later->reply->refusals.front() == AdmissionError::MempoolFull));
}

BOOST_AUTO_TEST_CASE(one_store_is_under_way_at_a_time_and_the_next_takes_all_that_came_meanwhile) {
  Bench bench;
  for (const std::uint32_t peer : {1u, 2u, 3u})
    bench.connect(peer);
  const auto first = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto second = bench.chain.seal(2, {bench.chain.put("two", "2")});
  const auto third = bench.chain.seal(3, {bench.chain.put("three", "3")});

  bench.stream(first);
  bench.stream(second);
  bench.stream(third);
  BOOST_TEST(bench.stores() == 1u);
  const StoreBatches before = bench.store();
  BOOST_TEST(bench.stores() == 1u);
  const StoreBatches after = bench.store();

  BOOST_REQUIRE(before.batches.size() == 1u);
  BOOST_TEST((before.batches.front().batch->digest() == first->digest()));
  BOOST_REQUIRE(after.batches.size() == 2u);
  BOOST_TEST((after.batches[0].batch->digest() == second->digest()));
  BOOST_TEST((after.batches[1].batch->digest() == third->digest()));
}

BOOST_AUTO_TEST_CASE(a_batch_is_acknowledged_only_once_it_is_stored) {
  Bench bench;
  bench.connect(1);
  bench.rig.advance(1s);
  (void)bench.rig.take_sent();
  const auto acked = [&] {
    bench.rig.advance(10ms);
    bool is_acked = false;
    for (const Bytes& bytes : bench.take<troupe::ledger::AckMessage>(1)) {
      const auto message = troupe::ledger::decode_lane_message(bytes);
      for (const auto& ack : std::get<troupe::ledger::AckMessage>(*message).acks)
        is_acked = is_acked || ack.sequence.number == 1;
    }
    return is_acked;
  };

  bench.stream(bench.chain.seal(1, {bench.chain.put("one", "1")}));
  BOOST_TEST(!acked());
  (void)bench.store();

  BOOST_TEST(acked());
}

BOOST_AUTO_TEST_CASE(malformed_messages_and_batches_hang_up_their_sender) {
  Bench bench;
  bench.connect(1);
  bench.connect(2);
  const Bytes junk{1, 2, 3};

  bench.deliver(1, Bytes{9, 9, 9});
  bench.deliver(2, LaneMessage{BatchMessage{junk}});

  const auto hung_up = bench.rig.swarm->all<troupe::actors::hangup_atom, PeerId>();
  BOOST_REQUIRE(hung_up.size() == 2u);
  BOOST_TEST((hung_up[0] == bench.rig.peer(1)));
  BOOST_TEST((hung_up[1] == bench.rig.peer(2)));
}

BOOST_AUTO_TEST_CASE(who_is_not_connected_is_not_heard) {
  Bench bench;

  bench.deliver(1, Bytes{9, 9, 9});
  bench.stream(bench.chain.seal(1, {bench.chain.put("one", "1")}));

  BOOST_TEST((bench.rig.swarm->count<troupe::actors::hangup_atom, PeerId>() == 0u));
  BOOST_TEST(bench.stores() == 0u);
}

BOOST_AUTO_TEST_CASE(a_forged_batch_is_not_stored) {
  Bench bench;
  bench.connect(1);
  const auto batch = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto draft = troupe::ledger::draft_batch(batch->place(), batch->transactions());
  const auto forged = troupe::test::validator_key(2).sign(
      troupe::ledger::signed_bytes(draft.header, bench.rig.context()->chain()));

  bench.stream(std::make_shared<const troupe::ledger::Batch>(
      troupe::ledger::Batch::assemble(draft, forged)));

  BOOST_TEST(bench.stores() == 0u);
}

BOOST_AUTO_TEST_CASE(a_large_batch_is_verified_in_parts_and_one_wrong_part_spoils_it) {
  for (const BatchVerdict verdict : {BatchVerdict::Valid, BatchVerdict::InvalidContent}) {
    Bench bench(Workers::Held);
    bench.connect(1);
    std::vector<Transaction> transactions;
    for (int i = 0; i < 150; ++i)
      transactions.push_back(bench.chain.put("key", std::to_string(i)));
    const auto batch = bench.chain.seal(1, transactions);
    bench.stream(batch);
    const auto decode =
        bench.rig.worker->take<troupe::actors::decode_atom, troupe::actors::RawBatches>();
    bench.rig.answer(*bench.rig.worker, decode, troupe::actors::DecodedBatches{std::vector{batch}});

    std::vector<std::pair<std::size_t, std::size_t>> parts;
    for (const BatchVerdict part : {BatchVerdict::Valid, verdict, BatchVerdict::Valid}) {
      BOOST_TEST(bench.stores() == 0u);
      const auto question = bench.rig.worker->take<verify_atom, VerifyPart>();
      parts.emplace_back(question.get().first, question.get().last);
      bench.rig.answer(*bench.rig.worker, question, PartVerified{part});
    }

    BOOST_TEST((parts ==
                std::vector<std::pair<std::size_t, std::size_t>>{{0, 64}, {64, 128}, {128, 150}}));
    BOOST_TEST(bench.stores() == (verdict == BatchVerdict::Valid ? 1u : 0u));
  }
}

BOOST_AUTO_TEST_CASE(a_peer_is_sent_what_the_store_found_for_it) {
  Bench bench;
  bench.connect(1);
  (void)bench.rig.take_sent();
  const auto digest = troupe::crypto::sha256(troupe::as_bytes("wanted"));

  bench.deliver(1, LaneMessage{troupe::ledger::BatchRequest{{{digest, 3}}}});
  const auto question = bench.rig.batch_store->take<serve_atom, BatchRanges>();
  BOOST_TEST((question.get().ranges.front().tip == digest));
  troupe::ledger::BatchAnswer absent;
  absent.absent = {digest};
  const Bytes answer = troupe::ledger::encode(LaneMessage{absent});
  bench.rig.answer(*bench.rig.batch_store, question, share(answer));

  const auto sent = bench.take<troupe::ledger::BatchAnswer>(1);
  BOOST_REQUIRE(sent.size() == 1u);
  BOOST_TEST((sent.front() == answer));
}

BOOST_AUTO_TEST_CASE(what_a_block_orders_is_produced_from_memory_and_else_from_the_store) {
  Bench bench;
  bench.connect(1);
  const auto held = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto lacked = bench.chain.seal(2, {bench.chain.put("two", "2")});
  bench.stream(held);
  (void)bench.store();
  const auto fetch = [&](const BatchPointer& batch) {
    return bench.rig.ask<BatchList>(
        bench.mempool, troupe::actors::fetch_atom_v, BatchRanges{{{batch->digest(), 1}}});
  };

  const auto from_memory = fetch(held);
  const auto from_disk = fetch(lacked);
  BOOST_TEST(from_disk->is_open());
  const auto question = bench.rig.batch_store->take<troupe::actors::load_atom, BatchRanges>();
  bench.rig.answer(*bench.rig.batch_store, question, BatchList{{lacked}});

  BOOST_REQUIRE(from_memory->reply.has_value());
  BOOST_TEST((from_memory->reply->batches.front()->digest() == held->digest()));
  BOOST_REQUIRE(from_disk->reply.has_value());
  BOOST_TEST((from_disk->reply->batches.front()->digest() == lacked->digest()));
}

BOOST_AUTO_TEST_CASE(
    everybody_who_asked_for_a_payload_hears_that_it_is_missing_and_when_it_is_not) {
  Bench bench;
  bench.connect(1);
  const auto batch = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto header = bench.chain.extend({batch}).header;

  bench.rig.tell(bench.mempool,
                 troupe::actors::payload_atom_v,
                 question_of(bench.rig, *bench.rig.validator, header));
  bench.rig.tell(bench.mempool,
                 troupe::actors::payload_atom_v,
                 question_of(bench.rig, *bench.rig.synchronizer, header));
  BOOST_TEST((verdicts_in(*bench.rig.validator).front() == PayloadVerdict::Missing));
  bench.stream(batch);
  (void)bench.store();

  BOOST_TEST((verdicts_in(*bench.rig.validator).back() == PayloadVerdict::Valid));
  BOOST_TEST((verdicts_in(*bench.rig.synchronizer).back() == PayloadVerdict::Valid));
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_a_payload_that_was_abandoned) {
  Bench bench;
  bench.connect(1);
  const auto batch = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto header = bench.chain.extend({batch}).header;
  bench.rig.tell(bench.mempool,
                 troupe::actors::payload_atom_v,
                 question_of(bench.rig, *bench.rig.validator, header));
  const std::size_t told = verdicts_in(*bench.rig.validator).size();

  bench.rig.tell(bench.mempool,
                 troupe::actors::abandon_atom_v,
                 troupe::consensus::AbandonPayload{troupe::consensus::digest(header)});
  bench.stream(batch);
  (void)bench.store();

  BOOST_TEST(verdicts_in(*bench.rig.validator).size() == told);
}

BOOST_AUTO_TEST_CASE(who_still_asks_for_a_payload_that_consensus_abandoned_is_told) {
  Bench bench;
  bench.connect(1);
  const auto batch = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto header = bench.chain.extend({batch}).header;
  for (const auto* asker : {&bench.rig.validator, &bench.rig.synchronizer}) {
    bench.rig.tell(
        bench.mempool, troupe::actors::payload_atom_v, question_of(bench.rig, **asker, header));
  }

  bench.rig.tell(bench.mempool,
                 troupe::actors::abandon_atom_v,
                 troupe::consensus::AbandonPayload{troupe::consensus::digest(header)});
  bench.stream(batch);
  (void)bench.store();

  BOOST_TEST((verdicts_in(*bench.rig.validator).back() == PayloadVerdict::Missing));
  BOOST_TEST((verdicts_in(*bench.rig.synchronizer).back() == PayloadVerdict::Valid));
}

BOOST_AUTO_TEST_CASE(a_proposal_is_built_at_once_of_what_is_held) {
  Bench bench;
  bench.connect(1);
  const auto build = [&] {
    return bench.rig.must_answer<troupe::consensus::ProposalBuilt>(
        bench.mempool,
        troupe::actors::build_atom_v,
        troupe::consensus::BuildProposal{troupe::View{1},
                                         bench.rig.context()->electorate().binding.root,
                                         bench.rig.context()->root()});
  };
  BOOST_TEST(build().tips.empty());
  const auto batch = bench.chain.seal(0, {bench.chain.put("one", "1")});
  (void)bench.submit(bench.chain.put("one", "1"));
  (void)bench.store();
  bench.sign();
  troupe::ledger::AckMessage acks;
  acks.acks.push_back({{0}, {0}, {1}, batch->digest(), false});
  bench.connect(2);
  bench.deliver(1, LaneMessage{acks});
  bench.deliver(2, LaneMessage{acks});

  const auto built = build();

  BOOST_REQUIRE(built.tips.size() == 1u);
  BOOST_TEST((built.tips.front().digest == batch->digest()));
  BOOST_TEST((built.transactions_root == troupe::ledger::transactions_root(std::vector{*batch})));
}

BOOST_AUTO_TEST_CASE(what_is_final_waits_no_longer) {
  Bench bench;
  bench.connect(1);
  const Transaction transaction = bench.chain.put("one", "1");
  const auto batch = bench.chain.seal(0, {transaction});
  (void)bench.submit(transaction);
  (void)bench.store();
  bench.sign();
  BOOST_TEST(bench.status().waiting_transactions == 1u);

  bench.rig.tell(bench.mempool,
                 troupe::actors::final_atom_v,
                 troupe::test::committed(bench.chain.extend({batch}),
                                         {{transaction.id(), troupe::ledger::Applied{{1}}}}));

  BOOST_TEST(bench.status().waiting_transactions == 0u);
  const auto work = bench.rig.validator->all<work_atom, bool>();
  BOOST_REQUIRE(work.size() >= 2u);
  BOOST_TEST(work.front());
  BOOST_TEST(!work.back());
}

BOOST_AUTO_TEST_CASE(a_leader_is_told_how_far_each_lane_is_held) {
  Bench bench;
  bench.connect(1);
  const auto batch = bench.chain.seal(1, {bench.chain.put("one", "1")});
  bench.stream(batch);
  (void)bench.store();

  const auto tips =
      bench.rig.must_answer<troupe::actors::LaneTips>(bench.mempool, troupe::actors::tips_atom_v);

  const auto found = std::find_if(
      tips.begin(), tips.end(), [&](const auto& tip) { return tip.digest == batch->digest(); });
  BOOST_TEST((found != tips.end()));
}

BOOST_AUTO_TEST_CASE(an_author_that_forks_its_lane_is_accused_with_the_proof) {
  Bench bench;
  bench.connect(1);
  SampleChain other(bench.rig.context());
  const auto one = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto fork = other.seal(1, {other.put("another", "1")});

  bench.stream(one);
  bench.stream(fork);
  while (bench.stores() > 0)
    (void)bench.store();

  const auto accusations =
      bench.rig.accuser->all<troupe::actors::accuse_atom, troupe::proof::Accusation>();
  BOOST_REQUIRE(accusations.size() == 1u);
  BOOST_TEST(troupe::proof::proves(accusations.front(), bench.rig.context()->electorate()));
}

BOOST_AUTO_TEST_CASE(lanes_are_told_with_what_is_held_of_each) {
  Bench bench;
  SampleChain chain(bench.rig.context());
  bench.connect(1);
  bench.stream(chain.seal(1, {chain.put("key", "value")}));
  static_cast<void>(bench.store());

  const auto report = bench.rig.must_answer<troupe::actors::LanesReport>(
      bench.mempool, troupe::actors::lanes_atom_v);

  BOOST_REQUIRE(report.lanes.size() == 4u);
  BOOST_TEST(report.lanes[1].validator == "n2");
  BOOST_TEST(report.lanes[1].held == 1u);
  BOOST_TEST(report.lanes[1].ordered == 0u);
  BOOST_TEST(report.lanes[2].held == 0u);
  BOOST_TEST(!report.own_lane_halted);
}

BOOST_AUTO_TEST_SUITE_END()
