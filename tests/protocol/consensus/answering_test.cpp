#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/simplex_rig.hpp"

// The start-up inquiry, and what peers ask (consensus.md, sections 3 and 5).
namespace troupe::consensus {

using namespace std::chrono_literals;
using support::RigOptions;
using support::SimplexRig;

namespace {

const crypto::Digest kSome = crypto::sha256(as_bytes("some block"));

SimplexRig starting() {
  return SimplexRig::leading(4, {.is_voting = false});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answering_test)

BOOST_AUTO_TEST_CASE(a_validator_votes_only_after_all_but_one_of_a_quorum_answered_its_inquiry) {
  auto rig = starting();
  rig.start();
  BOOST_CHECK_EQUAL(rig.broadcasts<Inquiry>().size(), 1);
  const Header block = rig.child(rig.genesis(), 1);
  rig.propose(block);
  rig.deliver(rig.others()[0], InquiryAnswer{rig.config().instance, false, {}});
  BOOST_CHECK(rig.all<Sign>().empty());

  rig.deliver(rig.others()[1], InquiryAnswer{rig.config().instance, false, {}});

  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(one_peer_that_answers_twice_counts_once) {
  auto rig = starting();
  rig.start();

  rig.deliver(rig.others()[0], InquiryAnswer{rig.config().instance, false, {}});
  rig.deliver(rig.others()[0], InquiryAnswer{rig.config().instance, false, {}});

  BOOST_CHECK(!rig.machine().is_voting());
}

BOOST_AUTO_TEST_CASE(an_answer_to_the_inquiry_of_an_earlier_start_does_not_count) {
  auto rig = starting();
  rig.start();

  for (const std::uint32_t other : rig.others())
    rig.deliver(other, InquiryAnswer{1, false, {}});

  BOOST_CHECK(!rig.machine().is_voting());
}

BOOST_AUTO_TEST_CASE(the_inquiry_is_repeated_to_those_who_have_not_answered) {
  auto rig = starting();
  rig.start();
  rig.deliver(rig.others()[0], InquiryAnswer{rig.config().instance, false, {}});
  rig.forget();

  rig.advance(rig.config().timing.retry_interval);

  BOOST_CHECK_EQUAL(rig.sent<Inquiry>().size(), 2);
}

BOOST_AUTO_TEST_CASE(an_item_that_is_missing_from_the_journal_makes_an_observer) {
  auto rig = starting();
  rig.start();
  const Vote forgotten{VoteKind::Nullify, {}, View{7}, {}};
  const auto vote = rig.signatures().sign(rig.binding(), ValidatorIndex{rig.own()}, forgotten);

  rig.deliver(rig.others()[0], InquiryAnswer{rig.config().instance, false, {vote}});
  rig.answer_inquiry();

  BOOST_REQUIRE(rig.machine().observer());
  BOOST_CHECK(*rig.machine().observer() == ObserverReason::OwnItemUnknown);
  BOOST_CHECK(!rig.machine().is_voting());
}

BOOST_AUTO_TEST_CASE(an_item_that_is_in_the_journal_is_welcome) {
  auto rig = SimplexRig::following();
  rig.nullify(rig.leader(1), 1);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 1));
  const Vote known{VoteKind::Nullify, {}, View{1}, {}};
  const auto vote = rig.signatures().sign(rig.binding(), ValidatorIndex{rig.own()}, known);

  rig.restart(false);
  for (const std::uint32_t other : rig.others()) {
    rig.deliver(other, InquiryAnswer{rig.config().instance, false, {vote}});
  }

  BOOST_CHECK(rig.machine().is_voting());
}

BOOST_AUTO_TEST_CASE(a_forged_item_is_a_fault_of_its_sender) {
  auto rig = starting();
  rig.start();
  SignedVote forged{{VoteKind::Nullify, {}, View{7}, {}}, ValidatorIndex{rig.own()}, {}};

  rig.deliver(rig.others()[0], InquiryAnswer{rig.config().instance, false, {forged}});

  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 1);
  BOOST_CHECK(!rig.machine().observer());
}

