#include "actors/batch_store.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using troupe::Bytes;
using troupe::actors::BatchDigests;
using troupe::actors::BatchList;
using troupe::actors::BatchRanges;
using troupe::actors::BatchStore;
using troupe::actors::BatchStoreActor;
using troupe::actors::BatchToStore;
using troupe::actors::forget_atom_v;
using troupe::actors::load_atom_v;
using troupe::actors::serve_atom_v;
using troupe::actors::SharedBytes;
using troupe::actors::store_atom_v;
using troupe::actors::StoreBatches;
using troupe::crypto::Digest;
using troupe::ledger::BatchPointer;
using troupe::simulator::PowerCut;
using troupe::test::CastRig;
using troupe::test::SampleChain;

BatchStoreActor start_store(CastRig& rig) {
  return rig.spawn<BatchStoreActor, BatchStore>(rig.context(), rig.chain());
}

void store(CastRig& rig,
           const BatchStoreActor& actor,
           const std::vector<BatchPointer>& batches,
           bool followed = true) {
  StoreBatches request;
  for (const BatchPointer& batch : batches)
    request.batches.push_back({batch, followed});
  BOOST_REQUIRE(rig.must_answer<bool>(actor, store_atom_v, request));
}

std::vector<BatchPointer> chain_of(SampleChain& chain, std::uint32_t lane, std::size_t length) {
  std::vector<BatchPointer> batches;
  for (std::size_t i = 0; i < length; ++i)
    batches.push_back(chain.seal(lane, {chain.put("key", std::to_string(i))}));
  return batches;
}

std::vector<Digest> digests_of(const std::vector<BatchPointer>& batches) {
  std::vector<Digest> digests;
  for (const BatchPointer& batch : batches)
    digests.push_back(batch->digest());
  return digests;
}

BatchRanges range(const BatchPointer& tip, std::uint64_t count) {
  return {{{tip->digest(), count}}};
}

/// What a peer finds in the message that it is served: digests, and which tips are absent.
struct Served {
  std::vector<Digest> batches;
  std::vector<Digest> absent;
  std::size_t bytes = 0;
};

Served serve(CastRig& rig, const BatchStoreActor& actor, const BatchRanges& ranges) {
  const auto encoded = rig.must_answer<SharedBytes>(actor, serve_atom_v, ranges);
  const auto message = troupe::ledger::decode_lane_message(*encoded);
  BOOST_REQUIRE(message.ok());
  const auto& answer = std::get<troupe::ledger::BatchAnswer>(*message);
  Served served{{}, answer.absent, encoded->size()};
  for (const troupe::ByteView batch : answer.batches) {
    const auto decoded = troupe::ledger::Batch::decode(batch);
    BOOST_REQUIRE(decoded.ok());
    served.batches.push_back(decoded->digest());
  }
  return served;
}

std::vector<Digest> load(CastRig& rig, const BatchStoreActor& actor, const BatchRanges& ranges) {
  return digests_of(rig.must_answer<BatchList>(actor, load_atom_v, ranges).batches);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_store_test)

BOOST_AUTO_TEST_CASE(what_was_answered_as_stored_survives_a_power_cut) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto batches = chain_of(chain, 1, 3);
  store(rig, start_store(rig), batches);

  rig.restart(PowerCut::LoseAll);
  const auto loaded = load(rig, start_store(rig), range(batches[2], 3));

  BOOST_TEST(
      (loaded == std::vector{batches[2]->digest(), batches[1]->digest(), batches[0]->digest()}));
}

BOOST_AUTO_TEST_CASE(one_store_is_one_sync_however_many_batches_it_holds) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto actor = start_store(rig);
  store(rig, actor, chain_of(chain, 1, 1));
  const std::uint64_t before = rig.environment().syncs();
  store(rig, actor, chain_of(chain, 2, 1));
  const std::uint64_t of_one = rig.environment().syncs() - before;

  store(rig, actor, chain_of(chain, 3, 20));

  BOOST_TEST(rig.environment().syncs() - before - of_one == of_one);
}

BOOST_AUTO_TEST_CASE(a_range_is_read_from_its_tip_downwards_as_far_as_it_is_there) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto batches = chain_of(chain, 1, 4);
  const auto actor = start_store(rig);
  store(rig, actor, {batches[2], batches[3]});

  BOOST_TEST((load(rig, actor, range(batches[3], 1)) == std::vector{batches[3]->digest()}));
  BOOST_TEST((load(rig, actor, range(batches[3], 9)) ==
              std::vector{batches[3]->digest(), batches[2]->digest()}));
  BOOST_TEST(load(rig, actor, range(batches[1], 2)).empty());
}

BOOST_AUTO_TEST_CASE(a_peer_is_sent_what_is_there_and_told_which_tips_are_absent) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto held = chain_of(chain, 1, 2);
  const auto lacked = chain_of(chain, 2, 2);
  const auto actor = start_store(rig);
  store(rig, actor, held);

  const Served served = serve(rig, actor, {{{held[1]->digest(), 2}, {lacked[1]->digest(), 2}}});

  BOOST_TEST((served.batches == std::vector{held[1]->digest(), held[0]->digest()}));
  BOOST_TEST((served.absent == std::vector{lacked[1]->digest()}));
}

