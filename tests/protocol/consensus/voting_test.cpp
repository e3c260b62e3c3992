#include <boost/test/unit_test.hpp>

#include "tests/support/simplex_rig.hpp"

// What this node votes for (consensus.md, sections 2 and 3).
namespace troupe::consensus {

using namespace std::chrono_literals;
using support::RigOptions;
using support::SimplexRig;

BOOST_AUTO_TEST_SUITE(voting_test)

BOOST_AUTO_TEST_CASE(the_first_valid_proposal_of_a_view_is_notarized) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);

  rig.propose(block);

  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(block)));
  const auto ballots = rig.broadcasts<Ballot>();
  BOOST_REQUIRE_EQUAL(ballots.size(), 1);
  BOOST_CHECK(ballots[0].vote.vote.block == digest(block));
}

BOOST_AUTO_TEST_CASE(a_second_proposal_of_a_view_is_never_notarized) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  Header second = first;
  second.timestamp.milliseconds += 1;

  rig.propose(first);
  rig.propose(second);

  BOOST_CHECK(!rig.has_signed(VoteKind::Notarize, 1, digest(second)));
}

BOOST_AUTO_TEST_CASE(a_proposal_from_another_than_the_leader_is_a_fault) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 2);

  rig.deliver(rig.leader(1), Proposal{block, {}, {}});

  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 1);
  BOOST_CHECK(rig.all<Sign>().empty());
}

BOOST_AUTO_TEST_CASE(a_proposal_that_is_wrong_for_ever_is_answered_with_nullify) {
  auto rig = SimplexRig::following();
  Header block = rig.child(rig.genesis(), 1);
  block.history_root = {};

  rig.propose(block);

  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 1));
  BOOST_CHECK(!rig.has_signed(VoteKind::Notarize, 1, digest(block)));
  BOOST_CHECK_EQUAL(rig.events<ProposalRefused>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_proposal_whose_payload_is_invalid_is_answered_with_nullify) {
  auto rig = SimplexRig::following();
  const Header block = rig.ordering_child(rig.genesis(), 1);

  rig.propose(block);
  BOOST_REQUIRE_EQUAL(rig.all<CheckPayload>().size(), 1);
  rig.check_payload(block, PayloadVerdict::Invalid);

  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 1));
}

BOOST_AUTO_TEST_CASE(a_proposal_is_notarized_only_when_what_it_orders_is_held) {
  auto rig = SimplexRig::following();
  const Header block = rig.ordering_child(rig.genesis(), 1);

  rig.propose(block);
  rig.check_payload(block, PayloadVerdict::Missing);
  BOOST_CHECK(rig.all<Sign>().empty());

  rig.check_payload(block, PayloadVerdict::Valid);
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_parent_is_legal_only_with_its_notarization) {
  auto rig = SimplexRig::following();
  const Header parent = rig.child(rig.genesis(), 1);
  const Header block = rig.child(parent, 2);
  rig.propose(parent);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.forget();

  rig.propose(block);
  BOOST_CHECK(rig.all<Sign>().empty());
  const auto asked = rig.sent<MissingRequest>();
  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  BOOST_CHECK(asked[0].second.kind == VoteKind::Notarize);
  BOOST_CHECK_EQUAL(asked[0].first, rig.leader(2));

  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(parent)));
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 2, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_parent_is_legal_only_with_a_nullification_for_each_view_between) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 3);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  rig.forget();

  rig.propose(block);
  BOOST_CHECK(rig.all<Sign>().empty());

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 3, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_proposal_carries_what_shows_that_its_parent_is_legal) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 3);

  rig.propose(block, {rig.certify(VoteKind::Nullify, 1), rig.certify(VoteKind::Nullify, 2)});

  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 3, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_parent_below_the_last_final_block_is_illegal) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  rig.notarize(first);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 1, digest(first)));
  BOOST_REQUIRE_EQUAL(rig.all<Commit>().size(), 1);
  rig.forget();

  rig.propose(rig.child(rig.genesis(), 2));

  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 2));
}

BOOST_AUTO_TEST_CASE(a_timestamp_of_the_parent_plus_one_is_acceptable_whatever_my_clock_says) {
  auto rig = SimplexRig::following();
  rig.set_wall_clock(Timestamp{1000});

  const Header block = rig.child(rig.genesis(), 1);
  rig.propose(block);

  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_timestamp_beyond_my_clock_and_the_drift_is_waited_for) {
  auto rig = SimplexRig::following();
  Header block = rig.child(rig.genesis(), 1);
  block.timestamp.milliseconds = rig.now().timestamp.milliseconds + 600;

  rig.propose(block);
  BOOST_CHECK(rig.all<Sign>().empty());

  rig.advance(99ms);
  BOOST_CHECK(rig.all<Sign>().empty());
  rig.advance(1ms);
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_timestamp_within_the_drift_is_valid) {
  auto rig = SimplexRig::following();
  Header block = rig.child(rig.genesis(), 1);
  block.timestamp.milliseconds = rig.now().timestamp.milliseconds + 500;

  rig.propose(block);

  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(block)));
}

