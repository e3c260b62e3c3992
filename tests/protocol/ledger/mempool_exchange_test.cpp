#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lane_samples.hpp"

namespace troupe::ledger {

namespace {

using samples::all_of;
using samples::batch_after;
using samples::chain_after;
using samples::config_of;
using samples::Node;
using samples::root_tip;
using samples::tip_of;

BatchReceived from_author(const BatchPointer& batch) {
  return {.from = peer_of(batch->place().lane), .batch = batch};
}

Sequence held(const Node& node, std::uint32_t lane) {
  return node.machine.lane_statuses().at(lane).held;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_exchange_test)

BOOST_AUTO_TEST_CASE(a_streamed_batch_is_checked_then_stored_then_acknowledged) {
  Node node(config_of(0));
  node.step(PeerConnected{PeerNumber{1}});
  const auto batch = batch_after(root_tip(1));

  const auto received = node.step(from_author(batch));
  BOOST_TEST((all_of<VerifyBatch>(received).at(0).batch == batch));
  BOOST_TEST(all_of<StoreBatch>(received).empty());

  const auto verified = node.step(BatchVerified{.batch = batch, .verdict = BatchVerdict::Valid});
  BOOST_TEST(all_of<StoreBatch>(verified).at(0).followed);
  BOOST_TEST(all_of<SendAcks>(verified).empty());

  const auto stored = node.step(BatchStored{batch->digest()});
  const auto acks = all_of<SendAcks>(stored);
  BOOST_REQUIRE(acks.size() == 1u);
  BOOST_TEST((acks[0].acks.at(0).digest == batch->digest()));
}

BOOST_AUTO_TEST_CASE(only_its_author_streams_a_lane) {
  Node node(config_of(0));

  const auto effects =
      node.step(BatchReceived{.from = PeerNumber{2}, .batch = batch_after(root_tip(1))});

  BOOST_TEST(effects.empty());
}

BOOST_AUTO_TEST_CASE(batches_of_another_epoch_root_lane_or_life_are_ignored) {
  Node node(config_of(0));
  const BatchPlace place = batch_after(root_tip(1))->place();
  std::vector<BatchPlace> wrong(4, place);
  wrong[0].epoch = Epoch{1};
  wrong[1].root = crypto::sha256(as_bytes("another root"));
  wrong[2].lane = ValidatorIndex{100};
  wrong[3].incarnation = Incarnation{1};

  for (const BatchPlace& each : wrong) {
    const auto batch = samples::batch_with(each, {samples::note_of("alice", "x")});
    BOOST_TEST(node.step(BatchReceived{.from = PeerNumber{1}, .batch = batch}).empty());
  }
}

BOOST_AUTO_TEST_CASE(a_forged_signature_says_nothing_about_the_lane) {
  Node node(config_of(0));
  const auto batch = batch_after(root_tip(1));
  node.step(from_author(batch));

  node.step(BatchVerified{.batch = batch, .verdict = BatchVerdict::NotOfAuthor});

  node.receive(batch);
  BOOST_TEST(held(node, 1).number == 1u);
}

BOOST_AUTO_TEST_CASE(a_verdict_is_about_the_copy_that_was_checked) {
  Node node(config_of(0));
  const auto batch = batch_after(root_tip(1));
  const auto copy = samples::batch_with(batch->place(), {samples::note_of("alice", "note")}, 2);
  BOOST_REQUIRE((copy->digest() == batch->digest()));
  node.step(from_author(batch));
  node.step(BatchVerified{.batch = batch, .verdict = BatchVerdict::NotOfAuthor});
  node.step(from_author(copy));

  const auto effects = node.step(BatchVerified{.batch = batch, .verdict = BatchVerdict::Valid});

  BOOST_TEST(all_of<StoreBatch>(effects).empty());
}

BOOST_AUTO_TEST_CASE(a_gap_asks_the_author_to_send_again) {
  Node node(config_of(0));
  node.step(PeerConnected{PeerNumber{1}});
  const auto chain = chain_after(root_tip(1), 2);

  const auto acks = all_of<SendAcks>(node.step(from_author(chain[1])));

  BOOST_REQUIRE(acks.size() == 1u);
  BOOST_TEST(acks[0].acks.at(0).resume);
  BOOST_TEST(acks[0].acks.at(0).sequence.number == 0u);
}

BOOST_AUTO_TEST_CASE(beyond_the_bounds_a_lane_is_dropped_and_resumed_when_something_is_ordered) {
  MempoolConfig config = config_of(0);
  config.rules.batches_max = 2;
  Node node(config);
  node.step(PeerConnected{PeerNumber{1}});
  const auto chain = chain_after(root_tip(1), 4);
  node.receive(chain[0]);
  node.receive(chain[1]);
  node.now = std::chrono::milliseconds(100);
  node.step(TimerFired{});
  node.now = std::chrono::milliseconds(200);
  BOOST_TEST(node.step(from_author(chain[2])).empty());
  BOOST_TEST(node.step(from_author(chain[3])).empty());

  const auto effects =
      node.step(Ordered{.height = Height{1}, .tips = {tip_of(*chain[0])}, .ids = nullptr});

  BOOST_REQUIRE(!all_of<SendAcks>(effects).empty());
  BOOST_TEST(all_of<SendAcks>(effects)[0].acks.at(0).resume);
}

BOOST_AUTO_TEST_CASE(two_signed_batches_for_one_place_are_evidence_once) {
  Node node(config_of(0));
  const auto first = batch_after(root_tip(1), "a");
  const auto second = batch_after(root_tip(1), "b");
  node.receive(first);

  const auto effects = node.receive(second);

  const auto evidence = all_of<EvidenceFound>(effects);
  BOOST_REQUIRE(evidence.size() == 1u);
  BOOST_TEST(conflict(evidence[0].fork.first.header, evidence[0].fork.second.header));
  BOOST_TEST(all_of<StoreBatch>(effects).empty());
  BOOST_TEST(node.machine.lane_statuses()[1].has_equivocated);
  BOOST_TEST(all_of<EvidenceFound>(node.receive(batch_after(root_tip(1), "c"))).empty());
}

BOOST_AUTO_TEST_CASE(a_forged_second_batch_is_no_evidence) {
  Node node(config_of(0));
  node.receive(batch_after(root_tip(1), "a"));
  const auto forged = batch_after(root_tip(1), "b");
  node.step(from_author(forged));

  const auto effects =
      node.step(BatchVerified{.batch = forged, .verdict = BatchVerdict::NotOfAuthor});

  BOOST_TEST(all_of<EvidenceFound>(effects).empty());
  BOOST_TEST(!node.machine.lane_statuses()[1].has_equivocated);
}

BOOST_AUTO_TEST_CASE(evidence_does_not_depend_on_which_check_ends_first) {
  Node node(config_of(0));
  const auto first = batch_after(root_tip(1), "a");
  const auto second = batch_after(root_tip(1), "b");
  node.step(from_author(first));
  node.step(from_author(second));
  node.step(BatchVerified{.batch = second, .verdict = BatchVerdict::Valid});

  const auto effects = node.step(BatchVerified{.batch = first, .verdict = BatchVerdict::Valid});

  BOOST_TEST(all_of<EvidenceFound>(effects).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_connection_begins_with_all_acknowledgements) {
  Node node(config_of(0));
  node.receive(batch_after(root_tip(2)));

  const auto acks = all_of<SendAcks>(node.step(PeerConnected{PeerNumber{1}}));

  BOOST_REQUIRE(acks.size() == 1u);
  BOOST_TEST(acks[0].acks.size() == 4u);
  BOOST_TEST(acks[0].acks[2].sequence.number == 1u);
}

BOOST_AUTO_TEST_CASE(acknowledgements_travel_together_and_are_repeated_while_there_is_work) {
  Node node(config_of(0));
  node.step(PeerConnected{PeerNumber{1}});
  node.receive(batch_after(root_tip(2)));
  BOOST_TEST(all_of<SendAcks>(node.receive(batch_after(root_tip(3)))).empty());

  node.now = std::chrono::milliseconds(5);
  const auto acks = all_of<SendAcks>(node.step(TimerFired{}));
  BOOST_REQUIRE(acks.size() == 1u);
  BOOST_TEST(acks[0].acks.size() == 1u);

  node.now = std::chrono::milliseconds(300);
  BOOST_TEST(all_of<SendAcks>(node.step(TimerFired{})).at(0).acks.size() == 4u);
}

BOOST_AUTO_TEST_CASE(followers_are_told_no_acknowledgements_but_are_served) {
  Node node(config_of(0));
  const PeerNumber follower{9};

  BOOST_TEST(node.step(PeerConnected{follower}).empty());

  const BatchRange range{.tip = samples::root(), .count = 3};
  const auto served =
      all_of<ServeBatches>(node.step(RequestReceived{.from = follower, .ranges = {range}}));
  BOOST_REQUIRE(served.size() == 1u);
  BOOST_TEST((served[0].ranges.at(0) == range));
}

BOOST_AUTO_TEST_CASE(a_peer_is_served_a_bounded_number_of_requests_at_a_time) {
  Node node(config_of(0));
  const RequestReceived request{.from = PeerNumber{1},
                                .ranges = {{.tip = samples::root(), .count = 1}}};
  BOOST_TEST(node.step(request).empty());  // not connected
  node.step(PeerConnected{PeerNumber{1}});
  for (std::size_t i = 0; i < kBatchRequestsServedMax; ++i) {
    BOOST_TEST(all_of<ServeBatches>(node.step(request)).size() == 1u);
  }

  BOOST_TEST(all_of<ServeBatches>(node.step(request)).empty());
  node.step(BatchesServed{PeerNumber{1}});
  BOOST_TEST(all_of<ServeBatches>(node.step(request)).size() == 1u);
}

BOOST_AUTO_TEST_CASE(answers_that_nobody_asked_for_are_ignored) {
  Node node(config_of(0));

  const auto effects = node.step(BatchesReceived{
      .from = PeerNumber{1}, .batches = {batch_after(root_tip(1))}, .absent = {samples::root()}});

  BOOST_TEST(effects.empty());
}

BOOST_AUTO_TEST_CASE(another_lanes_new_life_is_followed_from_its_last_ordered_batch) {
  Node node(config_of(0));
  node.receive(batch_after(root_tip(1), "of the old life"));
  LaneTip reborn = root_tip(1);
  reborn.incarnation = Incarnation{5};
  const auto first = batch_after(reborn, "of the new life");
  BOOST_TEST(node.receive(first).empty());  // that life is not known yet: it comes again

  node.run(Ordered{.height = Height{5},
                   .tips = {},
                   .ids = nullptr,
                   .lives = {{ValidatorIndex{1}, Incarnation{5}}}});
  node.receive(first);

  BOOST_TEST(held(node, 1).number == 1u);
  BOOST_TEST((node.machine.held_tips().at(0) == samples::tip_of(*first)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
