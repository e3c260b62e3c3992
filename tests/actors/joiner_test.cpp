#include "actors/joiner.hpp"

#include <chrono>
#include <functional>

#include <boost/test/unit_test.hpp>

#include "actors/chain_state.hpp"
#include "actors/joining.hpp"
#include "actors/snapshots.hpp"
#include "protocol/ledger/record.hpp"
#include "tests/actors/stored_ledger.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Bytes;
using troupe::Height;
using troupe::actors::Channel;
using troupe::actors::Joiner;
using troupe::actors::JoinerActor;
using troupe::actors::LedgerWriter;
using troupe::actors::LedgerWriterActor;
using troupe::actors::Snapshots;
using troupe::consensus::RunAnswer;
using troupe::consensus::RunRequest;
using troupe::consensus::SnapshotAnswer;
using troupe::consensus::SnapshotRequest;
using troupe::consensus::SyncMessage;
using troupe::ledger::SnapshotQuestion;
using troupe::test::Asked;
using troupe::test::CastRig;
using troupe::test::StoredLedger;

/// What a peer makes of an honest answer before it sends it; nothing if it says nothing.
using Twist = std::function<std::optional<Bytes>(const SnapshotQuestion&, Bytes)>;

std::optional<Bytes> as_it_is(const SnapshotQuestion&, Bytes answer) {
  return answer;
}

/// A node without a ledger, and peers that hold one.
struct Bench {
  Bench() {
    for (int i = 0; i < 40; ++i)
      source.commit("key " + std::to_string(i), std::to_string(i));
    source.commit({});
    start();
  }

  void start() {
    joiner =
        target.spawn<JoinerActor, Joiner>(target.context(), target.members().swarm, target.chain());
    asked = target.ask<bool>(joiner, troupe::actors::join_atom_v);
  }

  void add_peer(std::uint32_t index, Twist twist = as_it_is) {
    twists[target.peer(index)] = std::move(twist);
    target.tell(joiner, troupe::actors::peerup_atom_v, Channel::Sync, target.peer(index));
  }

  void deliver(const troupe::network::PeerId& from, const SyncMessage& message) {
    target.tell(joiner,
                troupe::actors::deliver_atom_v,
                troupe::actors::Delivery{from,
                                         Channel::Sync,
                                         troupe::actors::share(troupe::consensus::encode(message)),
                                         nullptr});
  }

  /// Has the peers answer what they were asked. False if they were asked nothing.
  bool serve() {
    bool was_asked = false;
    for (const auto& sent : target.take_sent()) {
      const auto message = troupe::consensus::decode_sync_message(sent.message);
      BOOST_REQUIRE(message.ok() && sent.to.has_value());
      was_asked = true;
      if (const auto* run = std::get_if<RunRequest>(&*message)) {
        deliver(*sent.to, RunAnswer{run->request, run_from(run->first)});
      } else if (const auto* request = std::get_if<SnapshotRequest>(&*message)) {
        const auto question = troupe::ledger::decode_snapshot_question(request->question);
        BOOST_REQUIRE(question.ok());
        if (std::holds_alternative<troupe::ledger::PartQuestion>(*question)) {
          ++parts[*sent.to];
          if (meddler) deliver(*meddler, SnapshotAnswer{request->request, {}});
        }
        const auto answer = snapshots.answer(*question);
        BOOST_REQUIRE(answer.ok());
        const auto said = twists.at(*sent.to)(*question, *answer);
        if (said) deliver(*sent.to, SnapshotAnswer{request->request, *said});
      }
    }
    return was_asked;
  }

  std::vector<troupe::consensus::CertifiedBlock> run_from(Height first) {
    return {source.blocks.begin() + static_cast<std::ptrdiff_t>(first.number - 1),
            source.blocks.end()};
  }

  /// Until the node has joined, for at most a minute.
  void play() {
    for (int i = 0; i < 120 && asked->is_open(); ++i) {
      while (serve()) {
      }
      target.advance(500ms);
    }
  }

