#include <boost/test/unit_test.hpp>

#include "tests/support/simplex_rig.hpp"

// View entry, the clock and nullify (consensus.md, section 3). Delta is 100 ms.
namespace troupe::consensus {

using namespace std::chrono_literals;
using support::SimplexRig;

namespace {

const crypto::Digest kSome = crypto::sha256(as_bytes("some block"));

Duration left(const SimplexRig& rig, Timer timer) {
  const auto at = rig.timer(timer);
  return at ? *at - rig.now().instant : Duration{-1};
}

/// A follower with work: its clock runs.
SimplexRig busy() {
  auto rig = SimplexRig::following();
  rig.step(WorkChanged{true});
  return rig;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pacing_test)

BOOST_AUTO_TEST_CASE(the_proposal_timer_is_three_delta_and_the_advance_timer_seven) {
  const auto rig = busy();

  BOOST_CHECK_EQUAL(left(rig, Timer::Proposal).count(), Duration(300ms).count());
  BOOST_CHECK_EQUAL(left(rig, Timer::Advance).count(), Duration(700ms).count());
}

BOOST_AUTO_TEST_CASE(the_first_proposal_cancels_the_proposal_timer) {
  auto rig = busy();

  rig.propose(rig.ordering_child(rig.genesis(), 1));

  BOOST_CHECK(!rig.timer(Timer::Proposal));
  BOOST_CHECK(rig.timer(Timer::Advance));
  rig.advance(699ms);
  BOOST_CHECK(!rig.has_signed(VoteKind::Nullify, 1));
  rig.advance(1ms);
  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 1));
}

BOOST_AUTO_TEST_CASE(without_a_proposal_the_view_is_nullified_after_three_delta) {
  auto rig = busy();

  rig.advance(299ms);
  BOOST_CHECK(rig.all<Sign>().empty());
  rig.advance(1ms);

  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 1));
}

BOOST_AUTO_TEST_CASE(each_view_without_a_finalization_adds_half_to_the_timers) {
  auto rig = busy();

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  BOOST_CHECK_EQUAL(left(rig, Timer::Proposal).count(), Duration(450ms).count());
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  BOOST_CHECK_EQUAL(left(rig, Timer::Proposal).count(), Duration(600ms).count());
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 3, kSome));
  BOOST_CHECK_EQUAL(left(rig, Timer::Advance).count(), Duration(1750ms).count());
}

BOOST_AUTO_TEST_CASE(the_factor_stops_growing_at_its_cap) {
  support::RigOptions options;
  options.timing.factor_steps_max = 2;
  auto rig = SimplexRig::following(options);
  rig.step(WorkChanged{true});

  for (std::uint64_t view = 1; view <= 10; ++view) {
    rig.deliver_certificate(rig.certify(VoteKind::Nullify, view));
  }

  BOOST_CHECK_EQUAL(left(rig, Timer::Proposal).count(), Duration(600ms).count());
}

BOOST_AUTO_TEST_CASE(only_a_new_finalization_resets_the_factor) {
  auto rig = busy();
  const Header block = rig.child(rig.genesis(), 2);
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.propose(block);
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 2, digest(block)));
  BOOST_REQUIRE_EQUAL(left(rig, Timer::Proposal).count(), Duration(600ms).count());

  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 2, digest(block)));
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 3));

  BOOST_CHECK_EQUAL(left(rig, Timer::Proposal).count(), Duration(450ms).count());
}

BOOST_AUTO_TEST_CASE(with_nothing_to_decide_the_clock_stands_still) {
  auto rig = SimplexRig::following();

  rig.advance(5s);

  BOOST_CHECK(!rig.machine().is_clock_running());
  BOOST_CHECK(rig.all<Sign>().empty());
}

BOOST_AUTO_TEST_CASE(a_held_batch_that_no_final_block_orders_starts_the_clock) {
  auto rig = SimplexRig::following();

  rig.step(WorkChanged{true});
  BOOST_CHECK(rig.machine().is_clock_running());
  rig.step(WorkChanged{false});

  BOOST_CHECK(!rig.machine().is_clock_running());
  BOOST_CHECK(!rig.timer(Timer::Advance));
}

