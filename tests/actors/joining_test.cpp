#include "actors/joining.hpp"

#include <boost/test/unit_test.hpp>

#include "actors/chain_state.hpp"
#include "actors/snapshots.hpp"
#include "storage/state_store.hpp"
#include "tests/actors/stored_ledger.hpp"

namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::Joining;
using troupe::actors::offer_fault;
using troupe::ledger::NibblePath;
using troupe::test::Finality;
using troupe::test::StoredLedger;

/// An offer of height 2 and the blocks that prove it.
struct Bench : StoredLedger {
  Bench() {
    for (const char* value : {"1", "2", "3", "4"})
      commit("key", value);
    offer = troupe::actors::Snapshots(rig.context(), rig.chain()).offer(Height{2})->value();
    run.assign(blocks.begin() + 1, blocks.end());
  }

  std::string fault() { return offer_fault(offer, run, rig.context()->electorate()); }

  /// A node has stored some of the snapshot.
  void begin_joining(troupe::test::CastRig& fresh) const {
    troupe::storage::WriteSet set;
    troupe::actors::put_joining(set, {offer, run.front(), {NibblePath{}}});
    troupe::actors::put_decisions(set, Height{1}, {{offer.root, troupe::ledger::Applied{}}});
    troupe::storage::put_snapshot_part(
        set, {{}, {}, std::vector<troupe::ledger::StateEntry>{{{1}, {2}}, {{2}, {3}}}}, Height{2});
    BOOST_REQUIRE(fresh.chain()->database()->commit(set).ok());
  }

  /// What a node still has of it: transactions, values and their keys.
  [[nodiscard]] std::size_t left_of_it(troupe::test::CastRig& fresh) const {
    std::size_t left = fresh.chain()->transaction(offer.root)->has_value() ? 1 : 0;
    left += fresh.chain()->receipts(Height{1})->has_value() ? 1 : 0;
    const troupe::storage::StateStore states(fresh.chain()->database());
    for (const auto key : {std::uint8_t{1}, std::uint8_t{2}}) {
      const troupe::Bytes name{key};
      left += states.value_at(name, Height{9})->has_value() ? 1 : 0;
      left += states.key_of(troupe::crypto::sha256(name))->has_value() ? 1 : 0;
    }
    return left;
  }

