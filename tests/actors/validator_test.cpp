#include "actors/validator.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/actors/cast_rig.hpp"
#include "tests/actors/committed.hpp"
#include "tests/actors/sample_chain.hpp"
#include "tests/actors/validator_bench.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Bytes;
using troupe::Height;
using troupe::View;
using troupe::actors::Channel;
using troupe::actors::commit_atom;
using troupe::actors::CommitBlocks;
using troupe::actors::hangup_atom;
using troupe::actors::LaneTips;
using troupe::actors::payload_atom;
using troupe::actors::PayloadQuestion;
using troupe::actors::sign_atom;
using troupe::actors::SignedOrRefused;
using troupe::actors::SignVote;
using troupe::consensus::Ballot;
using troupe::consensus::CertifiedBlock;
using troupe::consensus::Header;
using troupe::consensus::HeaderAnswer;
using troupe::consensus::HeaderRequest;
using troupe::consensus::Inquiry;
using troupe::consensus::InquiryAnswer;
using troupe::consensus::VoteKind;
using troupe::crypto::Digest;
using troupe::network::PeerId;
using Bench = troupe::test::ValidatorBench;
using troupe::test::first_leader;
using troupe::test::kInstance;
using troupe::test::named;
using troupe::test::Sent;

/// The messages of one kind among those that were sent.
template <class Body>
std::vector<Body> bodies(const std::vector<Sent>& sent) {
  std::vector<Body> found;
  for (const Sent& one : sent) {
    const auto message = troupe::consensus::decode_message(one.message);
    BOOST_REQUIRE(message.ok());
    BOOST_TEST((one.channel == Channel::Consensus));
    if (const auto* body = std::get_if<Body>(&message->body)) found.push_back(*body);
  }
  return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(validator_test)

BOOST_AUTO_TEST_CASE(nothing_enters_before_the_start_and_all_of_it_after) {
  Bench bench;
  const auto peer = bench.others().front();
  bench.rig.tell(
      bench.validator, troupe::actors::peerup_atom_v, Channel::Consensus, bench.rig.peer(peer));
  bench.deliver(peer, HeaderRequest{Bench::consensus_digest(bench.rig.context()->root())});
  BOOST_TEST(bench.rig.take_sent().empty());

  bench.start();

  const auto sent = bench.rig.take_sent();
  BOOST_TEST(bodies<HeaderAnswer>(sent).size() == 1u);
  BOOST_TEST(!bodies<Inquiry>(sent).empty());
}

BOOST_AUTO_TEST_CASE(it_votes_only_once_enough_others_answered_its_inquiry) {
  Bench bench;
  bench.start();
  BOOST_TEST(!bench.status().voting);

  bench.deliver(bench.others()[0], InquiryAnswer{kInstance, false, {}});
  BOOST_TEST(!bench.status().voting);
  bench.deliver(bench.others()[1], InquiryAnswer{kInstance, false, {}});

  BOOST_TEST(bench.status().voting);
  BOOST_TEST(bench.rig.has_logged("may vote"));
}

BOOST_AUTO_TEST_CASE(an_unanswered_inquiry_is_repeated_when_its_timer_fires) {
  Bench bench;
  bench.start();
  const auto peer = bench.others().front();
  bench.rig.tell(
      bench.validator, troupe::actors::peerup_atom_v, Channel::Consensus, bench.rig.peer(peer));
  (void)bench.rig.take_sent();

  bench.rig.advance(250ms);

  const auto sent = bench.rig.take_sent();
  BOOST_REQUIRE(bodies<Inquiry>(sent).size() == 1u);
  BOOST_TEST((sent.front().to == bench.rig.peer(peer)));
}

BOOST_AUTO_TEST_CASE(a_proposal_is_signed_once_the_mempool_holds_it_and_then_told_to_all) {
  Bench bench;
  bench.start_voting();
  const auto batch = bench.chain.seal(0, {bench.chain.put("key", "value")});
  const Header header = bench.chain.extend({batch}).header;
  const auto leader = bench.rig.peer(bench.chain.leader(header.view));

  bench.deliver_bytes(leader, bench.chain.proposal(header));
  const auto question = bench.rig.mempool->take<payload_atom, PayloadQuestion>();
  BOOST_TEST((question.get().question.block == Bench::consensus_digest(header)));
  BOOST_TEST((bench.rig.signer->count<sign_atom, SignVote>() == 0u));
  bench.hold(Bench::consensus_digest(header));
  BOOST_TEST(bodies<Ballot>(bench.rig.take_sent()).empty());
  bench.sign_all();

  const auto ballots = bodies<Ballot>(bench.rig.take_sent());
  BOOST_REQUIRE(ballots.size() == 1u);
  BOOST_TEST((ballots.front().vote.vote.kind == VoteKind::Notarize));
  BOOST_TEST((ballots.front().vote.vote.block == Bench::consensus_digest(header)));
  BOOST_TEST(bench.rig.context()->electorate().accepts(ballots.front().vote));
  BOOST_TEST(bench.status().last_vote == "notarize 1");
}

BOOST_AUTO_TEST_CASE(while_a_vote_is_being_signed_nothing_enters_and_then_it_comes_after_the_vote) {
  Bench bench;
  bench.start_voting();
  const auto peer = bench.others().front();
  bench.propose(bench.chain.extend().header);
  const auto question = bench.rig.signer->take<sign_atom, SignVote>();
  (void)bench.rig.take_sent();
  const auto credit = std::make_shared<int>(0);

  const Bytes request =
      bench.chain.message(HeaderRequest{Bench::consensus_digest(bench.rig.context()->root())});
  bench.deliver_bytes(bench.rig.peer(peer), request, credit);
  BOOST_TEST(bench.rig.take_sent().empty());
  BOOST_TEST(credit.use_count() == 2);  // the sender's window stays closed as long
  bench.rig.answer(*bench.rig.signer, question, bench.signed_answer(question.get().vote));

  const auto sent = bench.rig.take_sent();
  BOOST_REQUIRE(sent.size() == 2u);
  BOOST_TEST(bodies<Ballot>({sent.front()}).size() == 1u);
  BOOST_TEST(bodies<HeaderAnswer>({sent.back()}).size() == 1u);
  BOOST_TEST(credit.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_refused_signature_makes_it_an_observer_that_says_why) {
  Bench bench;
  bench.start_voting();
  bench.propose(bench.chain.extend().header);

  const auto question = bench.rig.signer->take<sign_atom, SignVote>();
  bench.rig.answer(
      *bench.rig.signer, question, SignedOrRefused{troupe::consensus::Refusal::AnotherNotarize});

  BOOST_TEST(!bench.status().voting);
  BOOST_TEST(!bench.status().trouble.empty());
  BOOST_TEST(bench.rig.has_logged("does not vote"));
  BOOST_TEST(bodies<Ballot>(bench.rig.take_sent()).empty());
}

BOOST_AUTO_TEST_CASE(what_is_final_goes_to_the_writer_and_once_durable_raises_the_signers_mark) {
  Bench bench;
  bench.start_voting();
  const CertifiedBlock block = bench.chain.extend();

  bench.finalize(block);

  const auto commit = bench.rig.ledger_writer->take<commit_atom, CommitBlocks>();
  BOOST_REQUIRE(commit.get().blocks.size() == 1u);
  BOOST_TEST((commit.get().blocks.front().header == block.header));
  BOOST_TEST(commit.get().blocks.front().finalization.has_value());
  BOOST_TEST(commit.get().blocks.front().notarization.has_value());
  const auto marks = [&] {
    return bench.rig.signer->all<troupe::actors::mark_atom, troupe::consensus::Certificate>();
  };
  BOOST_TEST(marks().empty());
  bench.rig.tell(bench.validator,
                 troupe::actors::final_atom_v,
                 troupe::test::committed(block, {}, named("state")));
  BOOST_REQUIRE(marks().size() == 1u);
  BOOST_TEST(marks().front().view().number == 1u);
  BOOST_TEST(bench.status().final_height.number == 1u);
}

BOOST_AUTO_TEST_CASE(a_final_block_with_another_state_root_halts_it_with_both_roots) {
  Bench bench;
  bench.start_voting();
  const CertifiedBlock block = bench.chain.extend();
  bench.finalize(block);
  bench.rig.tell(bench.validator,
                 troupe::actors::final_atom_v,
                 troupe::test::committed(block, {}, named("our state")));
  Header claim = bench.chain.extend().header;
  claim.executed_height = Height{1};
  claim.executed_root = named("their state");

  const auto leader = bench.rig.peer(bench.chain.leader(claim.view));
  bench.deliver_bytes(leader, bench.chain.proposal(claim));
  bench.sign_all();
  bench.certify(VoteKind::Notarize, claim);
  bench.sign_all();
  bench.certify(VoteKind::Finalize, claim);
  bench.sign_all();

  const std::string end = bench.rig.end_of(bench.validator).value_or("");
  BOOST_TEST(end.find(named("our state").hex()) != std::string::npos);
  BOOST_TEST(end.find(named("their state").hex()) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_notarizations_of_one_view_halt_it_with_both_blocks_and_accuse_the_liars) {
  Bench bench;
  bench.start_voting();

  bench.certify(VoteKind::Notarize, View{1}, named("one"));
  bench.certify(VoteKind::Notarize, View{1}, named("another"));

  const std::string end = bench.rig.end_of(bench.validator).value_or("");
  BOOST_TEST(end.find(named("one").hex()) != std::string::npos);
  BOOST_TEST(end.find(named("another").hex()) != std::string::npos);
  const auto count =
      bench.rig.accuser->count<troupe::actors::accuse_atom, troupe::proof::Accusation>();
  BOOST_TEST(count >= 2u);
}

BOOST_AUTO_TEST_CASE(a_liar_is_accused_to_the_accuser_and_in_the_status) {
  Bench bench;
  bench.start_voting();
  const auto liar = bench.others().front();

  for (const char* name : {"one", "another"}) {
    bench.deliver(liar, Ballot{bench.chain.vote(liar, VoteKind::Notarize, View{1}, named(name))});
  }

  const auto accusations =
      bench.rig.accuser->all<troupe::actors::accuse_atom, troupe::proof::Accusation>();
  BOOST_REQUIRE(accusations.size() == 1u);
  BOOST_TEST(troupe::proof::lie_of(accusations.front()).culprit.number == liar);
  BOOST_REQUIRE(bench.status().accused.size() == 1u);
  BOOST_TEST(bench.status().accused.front().number == liar);
}

BOOST_AUTO_TEST_CASE(a_malformed_message_hangs_up_its_sender) {
  Bench bench;
  bench.start_voting();
  const auto peer = bench.rig.peer(bench.others().front());

  bench.deliver_bytes(peer, {1, 2, 3});

  const auto hung_up = bench.rig.swarm->all<hangup_atom, PeerId>();
  BOOST_REQUIRE(hung_up.size() == 1u);
  BOOST_TEST((hung_up.front() == peer));
  BOOST_TEST(bench.rig.has_logged("malformed"));
}

BOOST_AUTO_TEST_CASE(who_is_no_validator_has_no_voice) {
  Bench bench;
  bench.start_voting();
  const Bytes seed(32, 99);
  const PeerId stranger =
      PeerId::from_public_key(troupe::crypto::KeyPair::from_seed(seed)->public_key());

  bench.deliver_bytes(stranger, {1, 2, 3});
  bench.deliver_bytes(
      stranger,
      bench.chain.message(HeaderRequest{Bench::consensus_digest(bench.rig.context()->root())}));

  BOOST_TEST(bench.rig.swarm->empty());
}

BOOST_AUTO_TEST_CASE(a_leader_with_something_to_decide_has_the_mempool_build_and_proposes_it) {
  Bench bench(first_leader());
  bench.start_voting();

  bench.rig.tell(bench.validator, troupe::actors::work_atom_v, true);
  using troupe::consensus::BuildProposal;
  using troupe::consensus::ProposalBuilt;
  const auto question = bench.rig.mempool->take<troupe::actors::build_atom, BuildProposal>();
  BOOST_TEST(question.get().view.number == 1u);
  const troupe::consensus::Tip tip{{0}, {0}, {1}, named("batch")};
  bench.rig.answer(
      *bench.rig.mempool, question, ProposalBuilt{View{1}, {tip}, named("transactions")});
  bench.hold(bench.rig.signer->all<sign_atom, SignVote>().empty()
                 ? Digest{}
                 : bench.rig.signer->all<sign_atom, SignVote>().front().vote.block);
  bench.sign_all();

  const auto proposals = bodies<troupe::consensus::Proposal>(bench.rig.take_sent());
  BOOST_REQUIRE(proposals.size() == 1u);
  BOOST_TEST((proposals.front().header.tips == std::vector{tip}));
  BOOST_TEST((proposals.front().header.transactions_root == named("transactions")));
}

BOOST_AUTO_TEST_CASE(a_follower_with_work_tells_the_leader_which_tips_it_holds) {
  Bench bench;
  bench.start_voting();

  bench.rig.tell(bench.validator, troupe::actors::work_atom_v, true);
  const auto question = bench.rig.mempool->take<troupe::actors::tips_atom>();
  const troupe::ledger::LaneTip tip{{1}, {0}, {4}, named("tip")};
  bench.rig.answer(*bench.rig.mempool, question, LaneTips{tip});

  const auto sent = bench.rig.take_sent();
  const auto hints = bodies<troupe::consensus::TipsHint>(sent);
  BOOST_REQUIRE(hints.size() == 1u);
  BOOST_TEST((sent.back().to == bench.rig.peer(bench.chain.leader(View{1}))));
  BOOST_TEST((troupe::actors::to_lane_tips(hints.front().tips) == std::vector{tip}));
}

BOOST_AUTO_TEST_CASE(a_hint_of_tips_goes_to_the_mempool_with_who_sent_it) {
  Bench bench(first_leader());
  bench.start_voting();
  const auto peer = bench.others().front();
  const troupe::consensus::Tip tip{{1}, {0}, {4}, named("tip")};

  bench.deliver(peer, troupe::consensus::TipsHint{View{1}, {tip}});

  using troupe::consensus::TipsHinted;
  const auto hints = bench.rig.mempool->all<troupe::actors::hint_atom, TipsHinted>();
  BOOST_REQUIRE(hints.size() == 1u);
  BOOST_TEST(hints.front().from.number == peer);
}

BOOST_AUTO_TEST_CASE(a_finalization_whose_ancestors_are_missing_is_the_synchronizers_to_fetch) {
  Bench bench;
  bench.start_voting();

  bench.certify(VoteKind::Finalize, View{40}, named("far ahead"));
  bench.rig.advance(2s);

  const auto count =
      bench.rig.synchronizer->count<troupe::actors::behind_atom, troupe::consensus::CatchUp>();
  BOOST_TEST(count >= 1u);
}

BOOST_AUTO_TEST_SUITE_END()