BOOST_AUTO_TEST_CASE(an_executed_root_that_no_final_block_exposes_starts_the_clock) {
  auto rig = SimplexRig::following();
  const crypto::Digest root = crypto::sha256(as_bytes("state"));
  const Header first = rig.ordering_child(rig.genesis(), 1);
  rig.notarize(first);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 1, digest(first)));
  BOOST_REQUIRE(!rig.machine().is_clock_running());

  rig.step(Executed{Height{1}, root});
  BOOST_CHECK(rig.machine().is_clock_running());

  Header second = rig.child(first, 2);
  second.executed_height = Height{1};
  second.executed_root = root;
  rig.notarize(second);
  rig.deliver_certificate(rig.certify(VoteKind::Finalize, 2, digest(second)));
  BOOST_CHECK(!rig.machine().is_clock_running());
}

BOOST_AUTO_TEST_CASE(a_proposal_for_my_view_or_a_later_one_starts_the_clock) {
  auto rig = SimplexRig::following();

  rig.propose(rig.child(rig.genesis(), 3));

  BOOST_CHECK(rig.machine().is_clock_running());
}

BOOST_AUTO_TEST_CASE(anothers_notarize_or_nullify_for_my_view_or_a_later_one_starts_the_clock) {
  auto first = SimplexRig::following();
  auto second = SimplexRig::following();
  auto third = SimplexRig::following();

  first.nullify(first.others()[0], 2);
  second.vote(second.others()[0], VoteKind::Notarize, 1, kSome);
  third.vote(third.others()[0], VoteKind::Finalize, 1, kSome);

  BOOST_CHECK(first.machine().is_clock_running());
  BOOST_CHECK(second.machine().is_clock_running());
  BOOST_CHECK(!third.machine().is_clock_running());
}

BOOST_AUTO_TEST_CASE(the_idle_interval_and_two_delta_without_a_proposal_start_the_clock) {
  auto rig = SimplexRig::following();

  rig.advance(rig.config().timing.idle_interval + 199ms);
  BOOST_CHECK(!rig.machine().is_clock_running());
  rig.advance(1ms);
  BOOST_CHECK(rig.machine().is_clock_running());
}

BOOST_AUTO_TEST_CASE(when_my_clock_starts_without_a_proposal_the_leader_is_told_my_tips) {
  const auto rig = busy();

  const auto told = rig.all<SendTips>();
  BOOST_REQUIRE_EQUAL(told.size(), 1);
  BOOST_CHECK_EQUAL(told[0].to.number, rig.leader(1));
  BOOST_CHECK(told[0].view == View{1});
}

BOOST_AUTO_TEST_CASE(a_dripping_leader_does_not_stretch_the_timers) {
  auto rig = busy();
  const std::uint32_t leader = rig.leader(1);

  for (std::uint64_t i = 0; i < 6; ++i) {
    rig.advance(50ms);
    rig.vote(leader, VoteKind::Notarize, 2 + i, kSome);
  }

  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 1));
}

BOOST_AUTO_TEST_CASE(the_leaders_own_nullify_is_followed_at_once) {
  auto rig = SimplexRig::following();

  rig.nullify(rig.leader(1), 1);

  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 1));
}

BOOST_AUTO_TEST_CASE(anothers_nullify_is_not_followed) {
  auto rig = SimplexRig::following();
  std::uint32_t other = rig.others()[0];
  if (other == rig.leader(1)) other = rig.others()[1];

  rig.nullify(other, 1);

  BOOST_CHECK(rig.all<Sign>().empty());
}

BOOST_AUTO_TEST_CASE(nullify_is_repeated_with_the_best_certificate_until_the_view_is_left) {
  auto rig = busy();
  const Certificate entry = rig.certify(VoteKind::Nullify, 1);
  rig.deliver_certificate(entry);
  rig.advance(450ms);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 2));
  rig.forget();

  rig.advance(2 * rig.config().timing.retry_interval);

  BOOST_CHECK_EQUAL(rig.broadcasts<Ballot>().size(), 2);
  const auto carried = rig.broadcasts<Certificates>();
  BOOST_REQUIRE_EQUAL(carried.size(), 2);
  BOOST_CHECK(carried[0].list[0] == entry);
  BOOST_CHECK_EQUAL(rig.all<Sign>().size(), 0);

  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  rig.forget();
  rig.step(WorkChanged{false});
  rig.advance(1s);
  BOOST_CHECK(rig.broadcasts<Ballot>().empty());
}

