#include "actors/synchronizer.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/actors/cast_rig.hpp"
#include "tests/actors/committed.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Bytes;
using troupe::Height;
using troupe::actors::Channel;
using troupe::actors::commit_atom;
using troupe::actors::CommitBlocks;
using troupe::actors::Delivery;
using troupe::actors::payload_atom;
using troupe::actors::PayloadQuestion;
using troupe::actors::serve_atom;
using troupe::actors::ServeBlocks;
using troupe::actors::share;
using troupe::actors::SharedBytes;
using troupe::actors::synced_atom;
using troupe::actors::Synchronizer;
using troupe::actors::SynchronizerActor;
using troupe::actors::SynchronizerSeed;
using troupe::actors::SynchronizerStatus;
using troupe::consensus::CertifiedBlock;
using troupe::consensus::RunAnswer;
using troupe::consensus::RunRequest;
using troupe::consensus::Synced;
using troupe::consensus::SyncMessage;
using troupe::consensus::SyncStatus;
using troupe::ledger::PayloadVerdict;
using troupe::network::PeerId;
using troupe::test::CastRig;
using troupe::test::Finality;
using troupe::test::SampleChain;
using troupe::test::Sent;

struct Bench {
  Bench() {
    troupe::consensus::CatchUpConfig config{
        rig.context()->electorate(), rig.context()->root(), chain.history()};
    auto seed = std::make_shared<SynchronizerSeed>(SynchronizerSeed{std::move(config), Height{0}});
    synchronizer = rig.spawn<SynchronizerActor, Synchronizer>(rig.context(), std::move(seed));
    rig.meet(synchronizer);
  }

  void connect(std::uint32_t peer) {
    rig.tell(synchronizer, troupe::actors::peerup_atom_v, Channel::Sync, rig.peer(peer));
  }

  void disconnect(std::uint32_t peer) {
    rig.tell(synchronizer, troupe::actors::peerdown_atom_v, Channel::Sync, rig.peer(peer));
  }

  void deliver(std::uint32_t from, const Bytes& message) {
    rig.tell(synchronizer,
             troupe::actors::deliver_atom_v,
             Delivery{rig.peer(from), Channel::Sync, share(message), nullptr});
  }

  void claim(std::uint32_t peer, std::uint64_t height) {
    deliver(peer, troupe::consensus::encode(SyncMessage{SyncStatus{Height{height}}}));
  }

  void answer_run(std::uint32_t peer,
                  std::uint64_t request,
                  const std::vector<CertifiedBlock>& run) {
    deliver(peer, troupe::consensus::encode(SyncMessage{RunAnswer{request, run}}));
  }

  void request(std::uint32_t peer, std::uint64_t number) {
    deliver(peer, troupe::consensus::encode(SyncMessage{RunRequest{number, Height{1}, Height{9}}}));
  }

  /// Peer n2 claims these blocks, is asked for them, and gives them.
  void fetch(const std::vector<CertifiedBlock>& run) {
    connect(1);
    (void)rig.take_sent();
    claim(1, run.back().header.height.number);
    const auto asked = requests();
    BOOST_REQUIRE(asked.size() == 1u);
    answer_run(1, asked.front().request, run);
  }

  /// What is on its way out, of this kind.
  template <class Body>
  std::vector<Body> take(std::optional<PeerId> to) {
    std::vector<Body> found;
    for (const Sent& one : rig.take_sent()) {
      BOOST_TEST((one.channel == Channel::Sync));
      const auto message = troupe::consensus::decode_sync_message(one.message);
      BOOST_REQUIRE(message.ok());
      const auto* body = std::get_if<Body>(&*message);
      if (body != nullptr && one.to == to) found.push_back(*body);
    }
    return found;
  }

  std::vector<RunRequest> requests(std::uint32_t peer = 1) {
    return take<RunRequest>(rig.peer(peer));
  }

  /// What the mempool is asked to hold; keeps it there.
  std::vector<PayloadQuestion> questions() {
    return rig.mempool->all<payload_atom, PayloadQuestion>();
  }

  void judge(const CertifiedBlock& block, PayloadVerdict verdict) {
    rig.tell(synchronizer,
             payload_atom::value,
             troupe::ledger::PayloadChecked{troupe::consensus::digest(block.header), verdict});
  }

  /// The writer has stored these blocks, says so to all, and then answers who handed them over.
  void store(const std::vector<CertifiedBlock>& blocks) {
    const auto question = rig.ledger_writer->take<commit_atom, CommitBlocks>();
    for (const CertifiedBlock& block : blocks) {
      rig.tell(synchronizer, troupe::actors::final_atom_v, troupe::test::committed(block));
    }
    rig.answer(*rig.ledger_writer, question, true);
  }

  std::size_t commits() { return rig.ledger_writer->count<commit_atom, CommitBlocks>(); }