BOOST_AUTO_TEST_CASE(a_live_twin_makes_an_observer) {
  auto rig = starting();
  rig.start();

  rig.deliver(rig.others()[0], InquiryAnswer{rig.config().instance, true, {}});

  BOOST_REQUIRE(rig.machine().observer());
  BOOST_CHECK(*rig.machine().observer() == ObserverReason::LiveTwin);
}

BOOST_AUTO_TEST_CASE(a_damaged_or_missing_journal_makes_an_observer) {
  for (const JournalHealth health : {JournalHealth::Damaged, JournalHealth::Missing}) {
    auto rig = SimplexRig::following();
    rig.disk().journal = health;
    rig.restart();

    BOOST_CHECK(rig.machine().observer());
    rig.propose(rig.child(rig.genesis(), 1));
    BOOST_CHECK(rig.all<Sign>().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_batch_of_mine_that_my_journal_does_not_know_makes_an_observer) {
  auto rig = SimplexRig::following();

  rig.step(OwnItemMissing{});

  BOOST_CHECK(!rig.machine().is_voting());
}

BOOST_AUTO_TEST_CASE(an_observer_says_what_it_needs) {
  BOOST_CHECK(describe(ObserverReason::JournalDamaged).find("rejoin") != std::string_view::npos);
  BOOST_CHECK(describe(ObserverReason::LiveTwin).find("stop one") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_no_validator_follows_and_commits) {
  SimplexRig rig({.own = std::nullopt, .is_voting = false});
  rig.start();
  const Header block = rig.child(rig.genesis(), 1);

  rig.notarize(block);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 1, digest(block)));

  BOOST_CHECK_EQUAL(rig.all<Commit>().size(), 1);
  BOOST_CHECK(rig.all<Sign>().empty());
}

BOOST_AUTO_TEST_CASE(an_inquiry_is_answered_with_the_newest_votes_seen_under_that_key) {
  auto rig = SimplexRig::following();
  const std::uint32_t peer = rig.others()[0];
  rig.nullify(peer, 1);
  rig.nullify(peer, 3);
  rig.vote(peer, VoteKind::Notarize, 2, kSome);
  rig.forget();

  rig.deliver(peer, Inquiry{99});

  const auto answers = rig.sent<InquiryAnswer>();
  BOOST_REQUIRE_EQUAL(answers.size(), 1);
  BOOST_CHECK_EQUAL(answers[0].second.instance, 99);
  BOOST_CHECK(!answers[0].second.twin);
  BOOST_REQUIRE_EQUAL(answers[0].second.newest.size(), 2);
  BOOST_CHECK(answers[0].second.newest[1].vote.view == View{3});
}

BOOST_AUTO_TEST_CASE(an_answer_reports_another_live_session_of_the_asker) {
  auto rig = SimplexRig::following();
  const std::uint32_t peer = rig.others()[0];
  rig.step(PeerConnected{ValidatorIndex{peer}, 2});

  rig.deliver(peer, Inquiry{99});

  BOOST_CHECK(rig.sent<InquiryAnswer>().at(0).second.twin);
}

BOOST_AUTO_TEST_CASE(only_nullify_is_answered_with_my_best_certificate_and_once_per_interval) {
  auto rig = SimplexRig::following();
  const std::uint32_t peer = rig.others()[0];
  const Certificate best = rig.certify(VoteKind::Nullify, 5);
  const Certificate notarization = rig.certify(VoteKind::Notarize, 1, kSome);
  rig.deliver_certificate(notarization);
  rig.deliver_certificate(best);
  rig.forget();

  rig.vote(peer, VoteKind::Notarize, 1, kSome);
  BOOST_CHECK(rig.sent<Certificates>().empty());
  rig.nullify(peer, 1);
  rig.nullify(peer, 2);

  const auto answers = rig.sent<Certificates>();
  BOOST_REQUIRE_EQUAL(answers.size(), 1);
  BOOST_REQUIRE_EQUAL(answers[0].second.list.size(), 2);
  BOOST_CHECK(answers[0].second.list[0] == best);
  BOOST_CHECK(answers[0].second.list[1] == notarization);

  rig.advance(rig.config().timing.retry_interval);
  rig.nullify(peer, 1);
  BOOST_CHECK_EQUAL(rig.sent<Certificates>().size(), 2);
}

BOOST_AUTO_TEST_CASE(a_request_at_or_below_my_final_view_gets_my_latest_finalization) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);
  rig.notarize(block);
  const Certificate finalization = rig.certify(VoteKind::Finalize, 1, digest(block));
  rig.deliver_certificate(finalization);
  rig.forget();

  rig.deliver(rig.others()[0], MissingRequest{View{1}, View{1}, VoteKind::Nullify});

  const auto answers = rig.sent<Certificates>();
  BOOST_REQUIRE_EQUAL(answers.size(), 1);
  BOOST_CHECK(answers[0].second.list[0] == finalization);
}