BOOST_AUTO_TEST_CASE(a_batch_without_a_signature_is_absent_to_peers_until_it_is_stored_signed) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto batch = chain.seal(0, {chain.put("key", "value")});
  const troupe::ledger::BatchDraft draft =
      troupe::ledger::draft_batch(batch->place(), batch->transactions());
  const auto unsigned_batch =
      std::make_shared<const troupe::ledger::Batch>(troupe::ledger::Batch::assemble(draft, {}));
  const auto actor = start_store(rig);

  store(rig, actor, {unsigned_batch});
  const Served before = serve(rig, actor, range(batch, 1));
  store(rig, actor, {batch});
  const Served after = serve(rig, actor, range(batch, 1));

  BOOST_TEST(before.batches.empty());
  BOOST_TEST((before.absent == std::vector{batch->digest()}));
  BOOST_TEST((after.batches == std::vector{batch->digest()}));
}

BOOST_AUTO_TEST_CASE(an_answer_keeps_within_the_number_of_batches_of_one_message) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto batches = chain_of(chain, 1, troupe::kBatchAnswerBatchesMax + 3);
  const auto actor = start_store(rig);
  store(rig, actor, batches);

  const Served served = serve(rig, actor, range(batches.back(), batches.size()));

  BOOST_TEST(served.batches.size() == troupe::kBatchAnswerBatchesMax);
  BOOST_TEST((served.batches.front() == batches.back()->digest()));
}

BOOST_AUTO_TEST_CASE(an_answer_keeps_within_the_bytes_of_one_message) {
  CastRig rig;
  SampleChain chain(rig.context());
  std::vector<BatchPointer> batches;
  const std::string large(troupe::kRecordValueBytesMax, 'x');
  for (int i = 0; i < 3; ++i) {
    std::vector<troupe::ledger::Transaction> transactions;
    for (int j = 0; j < 14; ++j)
      transactions.push_back(chain.put("key/" + std::to_string(14 * i + j), large));
    batches.push_back(chain.seal(1, transactions));
  }
  const auto actor = start_store(rig);
  store(rig, actor, batches);

  const Served served = serve(rig, actor, range(batches[2], 3));

  BOOST_TEST(served.batches.size() == 2u);
  BOOST_TEST(served.bytes <= troupe::kLaneMessageBytesMax);
}

BOOST_AUTO_TEST_CASE(what_is_to_be_forgotten_is_gone) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto batches = chain_of(chain, 1, 2);
  const auto actor = start_store(rig);
  store(rig, actor, batches);

  rig.tell(actor, forget_atom_v, BatchDigests{{batches[1]->digest()}});

  BOOST_TEST(load(rig, actor, range(batches[1], 2)).empty());
  BOOST_TEST(load(rig, actor, range(batches[0], 1)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_ends_the_store_and_nothing_is_called_stored) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto actor = start_store(rig);
  rig.environment().die();

  const auto asked = rig.ask<bool>(
      actor, store_atom_v, StoreBatches{{{chain.seal(1, {chain.put("key", "value")}), true}}});

  BOOST_TEST(!asked->reply.has_value());
  BOOST_TEST(asked->error.has_value());
  BOOST_TEST(rig.end_of(actor).has_value());
}

BOOST_AUTO_TEST_CASE(a_stored_batch_that_is_none_or_another_one_is_as_good_as_not_there) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto batch = chain.seal(1, {chain.put("key", "value")});
  BOOST_REQUIRE(rig.chain()->hold_batches({{batch->digest(), std::nullopt, Bytes{1, 2, 3}}}).ok());
  const auto actor = start_store(rig);

  const auto other = chain.seal(1, {chain.put("key", "other")});
  BOOST_REQUIRE(
      rig.chain()
          ->hold_batches({{other->digest(), std::nullopt, troupe::to_bytes(batch->encoded())}})
          .ok());

  BOOST_TEST(rig.must_answer<BatchList>(actor, load_atom_v, range(batch, 1)).batches.empty());
  BOOST_TEST(rig.must_answer<BatchList>(actor, load_atom_v, range(other, 1)).batches.empty());
  BOOST_TEST(!rig.end_of(actor).has_value());
}

BOOST_AUTO_TEST_CASE(a_mempool_starts_from_the_followed_batches_above_the_final_tips) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto first = chain_of(chain, 0, 3);
  const auto second = chain_of(chain, 2, 2);
  const auto beside = chain_of(chain, 3, 1);
  const auto actor = start_store(rig);
  store(rig, actor, first);
  store(rig, actor, second);
  store(rig, actor, beside, false);
  const auto& ordered = *first[0];
  const troupe::ledger::LaneTip tip{
      {0}, ordered.place().incarnation, ordered.place().sequence, ordered.digest()};

  const auto unordered = troupe::actors::load_unordered(*rig.chain(), *rig.context(), {tip});

  BOOST_REQUIRE(unordered.ok());
  BOOST_TEST(
      (digests_of(*unordered) ==
       std::vector{
           first[1]->digest(), first[2]->digest(), second[0]->digest(), second[1]->digest()}));
}

BOOST_AUTO_TEST_SUITE_END()