  CastRig rig;
  SampleChain chain{rig.context()};
  SynchronizerActor synchronizer;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(synchronizer_test)

BOOST_AUTO_TEST_CASE(a_peer_that_appears_is_told_how_far_this_ledger_reaches) {
  Bench bench;
  bench.rig.tell(bench.synchronizer,
                 troupe::actors::final_atom_v,
                 troupe::test::committed(bench.chain.extend()));

  bench.connect(1);

  const auto told = bench.take<SyncStatus>(bench.rig.peer(1));
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told.front().height.number == 1u);
}

BOOST_AUTO_TEST_CASE(a_claim_of_more_is_answered_with_a_request_for_it) {
  Bench bench;
  bench.connect(1);
  (void)bench.rig.take_sent();

  bench.claim(1, 5);

  const auto asked = bench.requests();
  BOOST_REQUIRE(asked.size() == 1u);
  BOOST_TEST(asked.front().first.number == 1u);
  BOOST_TEST(asked.front().last.number == 5u);
  const auto status =
      bench.rig.must_answer<SynchronizerStatus>(bench.synchronizer, troupe::actors::status_atom_v);
  BOOST_TEST(status.claimed.number == 5u);
}

BOOST_AUTO_TEST_CASE(a_proven_run_is_held_then_stored_and_only_then_told_to_consensus) {
  Bench bench;
  const auto batch = bench.chain.seal(2, {bench.chain.put("key", "value")});
  const std::vector run{bench.chain.extend({}, Finality::Descendant), bench.chain.extend({batch})};
  const auto synced = [&] { return bench.rig.validator->all<synced_atom, Synced>(); };

  bench.fetch(run);
  const auto questions = bench.questions();
  BOOST_REQUIRE(questions.size() == 2u);
  BOOST_TEST(questions[1].question.tips.size() == 1u);
  BOOST_TEST(questions[1].question.parent_tips.empty());
  BOOST_TEST(questions[1].question.holders.size() == 3u);
  bench.judge(run[1], PayloadVerdict::Valid);
  BOOST_TEST(bench.commits() == 0u);  // the first one is not held yet
  bench.judge(run[0], PayloadVerdict::Valid);
  BOOST_TEST(bench.commits() == 1u);
  BOOST_TEST(synced().empty());
  bench.store(run);

  BOOST_REQUIRE(synced().size() == 1u);
  BOOST_TEST((synced().front().header == run[1].header));
  BOOST_TEST((synced().front().history == bench.chain.history()));
}