  troupe::ledger::SnapshotOffer offer;
  std::vector<troupe::consensus::CertifiedBlock> run;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(joining_test)

BOOST_AUTO_TEST_CASE(signed_blocks_prove_an_offer) {
  Bench bench;

  BOOST_TEST(bench.fault() == "");
}

BOOST_AUTO_TEST_CASE(another_root_height_or_history_is_not_proved) {
  Bench root;
  root.offer.root.bytes[5] ^= 1;
  Bench height;
  height.offer.height = Height{3};
  Bench history;
  history.offer.history.append(history.offer.root);

  BOOST_TEST(root.fault() != "");
  BOOST_TEST(height.fault() != "");
  BOOST_TEST(history.fault() != "");
}

BOOST_AUTO_TEST_CASE(blocks_without_signatures_prove_nothing) {
  Bench none;
  none.run.clear();
  Bench unsigned_end;
  unsigned_end.run.back().finalization.reset();
  Bench not_direct;
  not_direct.run.front().finalization.reset();

  BOOST_TEST(none.fault() != "");
  BOOST_TEST(unsigned_end.fault() != "");
  BOOST_TEST(not_direct.fault() != "");
}

BOOST_AUTO_TEST_CASE(how_far_joining_has_come_is_read_back) {
  Bench bench;
  troupe::test::CastRig fresh;
  BOOST_TEST(!troupe::actors::read_joining(*fresh.chain())->has_value());
  const std::vector<NibblePath> pending{NibblePath{}.child(3), NibblePath{}.child(4).child(5)};
  troupe::storage::WriteSet set;
  troupe::actors::put_joining(set, {bench.offer, bench.run.front(), {NibblePath{}}});
  troupe::actors::put_joining_pending(set, pending);
  BOOST_REQUIRE(fresh.chain()->database()->commit(set).ok());

  const auto joining = troupe::actors::read_joining(*fresh.chain());

  BOOST_REQUIRE(joining.ok() && joining->has_value());
  BOOST_TEST(((*joining)->offer == bench.offer));
  BOOST_TEST(((*joining)->block == bench.run.front()));
  BOOST_TEST(((*joining)->pending == pending));
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_is_given_up_leaves_nothing) {
  Bench bench;
  troupe::test::CastRig fresh;
  bench.begin_joining(fresh);
  BOOST_TEST(*troupe::actors::has_joining(*fresh.chain()));

  BOOST_REQUIRE(troupe::actors::forget_joining(*fresh.chain()).ok());

  BOOST_TEST(!*troupe::actors::has_joining(*fresh.chain()));
  BOOST_TEST(!troupe::actors::read_joining(*fresh.chain())->has_value());
  BOOST_TEST(bench.left_of_it(fresh) == 0u);
}

BOOST_AUTO_TEST_CASE(a_power_cut_while_a_snapshot_is_given_up_leaves_all_of_it_or_nothing) {
  Bench bench;
  bool was_done = false;
  std::size_t whole = 0;
  for (std::uint64_t at = 1; !was_done; ++at) {
    troupe::test::CastRig fresh;
    bench.begin_joining(fresh);
    const std::size_t all = bench.left_of_it(fresh);
    fresh.environment().fail_at(fresh.environment().operations() + at,
                                troupe::storage::StorageErrorKind::Io);
    was_done = troupe::actors::forget_joining(*fresh.chain()).ok();
    fresh.restart(troupe::simulator::PowerCut::LoseAll);

    const auto joining = troupe::actors::read_joining(*fresh.chain());

    BOOST_REQUIRE(joining.ok());
    BOOST_TEST(bench.left_of_it(fresh) == (joining->has_value() ? all : 0));
    whole += joining->has_value() ? 1 : 0;
  }
  BOOST_TEST(whole > 0u);  // one of the cuts came before anything was given up
}

BOOST_AUTO_TEST_CASE(gathered_parts_are_written_together_with_what_is_still_to_be_fetched) {
  Bench bench;
  troupe::test::CastRig fresh{troupe::test::rig_options(3, false)};
  bench.begin_joining(fresh);
  const auto entry = [](std::uint8_t key) {
    return troupe::ledger::StateChunk{
        {}, {}, std::vector<troupe::ledger::StateEntry>{{{key}, Bytes(60'000, key)}}};
  };
  const std::vector<NibblePath> left{NibblePath{}.child(4), NibblePath{}.child(7)};
  const auto pending = [&] {
    return troupe::actors::read_joining(*fresh.chain())->value().pending;
  };
  const auto value = [&](std::uint8_t key) {
    return troupe::storage::StateStore(fresh.chain()->database())
        .value_at(Bytes{key}, Height{2})
        .value();
  };

  troupe::actors::GatheredParts parts(Height{2});
  std::uint8_t added = 10;
  for (; !parts.is_full(); ++added)
    parts.add({entry(added), {left.front()}});
  parts.add({entry(added), left});

  BOOST_TEST(added > 20u);  // many of them in one write
  BOOST_TEST(!value(10).has_value());
  BOOST_TEST((pending() == std::vector<NibblePath>{NibblePath{}}));
  BOOST_REQUIRE(parts.commit(*fresh.chain()->database()).ok());
  BOOST_TEST((value(10) == Bytes(60'000, 10)));
  BOOST_TEST((value(added) == Bytes(60'000, added)));
  BOOST_TEST((pending() == left));
  BOOST_TEST(!parts.is_full());
}

BOOST_AUTO_TEST_SUITE_END()
