#include <boost/test/unit_test.hpp>

#include "actors/scrubber.hpp"
#include "actors/snapshots.hpp"
#include "actors/verified_state.hpp"
#include "protocol/ledger/record.hpp"
#include "storage/state_pruning.hpp"
#include "tests/actors/stored_ledger.hpp"

// The scrubber over a ledger whose old states are gone: no block of theirs can be executed again.
namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::FetchedAnswer;
using troupe::actors::FetchedBatch;
using troupe::actors::FetchedBlock;
using troupe::actors::Mending;
using troupe::actors::Scrubber;
using troupe::actors::ScrubberActor;
using troupe::actors::ScrubQuery;
using troupe::actors::ScrubReport;
using troupe::actors::Snapshots;
using troupe::actors::WantedAnswer;
using troupe::actors::WantedBatch;
using troupe::actors::WantedBlock;
using troupe::storage::KeyPrefix;
using troupe::test::StoredLedger;

constexpr Height kKeptFrom{8};

/// Twelve blocks. `old` was written by the first one alone.
struct Blocks : StoredLedger {
  Blocks() {
    commit("old", "as old as can be");
    for (int i = 2; i <= 12; ++i)
      commit("key " + std::to_string(i % 3), std::to_string(i));
  }
};

/// A scrubber over a pruned ledger, and a peer that holds the same ledger whole.
struct Bench : Blocks {
  explicit Bench(bool is_peer_there = true) : has_peer(is_peer_there) {
    troupe::storage::StateStore states(rig.chain()->database());
    const auto pruned = troupe::storage::prune(states, kKeptFrom, 10'000);
    BOOST_REQUIRE(pruned.ok() && pruned->nodes > 0 && pruned->values > 0);
    BOOST_REQUIRE((root_after(Height{12}) == peer.root_after(Height{12})));
    whole = entries();
    scrubber = rig.spawn<ScrubberActor, Scrubber>(rig.context(), rig.chain(), ScrubReport{});
    rig.meet(scrubber);
  }

  /// One pass, in which peer and writer do what they are asked to.
  ScrubReport scrub() {
    (void)rig.must_answer<ScrubReport>(scrubber, troupe::actors::scrub_atom_v, ScrubQuery{true});
    while (give_block() || give_batch() || give_answer() || mend()) {
    }
    return rig.must_answer<ScrubReport>(scrubber, troupe::actors::scrub_atom_v, ScrubQuery{});
  }

  bool give_block() {
    using troupe::actors::fetch_atom;
    if (rig.synchronizer->count<fetch_atom, WantedBlock>() == 0) return false;
    const auto wanted = rig.synchronizer->take<fetch_atom, WantedBlock>();
    FetchedBlock fetched;
    if (has_peer) fetched.block = peer.blocks[wanted.get().height.number - 1];
    rig.answer(*rig.synchronizer, wanted, fetched);
    return true;
  }

  bool give_batch() {
    using troupe::actors::fetch_atom;
    if (rig.synchronizer->count<fetch_atom, WantedBatch>() == 0) return false;
    const auto wanted = rig.synchronizer->take<fetch_atom, WantedBatch>();
    FetchedBatch fetched;
    if (has_peer) fetched.batch = peer.batches.at(wanted.get().digest);
    rig.answer(*rig.synchronizer, wanted, fetched);
    return true;
  }

  bool give_answer() {
    using troupe::actors::fetch_atom;
    if (rig.synchronizer->count<fetch_atom, WantedAnswer>() == 0) return false;
    const auto wanted = rig.synchronizer->take<fetch_atom, WantedAnswer>();
    FetchedAnswer fetched;
    if (has_peer) {
      const Snapshots snapshots(peer.rig.context(), peer.rig.chain());
      const auto question = troupe::ledger::decode_snapshot_question(wanted.get().question);
      BOOST_REQUIRE(question.ok());
      fetched.answer = *snapshots.answer(*question);
      BOOST_TEST(wanted.get().is_right(*fetched.answer));
      BOOST_TEST(!wanted.get().is_right(Bytes{}));
    }
    rig.answer(*rig.synchronizer, wanted, fetched);
    return true;
  }

  bool mend() {
    if (rig.ledger_writer->count<troupe::actors::mend_atom, Mending>() == 0) return false;
    const auto question = rig.ledger_writer->take<troupe::actors::mend_atom, Mending>();
    BOOST_REQUIRE(database().commit(*question.get().entries).ok());
    rig.answer(*rig.ledger_writer, question, true);
    return true;
  }

  /// What a client reads of a record; nothing if it cannot be proved.
  std::optional<std::string> read(const std::string& key) {
    const troupe::storage::StateStore states(rig.chain()->database());
    const troupe::storage::StoredTree tree(rig.chain()->database());
    const troupe::actors::VerifiedState state(states, tree, newest());
    const auto record = troupe::ledger::read_record(state, key);
    if (!record || !*record) return std::nullopt;
    return std::string(troupe::as_text((*record)->value));
  }

  static Bytes value_place(const std::string& key, std::uint64_t version) {
    return troupe::storage::keys::state_value(
        troupe::crypto::sha256(troupe::ledger::record_state_key(key)), Height{version});
  }

  bool has_peer;
  Blocks peer;
  Entries whole;
  ScrubberActor scrubber;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(scrubber_pruned_test)

BOOST_AUTO_TEST_CASE(what_was_pruned_is_not_missed) {
  Bench bench;

  const ScrubReport report = bench.scrub();

  BOOST_TEST(report.passes == 1u);
  BOOST_TEST(report.damaged == 0u);
  BOOST_TEST((bench.entries() == bench.whole));
  BOOST_TEST(bench.whole.size() < bench.peer.entries().size());
}

/// Of the nodes of the tree those that no block can be executed again for are refused when they are
/// read; nobody gives them.
BOOST_AUTO_TEST_CASE(every_entry_but_an_old_node_is_found_and_mended_when_it_is_altered) {
  Bench bench;
  const auto sound = bench.whole;
  const Bytes nodes_end = troupe::storage::keys::tree_node({kKeptFrom.next(), {}});
  std::uint64_t known = 0;  // damages of the entries before
  for (const auto& [key, value] : sound) {
    const auto kind = static_cast<KeyPrefix>(key[0]);
    if (kind == KeyPrefix::TreeNode && key < nodes_end) continue;
    if (kind == KeyPrefix::StaleNode) continue;  // it only says what to prune
    Bytes altered = value;
    altered.back() ^= 1;
    bench.alter(key, altered);

    ScrubReport report = bench.scrub();
    const std::uint64_t found = report.damaged - known;
    // What rests on an entry that was mended late is mended by the next pass.
    for (int pass = 0; pass < 2 && bench.entries() != sound; ++pass)
      report = bench.scrub();
    report = bench.scrub();  // a clean pass ends the quarantine
    known = report.damaged;

    BOOST_TEST_CONTEXT("key " + troupe::to_hex(key)) {
      BOOST_TEST(found > 0u);
      BOOST_TEST(report.quarantined == 0u);
      BOOST_REQUIRE((bench.entries() == sound));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_old_value_is_refused_until_a_peer_gave_it) {
  Bench bench;
  bench.alter(Bench::value_place("old", 1), Bytes{1, 'l', 'i', 'e'});
  BOOST_TEST(!bench.read("old").has_value());

  const ScrubReport report = bench.scrub();

  BOOST_TEST(report.damaged == 1u);
  BOOST_TEST(report.repaired == 1u);
  BOOST_TEST((bench.read("old") == "as old as can be"));
  BOOST_TEST((bench.entries() == bench.whole));
}

BOOST_AUTO_TEST_CASE(an_old_value_that_is_gone_comes_back) {
  Bench bench;
  bench.alter(Bench::value_place("old", 1), std::nullopt);

  (void)bench.scrub();

  BOOST_TEST((bench.read("old") == "as old as can be"));
  BOOST_TEST(bench.scrub().damaged == 1u);
}

BOOST_AUTO_TEST_CASE(a_value_that_no_block_wrote_is_removed) {
  Bench bench;
  bench.alter(Bench::value_place("nobody's", 3), Bytes{1, 2, 3});

  (void)bench.scrub();

  BOOST_TEST((bench.entries() == bench.whole));
}

BOOST_AUTO_TEST_CASE(what_no_peer_gives_stays_refused_and_counted) {
  Bench bench(false);
  bench.alter(Bench::value_place("old", 1), Bytes{1, 'l', 'i', 'e'});
  bench.alter(troupe::storage::keys::receipts(Height{3}), Bytes{7});

  const ScrubReport report = bench.scrub();

  BOOST_TEST(report.passes == 1u);
  BOOST_TEST(report.quarantined == 3u);  // the receipts, and the value in two states
  BOOST_TEST(report.repaired == 0u);
  BOOST_TEST(!bench.read("old").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
