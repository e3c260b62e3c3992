#include "protocol/ledger/lane_acks.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lane_samples.hpp"

namespace troupe::ledger {

namespace {

using samples::chain_after;
using samples::root_tip;

constexpr Duration kInterval = std::chrono::milliseconds(5);

Instant at(Duration time) {
  return Instant{time};
}

LaneAck ack_of(const LaneTip& tip) {
  return {.lane = tip.lane,
          .incarnation = tip.incarnation,
          .sequence = tip.sequence,
          .digest = tip.digest,
          .resume = false};
}

/// Lane 3 of four validators, of which this node (validator 0) holds five batches.
struct Fixture {
  std::vector<BatchPointer> chain = chain_after(root_tip(3), 5);
  Lane lane{root_tip(3), LaneRules{}};
  ReceivedAcks acks{4, ValidatorIndex{0}};

  Fixture() {
    for (const BatchPointer& batch : chain) {
      lane.follow({.batch = batch, .state = BatchState::Held});
    }
  }

  void acknowledge(std::uint32_t from, std::size_t sequence) {
    acks.note(ValidatorIndex{from}, ack_of(samples::tip_of(*chain[sequence - 1])));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lane_acks_test, Fixture)

BOOST_AUTO_TEST_CASE(this_node_and_the_author_hold_the_lane_and_one_more_makes_a_quorum_of_four) {
  BOOST_TEST(acks.quorum_held(lane).number == 0u);

  acknowledge(1, 3);
  BOOST_TEST(acks.quorum_held(lane).number == 3u);

  acknowledge(2, 4);
  BOOST_TEST(acks.quorum_held(lane).number == 4u);
}

BOOST_AUTO_TEST_CASE(what_this_node_does_not_hold_is_never_counted) {
  LaneAck ahead = ack_of(samples::tip_of(*chain[4]));
  ahead.sequence = Sequence{50};

  acks.note(ValidatorIndex{1}, ahead);

  BOOST_TEST(acks.quorum_held(lane).number == 5u);
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_of_another_branch_counts_for_nothing) {
  LaneAck other = ack_of(samples::tip_of(*chain[3]));
  other.digest = samples::root();

  acks.note(ValidatorIndex{1}, other);

  BOOST_TEST(acks.quorum_held(lane).number == 0u);
}

BOOST_AUTO_TEST_CASE(an_ordered_base_is_held_by_all_for_this_purpose) {
  lane.advance(samples::tip_of(*chain[1]));

  BOOST_TEST(acks.quorum_held(lane).number == 2u);
}

BOOST_AUTO_TEST_CASE(a_lone_validator_is_its_own_quorum) {
  Lane own(root_tip(0), LaneRules{});
  own.follow({.batch = chain_after(root_tip(0), 1)[0], .state = BatchState::Held});
  const ReceivedAcks alone(1, ValidatorIndex{0});

  BOOST_TEST(alone.quorum_held(own).number == 1u);
}

BOOST_AUTO_TEST_CASE(the_first_change_goes_at_once_and_later_ones_together) {
  PendingAcks pending(kInterval);
  BOOST_TEST(pending.take(at(Duration(0))).empty());
  pending.add(ValidatorIndex{1}, false);
  BOOST_TEST(pending.take(at(Duration(0))).size() == 1u);

  pending.add(ValidatorIndex{1}, false);
  pending.add(ValidatorIndex{2}, false);
  BOOST_TEST(pending.take(at(kInterval - Duration(1))).empty());
  BOOST_TEST((pending.next_deadline() == at(kInterval)));

  BOOST_TEST(pending.take(at(kInterval)).size() == 2u);
  BOOST_TEST(!pending.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_wish_to_resume_is_not_lost_by_a_later_change) {
  PendingAcks pending(kInterval);
  pending.add(ValidatorIndex{1}, true);
  pending.add(ValidatorIndex{1}, false);

  BOOST_TEST(pending.take(at(Duration(0))).at(ValidatorIndex{1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
