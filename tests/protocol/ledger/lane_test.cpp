#include "protocol/ledger/lane.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lane_samples.hpp"

namespace troupe::ledger {

namespace {

using samples::batch_after;
using samples::chain_after;
using samples::root_tip;
using samples::tip_of;

LaneRules small_rules() {
  return {.batches_max = 8, .bytes_max = 64 * 1024, .unacknowledged_bytes_max = 64 * 1024};
}

Lane empty_lane() {
  return {root_tip(2), small_rules()};
}

LaneBatch held(const BatchPointer& batch) {
  return {.batch = batch, .state = BatchState::Held};
}

/// A lane that follows these batches and holds them.
Lane lane_of(const std::vector<BatchPointer>& batches) {
  Lane lane = empty_lane();
  for (const BatchPointer& batch : batches)
    lane.follow(held(batch));
  return lane;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lane_test)

BOOST_AUTO_TEST_CASE(an_empty_lane_ends_at_its_base) {
  const Lane lane = empty_lane();

  BOOST_TEST((lane.end() == root_tip(2)));
  BOOST_TEST((lane.held() == root_tip(2)));
  BOOST_TEST(lane.is_empty());
  BOOST_TEST((lane.digest_at(Sequence{0}) == samples::root()));
  BOOST_TEST(!lane.digest_at(Sequence{1}).has_value());
}

BOOST_AUTO_TEST_CASE(a_batch_is_placed_by_its_link_and_sequence) {
  const auto chain = chain_after(root_tip(2), 4);
  Lane lane = lane_of({chain[0], chain[1]});

  BOOST_TEST((lane.place(*chain[1]) == Placement::Known));
  BOOST_TEST((lane.place(*chain[2]) == Placement::Next));
  BOOST_TEST((lane.place(*chain[3]) == Placement::Gap));
  BOOST_TEST((lane.place(*batch_after(root_tip(2), "other")) == Placement::Conflict));
  lane.advance(tip_of(*chain[1]));
  BOOST_TEST((lane.place(*chain[0]) == Placement::Old));
}

BOOST_AUTO_TEST_CASE(a_batch_whose_sequence_skips_one_does_not_continue_the_lane) {
  LaneTip skipping = root_tip(2);
  skipping.sequence = Sequence{1};
  const Lane lane = empty_lane();

  BOOST_TEST((lane.place(*batch_after(skipping)) == Placement::Gap));
}

BOOST_AUTO_TEST_CASE(a_lane_is_bounded_by_batches) {
  const auto chain = chain_after(root_tip(2), 9);
  const Lane lane = lane_of({chain.begin(), chain.begin() + 8});

  BOOST_TEST((lane.place(*chain[8]) == Placement::Beyond));
  BOOST_TEST(!lane.has_room(1));
  lane.check_invariants();
}

BOOST_AUTO_TEST_CASE(a_lane_is_bounded_by_bytes) {
  const auto first = batch_after(root_tip(2), std::string(40000, 'a'));
  const auto second = batch_after(tip_of(*first), std::string(40000, 'b'));
  const Lane lane = lane_of({first});

  BOOST_TEST((lane.place(*second) == Placement::Beyond));
  BOOST_TEST((lane.place(*batch_after(tip_of(*first))) == Placement::Next));
}

BOOST_AUTO_TEST_CASE(only_an_unbroken_prefix_counts_as_held) {
  const auto chain = chain_after(root_tip(2), 3);
  Lane lane = empty_lane();
  for (const BatchPointer& batch : chain)
    lane.follow({.batch = batch});

  lane.set_state(chain[1]->digest(), BatchState::Held);
  lane.set_state(chain[2]->digest(), BatchState::Held);
  BOOST_TEST((lane.held() == root_tip(2)));

  lane.set_state(chain[0]->digest(), BatchState::Held);
  BOOST_TEST((lane.held() == tip_of(*chain[2])));
}

BOOST_AUTO_TEST_CASE(bytes_are_counted_between_any_two_places) {
  const auto chain = chain_after(root_tip(2), 3);
  Lane lane = lane_of(chain);
  const std::uint64_t size = chain[0]->encoded().size();

  lane.advance(tip_of(*chain[0]));

  BOOST_TEST(lane.bytes_between(Sequence{1}, Sequence{3}) == 2 * size);
  BOOST_TEST(lane.bytes_between(Sequence{2}, Sequence{2}) == 0u);
  BOOST_TEST(lane.bytes() == 2 * size);
}

BOOST_AUTO_TEST_CASE(ordering_along_the_followed_branch_moves_the_base) {
  const auto chain = chain_after(root_tip(2), 3);
  Lane lane = lane_of(chain);

  const LaneAdvance advance = lane.advance(tip_of(*chain[1]));

  BOOST_TEST(advance.ordered.size() == 2u);
  BOOST_TEST((advance.ordered[0].batch == chain[0]));
  BOOST_TEST(advance.dead.empty());
  BOOST_TEST((lane.base() == tip_of(*chain[1])));
  BOOST_TEST((lane.held() == tip_of(*chain[2])));
  BOOST_TEST(lane.find(chain[0]->digest()) == nullptr);
  lane.check_invariants();
}

BOOST_AUTO_TEST_CASE(ordering_the_other_branch_makes_the_followed_one_dead) {
  const auto followed = chain_after(root_tip(2), 3, "a");
  const auto other = chain_after(root_tip(2), 3, "b");
  Lane lane = lane_of(followed);
  for (const BatchPointer& batch : other)
    lane.keep(held(batch));

  const LaneAdvance advance = lane.advance(tip_of(*other[1]));

  BOOST_TEST(advance.ordered.size() == 2u);
  BOOST_TEST(advance.dead.size() == 3u);
  BOOST_TEST((lane.end() == tip_of(*other[2])));
  BOOST_TEST(lane.take_adopted().size() == 1u);
  BOOST_TEST(lane.find(followed[2]->digest()) == nullptr);
  lane.check_invariants();
}

BOOST_AUTO_TEST_CASE(a_dead_branch_is_dropped_with_all_that_descends_from_it) {
  const auto followed = chain_after(root_tip(2), 2, "a");
  const auto other = chain_after(root_tip(2), 4, "b");
  Lane lane = lane_of(followed);
  for (const BatchPointer& batch : other)
    lane.keep(held(batch));

  const LaneAdvance advance = lane.advance(tip_of(*followed[0]));

  BOOST_TEST(advance.dead.size() == 4u);
  BOOST_TEST((lane.end() == tip_of(*followed[1])));
}

BOOST_AUTO_TEST_CASE(possible_ancestors_of_an_unknown_tip_are_not_called_dead) {
  const auto chain = chain_after(root_tip(2), 6);
  Lane lane = lane_of({chain[0], chain[1]});

  const LaneAdvance advance = lane.advance(tip_of(*chain[4]));

  BOOST_TEST(advance.ordered.empty());
  BOOST_TEST(advance.dead.empty());
  BOOST_TEST((lane.end() == tip_of(*chain[4])));
  BOOST_TEST((lane.place(*chain[5]) == Placement::Next));
  lane.check_invariants();
}

BOOST_AUTO_TEST_CASE(batches_that_came_before_their_parent_are_adopted_when_it_comes) {
  const auto chain = chain_after(root_tip(2), 4);
  Lane lane = empty_lane();
  lane.keep(held(chain[3]));
  lane.keep(held(chain[2]));
  lane.keep(held(chain[1]));
  BOOST_TEST(lane.is_empty());

  lane.follow(held(chain[0]));

  BOOST_TEST((lane.held() == tip_of(*chain[3])));
  BOOST_TEST(lane.take_adopted().size() == 3u);
  BOOST_TEST(lane.take_adopted().empty());
  lane.check_invariants();
}

BOOST_AUTO_TEST_CASE(the_oldest_batches_beside_the_branch_make_room) {
  Lane lane = lane_of(chain_after(root_tip(2), 1));
  const auto sides = chain_after(root_tip(2), 10, "side");

  for (const BatchPointer& side : sides)
    lane.keep(held(side));

  lane.check_invariants();
  BOOST_TEST(lane.find(sides[0]->digest()) == nullptr);
  BOOST_TEST(lane.find(sides[9]->digest()) != nullptr);
}

BOOST_AUTO_TEST_CASE(removing_a_followed_batch_removes_what_follows_it) {
  const auto chain = chain_after(root_tip(2), 3);
  Lane lane = lane_of(chain);

  const auto removed = lane.remove(chain[1]->digest());

  BOOST_TEST(removed.size() == 2u);
  BOOST_TEST((lane.held() == tip_of(*chain[0])));
  BOOST_TEST(lane.remove(chain[1]->digest()).empty());
  lane.check_invariants();
}

BOOST_AUTO_TEST_CASE(removing_a_side_leaves_the_branch_alone) {
  const auto chain = chain_after(root_tip(2), 2);
  const auto side = batch_after(root_tip(2), "side");
  Lane lane = lane_of(chain);
  lane.keep(held(side));

  BOOST_TEST(lane.remove(side->digest()).size() == 1u);

  BOOST_TEST((lane.held() == tip_of(*chain[1])));
  lane.check_invariants();
}

BOOST_AUTO_TEST_CASE(a_conflict_needs_two_authentic_batches_of_one_place) {
  const auto followed = batch_after(root_tip(2), "a");
  const auto other = batch_after(root_tip(2), "b");
  Lane lane = empty_lane();
  lane.follow({.batch = followed});
  lane.keep({.batch = other, .is_witness = true});
  BOOST_TEST(lane.has_witness());

  BOOST_TEST(lane.find_conflict(*lane.find(other->digest())) == nullptr);
  lane.set_state(followed->digest(), BatchState::Storing);

  const LaneBatch* conflict = lane.find_conflict(*lane.find(other->digest()));
  BOOST_REQUIRE(conflict != nullptr);
  BOOST_TEST((conflict->batch == followed));
}

BOOST_AUTO_TEST_CASE(a_witness_is_never_adopted_until_it_is_promoted) {
  const auto chain = chain_after(root_tip(2), 1, "a");
  const auto witness = batch_after(root_tip(2), "b");
  Lane lane = lane_of(chain);
  lane.keep({.batch = witness, .is_witness = true});

  lane.remove(chain[0]->digest());
  BOOST_TEST(lane.is_empty());
  lane.promote_witness(witness->digest());

  BOOST_TEST(!lane.has_witness());
}

BOOST_AUTO_TEST_CASE(a_signed_batch_takes_the_place_of_the_unsigned_one) {
  const auto signed_batch = batch_after(root_tip(2));
  const auto unsigned_batch =
      samples::batch_with(signed_batch->place(), {samples::note_of("alice", "note")}, 0);
  Lane lane = empty_lane();
  lane.follow({.batch = unsigned_batch, .state = BatchState::Signing});
  BOOST_TEST(!is_signed(*unsigned_batch));

  lane.replace(signed_batch);

  BOOST_TEST(is_signed(*lane.at(Sequence{1}).batch));
}

BOOST_AUTO_TEST_CASE(a_new_life_of_a_lane_continues_its_sequence_and_an_old_one_cannot_follow_it) {
  const auto first = batch_after(root_tip(2));
  LaneTip reborn = tip_of(*first);
  reborn.incarnation = Incarnation{40};
  const auto second = batch_after(reborn);
  Lane lane = lane_of({first});

  BOOST_TEST((lane.place(*second) == Placement::Next));
  lane.follow(held(second));

  LaneTip back = tip_of(*second);
  back.incarnation = Incarnation{0};
  BOOST_TEST((lane.place(*batch_after(back)) == Placement::Gap));
}

BOOST_AUTO_TEST_CASE(a_new_life_leaves_what_the_old_one_did_not_get_ordered) {
  const auto old = chain_after(root_tip(2), 3);
  Lane lane = lane_of(old);

  lane.begin_life(Incarnation{9});

  lane.check_invariants();
  BOOST_TEST((lane.end() == root_tip(2)));
  BOOST_TEST((lane.place(*old[0]) == Placement::Known));
  LaneTip reborn = root_tip(2);
  reborn.incarnation = Incarnation{9};
  const auto first = batch_after(reborn, "of the new life");
  BOOST_TEST((lane.place(*first) == Placement::Next));
  lane.follow(held(first));
  BOOST_TEST((lane.held() == tip_of(*first)));
}

BOOST_AUTO_TEST_CASE(a_batch_of_an_earlier_life_never_continues_the_branch) {
  Lane lane(root_tip(2), LaneRules{}, Incarnation{9});

  BOOST_TEST((lane.place(*batch_after(root_tip(2))) == Placement::Gap));
}

BOOST_AUTO_TEST_CASE(a_block_may_still_order_what_an_earlier_life_left_behind) {
  const auto old = chain_after(root_tip(2), 2);
  Lane lane = lane_of(old);
  lane.begin_life(Incarnation{9});
  LaneTip reborn = root_tip(2);
  reborn.incarnation = Incarnation{9};
  const auto lost = batch_after(reborn, "of the new life");
  lane.follow(held(lost));

  const LaneAdvance advance = lane.advance(tip_of(*old[1]));

  lane.check_invariants();
  BOOST_TEST(advance.ordered.size() == 2u);
  BOOST_REQUIRE(advance.dead.size() == 1u);
  BOOST_TEST((advance.dead[0] == lost));
  LaneTip next = tip_of(*old[1]);
  next.incarnation = Incarnation{9};
  BOOST_TEST((lane.place(*batch_after(next)) == Placement::Next));
}

BOOST_AUTO_TEST_CASE(a_life_that_already_leads_the_branch_changes_nothing) {
  LaneTip reborn = root_tip(2);
  reborn.incarnation = Incarnation{9};
  const auto chain = chain_after(reborn, 2);
  Lane lane = lane_of(chain);

  lane.begin_life(Incarnation{9});

  BOOST_TEST((lane.end() == tip_of(*chain[1])));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
