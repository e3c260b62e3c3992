#include "protocol/proof/accuser.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"

namespace troupe::proof {

using namespace std::chrono_literals;

namespace {

/// Nobody here looks at signatures.
Accusation lie_by(std::uint32_t culprit, std::uint64_t view = 7) {
  const auto vote = [&](std::string_view block) {
    return consensus::SignedVote{
        {consensus::VoteKind::Notarize, Epoch{}, View{view}, crypto::sha256(as_bytes(block))},
        ValidatorIndex{culprit},
        {}};
  };
  return consensus::make_evidence(vote("a"), vote("b"));
}

/// The accuser of one of four validators.
struct Desk {
  explicit Desk(std::optional<std::uint32_t> self)
      : machine({4, self ? std::optional(ValidatorIndex{*self}) : std::nullopt}, Height{10}, {}) {}

  std::size_t accuse(std::uint32_t culprit) { return step(Accused{lie_by(culprit)}); }

  std::size_t wait(Duration span) {
    now = now + span;
    return step(AccuserTimerFired{});
  }

  std::size_t record(std::uint64_t height, std::vector<Accusation> accusations) {
    Recorded recorded{Height{height}, {}};
    for (const Accusation& each : accusations)
      recorded.accusations.push_back({Height{height}, each});
    return step(recorded);
  }

  std::size_t step(const AccuserInput& input) {
    submitted = machine.step(input, now);
    return submitted.size();
  }

  Accuser machine;
  Instant now;
  std::vector<SubmitAccusation> submitted;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(accuser_test)

BOOST_AUTO_TEST_CASE(the_validator_after_the_liar_submits_at_once_and_the_others_in_turn) {
  Desk first(3);
  Desk second(0);
  Desk third(1);

  BOOST_TEST(first.accuse(2) == 1u);
  BOOST_TEST(second.accuse(2) == 0u);
  BOOST_TEST(third.accuse(2) == 0u);

  BOOST_TEST(second.wait(999ms) == 0u);
  BOOST_TEST(second.wait(1ms) == 1u);
  BOOST_TEST(third.wait(1999ms) == 0u);
  BOOST_TEST(third.wait(1ms) == 1u);
}

BOOST_AUTO_TEST_CASE(what_another_brought_into_the_ledger_is_not_submitted) {
  Desk desk(0);
  desk.accuse(2);

  desk.record(11, {lie_by(2)});

  BOOST_TEST(desk.wait(1h) == 0u);
  BOOST_TEST(!desk.machine.next_deadline().has_value());
  BOOST_REQUIRE(desk.machine.known().size() == 1u);
  BOOST_CHECK((desk.machine.known()[0].recorded == Height{11}));
}

BOOST_AUTO_TEST_CASE(what_the_ledger_knows_already_is_never_submitted) {
  Accuser machine({4, ValidatorIndex{3}}, Height{10}, {{Height{5}, lie_by(2)}});

  BOOST_TEST(machine.step(Accused{lie_by(2)}, Instant{}).empty());
  BOOST_TEST(!machine.next_deadline().has_value());
}

BOOST_AUTO_TEST_CASE(a_submission_that_seems_lost_comes_again_and_is_the_same) {
  Desk desk(3);
  desk.accuse(2);
  const SubmitAccusation first = desk.submitted.at(0);

  BOOST_TEST(desk.wait(3999ms) == 0u);
  BOOST_TEST(desk.wait(1ms) == 1u);
  BOOST_CHECK((desk.submitted.at(0).valid_through == first.valid_through));
  BOOST_CHECK((first.valid_through == Height{10 + kValidThroughHeightsMax}));
}

BOOST_AUTO_TEST_CASE(one_that_can_no_longer_be_ordered_is_made_anew) {
  Desk desk(3);
  desk.accuse(2);
  desk.record(10 + kValidThroughHeightsMax, {});

  BOOST_TEST(desk.wait(4s) == 1u);

  BOOST_CHECK((desk.submitted.at(0).valid_through == Height{10 + 2 * kValidThroughHeightsMax}));
}

BOOST_AUTO_TEST_CASE(a_second_proof_of_one_lie_changes_nothing) {
  Desk desk(3);
  desk.accuse(2);

  BOOST_TEST(desk.step(Accused{lie_by(2, 8)}) == 0u);

  BOOST_REQUIRE(desk.machine.known().size() == 1u);
  BOOST_CHECK((desk.machine.known()[0].accusation == lie_by(2)));
}

BOOST_AUTO_TEST_CASE(a_node_without_a_place_in_the_set_knows_and_submits_nothing) {
  Desk desk(std::nullopt);

  BOOST_TEST(desk.accuse(2) == 0u);
  BOOST_TEST(desk.wait(1h) == 0u);
  BOOST_TEST(desk.machine.known().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::proof
