#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/synchronizer.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Bytes;
using troupe::Height;
using troupe::actors::Channel;
using troupe::actors::FetchedAnswer;
using troupe::actors::FetchedBatch;
using troupe::actors::FetchedBlock;
using troupe::actors::Synchronizer;
using troupe::actors::SynchronizerActor;
using troupe::actors::SynchronizerSeed;
using troupe::actors::WantedAnswer;
using troupe::actors::WantedBatch;
using troupe::actors::WantedBlock;
using troupe::consensus::RunAnswer;
using troupe::consensus::RunRequest;
using troupe::consensus::SnapshotAnswer;
using troupe::consensus::SnapshotRequest;
using troupe::consensus::SyncBatchAnswer;
using troupe::consensus::SyncBatchRequest;
using troupe::consensus::SyncMessage;
using troupe::test::CastRig;
using troupe::test::SampleChain;

/// A synchronizer with two peers, n2 and n3.
struct Bench {
  Bench() {
    troupe::consensus::CatchUpConfig config{
        rig.context()->electorate(), rig.context()->root(), chain.history()};
    auto seed = std::make_shared<SynchronizerSeed>(SynchronizerSeed{std::move(config), Height{0}});
    synchronizer = rig.spawn<SynchronizerActor, Synchronizer>(rig.context(), std::move(seed));
    rig.meet(synchronizer);
    for (const std::uint32_t peer : {1u, 2u}) {
      rig.tell(synchronizer, troupe::actors::peerup_atom_v, Channel::Sync, rig.peer(peer));
    }
    (void)rig.take_sent();
  }

  /// The one request on its way, and whom it is for.
  template <class Body>
  std::pair<std::uint32_t, Body> asked() {
    for (const auto& sent : rig.take_sent()) {
      const auto message = troupe::consensus::decode_sync_message(sent.message);
      BOOST_REQUIRE(message.ok());
      if (const auto* body = std::get_if<Body>(&*message)) {
        return {sent.to == rig.peer(1) ? 1u : 2u, *body};
      }
    }
    BOOST_FAIL("nobody was asked");
    return {};
  }

  void deliver(std::uint32_t from, const SyncMessage& message) {
    rig.tell(synchronizer,
             troupe::actors::deliver_atom_v,
             troupe::actors::Delivery{rig.peer(from),
                                      Channel::Sync,
                                      troupe::actors::share(troupe::consensus::encode(message)),
                                      nullptr});
  }

  CastRig rig;
  SampleChain chain{rig.context()};
  SynchronizerActor synchronizer;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(synchronizer_wanted_test)

BOOST_AUTO_TEST_CASE(a_block_that_proves_itself_is_handed_over) {
  Bench bench;
  const auto block = bench.chain.extend();
  const auto reply = bench.rig.ask<FetchedBlock>(
      bench.synchronizer, troupe::actors::fetch_atom_v, WantedBlock{Height{1}});
  const auto [peer, request] = bench.asked<RunRequest>();
  BOOST_TEST(request.first.number == 1u);

  bench.deliver(peer, RunAnswer{request.request, {block}});

  BOOST_REQUIRE(reply->reply.has_value());
  BOOST_TEST((reply->reply->block == block));
}

BOOST_AUTO_TEST_CASE(a_lying_and_a_silent_peer_are_passed_over) {
  Bench bench;
  auto forged = bench.chain.extend();
  forged.header.timestamp.milliseconds += 1;
  const auto reply = bench.rig.ask<FetchedBlock>(
      bench.synchronizer, troupe::actors::fetch_atom_v, WantedBlock{Height{1}});
  const auto [liar, first] = bench.asked<RunRequest>();

  bench.deliver(liar, RunAnswer{first.request, {forged}});
  const auto [silent, second] = bench.asked<RunRequest>();
  BOOST_TEST(silent != liar);
  BOOST_TEST(reply->is_open());
  bench.rig.advance(3s);

  BOOST_REQUIRE(reply->reply.has_value());
  BOOST_TEST(!reply->reply->block.has_value());
}

BOOST_AUTO_TEST_CASE(only_the_batch_of_the_wanted_digest_is_taken) {
  Bench bench;
  const auto batch = bench.chain.seal(1, {bench.chain.put("key", "value")});
  const auto other = bench.chain.seal(1, {bench.chain.put("key", "other")});
  const auto reply = bench.rig.ask<FetchedBatch>(
      bench.synchronizer, troupe::actors::fetch_atom_v, WantedBatch{batch->digest()});
  const auto [liar, first] = bench.asked<SyncBatchRequest>();

  bench.deliver(liar, SyncBatchAnswer{first.request, troupe::to_bytes(other->encoded())});
  const auto [honest, second] = bench.asked<SyncBatchRequest>();
  bench.deliver(honest, SyncBatchAnswer{second.request, troupe::to_bytes(batch->encoded())});

  BOOST_REQUIRE(reply->reply.has_value());
  BOOST_REQUIRE(reply->reply->batch != nullptr);
  BOOST_TEST((reply->reply->batch->digest() == batch->digest()));
}

BOOST_AUTO_TEST_CASE(only_an_answer_that_satisfies_whoever_wants_it_is_taken) {
  Bench bench;
  const WantedAnswer wanted{{3, 1}, [](const Bytes& answer) { return answer == Bytes{7}; }};
  const auto reply =
      bench.rig.ask<FetchedAnswer>(bench.synchronizer, troupe::actors::fetch_atom_v, wanted);
  const auto [liar, first] = bench.asked<SnapshotRequest>();
  BOOST_TEST((first.question == wanted.question));

  bench.deliver(liar, SnapshotAnswer{first.request, {}});
  const auto [honest, second] = bench.asked<SnapshotRequest>();
  bench.deliver(liar, SnapshotAnswer{second.request, {7}});  // it was not asked
  BOOST_TEST(reply->is_open());
  bench.deliver(honest, SnapshotAnswer{second.request, {7}});

  BOOST_REQUIRE(reply->reply.has_value());
  BOOST_TEST((reply->reply->answer == Bytes{7}));
}

BOOST_AUTO_TEST_CASE(an_answer_that_nobody_has_is_none) {
  Bench bench;
  const auto reply =
      bench.rig.ask<FetchedAnswer>(bench.synchronizer,
                                   troupe::actors::fetch_atom_v,
                                   WantedAnswer{{3, 1}, [](const Bytes&) { return false; }});

  for (int peer = 0; peer < 2; ++peer) {
    const auto [asked, request] = bench.asked<SnapshotRequest>();
    bench.deliver(asked, SnapshotAnswer{request.request, {1}});
  }

  BOOST_REQUIRE(reply->reply.has_value());
  BOOST_TEST(!reply->reply->answer.has_value());
}

BOOST_AUTO_TEST_CASE(a_peer_is_given_the_batch_that_it_asks_for) {
  Bench bench;
  const auto batch = bench.chain.seal(1, {bench.chain.put("key", "value")});

  bench.deliver(1, SyncBatchRequest{77, batch->digest()});
  const auto question =
      bench.rig.batch_store->take<troupe::actors::load_atom, troupe::actors::BatchRanges>();
  bench.rig.answer(*bench.rig.batch_store, question, troupe::actors::BatchList{{batch}});

  const auto [peer, answer] = bench.asked<SyncBatchAnswer>();
  BOOST_TEST(answer.request == 77u);
  BOOST_TEST((answer.batch == troupe::to_bytes(batch->encoded())));
}

BOOST_AUTO_TEST_SUITE_END()
