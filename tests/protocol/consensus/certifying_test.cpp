#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tests/support/simplex_rig.hpp"

// Votes, certificates and evidence (consensus.md, sections 1, 3 and 7).
namespace troupe::consensus {

using namespace std::chrono_literals;
using support::RigOptions;
using support::SimplexRig;

namespace {

const crypto::Digest kSome = crypto::sha256(as_bytes("some block"));
const crypto::Digest kOther = crypto::sha256(as_bytes("another block"));

SignedVote sign(SimplexRig& rig,
                std::uint32_t signer,
                VoteKind kind,
                std::uint64_t view,
                const crypto::Digest& block) {
  return rig.signatures().sign(
      rig.binding(), ValidatorIndex{signer}, {kind, {}, View{view}, block});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(certifying_test)

BOOST_AUTO_TEST_CASE(a_quorum_of_equal_votes_is_a_certificate) {
  auto rig = SimplexRig::following();
  const auto others = rig.others();

  rig.nullify(others[0], 1);
  rig.nullify(others[1], 1);
  BOOST_CHECK(rig.machine().view() == View{1});
  rig.nullify(others[2], 1);

  BOOST_CHECK(rig.machine().view() == View{2});
}

BOOST_AUTO_TEST_CASE(the_signed_proposal_is_its_leaders_notarize_vote) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);
  rig.propose(block);  // the leader's vote and mine

  std::uint32_t third = rig.others().front();
  if (third == rig.leader(1)) third = rig.others()[1];
  rig.vote(third, VoteKind::Notarize, 1, digest(block));

  BOOST_CHECK(rig.machine().view() == View{2});
}

BOOST_AUTO_TEST_CASE(whoever_first_sees_a_certificate_forwards_it_once) {
  auto rig = SimplexRig::following();
  const Certificate seen = rig.certify(VoteKind::Nullify, 1);

  rig.deliver(rig.others()[0], Certificates{{seen}});
  rig.deliver(rig.others()[1], Certificates{{seen}});

  const auto forwarded = rig.broadcasts<Certificates>();
  BOOST_REQUIRE_EQUAL(forwarded.size(), 1);
  BOOST_CHECK(forwarded[0].list[0] == seen);
}

BOOST_AUTO_TEST_CASE(above_sixteen_validators_a_certificate_goes_to_the_next_two_leaders) {
  auto rig = SimplexRig::leading(17, {.validators = 17});

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));

  BOOST_CHECK(rig.broadcasts<Certificates>().empty());
  const auto sent = rig.sent<Certificates>();
  BOOST_REQUIRE_EQUAL(sent.size(), 2);
  BOOST_CHECK_EQUAL(sent[0].first, rig.leader(2));
  BOOST_CHECK_EQUAL(sent[1].first, rig.leader(3));
}

BOOST_AUTO_TEST_CASE(any_certificate_of_a_view_at_or_above_mine_makes_me_enter_the_next_one) {
  auto rig = SimplexRig::following();

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 5));
  BOOST_CHECK(rig.machine().view() == View{6});
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 9, kSome));
  BOOST_CHECK(rig.machine().view() == View{10});
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 700, kSome));
  BOOST_CHECK(rig.machine().view() == View{701});
}

BOOST_AUTO_TEST_CASE(views_only_grow) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 5));

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 3));

  BOOST_CHECK(rig.machine().view() == View{6});
}

BOOST_AUTO_TEST_CASE(a_vote_further_ahead_than_eight_views_is_dropped_and_its_sender_asked) {
  auto rig = SimplexRig::following();
  const std::uint32_t peer = rig.others().front();

  for (const std::uint32_t other : rig.others())
    rig.nullify(other, 10);
  BOOST_CHECK(rig.machine().view() == View{1});
  BOOST_CHECK_EQUAL(rig.sent<BestRequest>().size(), 3);

  rig.nullify(peer, 11);  // not twice within a retry interval
  BOOST_CHECK_EQUAL(rig.sent<BestRequest>().size(), 3);
  rig.advance(rig.config().timing.retry_interval);
  rig.nullify(peer, 11);
  BOOST_CHECK_EQUAL(rig.sent<BestRequest>().size(), 4);
}

BOOST_AUTO_TEST_CASE(votes_up_to_eight_views_ahead_count) {
  auto rig = SimplexRig::following();

  for (const std::uint32_t other : rig.others())
    rig.nullify(other, 9);

  BOOST_CHECK(rig.machine().view() == View{10});
}

