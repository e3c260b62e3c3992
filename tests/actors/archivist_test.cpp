#include "actors/archivist.hpp"

#include <chrono>
#include <optional>

#include <boost/test/unit_test.hpp>

#include "tests/actors/stored_ledger.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Height;
using troupe::actors::Archivist;
using troupe::actors::ArchivistActor;
using troupe::actors::AskedOfSnapshot;
using troupe::actors::SharedBytes;
using troupe::actors::SnapshotQuery;
using troupe::actors::SnapshotReport;
using troupe::test::CastRig;
using troupe::test::StoredLedger;

/// The options of n1 with these limits.
troupe::actors::NodeOptions options_with(std::uint64_t kept, std::uint64_t interval) {
  auto options = troupe::test::rig_options(0);
  options.limits.state_heights_kept = kept;
  options.limits.snapshot_interval_heights = interval;
  return options;
}

/// An archivist with limits of its own over a ledger of `blocks` blocks that overwrite one key.
struct Bench {
  Bench(std::uint64_t blocks, std::uint64_t kept, std::uint64_t interval)
      : rig(options_with(kept, interval)) {
    for (std::uint64_t i = 0; i < blocks; ++i)
      ledger.commit("key", std::to_string(i));
    archivist = rig.spawn<ArchivistActor, Archivist>(rig.context(), ledger.rig.chain());
  }

  SnapshotReport ask(bool take = false) {
    return rig.must_answer<SnapshotReport>(
        archivist, troupe::actors::snapshot_atom_v, SnapshotQuery{take});
  }

  void start() { rig.tell(archivist, troupe::actors::start_atom_v); }

  StoredLedger ledger;
  CastRig rig;
  ArchivistActor archivist;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(archivist_test)

BOOST_AUTO_TEST_CASE(a_snapshot_is_taken_of_the_newest_agreed_state_when_it_is_asked_for) {
  Bench bench(3, 0, 0);
  BOOST_TEST(bench.ask().kept.empty());

  const SnapshotReport report = bench.ask(true);

  BOOST_TEST(report.reason.code.empty());
  BOOST_TEST(report.height == 2u);
  BOOST_TEST(report.newest == 3u);
  BOOST_TEST(report.root == bench.ledger.root_after(Height{2}).hex());
  BOOST_TEST(!report.stored.empty());
}

BOOST_AUTO_TEST_CASE(a_ledger_whose_state_nobody_exposed_has_no_snapshot) {
  Bench bench(1, 0, 0);

  BOOST_TEST(bench.ask(true).reason.code == "not-exposed");
}

BOOST_AUTO_TEST_CASE(snapshots_are_taken_at_intervals) {
  Bench bench(84, 0, 10);

  bench.start();
  bench.rig.advance(3s);

  // 84 is 63 above 21.
  BOOST_TEST(bench.ask().height == 20u);
}

BOOST_AUTO_TEST_CASE(what_only_old_states_need_is_removed_in_the_background) {
  Bench bench(100, 20, 0);
  BOOST_TEST(bench.ask().pruned_below == 0u);

  bench.start();
  bench.rig.advance(3s);

  const SnapshotReport report = bench.ask();
  BOOST_TEST(report.pruned_below == 80u);
  BOOST_TEST(report.nodes_pruned > 80u);
  troupe::storage::StateStore states(bench.ledger.rig.chain()->database());
  BOOST_TEST(troupe::storage::prune(states, Height{80}, 1000)->nodes == 0u);
  BOOST_TEST(report.values_pruned > 70u);
}

BOOST_AUTO_TEST_CASE(a_snapshot_outlives_the_heights_that_are_kept) {
  Bench bench(90, 10, 0);
  BOOST_TEST(bench.ask(true).height == 89u);
  for (int i = 0; i < 100; ++i)
    bench.ledger.commit("key", "more");

  bench.start();
  bench.rig.advance(3s);

  BOOST_TEST(bench.ask().pruned_below == 89u);
}

BOOST_AUTO_TEST_CASE(questions_of_peers_are_answered_and_nonsense_is_not) {
  Bench bench(3, 0, 0);
  const auto ask = [&](troupe::Bytes question) {
    return bench.rig.must_answer<SharedBytes>(
        bench.archivist, troupe::actors::serve_atom_v, AskedOfSnapshot{std::move(question)});
  };

  const auto offer = troupe::ledger::decode_snapshot_offer(*ask(
      troupe::ledger::encode(troupe::ledger::SnapshotQuestion{troupe::ledger::OfferQuestion{}})));

  BOOST_REQUIRE(offer.ok());
  BOOST_TEST(offer->height.number == 2u);
  BOOST_TEST(ask({9, 9, 9})->empty());
}

BOOST_AUTO_TEST_SUITE_END()
