#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/simplex_rig.hpp"

// What the leader of a view does (consensus.md, sections 2 and 3).
namespace troupe::consensus {

using namespace std::chrono_literals;
using support::SimplexRig;

namespace {

/// The mempool's answer with nothing to order, when the leader waits for nothing better any more.
void build_empty(SimplexRig& rig, const Header& parent) {
  rig.advance(rig.config().timing.delta);
  rig.step(ProposalBuilt{rig.machine().view(), parent.tips, empty_transactions_root()});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proposing_test)

BOOST_AUTO_TEST_CASE(a_leader_with_work_proposes_at_once) {
  auto rig = SimplexRig::leading(1);

  rig.step(WorkChanged{true});
  const auto asked = rig.all<BuildProposal>();
  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  BOOST_CHECK(asked[0].parent == rig.genesis());
  const Header expected = rig.ordering_child(rig.genesis(), 1);
  rig.step(ProposalBuilt{View{1}, expected.tips, expected.transactions_root});

  const auto proposals = rig.broadcasts<Proposal>();
  BOOST_REQUIRE_EQUAL(proposals.size(), 1);
  BOOST_CHECK(proposals[0].header.tips == expected.tips);
  BOOST_CHECK(proposals[0].header.history_root == expected.history_root);
  BOOST_CHECK(rig.broadcasts<Ballot>().empty());  // the signed proposal is the vote
}

BOOST_AUTO_TEST_CASE(a_leader_proposes_at_once_on_entering_its_view_with_work) {
  auto rig = SimplexRig::leading(2);
  rig.step(WorkChanged{true});
  BOOST_REQUIRE(rig.all<BuildProposal>().empty());

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));

  BOOST_CHECK_EQUAL(rig.all<BuildProposal>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_leader_with_an_executed_root_to_expose_proposes_it) {
  auto rig = SimplexRig::leading(2);
  const crypto::Digest root = crypto::sha256(as_bytes("state"));
  const Header first = rig.ordering_child(rig.genesis(), 1);
  rig.notarize(first);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 1, digest(first)));
  BOOST_REQUIRE(rig.all<BuildProposal>().empty());

  rig.step(Executed{Height{1}, root});
  build_empty(rig, first);

  const auto proposals = rig.broadcasts<Proposal>();
  BOOST_REQUIRE_EQUAL(proposals.size(), 1);
  BOOST_CHECK(proposals[0].header.executed_height == Height{1});
  BOOST_CHECK(proposals[0].header.executed_root == root);
}

BOOST_AUTO_TEST_CASE(a_block_that_orders_nothing_is_kept_back_for_up_to_delta) {
  auto rig = SimplexRig::leading(1);
  rig.step(WorkChanged{true});
  const ProposalBuilt nothing{View{1}, rig.genesis().tips, empty_transactions_root()};

  rig.step(nothing);
  rig.advance(rig.config().timing.delta - 1ms);
  BOOST_CHECK(rig.broadcasts<Proposal>().empty());
  BOOST_CHECK_EQUAL(rig.all<BuildProposal>().size(), 1);
  rig.advance(1ms);
  BOOST_REQUIRE_EQUAL(rig.all<BuildProposal>().size(), 2);
  rig.step(nothing);

  BOOST_CHECK_EQUAL(rig.broadcasts<Proposal>().size(), 1);
}