BOOST_AUTO_TEST_CASE(a_vote_is_taken_only_from_its_signer) {
  auto rig = SimplexRig::following();
  const auto others = rig.others();

  rig.deliver(others[0], Ballot{sign(rig, others[1], VoteKind::Nullify, 1, {})});

  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_vote_with_a_wrong_signature_is_a_fault_and_counts_for_nothing) {
  auto rig = SimplexRig::following();
  for (const std::uint32_t other : rig.others()) {
    SignedVote vote = sign(rig, other, VoteKind::Nullify, 1, {});
    vote.signature.bytes[0] ^= 1;
    rig.deliver(other, Ballot{vote});
  }

  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 3);
  BOOST_CHECK(rig.machine().view() == View{1});
}

BOOST_AUTO_TEST_CASE(a_signature_of_the_same_keys_under_another_root_block_is_worthless) {
  auto rig = SimplexRig::following();
  Binding past = rig.binding();
  past.root = crypto::sha256(as_bytes("the network before it was wiped"));
  const std::uint32_t peer = rig.others().front();
  const auto vote =
      rig.signatures().sign(past, ValidatorIndex{peer}, {VoteKind::Nullify, {}, View{1}, {}});

  rig.deliver(peer, Ballot{vote});

  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_notarize_signature_is_no_finalize) {
  auto rig = SimplexRig::following();
  const std::uint32_t peer = rig.others().front();
  SignedVote vote = sign(rig, peer, VoteKind::Notarize, 1, kSome);
  vote.vote.kind = VoteKind::Finalize;

  rig.deliver(peer, Ballot{vote});

  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 1);
}

BOOST_AUTO_TEST_CASE(a_message_of_another_epoch_or_root_is_dropped) {
  auto rig = SimplexRig::following();
  const auto body = Certificates{{rig.certify(VoteKind::Nullify, 1)}};
  const ValidatorIndex from{rig.others().front()};

  rig.step(MessageReceived{from, {Epoch{1}, rig.binding().root, body}});
  rig.step(MessageReceived{from, {Epoch{0}, kOther, body}});

  BOOST_CHECK(rig.machine().view() == View{1});
}

BOOST_AUTO_TEST_CASE(a_certificate_with_too_few_or_wrong_signatures_is_a_fault) {
  auto rig = SimplexRig::following();
  Certificate few = rig.certify(VoteKind::Nullify, 1);
  few.signatures.pop_back();
  Certificate wrong = rig.certify(VoteKind::Nullify, 1);
  wrong.vote.view = View{2};

  rig.deliver_certificate(few);
  rig.deliver_certificate(wrong);

  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 2);
  BOOST_CHECK(rig.machine().view() == View{1});
}

BOOST_AUTO_TEST_CASE(each_vote_signature_is_checked_once) {
  auto rig = SimplexRig::following();
  const auto others = rig.others();
  const std::uint64_t before = rig.verified();

  for (const std::uint32_t other : others)
    rig.nullify(other, 1);
  for (const std::uint32_t other : others)
    rig.nullify(other, 1);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));

  BOOST_CHECK_EQUAL(rig.verified() - before, 3);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_votes_that_were_checked_costs_no_second_check) {
  auto rig = SimplexRig::following();
  rig.nullify(rig.others()[0], 1);
  rig.nullify(rig.others()[1], 1);
  const std::uint64_t before = rig.verified();

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));

  BOOST_CHECK_EQUAL(rig.verified() - before, 1);
}

BOOST_AUTO_TEST_CASE(two_notarize_votes_of_one_view_are_evidence) {
  auto rig = SimplexRig::following();
  const std::uint32_t liar = rig.others().front();

  rig.vote(liar, VoteKind::Notarize, 3, kSome);
  rig.vote(liar, VoteKind::Notarize, 3, kOther);

  const auto found = rig.all<EvidenceFound>();
  BOOST_REQUIRE_EQUAL(found.size(), 1);
  BOOST_CHECK_EQUAL(found[0].evidence.culprit().number, liar);
  BOOST_CHECK(proves(found[0].evidence, rig.config().electorate));
  BOOST_CHECK_EQUAL(rig.broadcasts<Accusation>().size(), 1);
}

BOOST_AUTO_TEST_CASE(two_proposals_of_one_view_are_evidence) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  Header second = first;
  second.timestamp.milliseconds += 1;

  rig.propose(first);
  rig.propose(second);

  BOOST_REQUIRE_EQUAL(rig.all<EvidenceFound>().size(), 1);
  BOOST_CHECK_EQUAL(rig.all<EvidenceFound>()[0].evidence.culprit().number, rig.leader(1));
}

