#include <boost/test/unit_test.hpp>

#include "tests/support/simplex_rig.hpp"

// What becomes final, and what executing it gave (consensus.md, sections 2, 3, 5 and 7).
namespace troupe::consensus {

using namespace std::chrono_literals;
using support::SimplexRig;

namespace {

const crypto::Digest kMine = crypto::sha256(as_bytes("my state"));
const crypto::Digest kTheirs = crypto::sha256(as_bytes("another state"));

void finalize(SimplexRig& rig, const Header& block) {
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, block.view.number, digest(block)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(finality_test)

BOOST_AUTO_TEST_CASE(a_quorum_of_finalize_votes_makes_a_block_and_its_ancestors_final) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  const Header second = rig.child(first, 2);
  rig.notarize(first);
  rig.notarize(second);

  for (const std::uint32_t other : rig.others()) {
    rig.vote(other, VoteKind::Finalize, 2, digest(second));
  }

  const auto commits = rig.all<Commit>();
  BOOST_REQUIRE_EQUAL(commits.size(), 1);
  BOOST_REQUIRE_EQUAL(commits[0].blocks.size(), 2);
  BOOST_CHECK(commits[0].blocks[0].header == first);
  BOOST_CHECK(commits[0].blocks[1].header == second);
  BOOST_CHECK(commits[0].finalization.vote.block == digest(second));
  BOOST_CHECK(rig.machine().final_header() == second);
}

BOOST_AUTO_TEST_CASE(late_finalize_votes_still_count) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  rig.notarize(first);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 4));

  for (const std::uint32_t other : rig.others()) {
    rig.vote(other, VoteKind::Finalize, 1, digest(first));
  }

  BOOST_CHECK(rig.machine().final_header() == first);
}

BOOST_AUTO_TEST_CASE(
    a_final_block_is_handed_over_with_its_notarization_and_skipped_nullifications) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 3);
  rig.propose(block);
  finalize(rig, block);
  BOOST_CHECK(rig.all<Commit>().empty());  // neither notarization nor nullifications are here
  BOOST_CHECK(!rig.sent<MissingRequest>().empty());

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  BOOST_CHECK(rig.all<Commit>().empty());
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 3, digest(block)));

  const auto commits = rig.all<Commit>();
  BOOST_REQUIRE_EQUAL(commits.size(), 1);
  BOOST_CHECK(commits[0].blocks[0].notarization.vote.block == digest(block));
  BOOST_CHECK_EQUAL(commits[0].blocks[0].nullifications.size(), 2);
}

BOOST_AUTO_TEST_CASE(a_final_block_is_handed_over_only_when_its_data_is_held) {
  auto rig = SimplexRig::following();
  const Header block = rig.ordering_child(rig.genesis(), 1);
  rig.propose(block);
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(block)));
  finalize(rig, block);
  BOOST_CHECK(rig.all<Commit>().empty());

  rig.check_payload(block, PayloadVerdict::Valid);
  BOOST_CHECK_EQUAL(rig.all<Commit>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_final_header_with_another_root_than_mine_stops_the_node) {
  auto rig = SimplexRig::following();
  const Header first = rig.ordering_child(rig.genesis(), 1);
  rig.notarize(first);
  finalize(rig, first);
  rig.step(Executed{Height{1}, kMine});
  Header second = rig.child(first, 2);
  second.executed_height = Height{1};
  second.executed_root = kTheirs;

  rig.propose(second);
  BOOST_CHECK(rig.all<Halt>().empty());
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 2, digest(second)));

  const auto halts = rig.all<Halt>();
  BOOST_REQUIRE_EQUAL(halts.size(), 1);
  BOOST_CHECK(halts[0].reason == HaltReason::StateDiverged);
  BOOST_CHECK(halts[0].height == Height{1});
  BOOST_CHECK(halts[0].ours == kMine);
  BOOST_CHECK(halts[0].theirs == kTheirs);
  BOOST_CHECK(rig.machine().step(WorkChanged{true}, rig.now()).empty());
}

