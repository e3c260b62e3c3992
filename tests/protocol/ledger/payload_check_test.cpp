#include "protocol/ledger/payload_check.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lane_samples.hpp"

namespace troupe::ledger {

namespace {

using samples::chain_after;
using samples::root_tip;

LaneRules small_rules() {
  return {.batches_max = 8, .bytes_max = 64 * 1024, .unacknowledged_bytes_max = 64 * 1024};
}

LaneBatch held(const BatchPointer& batch) {
  return {.batch = batch, .state = BatchState::Held};
}

Lane lane_of(const std::vector<BatchPointer>& batches) {
  Lane lane(root_tip(2), small_rules());
  for (const BatchPointer& batch : batches)
    lane.follow(held(batch));
  return lane;
}

WalkState walk_to(const LaneTip& tip, const Lane& lane, const Condemned& condemned = {}) {
  LaneWalk walk(root_tip(2), tip);
  return walk.advance(lane, condemned, small_rules());
}

bool is_planned(const std::vector<LaneTip>& parent_tips, const std::vector<LaneTip>& tips) {
  return plan_walks(parent_tips, tips, samples::root(), small_rules()).has_value();
}

LaneTip tip(std::uint32_t lane, std::uint64_t sequence) {
  return {.lane = ValidatorIndex{lane},
          .incarnation = {},
          .sequence = Sequence{sequence},
          .digest = crypto::sha256(as_bytes("some batch"))};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(payload_check_test)

BOOST_AUTO_TEST_CASE(a_walk_over_held_batches_is_complete_and_keeps_them_in_order) {
  const auto chain = chain_after(root_tip(2), 3);
  const Lane lane = lane_of(chain);
  LaneWalk walk(root_tip(2), samples::tip_of(*chain[2]));

  BOOST_TEST((walk.advance(lane, {}, small_rules()) == WalkState::Complete));

  const auto batches = walk.batches();
  BOOST_REQUIRE(batches.size() == 3u);
  BOOST_TEST((batches[0].digest() == chain[0]->digest()));
  BOOST_TEST((batches[2].digest() == chain[2]->digest()));
}

BOOST_AUTO_TEST_CASE(a_walk_waits_where_a_batch_is_missing_and_names_the_rest) {
  const auto chain = chain_after(root_tip(2), 4);
  Lane lane = lane_of({chain[0]});
  lane.keep(held(chain[3]));
  LaneWalk walk(root_tip(2), samples::tip_of(*chain[3]));

  BOOST_TEST((walk.advance(lane, {}, small_rules()) == WalkState::Waiting));
  BOOST_TEST((walk.next() == BatchRange{.tip = chain[2]->digest(), .count = 3}));

  lane.keep(held(chain[2]));
  lane.follow(held(chain[1]));
  BOOST_TEST((walk.advance(lane, {}, small_rules()) == WalkState::Complete));
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_not_yet_on_disk_is_waited_for) {
  const auto chain = chain_after(root_tip(2), 1);
  Lane lane(root_tip(2), small_rules());
  lane.follow({.batch = chain[0], .state = BatchState::Storing});

  BOOST_TEST((walk_to(samples::tip_of(*chain[0]), lane) == WalkState::Waiting));
}

BOOST_AUTO_TEST_CASE(a_tip_with_another_sequence_than_its_batch_is_invalid) {
  const auto chain = chain_after(root_tip(2), 3);
  LaneTip wrong = samples::tip_of(*chain[2]);
  wrong.sequence = Sequence{2};

  BOOST_TEST((walk_to(wrong, lane_of(chain)) == WalkState::Invalid));
}

BOOST_AUTO_TEST_CASE(a_tip_with_another_incarnation_than_its_batch_is_invalid) {
  const auto chain = chain_after(root_tip(2), 1);
  LaneTip wrong = samples::tip_of(*chain[0]);
  wrong.incarnation = Incarnation{1};

  BOOST_TEST((walk_to(wrong, lane_of(chain)) == WalkState::Invalid));
}

BOOST_AUTO_TEST_CASE(a_chain_that_misses_the_parents_tip_is_invalid) {
  const auto chain = chain_after(root_tip(2), 3, "a");
  const auto other = chain_after(root_tip(2), 1, "b");
  LaneWalk walk(samples::tip_of(*other[0]), samples::tip_of(*chain[2]));

  BOOST_TEST((walk.advance(lane_of(chain), {}, small_rules()) == WalkState::Invalid));
}

BOOST_AUTO_TEST_CASE(a_chain_over_a_condemned_batch_is_invalid) {
  const auto chain = chain_after(root_tip(2), 3);
  const Condemned condemned{{ValidatorIndex{2}, chain[1]->digest()}};

  BOOST_TEST(
      (walk_to(samples::tip_of(*chain[2]), lane_of(chain), condemned) == WalkState::Invalid));
}

BOOST_AUTO_TEST_CASE(a_batch_condemned_in_another_lane_is_fine_in_its_own) {
  const auto chain = chain_after(root_tip(2), 1);
  const Condemned condemned{{ValidatorIndex{1}, chain[0]->digest()}};

  BOOST_TEST(
      (walk_to(samples::tip_of(*chain[0]), lane_of(chain), condemned) == WalkState::Complete));
}

BOOST_AUTO_TEST_CASE(a_chain_above_the_lanes_bytes_is_invalid) {
  std::vector<BatchPointer> chain{
      samples::batch_after(root_tip(2), std::string(kNoteBytesMax / 2 + 500, 'a'))};
  chain.push_back(
      samples::batch_after(samples::tip_of(*chain[0]), std::string(kNoteBytesMax / 2 + 500, 'b')));
  Lane lane(root_tip(2), small_rules());
  lane.keep(held(chain[1]));
  LaneWalk walk(root_tip(2), samples::tip_of(*chain[1]));
  BOOST_REQUIRE((walk.advance(lane, {}, small_rules()) == WalkState::Waiting));
  Lane roomy(root_tip(2), LaneRules{});
  for (const BatchPointer& batch : chain)
    roomy.follow(held(batch));

  BOOST_TEST((walk.advance(roomy, {}, small_rules()) == WalkState::Invalid));
}

BOOST_AUTO_TEST_CASE(tips_must_ascend) {
  BOOST_TEST(is_planned({}, {tip(0, 1), tip(1, 1)}));
  BOOST_TEST(!is_planned({}, {tip(1, 1), tip(0, 1)}));
  BOOST_TEST(!is_planned({}, {tip(1, 1), tip(1, 2)}));
}

BOOST_AUTO_TEST_CASE(tips_are_cumulative_and_never_go_back) {
  BOOST_TEST(is_planned({tip(0, 3)}, {tip(0, 3)}));
  BOOST_TEST(!is_planned({tip(0, 3)}, {}));
  BOOST_TEST(!is_planned({tip(0, 3)}, {tip(0, 2)}));
}

BOOST_AUTO_TEST_CASE(an_unchanged_sequence_with_another_digest_is_invalid) {
  LaneTip other = tip(0, 3);
  other.digest = samples::root();

  BOOST_TEST(!is_planned({tip(0, 3)}, {other}));
}

BOOST_AUTO_TEST_CASE(the_lane_bound_is_checked_before_anything_is_fetched) {
  BOOST_TEST(is_planned({tip(0, 3)}, {tip(0, 11)}));
  BOOST_TEST(!is_planned({tip(0, 3)}, {tip(0, 12)}));
  BOOST_TEST(!is_planned({tip(0, 3)}, {tip(0, UINT64_MAX)}));
}

BOOST_AUTO_TEST_CASE(a_tip_of_nothing_is_invalid) {
  BOOST_TEST(!is_planned({}, {root_tip(0)}));
}

BOOST_AUTO_TEST_CASE(only_changed_lanes_are_walked) {
  const auto walks =
      plan_walks({tip(0, 3)}, {tip(0, 3), tip(2, 1)}, samples::root(), small_rules());

  BOOST_REQUIRE(walks.has_value());
  BOOST_REQUIRE(walks->size() == 1u);
  BOOST_TEST((walks->front().lane() == ValidatorIndex{2}));
  BOOST_TEST((walks->front().first() == root_tip(2)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
