#include "actors/snapshots.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/record.hpp"
#include "storage/state_pruning.hpp"
#include "tests/actors/stored_ledger.hpp"

namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::Snapshots;
using troupe::ledger::NibblePath;
using troupe::ledger::OfferQuestion;
using troupe::ledger::PartQuestion;
using troupe::ledger::ReceiptsQuestion;
using troupe::test::Finality;
using troupe::test::StoredLedger;

/// Six blocks: the third becomes final with the fourth only, the fifth orders nothing.
struct Bench : StoredLedger {
  Bench() {
    commit("a", "1");
    commit("b", "2");
    commit({}, Finality::Descendant);
    commit("a", "3");
    commit({});
    commit("c", "4");
  }

  Snapshots snapshots{rig.context(), rig.chain()};

  Bytes answer(const troupe::ledger::SnapshotQuestion& question) {
    const auto answered = snapshots.answer(question);
    BOOST_REQUIRE(answered.ok());
    return *answered;
  }

  bool has_offer(std::uint64_t height) {
    const auto offer = snapshots.offer(Height{height});
    BOOST_REQUIRE(offer.ok());
    return offer->has_value();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshots_test)

BOOST_AUTO_TEST_CASE(a_state_that_a_directly_final_block_exposes_is_offered) {
  Bench bench;

  const auto offer = bench.snapshots.offer(Height{2});

  BOOST_REQUIRE(offer.ok() && offer->has_value());
  BOOST_TEST(((*offer)->root == bench.root_after(Height{2})));
  BOOST_TEST(((*offer)->history.root() == bench.blocks[2].header.history_root));
  BOOST_TEST(!bench.has_offer(0));
  BOOST_TEST(!bench.has_offer(3));  // not directly final itself
  BOOST_TEST(!bench.has_offer(6));  // exposed by nobody yet
  BOOST_TEST(!bench.has_offer(7));
}

BOOST_AUTO_TEST_CASE(the_newest_offer_is_the_highest_at_or_below_a_height) {
  Bench bench;

  BOOST_TEST(bench.snapshots.newest_offer(Height{6})->value().height.number == 5u);
  BOOST_TEST(bench.snapshots.newest_offer(Height{3})->value().height.number == 2u);
  BOOST_TEST(!bench.snapshots.newest_offer(Height{0})->has_value());
}

BOOST_AUTO_TEST_CASE(a_state_whose_tree_was_pruned_is_not_offered) {
  Bench bench;
  troupe::storage::StateStore states(bench.rig.chain()->database());
  BOOST_REQUIRE(troupe::storage::prune(states, Height{4}, 1000).ok());

  BOOST_TEST(!bench.has_offer(2));
  BOOST_TEST(bench.has_offer(4));
  BOOST_TEST(bench.answer(PartQuestion{Height{2}, {}}).empty());
}

BOOST_AUTO_TEST_CASE(a_state_that_is_another_one_here_is_not_offered) {
  Bench bench;
  bench.alter(troupe::storage::keys::state_root(Height{2}), Bytes(32, 7));

  BOOST_TEST(!bench.has_offer(2));
}

BOOST_AUTO_TEST_CASE(the_newest_few_are_kept) {
  Bench bench;
  BOOST_TEST(bench.snapshots.kept()->empty());

  for (const std::uint64_t height : {3u, 1u, 2u, 2u, 4u})
    BOOST_REQUIRE(bench.snapshots.keep(Height{height}).ok());

  const std::vector<Height> expected{Height{2}, Height{3}, Height{4}};
  BOOST_TEST((*bench.snapshots.kept() == expected));
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_offered_and_otherwise_the_newest) {
  Bench bench;

  const auto newest = troupe::ledger::decode_snapshot_offer(bench.answer(OfferQuestion{}));
  BOOST_REQUIRE(newest.ok());
  BOOST_TEST(newest->height.number == 5u);
  BOOST_REQUIRE(bench.snapshots.keep(Height{2}).ok());
  const auto kept = troupe::ledger::decode_snapshot_offer(bench.answer(OfferQuestion{}));
  BOOST_REQUIRE(kept.ok());
  BOOST_TEST(kept->height.number == 2u);
}

BOOST_AUTO_TEST_CASE(a_part_leads_to_the_root_of_its_height) {
  Bench bench;

  const auto part =
      troupe::ledger::decode_state_chunk(bench.answer(PartQuestion{Height{2}, NibblePath{}}));

  BOOST_REQUIRE(part.ok());
  BOOST_TEST(troupe::ledger::verify(*part, bench.root_after(Height{2})));
  BOOST_TEST(bench.answer(PartQuestion{Height{99}, NibblePath{}}).empty());
}

BOOST_AUTO_TEST_CASE(altered_data_is_not_handed_out) {
  Bench bench;
  const auto digest = troupe::crypto::sha256(troupe::ledger::record_state_key("b"));
  const Bytes key = troupe::storage::keys::state_value(digest, Height{2});
  Bytes value = bench.entries().at(key);
  value.back() ^= 1;
  bench.alter(key, value);

  BOOST_TEST(bench.answer(PartQuestion{Height{2}, NibblePath{}}).empty());
}

BOOST_AUTO_TEST_CASE(receipts_are_given_from_a_height_on) {
  Bench bench;

  const auto lists =
      troupe::ledger::decode_receipt_lists(bench.answer(ReceiptsQuestion{Height{5}, Height{2}}));

  BOOST_REQUIRE(lists.ok());
  BOOST_REQUIRE(lists->size() == 4u);
  BOOST_TEST((*lists)[0].size() == 1u);
  BOOST_TEST((*lists)[1].empty());
  BOOST_TEST(bench.answer(ReceiptsQuestion{Height{5}, Height{0}}).empty());
  BOOST_TEST(bench.answer(ReceiptsQuestion{Height{5}, Height{6}}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