  [[nodiscard]] troupe::actors::ChainState state() {
    return troupe::actors::read_chain_state(*target.chain(), *target.context()).value();
  }

  StoredLedger source;
  Snapshots snapshots{source.rig.context(), source.rig.chain()};
  CastRig target{troupe::test::rig_options(3, false)};
  JoinerActor joiner;
  std::shared_ptr<Asked<bool>> asked;
  std::map<troupe::network::PeerId, Twist> twists;
  std::map<troupe::network::PeerId, std::size_t> parts;
  std::optional<troupe::network::PeerId> meddler;  // answers first whatever anybody is asked
};

std::optional<Bytes> silence(const SnapshotQuestion&, const Bytes&) {
  return std::nullopt;
}

std::optional<Bytes> forged(const SnapshotQuestion& question, Bytes answer) {
  if (std::holds_alternative<troupe::ledger::PartQuestion>(question)) answer.back() ^= 1;
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(joiner_test)

BOOST_AUTO_TEST_CASE(a_node_without_a_ledger_gets_one_that_goes_on_like_the_others) {
  Bench bench;
  bench.add_peer(0);
  bench.add_peer(1);

  bench.play();

  BOOST_REQUIRE(bench.asked->reply == true);
  const auto state = bench.state();
  BOOST_TEST(state.newest.height.number == 40u);
  BOOST_TEST((state.tree.root == bench.source.root_after(Height{40})));
  BOOST_TEST(troupe::actors::read_base(*bench.target.chain())->number == 40u);
  BOOST_TEST(state.last_ordering.number == 40u);

  // The next block is executed upon it, a transaction of an old one does not take effect again.
  const auto writer = bench.target.spawn<LedgerWriterActor, LedgerWriter>(
      bench.target.context(), bench.target.chain(), state);
  bench.target.meet(writer);
  const auto old = bench.source.batches.begin()->second->transactions().front();
  bench.source.commit({bench.source.chain.put("key 3", "again"), old});
  for (const std::size_t index : {40u, 41u}) {
    const auto done =
        bench.target.ask<bool>(writer,
                               troupe::actors::commit_atom_v,
                               troupe::actors::CommitBlocks{{bench.source.blocks[index]}});
    if (index == 41) {
      const auto question =
          bench.target.mempool->take<troupe::actors::fetch_atom, troupe::actors::BatchRanges>();
      const auto batch = bench.source.batches.at(question.get().ranges.front().tip);
      bench.target.answer(*bench.target.mempool, question, troupe::actors::BatchList{{batch}});
    }
    BOOST_TEST(done->reply.value_or(false));
  }
  troupe::storage::StateStore states(bench.target.chain()->database());
  BOOST_TEST((states.state_at(Height{42})->root == bench.source.root_after(Height{42})));
  BOOST_TEST((bench.target.chain()->receipts(Height{42})->value() ==
              bench.source.rig.chain()->receipts(Height{42})->value()));
}

BOOST_AUTO_TEST_CASE(the_records_are_listed_as_they_were) {
  Bench bench;
  bench.add_peer(0);
  bench.play();
  BOOST_REQUIRE(bench.asked->reply == true);

  troupe::storage::StateStore here(bench.target.chain()->database());
  troupe::storage::StateStore there(bench.source.rig.chain()->database());

  BOOST_TEST((*here.names({"", "", 100}) == *there.names({"", "", 100})));
}

BOOST_AUTO_TEST_CASE(a_peer_that_lies_about_the_state_is_replaced) {
  Bench bench;
  bench.add_peer(0, forged);
  bench.add_peer(1);

  bench.play();

  BOOST_TEST((bench.asked->reply == true));
  BOOST_TEST(bench.target.has_logged("n1 sent what is no part of the snapshot"));
}

BOOST_AUTO_TEST_CASE(a_peer_that_lied_about_the_state_is_not_asked_again_when_it_comes_back) {
  Bench bench;
  bench.add_peer(0, forged);
  for (int i = 0; i < 20 && bench.parts.empty(); ++i) {
    bench.serve();
    bench.target.advance(250ms);
  }
  bench.serve();
  BOOST_REQUIRE(bench.target.has_logged("n1 sent what is no part of the snapshot"));
  const std::size_t asked = bench.parts[bench.target.peer(0)];

  bench.target.tell(
      bench.joiner, troupe::actors::peerdown_atom_v, Channel::Sync, bench.target.peer(0));
  bench.add_peer(0, forged);
  bench.add_peer(1);
  bench.play();

  BOOST_TEST((bench.asked->reply == true));
  BOOST_TEST(bench.parts[bench.target.peer(0)] == asked);
}

BOOST_AUTO_TEST_CASE(an_answer_to_what_somebody_else_was_asked_is_not_taken) {
  Bench bench;
  bench.meddler = bench.target.peer(1);
  bench.add_peer(0);
  bench.add_peer(1, silence);

  bench.play();

  BOOST_TEST((bench.asked->reply == true));
  BOOST_TEST(!bench.target.has_logged("n1 did not answer in time"));
}

BOOST_AUTO_TEST_CASE(a_silent_peer_is_replaced) {
  Bench bench;
  bench.add_peer(0, [](const SnapshotQuestion& question, Bytes answer) {
    const bool is_part = std::holds_alternative<troupe::ledger::PartQuestion>(question);
    return is_part ? std::nullopt : std::optional(answer);
  });
  bench.add_peer(1);

  bench.play();

  BOOST_TEST((bench.asked->reply == true));
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_nothing_is_replaced) {
  Bench bench;
  bench.add_peer(0, [](const SnapshotQuestion&, const Bytes&) { return std::optional(Bytes{}); });
  bench.add_peer(1);

  bench.play();

  BOOST_TEST((bench.asked->reply == true));
  BOOST_TEST((bench.state().tree.root == bench.source.root_after(Height{40})));
}

BOOST_AUTO_TEST_CASE(an_offer_that_its_blocks_do_not_prove_is_not_taken_up) {
  Bench bench;
  bench.add_peer(0, [](const SnapshotQuestion& question, Bytes answer) {
    if (!std::holds_alternative<troupe::ledger::OfferQuestion>(question)) {
      return std::optional(answer);
    }
    auto offer = troupe::ledger::decode_snapshot_offer(answer).value();
    offer.root.bytes[0] ^= 1;
    return std::optional(troupe::ledger::encode(offer));
  });
  bench.add_peer(1);

  bench.play();

  BOOST_TEST((bench.asked->reply == true));
  BOOST_TEST((bench.state().tree.root == bench.source.root_after(Height{40})));
}

BOOST_AUTO_TEST_CASE(receipts_that_the_state_does_not_bear_out_are_not_taken) {
  Bench bench;
  bench.add_peer(0, [](const SnapshotQuestion& question, Bytes answer) {
    if (!std::holds_alternative<troupe::ledger::ReceiptsQuestion>(question)) {
      return std::optional(answer);
    }
    auto lists = troupe::ledger::decode_receipt_lists(answer).value();
    lists.front().clear();
    return std::optional(troupe::ledger::encode(lists));
  });
  bench.add_peer(1);

  bench.play();

  BOOST_TEST((bench.asked->reply == true));
  BOOST_TEST(bench.target.has_logged("n1 sent wrong receipts"));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_started_again_goes_on_where_it_was) {
  Bench bench;
  bench.add_peer(0);
  for (int i = 0; i < 20 && bench.parts.empty(); ++i) {
    bench.serve();
    bench.target.advance(250ms);
  }
  BOOST_REQUIRE(troupe::actors::read_joining(*bench.target.chain())->has_value());
  BOOST_TEST(!bench.target.chain()->last_height()->has_value());

  bench.target.restart(std::nullopt);
  bench.start();
  bench.add_peer(1);
  bench.play();

  BOOST_TEST((bench.asked->reply == true));
  BOOST_TEST(bench.target.has_logged("goes on with the snapshot of height 40"));
  BOOST_TEST((bench.state().tree.root == bench.source.root_after(Height{40})));
}

BOOST_AUTO_TEST_SUITE_END()