BOOST_AUTO_TEST_CASE(what_comes_while_an_empty_block_is_kept_back_is_ordered_at_once) {
  auto rig = SimplexRig::leading(1);
  rig.step(WorkChanged{true});
  rig.step(ProposalBuilt{View{1}, rig.genesis().tips, empty_transactions_root()});

  rig.step(WorkChanged{true});
  BOOST_REQUIRE_EQUAL(rig.all<BuildProposal>().size(), 2);
  const Header expected = rig.ordering_child(rig.genesis(), 1);
  rig.step(ProposalBuilt{View{1}, expected.tips, expected.transactions_root});

  const auto proposals = rig.broadcasts<Proposal>();
  BOOST_REQUIRE_EQUAL(proposals.size(), 1);
  BOOST_CHECK(proposals[0].header.tips == expected.tips);
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_back_once_another_voted_in_the_view) {
  auto rig = SimplexRig::leading(1);
  rig.step(WorkChanged{true});
  const ProposalBuilt nothing{View{1}, rig.genesis().tips, empty_transactions_root()};
  rig.step(nothing);

  rig.nullify(rig.others()[0], 1);
  BOOST_REQUIRE_EQUAL(rig.all<BuildProposal>().size(), 2);
  rig.step(nothing);

  BOOST_CHECK_EQUAL(rig.broadcasts<Proposal>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_leader_that_hears_anothers_vote_for_its_view_proposes_at_once) {
  auto rig = SimplexRig::leading(1);

  rig.nullify(rig.others()[0], 1);

  BOOST_CHECK_EQUAL(rig.all<BuildProposal>().size(), 1);
}

BOOST_AUTO_TEST_CASE(an_idle_leader_proposes_an_empty_block_per_idle_interval) {
  auto rig = SimplexRig::leading(1);

  rig.advance(rig.config().timing.idle_interval - 1ms);
  BOOST_CHECK(rig.all<BuildProposal>().empty());
  rig.advance(1ms);
  BOOST_CHECK_EQUAL(rig.all<BuildProposal>().size(), 1);
  build_empty(rig, rig.genesis());

  BOOST_CHECK_EQUAL(rig.broadcasts<Proposal>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_block_is_proposed_once_per_view) {
  auto rig = SimplexRig::leading(1);
  rig.step(WorkChanged{true});

  build_empty(rig, rig.genesis());
  build_empty(rig, rig.genesis());
  rig.step(WorkChanged{true});

  BOOST_CHECK_EQUAL(rig.broadcasts<Proposal>().size(), 1);
  BOOST_CHECK_EQUAL(rig.all<BuildProposal>().size(), 1);
}

BOOST_AUTO_TEST_CASE(the_parent_is_the_highest_notarized_block_over_nullified_views) {
  auto rig = SimplexRig::leading(4);
  const Header first = rig.child(rig.genesis(), 1);
  const Header second = rig.child(first, 2);
  rig.notarize(first);
  rig.notarize(second);
  rig.step(WorkChanged{true});

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 3));

  const auto asked = rig.all<BuildProposal>();
  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  BOOST_CHECK(asked[0].parent == second);
}

BOOST_AUTO_TEST_CASE(a_leader_asks_everybody_for_missing_certificates_before_it_proposes) {
  auto rig = SimplexRig::leading(4);
  rig.step(WorkChanged{true});

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 3));

  BOOST_CHECK(rig.all<BuildProposal>().empty());
  const auto asked = rig.sent<MissingRequest>();
  BOOST_REQUIRE_EQUAL(asked.size(), 3);
  BOOST_CHECK(asked[0].second.first == View{1});
  BOOST_CHECK(asked[0].second.last == View{2});

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  BOOST_CHECK_EQUAL(rig.all<BuildProposal>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_notarized_block_that_cannot_be_fetched_is_skipped_with_its_nullification) {
  auto rig = SimplexRig::leading(2);
  rig.step(WorkChanged{true});
  const crypto::Digest unknown = crypto::sha256(as_bytes("a block that nobody sends"));
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, unknown));
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  BOOST_CHECK(rig.all<BuildProposal>().empty());

  rig.advance(rig.config().timing.retry_interval);

  const auto asked = rig.all<BuildProposal>();
  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  BOOST_CHECK(asked[0].parent == rig.genesis());
}

BOOST_AUTO_TEST_CASE(a_notarized_block_that_cannot_be_fetched_is_never_skipped_without_it) {
  auto rig = SimplexRig::leading(2);
  rig.step(WorkChanged{true});
  const crypto::Digest unknown = crypto::sha256(as_bytes("a block that nobody sends"));
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, unknown));

  rig.advance(5s);

  BOOST_CHECK(rig.all<BuildProposal>().empty());
}