BOOST_AUTO_TEST_CASE(finalize_and_nullify_of_one_view_are_evidence) {
  auto rig = SimplexRig::following();
  const std::uint32_t liar = rig.others().front();

  rig.nullify(liar, 3);
  rig.vote(liar, VoteKind::Finalize, 3, kSome);

  BOOST_CHECK_EQUAL(rig.all<EvidenceFound>().size(), 1);
}

BOOST_AUTO_TEST_CASE(notarize_after_nullify_and_finalize_of_another_block_are_honest) {
  auto rig = SimplexRig::following();
  const auto others = rig.others();

  rig.nullify(others[0], 3);
  rig.vote(others[0], VoteKind::Notarize, 3, kSome);
  rig.vote(others[1], VoteKind::Notarize, 3, kSome);
  rig.vote(others[1], VoteKind::Finalize, 3, kOther);

  BOOST_CHECK(rig.all<EvidenceFound>().empty());
}

BOOST_AUTO_TEST_CASE(a_certificates_signatures_are_observations) {
  auto rig = SimplexRig::following();
  const Certificate seen = rig.certify(VoteKind::Notarize, 3, kSome);
  const std::uint32_t liar = seen.signatures.front().signer.number;
  rig.deliver_certificate(seen);

  rig.vote(liar, VoteKind::Notarize, 3, kOther);

  BOOST_REQUIRE_EQUAL(rig.all<EvidenceFound>().size(), 1);
  BOOST_CHECK_EQUAL(rig.all<EvidenceFound>()[0].evidence.culprit().number, liar);
}

BOOST_AUTO_TEST_CASE(a_vote_that_came_too_late_to_count_is_still_half_of_a_proof) {
  auto rig = SimplexRig::leading(7, {.validators = 7});
  const auto others = rig.others();
  const Certificate seen = rig.certify(VoteKind::Notarize, 1, kSome);  // the first five others
  const std::uint32_t liar = others[5];
  rig.deliver_certificate(seen);

  rig.vote(liar, VoteKind::Notarize, 1, kSome);  // useless, so its signature was not checked
  rig.vote(liar, VoteKind::Notarize, 1, kOther);

  BOOST_CHECK_EQUAL(rig.all<EvidenceFound>().size(), 1);
}

BOOST_AUTO_TEST_CASE(an_accusation_is_passed_on_once_and_a_false_one_is_a_fault) {
  auto rig = SimplexRig::following();
  const std::uint32_t liar = rig.others()[2];
  const Evidence evidence = make_evidence(sign(rig, liar, VoteKind::Notarize, 3, kSome),
                                          sign(rig, liar, VoteKind::Notarize, 3, kOther));
  Evidence forged = evidence;
  forged.first.signature.bytes[3] ^= 1;

  rig.deliver(rig.others()[0], Accusation{forged});
  BOOST_CHECK_EQUAL(rig.all<PeerFault>().size(), 1);
  rig.deliver(rig.others()[0], Accusation{evidence});
  rig.deliver(rig.others()[1], Accusation{evidence});

  BOOST_CHECK_EQUAL(rig.all<EvidenceFound>().size(), 1);
  BOOST_CHECK_EQUAL(rig.broadcasts<Accusation>().size(), 1);
}

BOOST_AUTO_TEST_CASE(two_certificates_of_one_kind_and_view_stop_the_node_with_proof) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 3, kSome));

  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 3, kOther));

  BOOST_CHECK_EQUAL(rig.all<EvidenceFound>().size(), 3);
  BOOST_REQUIRE_EQUAL(rig.all<Halt>().size(), 1);
  BOOST_CHECK(rig.all<Halt>()[0].reason == HaltReason::AgreementBroken);
}

BOOST_AUTO_TEST_CASE(a_signature_of_my_key_that_I_did_not_make_makes_me_an_observer) {
  auto rig = SimplexRig::following();
  std::vector<std::uint32_t> signers{rig.own(), rig.others()[0], rig.others()[1]};
  std::sort(signers.begin(), signers.end());
  const auto seen =
      rig.signatures().certify(rig.binding(), {VoteKind::Nullify, {}, View{1}, {}}, signers);

  rig.deliver_certificate(seen);

  BOOST_REQUIRE(rig.machine().observer());
  BOOST_CHECK(*rig.machine().observer() == ObserverReason::OwnItemUnknown);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