BOOST_AUTO_TEST_CASE(in_large_sets_the_best_certificate_goes_to_four_peers_in_rotation) {
  auto rig = SimplexRig::leading(17, {.validators = 17});
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 1));
  rig.nullify(rig.leader(2), 2);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 2));
  rig.forget();

  rig.advance(rig.config().timing.retry_interval);
  const auto first = rig.sent<Certificates>();
  rig.forget();
  rig.advance(rig.config().timing.retry_interval);
  const auto second = rig.sent<Certificates>();

  BOOST_REQUIRE_EQUAL(first.size(), 4);
  BOOST_REQUIRE_EQUAL(second.size(), 4);
  BOOST_CHECK(first[3].first < second[0].first);
}

/// Everybody but the silent one is heard in each of these views.
void pass_views(SimplexRig& rig, std::uint32_t silent, std::uint64_t last) {
  for (std::uint64_t view = rig.machine().view().number; view <= last; ++view) {
    rig.advance(10s);  // my own nullify
    for (const std::uint32_t other : rig.others()) {
      if (other != silent) rig.nullify(other, view);
    }
    BOOST_REQUIRE(rig.machine().view() == View{view + 1});
  }
}

BOOST_AUTO_TEST_CASE(
    a_leader_silent_for_the_last_views_while_a_quorum_was_heard_is_not_waited_for) {
  auto rig = busy();
  const std::uint32_t silent = rig.leader(9);
  pass_views(rig, silent, 8);

  BOOST_CHECK_EQUAL(rig.machine().leader().number, silent);
  BOOST_CHECK(rig.has_signed(VoteKind::Nullify, 9));
  BOOST_CHECK(!rig.events<LeaderSkipped>().empty());
}

BOOST_AUTO_TEST_CASE(any_valid_message_of_a_leader_for_my_view_or_later_ends_its_silence) {
  auto rig = busy();
  const std::uint32_t silent = rig.leader(9);
  pass_views(rig, silent, 7);
  rig.vote(silent, VoteKind::Notarize, 8, kSome);
  pass_views(rig, silent, 8);

  BOOST_CHECK(!rig.has_signed(VoteKind::Nullify, 9));
}

BOOST_AUTO_TEST_CASE(a_validator_whose_votes_always_come_too_late_to_count_is_not_silent) {
  auto rig = busy();
  const std::uint32_t slow = rig.leader(9);
  for (std::uint64_t view = 1; view <= 8; ++view) {
    pass_views(rig, slow, view);
    rig.nullify(slow, view);
  }

  BOOST_CHECK(!rig.has_signed(VoteKind::Nullify, 9));
}

BOOST_AUTO_TEST_CASE(after_a_restart_no_view_below_the_highest_journaled_one_is_entered) {
  auto rig = busy();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 6));
  rig.advance(10s);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 7));

  // The certificate that opened view 7 is in the journal as well, but the vote alone must do.
  std::vector<JournalRecord> bare;
  for (const JournalRecord& record : rig.journal().live_records()) {
    if (const auto* vote = std::get_if<VoteRecord>(&record))
      bare.emplace_back(VoteRecord{vote->vote, {}});
  }
  rig.journal() = {};
  for (const JournalRecord& record : bare)
    BOOST_REQUIRE(rig.journal().remember(record));
  rig.restart();

  BOOST_CHECK(rig.machine().view() == View{7});
}

BOOST_AUTO_TEST_CASE(
    after_a_restart_the_journaled_votes_and_the_opening_certificate_are_sent_again) {
  auto rig = busy();
  const Certificate entry = rig.certify(VoteKind::Nullify, 6);
  rig.deliver_certificate(entry);
  rig.advance(10s);
  BOOST_REQUIRE(rig.has_signed(VoteKind::Nullify, 7));

  rig.restart();

  BOOST_CHECK(rig.all<Sign>().empty());
  const auto ballots = rig.broadcasts<Ballot>();
  BOOST_REQUIRE_GE(ballots.size(), 1);
  BOOST_CHECK(ballots[0].vote.vote.view == View{7});
  const auto certificates = rig.broadcasts<Certificates>();
  BOOST_REQUIRE_EQUAL(certificates.size(), 1);
  BOOST_CHECK(certificates[0].list[0] == entry);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
