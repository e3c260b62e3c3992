#include "tools/simulator/judge.hpp"

#include <boost/test/unit_test.hpp>

#include "tools/simulator/swarm.hpp"
#include "tools/simulator/world.hpp"

// The judges are shown what must not be.
namespace troupe::simulator {

namespace {

using consensus::VoteKind;

/// A judge that is told which votes the first node sends.
struct Court {
  World world{WorldOptions{}};
  Judge judge{world.genesis(), {}};

  void say(const consensus::Vote& vote) {
    const consensus::SignedVote signed_vote{vote, ValidatorIndex{0}, {}};
    Spoken spoken{MessageKind::Notarize,
                  std::make_shared<const consensus::Message>(consensus::Message{
                      Epoch{0}, judge.electorate().binding.root, consensus::Ballot{signed_vote}})};
    judge.on_sent({{}, {0, 1}, 0, {}, spoken, {}});
  }
};

crypto::Digest block(const char* name) {
  return crypto::sha256(as_bytes(name));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(judge_test, Court)

BOOST_AUTO_TEST_CASE(the_same_vote_sent_again_is_no_fault) {
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("a")});
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("a")});

  BOOST_TEST(judge.violations().empty());
}

BOOST_AUTO_TEST_CASE(two_values_of_one_kind_and_view_are_not_safe) {
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("a")});
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("b")});

  BOOST_REQUIRE(judge.violations().size() == 1u);
  BOOST_TEST(judge.violations().front().checker == "votes");
  BOOST_TEST((gravest(judge.violations()) == Verdict::Safety));
}

BOOST_AUTO_TEST_CASE(nullify_and_finalize_of_one_view_are_not_safe) {
  say({VoteKind::Nullify, Epoch{0}, View{3}, {}});
  say({VoteKind::Finalize, Epoch{0}, View{3}, block("a")});

  BOOST_TEST(judge.violations().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_whose_disk_broke_its_promises_is_excused) {
  judge.excuse(0);
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("a")});
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("b")});

  BOOST_TEST(judge.violations().empty());
}

BOOST_AUTO_TEST_CASE(a_certificate_without_good_signatures_is_found) {
  const consensus::Vote vote{VoteKind::Finalize, Epoch{0}, View{3}, block("a")};
  consensus::Certificate certificate{vote, {}};
  for (std::uint32_t i = 0; i < 3; ++i)
    certificate.signatures.push_back({ValidatorIndex{i}, {}});

  BOOST_TEST(!judge.check_certificate(certificate, "n1"));
  BOOST_TEST((gravest(judge.violations()) == Verdict::Safety));
}

BOOST_AUTO_TEST_CASE(disks_that_lie_are_found_when_nobody_is_excused) {
  const Outcome outcome = play_canary(1);

  BOOST_TEST((outcome.verdict() == Verdict::Safety));
}

BOOST_AUTO_TEST_CASE(beyond_the_threshold_only_accountability_is_judged) {
  judge.excuse(1);
  judge.excuse(2);
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("a")});
  say({VoteKind::Notarize, Epoch{0}, View{3}, block("b")});
  BOOST_TEST(judge.is_beyond());
  BOOST_TEST(judge.violations().empty());

  judge.violate(Verdict::Safety, "agreement", "another block is final in height 1");
  judge.judge_broken_agreement();

  BOOST_REQUIRE(judge.violations().size() == 1u);
  BOOST_TEST(judge.violations().front().checker == "accountability");
}

BOOST_AUTO_TEST_CASE(after_a_lost_journal_a_vote_where_one_may_be_forgotten_is_not_safe) {
  say({VoteKind::Notarize, Epoch{0}, View{5}, block("a")});
  judge.forgive_journal(0);

  say({VoteKind::Notarize, Epoch{0}, View{4}, block("b")});
  BOOST_REQUIRE(judge.violations().size() == 1u);
  BOOST_TEST(judge.violations().front().checker == "votes");
}

BOOST_AUTO_TEST_CASE(after_a_lost_journal_a_vote_above_all_that_was_forgotten_is_a_comeback) {
  say({VoteKind::Notarize, Epoch{0}, View{5}, block("a")});
  judge.forgive_journal(0);
  BOOST_TEST(judge.forgetful().contains(0));

  say({VoteKind::Notarize, Epoch{0}, View{6}, block("b")});

  BOOST_TEST(judge.violations().empty());
  BOOST_TEST(judge.forgetful().empty());
}

BOOST_AUTO_TEST_CASE(a_lost_journal_counts_until_its_node_votes_again) {
  judge.forgive_journal(0);
  BOOST_TEST(!judge.may_stall());
  judge.excuse(1);
  BOOST_TEST(judge.may_stall());
  BOOST_TEST(!judge.is_beyond());

  say({VoteKind::Notarize, Epoch{0}, View{6}, block("b")});

  BOOST_TEST(!judge.may_stall());
}

BOOST_AUTO_TEST_CASE(a_nullify_below_a_view_that_was_nullified_before_is_not_safe) {
  say({VoteKind::Nullify, Epoch{0}, View{5}, {}});

  say({VoteKind::Nullify, Epoch{0}, View{4}, {}});

  BOOST_REQUIRE(judge.violations().size() == 1u);
  BOOST_TEST(judge.violations().front().checker == "votes");
}

BOOST_AUTO_TEST_CASE(a_vote_before_the_inquiry_is_answered_is_not_safe) {
  judge.on_happening({{}, 0, Turn::Boots, ""});

  say({VoteKind::Nullify, Epoch{0}, View{5}, {}});

  BOOST_REQUIRE(judge.violations().size() == 1u);
  BOOST_TEST(judge.violations().front().checker == "votes");
}

BOOST_AUTO_TEST_CASE(a_vote_after_the_answers_of_all_but_one_of_a_quorum_is_sound) {
  judge.on_happening({{}, 0, Turn::Boots, ""});
  const Spoken answer{MessageKind::InquiryAnswer,
                      std::make_shared<const consensus::Message>(consensus::Message{
                          Epoch{0}, judge.electorate().binding.root, consensus::InquiryAnswer{}})};
  judge.on_sent({{}, {1, 0}, 0, {}, answer, {}});
  judge.on_sent({{}, {2, 0}, 0, {}, answer, {}});

  say({VoteKind::Nullify, Epoch{0}, View{5}, {}});

  BOOST_TEST(judge.violations().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