/// A machine with two final blocks, the first of which orders something and is executed here.
Header commit_one(SimplexRig& rig, const crypto::Digest& root) {
  const Header first = rig.ordering_child(rig.genesis(), 1);
  rig.notarize(first);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 1, digest(first)));
  rig.step(Executed{Height{1}, root});
  rig.forget();
  return first;
}

BOOST_AUTO_TEST_CASE(a_proposal_with_another_executed_root_is_invalid_and_stops_nobody) {
  auto rig = SimplexRig::following();
  const Header first = commit_one(rig, crypto::sha256(as_bytes("my state")));
  Header block = rig.child(first, 2);
  block.executed_height = Height{1};
  block.executed_root = crypto::sha256(as_bytes("another state"));

  rig.propose(block);

  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 2));
  BOOST_CHECK(rig.all<Halt>().empty());
}

BOOST_AUTO_TEST_CASE(an_executed_root_that_I_have_not_computed_is_waited_for) {
  auto rig = SimplexRig::following();
  const crypto::Digest root = crypto::sha256(as_bytes("my state"));
  const Header first = rig.ordering_child(rig.genesis(), 1);
  rig.notarize(first);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 1, digest(first)));
  Header block = rig.child(first, 2);
  block.executed_height = Height{1};
  block.executed_root = root;
  rig.forget();

  rig.propose(block);
  BOOST_CHECK(rig.all<Sign>().empty());

  rig.step(Executed{Height{1}, root});
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 2, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_notarized_block_is_finalized) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);
  rig.propose(block);

  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(block)));

  BOOST_CHECK(rig.has_signed(VoteKind::Finalize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(whoever_has_not_notarized_in_the_view_does_so_late_and_before_finalize) {
  auto rig = SimplexRig::following();
  const Header block = rig.ordering_child(rig.genesis(), 1);
  rig.propose(block);
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(block)));
  BOOST_REQUIRE(rig.all<Sign>().empty());

  rig.check_payload(block, PayloadVerdict::Valid);

  const auto asked = rig.all<Sign>();
  BOOST_REQUIRE_EQUAL(asked.size(), 2);
  BOOST_CHECK(asked[0].vote.kind == VoteKind::Notarize);
  BOOST_CHECK(asked[1].vote.kind == VoteKind::Finalize);
  BOOST_CHECK(asked[0].vote.view == View{1});
}

BOOST_AUTO_TEST_CASE(a_block_is_finalized_only_when_it_is_held) {
  auto rig = SimplexRig::following();
  const Header block = rig.ordering_child(rig.genesis(), 1);

  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(block)));
  BOOST_CHECK(rig.all<Sign>().empty());

  rig.propose(block);
  BOOST_CHECK(rig.all<Sign>().empty());
  rig.check_payload(block, PayloadVerdict::Valid);
  BOOST_CHECK(rig.has_signed(VoteKind::Finalize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_payload_that_was_dropped_is_asked_for_again_after_a_retry_interval) {
  auto rig = SimplexRig::following();
  const Header block = rig.ordering_child(rig.genesis(), 1);
  rig.propose(block);
  rig.check_payload(block, PayloadVerdict::Dropped);
  rig.step(WorkChanged{false});
  BOOST_REQUIRE_EQUAL(rig.all<CheckPayload>().size(), 1);

  rig.advance(Timing{}.retry_interval);

  BOOST_REQUIRE_EQUAL(rig.all<CheckPayload>().size(), 2);
  rig.check_payload(block, PayloadVerdict::Valid);
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(the_mempool_is_asked_for_a_bounded_number_of_blocks_the_lowest_first) {
  auto rig = SimplexRig::following();
  std::vector<Header> chain{rig.genesis()};
  for (std::uint64_t view = 1; chain.size() <= kPayloadQuestionsMax + 4; ++view) {
    if (rig.leader(view) == rig.own()) {
      rig.deliver_certificate(rig.certify(VoteKind::Nullify, view));
      continue;
    }
    chain.push_back(rig.ordering_child(chain.back(), view));
    rig.propose(chain.back());
    rig.deliver_certificate(rig.certify(VoteKind::Notarize, view, digest(chain.back())));
  }
  const auto is_asked = [&rig](const Header& header) {
    std::size_t open = 0;
    for (const CheckPayload& asked : rig.all<CheckPayload>())
      open += asked.block == digest(header) ? 1 : 0;
    for (const AbandonPayload& gone : rig.all<AbandonPayload>())
      open -= gone.block == digest(header) ? 1 : 0;
    return open == 1;
  };

  for (std::size_t i = 1; i < kPayloadQuestionsMax; ++i)
    BOOST_TEST(is_asked(chain[i]), "height " << i);
  BOOST_TEST(!is_asked(chain[kPayloadQuestionsMax + 1]));
  rig.check_payload(chain[1], PayloadVerdict::Valid);
  BOOST_TEST(is_asked(chain[kPayloadQuestionsMax]));
}

BOOST_AUTO_TEST_CASE(whoever_nullified_a_view_does_not_finalize_in_it) {
  auto rig = SimplexRig::following();
  rig.step(WorkChanged{true});
  rig.advance(300ms);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 1));
  const Header block = rig.child(rig.genesis(), 1);

  rig.propose(block);
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(block)));

  BOOST_CHECK(!rig.has_signed(VoteKind::Finalize, 1, digest(block)));
  BOOST_CHECK(!rig.machine().observer());
}