BOOST_AUTO_TEST_CASE(what_the_mempool_still_lacks_is_waited_for) {
  Bench bench;
  const std::vector run{bench.chain.extend()};
  bench.fetch(run);

  bench.judge(run[0], PayloadVerdict::Missing);
  BOOST_TEST(bench.commits() == 0u);
  bench.judge(run[0], PayloadVerdict::Valid);

  BOOST_TEST(bench.commits() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_mempool_dropped_is_asked_for_again_after_a_while) {
  Bench bench;
  const auto run = bench.chain.extend_by(3, Finality::Direct);
  bench.fetch(run);
  const std::size_t asked = bench.questions().size();

  bench.judge(run[0], PayloadVerdict::Dropped);
  bench.judge(run[1], PayloadVerdict::Dropped);
  BOOST_TEST(bench.questions().size() == asked);
  bench.rig.advance(std::chrono::milliseconds(250));

  const auto questions = bench.questions();
  BOOST_REQUIRE(questions.size() == asked + 2);
  BOOST_TEST((questions[asked].question.block == troupe::consensus::digest(run[0].header)));
  bench.judge(run[0], PayloadVerdict::Valid);
  BOOST_TEST(bench.commits() == 1u);
}

BOOST_AUTO_TEST_CASE(a_final_block_that_our_rules_forbid_stops_the_node) {
  Bench bench;
  const std::vector run{bench.chain.extend()};
  bench.fetch(run);

  bench.judge(run[0], PayloadVerdict::Invalid);

  const auto end = bench.rig.end_of(bench.synchronizer).value_or("");
  BOOST_TEST(end.find(troupe::consensus::digest(run[0].header).hex()) != std::string::npos);
  BOOST_TEST(bench.commits() == 0u);
}

BOOST_AUTO_TEST_CASE(a_block_that_came_by_another_way_is_not_handed_over_again) {
  Bench bench;
  const std::vector run{bench.chain.extend(), bench.chain.extend()};
  bench.fetch(run);

  bench.rig.tell(bench.synchronizer, troupe::actors::final_atom_v, troupe::test::committed(run[0]));
  bench.judge(run[0], PayloadVerdict::Valid);
  bench.judge(run[1], PayloadVerdict::Valid);

  const auto commit = bench.rig.ledger_writer->take<commit_atom, CommitBlocks>();
  BOOST_REQUIRE(commit.get().blocks.size() == 1u);
  BOOST_TEST((commit.get().blocks.front().header == run[1].header));
}

BOOST_AUTO_TEST_CASE(payloads_are_fetched_only_some_blocks_ahead) {
  Bench bench;
  const auto run = bench.chain.extend_by(40, Finality::Direct);
  bench.fetch(run);
  const std::size_t ahead = bench.questions().size();
  BOOST_TEST(ahead == 16u);

  bench.judge(run[0], PayloadVerdict::Valid);
  bench.store({run[0]});

  BOOST_TEST(bench.questions().size() == ahead + 1);
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_far_ahead_is_asked_for_up_to_its_final_block) {
  Bench bench;
  const auto run = bench.chain.extend_by(40, Finality::Descendant);

  bench.fetch(run);

  BOOST_TEST(bench.questions().size() == 40u);
}

BOOST_AUTO_TEST_CASE(a_peer_whose_blocks_prove_nothing_is_named_and_another_one_is_asked) {
  Bench bench;
  auto run = bench.chain.extend_by(2, Finality::Direct);
  run.back().finalization->signatures.pop_back();
  bench.connect(1);
  bench.connect(2);
  (void)bench.rig.take_sent();
  bench.claim(1, 2);
  const auto asked = bench.requests(1);
  BOOST_REQUIRE(asked.size() == 1u);
  bench.claim(2, 2);
  (void)bench.rig.take_sent();

  bench.answer_run(1, asked.front().request, run);

  BOOST_TEST(bench.rig.has_logged("n2 sent blocks that prove nothing"));
  BOOST_TEST(bench.questions().empty());
  BOOST_TEST(bench.requests(2).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_request_that_nobody_answers_is_given_to_the_next_peer) {
  Bench bench;
  bench.connect(1);
  bench.claim(1, 2);
  bench.connect(2);
  bench.claim(2, 2);
  (void)bench.rig.take_sent();

  bench.rig.advance(2s);

  BOOST_TEST(bench.requests(2).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_malformed_message_hangs_up_its_sender) {
  Bench bench;
  bench.connect(1);

  bench.deliver(1, {9, 9, 9});

  const auto hung_up = bench.rig.swarm->all<troupe::actors::hangup_atom, PeerId>();
  BOOST_REQUIRE(hung_up.size() == 1u);
  BOOST_TEST((hung_up.front() == bench.rig.peer(1)));
}

BOOST_AUTO_TEST_CASE(who_is_not_connected_is_not_heard) {
  Bench bench;
  bench.connect(1);
  bench.disconnect(1);
  bench.rig.swarm->forget();

  bench.claim(1, 5);
  bench.request(1, 1);

  BOOST_TEST(bench.rig.swarm->empty());
  BOOST_TEST((bench.rig.ledger_reader->count<serve_atom, ServeBlocks>() == 0u));
}

BOOST_AUTO_TEST_CASE(the_requests_of_one_peer_are_served_one_at_a_time_and_the_rest_dropped) {
  Bench bench;
  bench.connect(1);
  bench.connect(2);
  (void)bench.rig.take_sent();
  const auto served = [&] { return bench.rig.ledger_reader->count<serve_atom, ServeBlocks>(); };

  bench.request(1, 7);
  bench.request(1, 8);
  BOOST_TEST(served() == 1u);
  bench.request(2, 9);
  BOOST_TEST(served() == 2u);
  const auto question = bench.rig.ledger_reader->take<serve_atom, ServeBlocks>();
  BOOST_TEST(question.get().request == 7u);
  const Bytes answer = troupe::consensus::encode(SyncMessage{RunAnswer{7, {}}});
  bench.rig.answer(*bench.rig.ledger_reader, question, share(answer));

  BOOST_TEST(bench.take<RunAnswer>(bench.rig.peer(1)).size() == 1u);
  bench.request(1, 10);
  BOOST_TEST(served() == 2u);
}

BOOST_AUTO_TEST_CASE(a_height_that_grew_is_told_to_all_once_in_a_while) {
  Bench bench;
  for (int i = 0; i < 3; ++i) {
    bench.rig.tell(bench.synchronizer,
                   troupe::actors::final_atom_v,
                   troupe::test::committed(bench.chain.extend()));
  }
  BOOST_TEST(bench.rig.take_sent().empty());

  bench.rig.advance(500ms);
  const auto told = bench.take<SyncStatus>(std::nullopt);
  bench.rig.advance(5s);

  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told.front().height.number == 3u);
  BOOST_TEST(bench.rig.take_sent().empty());
}

BOOST_AUTO_TEST_CASE(when_consensus_lacks_ancestors_peers_are_asked_beyond_what_they_claimed) {
  Bench bench;
  bench.connect(1);
  bench.claim(1, 0);
  BOOST_TEST(bench.requests().empty());
  const auto block = troupe::crypto::sha256(troupe::as_bytes("far ahead"));
  const auto finalization =
      bench.chain.certify(troupe::consensus::VoteKind::Finalize, troupe::View{40}, block);

  bench.rig.tell(
      bench.synchronizer, troupe::actors::behind_atom_v, troupe::consensus::CatchUp{finalization});

  BOOST_TEST(bench.requests().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
