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

crypto::Digest root_over(const std::vector<BatchPointer>& batches) {
  std::vector<Batch> values;
  for (const BatchPointer& batch : batches)
    values.push_back(*batch);
  return transactions_root(values);
}

/// A block on the root that orders this chain of one lane.
CheckPayload block_of(const std::vector<BatchPointer>& chain) {
  return {.block = crypto::sha256(as_bytes("block")),
          .parent_tips = {},
          .tips = {tip_of(*chain.back())},
          .transactions_root = root_over(chain),
          .executed = {},
          .holders = {ValidatorIndex{3}}};
}

std::optional<PayloadVerdict> verdict_in(const MempoolEffects& effects) {
  const auto answers = all_of<PayloadChecked>(effects);
  if (answers.empty()) return std::nullopt;
  return answers.back().verdict;
}

/// Node 0, connected to the others.
struct Fixture {
  Node node{config_of(0)};

  Fixture() {
    for (std::uint64_t i = 1; i < 4; ++i)
      node.step(PeerConnected{PeerNumber{i}});
  }

  /// The disk has nothing, and the grace is over: whom the machine asks, and for what.
  RequestBatches ask_past_disk(const MempoolEffects& effects) {
    const auto loads = all_of<LoadBatches>(effects);
    BOOST_REQUIRE(loads.size() == 1u);
    node.step(BatchesLoaded{.batches = {}, .absent = {loads[0].ranges.at(0).tip}});
    node.now += std::chrono::milliseconds(10);
    return all_of<RequestBatches>(node.step(TimerFired{})).at(0);
  }

  ProposalBuilt propose(std::vector<LaneTip> parent_tips = {}, std::uint64_t view = 4) {
    return all_of<ProposalBuilt>(
               node.step(BuildProposal{.view = View{view}, .parent_tips = std::move(parent_tips)}))
        .at(0);
  }