BOOST_AUTO_TEST_CASE(a_root_computed_after_a_quorum_claimed_another_one_stops_the_node) {
  auto rig = SimplexRig::following();
  const Header first = rig.ordering_child(rig.genesis(), 1);
  rig.notarize(first);
  finalize(rig, first);
  Header second = rig.child(first, 2);
  second.executed_height = Height{1};
  second.executed_root = kTheirs;
  rig.notarize(second);
  BOOST_CHECK(rig.all<Halt>().empty());

  rig.step(Executed{Height{1}, kMine});

  BOOST_CHECK_EQUAL(rig.all<Halt>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_final_block_that_breaks_my_rules_stops_the_node) {
  auto rig = SimplexRig::following();
  Header block = rig.child(rig.genesis(), 1);
  block.history_root = {};
  rig.propose(block);

  finalize(rig, block);

  BOOST_REQUIRE_EQUAL(rig.all<Halt>().size(), 1);
  BOOST_CHECK(rig.all<Halt>()[0].reason == HaltReason::InvalidFinalBlock);
}

BOOST_AUTO_TEST_CASE(the_signers_mark_rises_once_the_finalization_is_durable) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);
  rig.notarize(block);
  finalize(rig, block);
  BOOST_CHECK(rig.all<RaiseMark>().empty());

  rig.step(Committed{Height{1}, View{1}});

  const auto raised = rig.all<RaiseMark>();
  BOOST_REQUIRE_EQUAL(raised.size(), 1);
  BOOST_CHECK(raised[0].finalization.view() == View{1});
}

BOOST_AUTO_TEST_CASE(a_finalization_of_an_unknown_block_asks_for_its_header_and_then_to_catch_up) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);

  finalize(rig, first);
  const auto asked = rig.sent<HeaderRequest>();
  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  BOOST_CHECK(asked[0].second.block == digest(first));
  BOOST_CHECK(rig.all<CatchUp>().empty());

  rig.advance(2 * rig.config().timing.retry_interval);
  const auto behind = rig.all<CatchUp>();
  BOOST_REQUIRE_EQUAL(behind.size(), 1);
  BOOST_CHECK(behind[0].finalization.vote.block == digest(first));
}

BOOST_AUTO_TEST_CASE(what_the_synchronizer_brings_becomes_the_last_final_block) {
  auto rig = SimplexRig::following();
  const Header first = rig.ordering_child(rig.genesis(), 1);
  const Header second = rig.child(first, 4);
  const Header third = rig.child(second, 5);
  crypto::MerkleFrontier history;
  for (const Header& header : {rig.genesis(), first, second}) {
    history.append(crypto::merkle_leaf(digest(header).view()));
  }
  rig.propose(third);
  rig.forget();

  rig.step(Executed{Height{1}, kMine});
  rig.step(Executed{Height{2}, kMine});
  rig.step(Synced{second, history, rig.certify(VoteKind::Finalize, 4, digest(second)), Height{1}});

  BOOST_CHECK(rig.machine().final_header() == second);
  BOOST_CHECK(rig.machine().view() == View{5});
  BOOST_CHECK_EQUAL(rig.all<RaiseMark>().size(), 1);
  // The child that had been an orphan is judged and voted for.
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 5, digest(third)));
}

BOOST_AUTO_TEST_CASE(a_payload_that_is_looked_for_is_abandoned_when_another_block_is_final) {
  auto rig = SimplexRig::following();
  const Header lost = rig.ordering_child(rig.genesis(), 1);
  const Header block = rig.child(rig.genesis(), 2);
  rig.propose(lost);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.notarize(block);
  BOOST_CHECK(rig.all<AbandonPayload>().empty());

  finalize(rig, block);

  const auto abandoned = rig.all<AbandonPayload>();
  BOOST_REQUIRE_EQUAL(abandoned.size(), 1);
  BOOST_CHECK(abandoned[0].block == digest(lost));
}

BOOST_AUTO_TEST_CASE(a_finalization_of_another_block_in_a_final_view_stops_the_node_with_proof) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);
  rig.notarize(block);
  finalize(rig, block);
  rig.forget();
  finalize(rig, block);  // late, and no news
  BOOST_REQUIRE(rig.effects().empty());
  Header other = block;
  other.timestamp.milliseconds += 1;

  finalize(rig, other);

  BOOST_REQUIRE_EQUAL(rig.all<Halt>().size(), 1);
  BOOST_CHECK(rig.all<Halt>()[0].reason == HaltReason::AgreementBroken);
  BOOST_CHECK_GE(rig.all<EvidenceFound>().size(), 2);  // f + 1
}

BOOST_AUTO_TEST_CASE(a_finalization_beside_a_nullification_stops_the_node_with_proof) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));

  finalize(rig, rig.child(rig.genesis(), 1));

  BOOST_REQUIRE_EQUAL(rig.all<Halt>().size(), 1);
  BOOST_CHECK(rig.all<Halt>()[0].reason == HaltReason::AgreementBroken);
  BOOST_CHECK_GE(rig.all<EvidenceFound>().size(), 2);  // f + 1
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