BOOST_AUTO_TEST_CASE(another_block_than_the_notarized_one_may_be_finalized) {
  auto rig = SimplexRig::following();
  const Header mine = rig.child(rig.genesis(), 1);
  Header theirs = mine;
  theirs.timestamp.milliseconds += 1;
  rig.propose(mine);
  rig.propose(theirs);

  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(theirs)));

  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(mine)));
  BOOST_CHECK(rig.has_signed(VoteKind::Finalize, 1, digest(theirs)));
}

BOOST_AUTO_TEST_CASE(
    notarize_is_signed_only_for_the_current_view_and_finalize_for_any_above_final) {
  auto rig = SimplexRig::following();
  const Header old = rig.child(rig.genesis(), 1);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  BOOST_REQUIRE(rig.machine().view() == View{3});

  rig.propose(old);
  BOOST_CHECK(rig.all<Sign>().empty());

  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(old)));
  BOOST_CHECK(rig.has_signed(VoteKind::Finalize, 1, digest(old)));
}

BOOST_AUTO_TEST_CASE(nothing_is_signed_at_or_below_the_last_final_view) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  const Header second = rig.child(first, 2);
  rig.propose(first);
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 2, digest(second)));
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 2, digest(second)));
  rig.forget();

  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(first)));

  BOOST_CHECK(rig.all<Sign>().empty());
}

BOOST_AUTO_TEST_CASE(a_vote_is_journaled_with_everything_that_it_rests_on) {
  auto rig = SimplexRig::following();
  const Certificate entry = rig.certify(VoteKind::Nullify, 1);
  const Header block = rig.child(rig.genesis(), 2);
  rig.deliver_certificate(entry);
  rig.propose(block);
  const Certificate notarization = rig.certify(VoteKind::Notarize, 2, digest(block));
  rig.deliver_certificate(notarization);

  const auto asked = rig.all<Sign>();
  BOOST_REQUIRE_EQUAL(asked.size(), 2);
  // The notarize rests on how I came here, and on the block itself.
  BOOST_REQUIRE_EQUAL(asked[0].basis.certificates.size(), 1);
  BOOST_CHECK(asked[0].basis.certificates[0] == entry);
  BOOST_REQUIRE_EQUAL(asked[0].basis.headers.size(), 1);
  BOOST_CHECK(asked[0].basis.headers[0] == block);
  // The finalize rests on the notarization.
  BOOST_REQUIRE_EQUAL(asked[1].basis.certificates.size(), 1);
  BOOST_CHECK(asked[1].basis.certificates[0] == notarization);
}

BOOST_AUTO_TEST_CASE(a_refused_signature_makes_an_observer) {
  auto rig = SimplexRig::following();
  const Vote another{VoteKind::Notarize, {}, View{1}, crypto::sha256(as_bytes("another"))};
  const auto vote = rig.signatures().sign(rig.binding(), ValidatorIndex{rig.own()}, another);
  BOOST_REQUIRE(rig.journal().remember(VoteRecord{vote, {}}));

  rig.propose(rig.child(rig.genesis(), 1));

  BOOST_REQUIRE(rig.machine().observer());
  BOOST_CHECK(*rig.machine().observer() == ObserverReason::SignerRefused);
  BOOST_CHECK(rig.broadcasts<Ballot>().empty());
}

BOOST_AUTO_TEST_CASE(the_mempool_is_told_to_retain_what_a_notarized_block_references) {
  auto rig = SimplexRig::following();
  const Header block = rig.ordering_child(rig.genesis(), 1);

  rig.propose(block);
  BOOST_CHECK(rig.all<Retain>().empty());
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 1, digest(block)));

  const auto retained = rig.all<Retain>();
  BOOST_REQUIRE_EQUAL(retained.size(), 1);
  BOOST_CHECK(retained[0].block == digest(block));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