  void acknowledge(std::uint32_t from, const Batch& batch) {
    const LaneTip tip = tip_of(batch);
    node.step(AcksReceived{.from = PeerNumber{from},
                           .acks = {{.lane = tip.lane,
                                     .incarnation = tip.incarnation,
                                     .sequence = tip.sequence,
                                     .digest = tip.digest}}});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mempool_payload_test, Fixture)

BOOST_AUTO_TEST_CASE(a_payload_that_is_held_is_valid_at_once) {
  const auto chain = chain_after(root_tip(1), 3);
  for (const BatchPointer& batch : chain)
    node.receive(batch);

  BOOST_TEST((verdict_in(node.step(block_of(chain))) == PayloadVerdict::Valid));
  BOOST_TEST(node.machine.status().payload_checks == 0u);
}

BOOST_AUTO_TEST_CASE(a_block_that_orders_nothing_has_the_root_of_nothing) {
  CheckPayload check{.block = samples::root(),
                     .parent_tips = {},
                     .tips = {},
                     .transactions_root = transactions_root({}),
                     .executed = {},
                     .holders = {}};
  BOOST_TEST((verdict_in(node.step(check)) == PayloadVerdict::Valid));
  check.transactions_root = samples::root();
  BOOST_TEST((verdict_in(node.step(check)) == PayloadVerdict::Invalid));
}

BOOST_AUTO_TEST_CASE(another_transactions_root_is_invalid) {
  const auto chain = chain_after(root_tip(1), 1);
  node.receive(chain[0]);
  CheckPayload check = block_of(chain);
  check.transactions_root = samples::root();

  BOOST_TEST((verdict_in(node.step(check)) == PayloadVerdict::Invalid));
}

BOOST_AUTO_TEST_CASE(an_unknown_lane_is_invalid) {
  CheckPayload check = block_of(chain_after(root_tip(1), 1));
  check.tips[0].lane = ValidatorIndex{4};

  BOOST_TEST((verdict_in(node.step(check)) == PayloadVerdict::Invalid));
}

BOOST_AUTO_TEST_CASE(missing_batches_are_fetched_as_one_range_and_then_the_answer_comes) {
  const auto chain = chain_after(root_tip(1), 3);
  node.receive(chain[0]);

  const auto missing = node.step(block_of(chain));
  BOOST_TEST((verdict_in(missing) == PayloadVerdict::Missing));
  const RequestBatches request = ask_past_disk(missing);
  BOOST_TEST((request.to == PeerNumber{3}));
  BOOST_TEST((request.ranges.at(0) == BatchRange{.tip = chain[2]->digest(), .count = 3}));

  const auto effects = node.run(
      BatchesReceived{.from = PeerNumber{3}, .batches = {chain[2], chain[1]}, .absent = {}});
  BOOST_TEST((verdict_in(effects) == PayloadVerdict::Valid));
  BOOST_TEST(node.machine.status().fetches == 0u);
}

BOOST_AUTO_TEST_CASE(what_the_stream_brings_in_the_grace_is_not_asked_for) {
  const auto chain = chain_after(root_tip(1), 1);
  const auto missing = node.step(block_of(chain));
  node.step(BatchesLoaded{.batches = {}, .absent = {chain[0]->digest()}});

  const auto effects = node.receive(chain[0]);

  BOOST_TEST((verdict_in(effects) == PayloadVerdict::Valid));
  node.now += std::chrono::seconds(1);
  BOOST_TEST(all_of<RequestBatches>(node.step(TimerFired{})).empty());
}

BOOST_AUTO_TEST_CASE(what_the_own_disk_still_has_needs_no_check_and_no_peer) {
  const auto chain = chain_after(root_tip(1), 2);
  BOOST_REQUIRE((verdict_in(node.step(block_of(chain))) == PayloadVerdict::Missing));

  const auto effects = node.step(BatchesLoaded{.batches = {chain[1], chain[0]}, .absent = {}});

  BOOST_TEST((verdict_in(effects) == PayloadVerdict::Valid));
  BOOST_TEST(all_of<VerifyBatch>(effects).empty());
}

BOOST_AUTO_TEST_CASE(an_invalid_batch_makes_every_block_above_it_invalid) {
  const auto chain = chain_after(root_tip(1), 2);
  node.step(block_of(chain));
  node.step(BatchesReceived{.from = PeerNumber{3}, .batches = {chain[1], chain[0]}, .absent = {}});

  const auto effects =
      node.run(BatchVerified{.batch = chain[0], .verdict = BatchVerdict::InvalidContent});
  node.run(BatchVerified{.batch = chain[1], .verdict = BatchVerdict::Valid});

  BOOST_TEST(!verdict_in(effects).has_value());
  BOOST_TEST((verdict_in(node.run(block_of({chain[0]}))) == PayloadVerdict::Invalid));
}

BOOST_AUTO_TEST_CASE(a_forged_copy_is_fetched_again_from_another_peer) {
  const auto chain = chain_after(root_tip(1), 1);
  ask_past_disk(node.step(block_of(chain)));
  node.step(BatchesReceived{.from = PeerNumber{3}, .batches = {chain[0]}, .absent = {}});

  const auto effects =
      node.step(BatchVerified{.batch = chain[0], .verdict = BatchVerdict::NotOfAuthor});

  BOOST_TEST((ask_past_disk(effects).to == PeerNumber{1}));
}

BOOST_AUTO_TEST_CASE(a_batch_of_another_lane_behind_a_tip_is_invalid) {
  const auto other = batch_after(root_tip(2));
  CheckPayload check = block_of({other});
  check.tips[0].lane = ValidatorIndex{1};
  node.step(check);

  const auto effects =
      node.step(BatchesReceived{.from = PeerNumber{3}, .batches = {other}, .absent = {}});

  BOOST_TEST((verdict_in(effects) == PayloadVerdict::Invalid));
}

BOOST_AUTO_TEST_CASE(either_branch_of_a_forked_lane_may_be_ordered) {
  const auto followed = chain_after(root_tip(1), 1, "a");
  const auto other = chain_after(root_tip(1), 1, "b");
  node.receive(followed[0]);
  node.receive(other[0]);  // kept as a witness

  BOOST_TEST((verdict_in(node.run(block_of(followed))) == PayloadVerdict::Valid));
  BOOST_TEST((verdict_in(node.run(block_of(other))) == PayloadVerdict::Valid));
}

BOOST_AUTO_TEST_CASE(an_abandoned_block_is_not_fetched_any_more) {
  const auto chain = chain_after(root_tip(1), 1);
  node.step(block_of(chain));
  BOOST_TEST(node.machine.status().fetches == 1u);

  node.step(AbandonPayload{block_of(chain).block});

  BOOST_TEST(node.machine.status().fetches == 0u);
  BOOST_TEST(node.machine.status().payload_checks == 0u);
}

BOOST_AUTO_TEST_CASE(a_block_below_the_last_final_tips_is_dropped_and_its_asker_told) {
  const auto chain = chain_after(root_tip(1), 2);
  node.step(block_of(chain));

  const auto effects =
      node.step(Ordered{.height = Height{1}, .tips = {tip_of(*chain[0])}, .ids = nullptr});

  BOOST_TEST((verdict_in(effects) == PayloadVerdict::Dropped));
  BOOST_TEST(node.machine.status().payload_checks == 0u);
  BOOST_TEST((verdict_in(node.step(block_of(chain))) == PayloadVerdict::Dropped));
  BOOST_TEST(node.machine.status().payload_checks == 0u);
}

BOOST_AUTO_TEST_CASE(checks_are_bounded_and_a_newcomer_is_told_that_it_was_dropped) {
  const auto check_of = [this](std::size_t number) {
    CheckPayload check = block_of({batch_after(root_tip(1), std::to_string(number))});
    check.block = crypto::sha256(as_bytes(std::to_string(number)));
    return verdict_in(node.step(check));
  };
  for (std::size_t i = 0; i < kPayloadChecksMax; ++i)
    BOOST_TEST((check_of(i) == PayloadVerdict::Missing));

  BOOST_TEST((check_of(kPayloadChecksMax) == PayloadVerdict::Dropped));

  BOOST_TEST(node.machine.status().payload_checks == kPayloadChecksMax);
  BOOST_TEST(node.machine.status().fetches == kPayloadChecksMax);
  node.step(AbandonPayload{crypto::sha256(as_bytes("0"))});
  BOOST_TEST((check_of(kPayloadChecksMax) == PayloadVerdict::Missing));
}

BOOST_AUTO_TEST_CASE(a_proposal_references_what_is_held_with_its_root) {
  const auto chain = chain_after(root_tip(1), 2);
  for (const BatchPointer& batch : chain)
    node.receive(batch);
  node.step(BatchReceived{.from = PeerNumber{2}, .batch = batch_after(root_tip(2))});

  const ProposalBuilt built = propose();

  BOOST_REQUIRE(built.tips.size() == 1u);
  BOOST_TEST((built.tips[0] == tip_of(*chain[1])));
  BOOST_TEST((built.transactions_root == root_over(chain)));
  BOOST_TEST(built.transaction_count == 2u);
}

BOOST_AUTO_TEST_CASE(a_proposal_orders_only_beyond_its_parent_and_keeps_every_tip) {
  const auto chain = chain_after(root_tip(1), 2);
  for (const BatchPointer& batch : chain)
    node.receive(batch);
  const LaneTip unknown{.lane = ValidatorIndex{3},
                        .incarnation = {},
                        .sequence = Sequence{5},
                        .digest = crypto::sha256(as_bytes("ahead"))};

  const ProposalBuilt built = propose({tip_of(*chain[0]), unknown});

  BOOST_REQUIRE(built.tips.size() == 2u);
  BOOST_TEST((built.tips[0] == tip_of(*chain[1])));
  BOOST_TEST((built.tips[1] == unknown));
  BOOST_TEST(built.transaction_count == 1u);
}

BOOST_AUTO_TEST_CASE(a_proposal_goes_beyond_acknowledged_tips_only_within_its_bound) {
  MempoolConfig config = config_of(0);
  const auto chain = chain_after(root_tip(1), 4);
  config.rules.unacknowledged_bytes_max = 2 * chain[0]->encoded().size();
  node = Node(config);
  for (const BatchPointer& batch : chain)
    node.receive(batch);
  BOOST_TEST(propose().tips.at(0).sequence.number == 2u);

  acknowledge(2, *chain[0]);
  BOOST_TEST(propose().tips.at(0).sequence.number == 3u);

  acknowledge(3, *chain[3]);
  BOOST_TEST(propose().tips.at(0).sequence.number == 4u);
}

BOOST_AUTO_TEST_CASE(the_unacknowledged_bytes_begin_with_another_lane_in_each_view) {
  MempoolConfig config = config_of(0);
  const auto first = batch_after(root_tip(1));
  const auto second = batch_after(root_tip(2));
  config.rules.unacknowledged_bytes_max = first->encoded().size();
  node = Node(config);
  node.receive(first);
  node.receive(second);

  BOOST_TEST(propose({}, 5).tips.at(0).lane.number == 1u);
  BOOST_TEST(propose({}, 6).tips.at(0).lane.number == 2u);
}

BOOST_AUTO_TEST_CASE(an_equivocating_lane_is_not_proposed) {
  node.receive(batch_after(root_tip(1), "a"));
  node.receive(batch_after(root_tip(1), "b"));

  BOOST_TEST(propose().tips.empty());
}

BOOST_AUTO_TEST_CASE(a_lane_that_failed_a_view_is_proposed_up_to_what_a_quorum_holds_for_a_while) {
  MempoolConfig config = config_of(0);
  config.policy.slow_lane_batches = 2;
  node = Node(config);
  const auto chain = chain_after(root_tip(1), 4);
  for (const BatchPointer& batch : chain)
    node.receive(batch);
  BOOST_REQUIRE(propose({}, 4).tips.size() == 1u);

  node.step(OwnViewFailed{View{4}});
  BOOST_TEST(propose({}, 8).tips.empty());
  acknowledge(2, *chain[1]);
  BOOST_TEST((propose({}, 12).tips.at(0) == tip_of(*chain[1])));

  node.step(Ordered{.height = Height{1}, .tips = {tip_of(*chain[1])}, .ids = nullptr});
  BOOST_TEST((propose({tip_of(*chain[1])}, 16).tips.at(0) == tip_of(*chain[3])));
}

BOOST_AUTO_TEST_CASE(a_view_that_failed_with_acknowledged_tips_blames_no_lane) {
  const auto chain = chain_after(root_tip(1), 1);
  node.receive(chain[0]);
  acknowledge(2, *chain[0]);
  BOOST_REQUIRE(propose({}, 4).tips.size() == 1u);

  node.step(OwnViewFailed{View{4}});

  BOOST_TEST(propose({}, 8).tips.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_hint_leads_the_leader_to_what_it_lacks) {
  const auto chain = chain_after(root_tip(1), 2);
  const auto hinted = node.step(TipsHinted{.from = ValidatorIndex{2}, .tips = {tip_of(*chain[1])}});

  const RequestBatches request = ask_past_disk(hinted);
  BOOST_TEST((request.to == PeerNumber{2}));
  node.run(BatchesReceived{.from = PeerNumber{2}, .batches = {chain[1], chain[0]}, .absent = {}});

  BOOST_TEST((propose().tips.at(0) == tip_of(*chain[1])));
}

BOOST_AUTO_TEST_CASE(a_hint_beyond_the_lanes_bound_or_of_an_unknown_lane_is_ignored) {
  LaneTip far = root_tip(1);
  far.sequence = Sequence{kLaneBatchesMax + 1};
  LaneTip unknown = root_tip(7);
  unknown.sequence = Sequence{1};

  BOOST_TEST(node.step(TipsHinted{.from = ValidatorIndex{2}, .tips = {far, unknown}}).empty());
  BOOST_TEST(node.step(TipsHinted{.from = ValidatorIndex{9}, .tips = {far}}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