BOOST_AUTO_TEST_CASE(a_proposal_carries_its_parents_certificate_and_the_nullifications_between) {
  auto rig = SimplexRig::leading(4);
  const Header first = rig.child(rig.genesis(), 1);
  rig.notarize(first);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 3));
  rig.step(WorkChanged{true});
  build_empty(rig, first);

  const auto proposals = rig.broadcasts<Proposal>();
  BOOST_REQUIRE_EQUAL(proposals.size(), 1);
  BOOST_REQUIRE_EQUAL(proposals[0].support.size(), 3);
  BOOST_CHECK(proposals[0].support[0].vote.block == digest(first));
}

BOOST_AUTO_TEST_CASE(a_proposal_carries_at_most_sixteen_nullifications) {
  auto rig = SimplexRig::leading(24);
  for (std::uint64_t view = 1; view < 24; ++view) {
    rig.deliver_certificate(rig.certify(VoteKind::Nullify, view));
  }
  rig.step(WorkChanged{true});
  build_empty(rig, rig.genesis());

  const auto proposals = rig.broadcasts<Proposal>();
  BOOST_REQUIRE_EQUAL(proposals.size(), 1);
  BOOST_CHECK_LE(proposals[0].support.size(), kMessageCertificatesMax);
}

BOOST_AUTO_TEST_CASE(the_timestamp_is_my_clock_or_the_parents_plus_one) {
  auto ahead = SimplexRig::leading(1);
  ahead.step(WorkChanged{true});
  build_empty(ahead, ahead.genesis());
  auto behind = SimplexRig::leading(1);
  behind.set_wall_clock(Timestamp{5});
  behind.step(WorkChanged{true});
  build_empty(behind, behind.genesis());

  BOOST_CHECK(ahead.broadcasts<Proposal>()[0].header.timestamp == ahead.now().timestamp);
  BOOST_CHECK_EQUAL(behind.broadcasts<Proposal>()[0].header.timestamp.milliseconds,
                    behind.genesis().timestamp.milliseconds + 1);
}

BOOST_AUTO_TEST_CASE(far_behind_in_execution_a_leader_orders_nothing) {
  auto rig = SimplexRig::leading(66, {.validators = 67});
  Header at = rig.genesis();
  for (std::uint64_t view = 1; view <= 65; ++view) {
    at = rig.child(at, view);
    rig.notarize(at);
  }
  BOOST_REQUIRE(at.height == Height{kExecutionLagHeightsMax + 1});

  rig.step(WorkChanged{true});
  BOOST_CHECK(rig.broadcasts<Proposal>().empty());
  rig.advance(rig.config().timing.delta);

  BOOST_CHECK(rig.all<BuildProposal>().empty());
  const auto proposals = rig.broadcasts<Proposal>();
  BOOST_REQUIRE_EQUAL(proposals.size(), 1);
  BOOST_CHECK(proposals[0].header.tips == at.tips);
}

BOOST_AUTO_TEST_CASE(after_a_restart_the_journaled_proposal_is_sent_again_unchanged) {
  auto rig = SimplexRig::leading(1);
  rig.step(WorkChanged{true});
  build_empty(rig, rig.genesis());
  const Proposal before = rig.broadcasts<Proposal>().at(0);

  rig.restart();
  rig.step(WorkChanged{true});

  const auto again = rig.broadcasts<Proposal>();
  BOOST_REQUIRE_EQUAL(again.size(), 1);
  BOOST_CHECK(again[0].header == before.header);
  BOOST_CHECK(again[0].signature == before.signature);
  BOOST_CHECK(rig.all<BuildProposal>().empty());
}

BOOST_AUTO_TEST_CASE(the_mempool_learns_that_my_view_failed) {
  auto rig = SimplexRig::leading(1);
  rig.step(WorkChanged{true});
  build_empty(rig, rig.genesis());

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));

  BOOST_CHECK_EQUAL(rig.all<OwnViewFailed>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_leader_that_gave_up_its_view_proposes_nothing_in_it) {
  auto rig = SimplexRig::leading(1);
  rig.step(WorkChanged{true});
  rig.advance(300ms);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 1));

  build_empty(rig, rig.genesis());

  BOOST_CHECK(rig.broadcasts<Proposal>().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
