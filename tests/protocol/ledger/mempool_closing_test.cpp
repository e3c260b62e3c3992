#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lane_samples.hpp"

// What the mempool makes of a lane whose fork the ledger records (consensus.md, section 4).
namespace troupe::ledger {

namespace {

using samples::all_of;
using samples::batch_after;
using samples::config_of;
using samples::Node;
using samples::note_of;
using samples::root_tip;
using samples::submission_of;
using samples::tip_of;

constexpr std::uint64_t kClosedAt = 5;

Ordered closing(std::uint32_t lane, std::uint64_t height = kClosedAt) {
  return {.height = Height{height},
          .tips = {},
          .ids = nullptr,
          .closed = {{ValidatorIndex{lane}, Height{height}}}};
}

/// A block on the root that orders this batch and states the state after `executed`.
CheckPayload block_of(const BatchPointer& batch, std::uint64_t executed) {
  return {.block = crypto::sha256(as_bytes("block")),
          .parent_tips = {},
          .tips = {tip_of(*batch)},
          .transactions_root = transactions_root(std::vector{*batch}),
          .executed = Height{executed},
          .holders = {}};
}

PayloadVerdict verdict_in(const MempoolEffects& effects) {
  return all_of<PayloadChecked>(effects).at(0).verdict;
}

/// Node 0, which holds a batch of lane 1.
struct Fixture {
  Node node{config_of(0)};
  BatchPointer batch = batch_after(root_tip(1));

  Fixture() { node.receive(batch); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mempool_closing_test, Fixture)

BOOST_AUTO_TEST_CASE(a_block_that_knows_of_the_fork_may_not_take_from_the_lane) {
  node.step(closing(1));

  BOOST_CHECK(verdict_in(node.step(block_of(batch, kClosedAt))) == PayloadVerdict::Invalid);
  BOOST_CHECK(verdict_in(node.step(block_of(batch, kClosedAt + 1))) == PayloadVerdict::Invalid);
}

BOOST_AUTO_TEST_CASE(a_block_that_does_not_know_yet_may) {
  node.step(closing(1));

  BOOST_CHECK(verdict_in(node.step(block_of(batch, kClosedAt - 1))) == PayloadVerdict::Valid);
}

BOOST_AUTO_TEST_CASE(other_lanes_stay_open) {
  node.step(closing(2));

  BOOST_CHECK(verdict_in(node.step(block_of(batch, kClosedAt))) == PayloadVerdict::Valid);
  BOOST_TEST(!node.machine.lane_statuses()[1].is_closed);
  BOOST_TEST(node.machine.lane_statuses()[2].is_closed);
}

BOOST_AUTO_TEST_CASE(a_closed_lane_is_neither_proposed_nor_work) {
  const auto effects = node.step(closing(1));

  const auto work = all_of<WorkChanged>(effects);
  BOOST_REQUIRE(work.size() == 1u);
  BOOST_TEST(!work[0].present);
  const auto built =
      all_of<ProposalBuilt>(node.step(BuildProposal{.view = View{9}, .parent_tips = {}})).at(0);
  BOOST_TEST(built.tips.empty());
}

BOOST_AUTO_TEST_CASE(it_follows_nothing_more_of_a_closed_lane) {
  node.step(closing(1));

  const auto effects = node.receive(batch_after(tip_of(*batch)));

  BOOST_TEST(all_of<VerifyBatch>(effects).empty());
}

BOOST_AUTO_TEST_CASE(the_own_lane_once_closed_takes_nothing_in_even_after_a_rejoin) {
  const auto closed = node.step(closing(0));
  BOOST_TEST(all_of<OwnLaneHalted>(closed).size() == 1u);

  node.step(Rejoined{});

  const auto effects = node.step(submission_of({note_of("alice", "late")}));
  BOOST_TEST(!all_of<SubmissionAnswered>(effects).at(0).verdicts[0].ok());
  BOOST_TEST(node.machine.status().own_lane_halted);
}

BOOST_AUTO_TEST_CASE(what_was_known_before_a_restart_is_known_after_it) {
  MempoolConfig config = config_of(0);
  config.forked = {ValidatorIndex{2}};
  config.closed = {{ValidatorIndex{1}, Height{kClosedAt}}};
  Node restarted(config, {.height = Height{kClosedAt}, .tips = {}, .batches = {batch}});

  const auto lanes = restarted.machine.lane_statuses();
  BOOST_TEST((lanes[1].is_closed && lanes[1].has_equivocated));
  BOOST_TEST((!lanes[2].is_closed && lanes[2].has_equivocated));
  const auto verdict = restarted.step(block_of(batch, kClosedAt));
  BOOST_CHECK(verdict_in(verdict) == PayloadVerdict::Invalid);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