BOOST_AUTO_TEST_CASE(a_range_is_answered_with_what_is_held_also_of_the_other_kind) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 3, kSome));
  rig.forget();

  rig.deliver(rig.others()[0], MissingRequest{View{1}, View{3}, VoteKind::Nullify});

  const auto answers = rig.sent<Certificates>();
  BOOST_REQUIRE_EQUAL(answers.size(), 1);
  BOOST_CHECK_EQUAL(answers[0].second.list.size(), 2);
}

BOOST_AUTO_TEST_CASE(headers_above_and_shortly_below_finality_are_handed_out) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  const Header second = rig.child(first, 2);
  const Header third = rig.child(second, 3);
  rig.notarize(first);
  rig.notarize(second);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 2, digest(second)));
  rig.propose(third);
  rig.forget();

  for (const Header& header : {first, second, third}) {
    rig.deliver(rig.others()[0], HeaderRequest{digest(header)});
  }
  rig.deliver(rig.others()[0], HeaderRequest{kSome});

  BOOST_CHECK_EQUAL(rig.sent<HeaderAnswer>().size(), 3);
}

BOOST_AUTO_TEST_CASE(a_peer_is_answered_a_bounded_number_of_times_per_interval) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.forget();

  for (int i = 0; i < 100; ++i)
    rig.deliver(rig.others()[0], BestRequest{});

  BOOST_CHECK_EQUAL(rig.sent<Certificates>().size(), kAnswersPerRetryMax);
}

BOOST_AUTO_TEST_CASE(a_peer_that_connects_gets_the_best_certificate_and_my_votes) {
  auto rig = SimplexRig::following();
  const std::uint32_t peer = rig.others()[0];
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.nullify(rig.leader(2), 2);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 2));
  rig.forget();

  rig.step(PeerDisconnected{ValidatorIndex{peer}});
  rig.step(PeerConnected{ValidatorIndex{peer}, 1});

  BOOST_CHECK_EQUAL(rig.sent<Certificates>().size(), 1);
  BOOST_CHECK_EQUAL(rig.sent<Ballot>().size(), 1);
}

BOOST_AUTO_TEST_CASE(hints_reach_the_mempool_of_the_leader_they_are_meant_for) {
  auto leading = SimplexRig::leading(1);
  auto following = SimplexRig::following();
  const Tip tip{ValidatorIndex{1}, {}, Sequence{3}, kSome};

  leading.deliver(leading.others()[0], TipsHint{View{1}, {tip}});
  following.deliver(following.others()[0], TipsHint{View{1}, {tip}});

  BOOST_CHECK_EQUAL(leading.all<TipsHinted>().size(), 1);
  BOOST_CHECK(following.all<TipsHinted>().empty());
}

