#include "protocol/ledger/lane_stream.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lane_samples.hpp"

namespace troupe::ledger {

namespace {

using samples::batch_after;
using samples::chain_after;
using samples::root_tip;
using samples::tip_of;

constexpr PeerNumber kPeer{2};
constexpr Duration kRewind = std::chrono::milliseconds(250);
constexpr Duration kStall = std::chrono::milliseconds(1000);

Instant at(Duration time) {
  return Instant{time};
}

/// An own lane of three held batches, and one connected peer.
struct Fixture {
  std::vector<BatchPointer> chain = chain_after(root_tip(0), 3);
  Lane own{root_tip(0), LaneRules{}};
  LaneStreams streams{{.rewind_interval = kRewind, .stall_timeout = kStall}};

  Fixture() {
    for (const BatchPointer& batch : chain) {
      own.follow({.batch = batch, .state = BatchState::Held});
    }
    streams.connected(kPeer);
  }

  void acknowledge(std::uint64_t sequence, Duration time, bool resume = false) {
    const LaneTip tip = own.tip_at(Sequence{sequence});
    streams.acknowledged(kPeer,
                         {.lane = tip.lane,
                          .incarnation = tip.incarnation,
                          .sequence = tip.sequence,
                          .digest = tip.digest,
                          .resume = resume},
                         own,
                         at(time));
  }

  /// The sequences sent at this time.
  std::vector<std::uint64_t> sent(Duration time) {
    std::vector<std::uint64_t> sequences;
    for (const StreamedBatch& streamed : streams.pump(own, at(time))) {
      sequences.push_back(streamed.batch->place().sequence.number);
    }
    streams.check_invariants(own);
    return sequences;
  }
};

using Sequences = std::vector<std::uint64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lane_stream_test, Fixture)

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_the_peers_first_word) {
  BOOST_TEST(sent(Duration(0)).empty());
}

BOOST_AUTO_TEST_CASE(a_stream_begins_after_the_acknowledgement_and_sends_each_batch_once) {
  acknowledge(1, Duration(0));

  BOOST_TEST((sent(Duration(0)) == Sequences{2, 3}));
  BOOST_TEST(sent(Duration(1)).empty());
}

BOOST_AUTO_TEST_CASE(only_held_batches_are_sent) {
  const auto more = chain_after(samples::tip_of(*chain[2]), 1);
  own.follow({.batch = more[0], .state = BatchState::Signing});
  acknowledge(2, Duration(0));

  BOOST_TEST((sent(Duration(0)) == Sequences{3}));
}

BOOST_AUTO_TEST_CASE(a_window_bounds_what_is_sent_beyond_the_acknowledgement) {
  Lane large(root_tip(0), LaneRules{});
  LaneTip tip = root_tip(0);
  for (int i = 0; i < 40; ++i) {
    const auto batch = samples::batch_after(tip, std::string(kNoteBytesMax, 'x'));
    large.follow({.batch = batch, .state = BatchState::Held});
    tip = samples::tip_of(*batch);
  }
  own = large;
  acknowledge(0, Duration(0));

  const Sequences first = sent(Duration(0));
  BOOST_TEST(first.size() < 40u);
  BOOST_TEST(own.bytes_between(Sequence{0}, Sequence{first.size()}) <= kLaneStreamWindowBytes);
  BOOST_TEST(own.bytes_between(Sequence{0}, Sequence{first.size() + 1}) > kLaneStreamWindowBytes);

  acknowledge(first.size(), Duration(1));
  BOOST_TEST((sent(Duration(1)).front() == first.size() + 1));
}

BOOST_AUTO_TEST_CASE(a_peer_may_have_the_stream_start_again_but_not_too_often) {
  acknowledge(0, Duration(0));
  BOOST_REQUIRE((sent(Duration(0)) == Sequences{1, 2, 3}));

  acknowledge(1, Duration(5), true);
  BOOST_TEST((sent(Duration(5)) == Sequences{2, 3}));

  acknowledge(1, Duration(10), true);
  BOOST_TEST(sent(Duration(10)).empty());
  acknowledge(1, Duration(5) + kRewind, true);
  BOOST_TEST((sent(Duration(5) + kRewind) == Sequences{2, 3}));
}

BOOST_AUTO_TEST_CASE(a_stalled_stream_starts_again_at_the_acknowledgement) {
  acknowledge(0, Duration(0));
  BOOST_REQUIRE(sent(Duration(0)).size() == 3u);
  acknowledge(2, Duration(100));
  BOOST_TEST((streams.next_deadline() == at(Duration(100) + kStall)));

  BOOST_TEST(sent(Duration(99) + kStall).empty());
  BOOST_TEST((sent(Duration(100) + kStall) == Sequences{3}));
}

BOOST_AUTO_TEST_CASE(a_peer_below_the_base_gets_nothing_until_it_has_caught_up) {
  acknowledge(0, Duration(0));
  own.advance(samples::tip_of(*chain[1]));

  BOOST_TEST(sent(Duration(0)).empty());

  acknowledge(2, Duration(1));
  BOOST_TEST((sent(Duration(1)) == Sequences{3}));
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_that_is_not_on_the_lane_is_ignored) {
  const LaneAck forged{.lane = ValidatorIndex{0},
                       .incarnation = {},
                       .sequence = Sequence{2},
                       .digest = samples::root(),
                       .resume = false};
  LaneAck ahead = forged;
  ahead.sequence = Sequence{9};

  streams.acknowledged(kPeer, forged, own, at(Duration(0)));
  streams.acknowledged(kPeer, ahead, own, at(Duration(0)));

  BOOST_TEST(sent(Duration(0)).empty());
}

BOOST_AUTO_TEST_CASE(a_new_connection_forgets_what_was_sent_on_the_old_one) {
  acknowledge(0, Duration(0));
  BOOST_REQUIRE(sent(Duration(0)).size() == 3u);
  streams.disconnected(kPeer);
  BOOST_TEST(!streams.next_deadline().has_value());
  streams.connected(kPeer);

  acknowledge(1, Duration(1));

  BOOST_TEST((sent(Duration(1)) == Sequences{2, 3}));
}

BOOST_AUTO_TEST_CASE(what_was_sent_of_a_branch_that_is_not_ordered_is_forgotten) {
  acknowledge(0, Duration{0});
  BOOST_TEST(sent(Duration{0}) == (Sequences{1, 2, 3}));

  // Another process under this key sealed another first batch, and a final block ordered that.
  const auto other = batch_after(root_tip(0), "another");
  static_cast<void>(own.advance(tip_of(*other)));

  BOOST_TEST(sent(Duration{0}).empty());
  acknowledge(1, Duration{0});
  BOOST_TEST(sent(Duration{0}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