namespace {

/// An observer that lost its journal, in a network whose view 1 is final.
struct Rejoining {
  SimplexRig rig = starting();
  Certificate finalization;

  Rejoining() {
    rig.disk().journal = JournalHealth::Missing;
    rig.restart(false);
    const Header block = rig.child(rig.genesis(), 1);
    rig.notarize(block);
    finalization = rig.certify(VoteKind::Finalize, 1, digest(block));
    rig.deliver_certificate(finalization);
    rig.forget();
  }

  /// A nullify under this node's key, whoever made it.
  [[nodiscard]] SignedVote own_nullify(std::uint64_t view) const {
    const Vote vote{VoteKind::Nullify, {}, View{view}, {}};
    return rig.signatures().sign(rig.binding(), ValidatorIndex{rig.own()}, vote);
  }

  void answer(std::uint64_t instance) {
    for (const std::uint32_t other : rig.others())
      rig.deliver(other, InquiryAnswer{instance, false, {}});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_rejoined_validator_asks_anew_and_votes_above_its_mark, Rejoining) {
  rig.step(Rejoined{finalization, 77});
  BOOST_CHECK(!rig.machine().observer());
  BOOST_REQUIRE_EQUAL(rig.broadcasts<Inquiry>().size(), 1);
  BOOST_CHECK_EQUAL(rig.broadcasts<Inquiry>()[0].instance, 77);
  BOOST_CHECK(!rig.machine().is_voting());

  answer(77);

  BOOST_CHECK(rig.machine().is_voting());
  const Header next = rig.child(rig.machine().final_header(), 2);
  rig.propose(next);
  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 2, digest(next)));
}

BOOST_FIXTURE_TEST_CASE(answers_to_the_inquiry_before_the_rejoin_do_not_count, Rejoining) {
  rig.step(Rejoined{finalization, 77});

  answer(rig.config().instance);

  BOOST_CHECK(!rig.machine().is_voting());
}

BOOST_FIXTURE_TEST_CASE(what_others_saw_below_the_mark_does_not_matter_after_a_rejoin, Rejoining) {
  rig.step(Rejoined{finalization, 77});
  const SignedVote old = own_nullify(1);

  for (const std::uint32_t other : rig.others())
    rig.deliver(other, InquiryAnswer{77, false, {old}});

  BOOST_CHECK(rig.machine().is_voting());
}

BOOST_FIXTURE_TEST_CASE(a_signature_above_the_mark_makes_an_observer_again, Rejoining) {
  rig.step(Rejoined{finalization, 77});
  const SignedVote later = own_nullify(2);

  rig.deliver(rig.others()[0], InquiryAnswer{77, false, {later}});

  BOOST_CHECK(rig.machine().observer() == ObserverReason::OwnItemUnknown);
}

BOOST_AUTO_TEST_CASE(a_rejoin_means_nothing_to_a_validator_that_votes) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);
  rig.notarize(block);
  const Certificate finalization = rig.certify(VoteKind::Finalize, 1, digest(block));
  rig.deliver_certificate(finalization);
  rig.forget();

  rig.step(Rejoined{finalization, 77});

  BOOST_CHECK(rig.machine().is_voting());
  BOOST_CHECK(rig.broadcasts<Inquiry>().empty());
}

BOOST_AUTO_TEST_CASE(a_rejoin_that_another_process_asked_for_makes_an_observer) {
  auto rig = SimplexRig::following();

  rig.step(RejoinedElsewhere{View{1}});

  BOOST_CHECK(rig.machine().observer() == ObserverReason::LiveTwin);
}

BOOST_FIXTURE_TEST_CASE(a_rejoin_at_or_below_the_journals_mark_was_its_own, Rejoining) {
  rig.step(Rejoined{finalization, 77});
  answer(77);

  rig.step(RejoinedElsewhere{View{1}});

  BOOST_CHECK(rig.machine().is_voting());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
