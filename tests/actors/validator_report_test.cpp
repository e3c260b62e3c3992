#include <chrono>
#include <string>

#include <boost/test/unit_test.hpp>

#include "actors/validator.hpp"
#include "tests/actors/validator_bench.hpp"

// What a validator tells who watches it: votes, and how long its view has lasted.
namespace {

using namespace std::chrono_literals;
using troupe::View;
using troupe::consensus::Ballot;
using troupe::consensus::Header;
using troupe::consensus::VoteKind;
using troupe::test::named;
using Bench = troupe::test::ValidatorBench;

}  // namespace

BOOST_AUTO_TEST_SUITE(validator_report_test)

BOOST_AUTO_TEST_CASE(the_votes_of_a_view_are_told_by_validator_and_kind) {
  Bench bench;
  bench.start_voting();
  const auto voter = bench.others().front();
  const Header header = bench.chain.extend().header;
  bench.propose(header);
  bench.sign_all();
  bench.deliver(voter,
                Ballot{bench.chain.vote(
                    voter, VoteKind::Notarize, header.view, Bench::consensus_digest(header))});

  const auto votes = bench.rig.must_answer<troupe::actors::VotesReport>(
      bench.validator, troupe::actors::votes_atom_v, troupe::actors::VotesQuery{0});

  BOOST_TEST(votes.view == 1u);
  BOOST_TEST(votes.current_view == 1u);
  BOOST_TEST(votes.quorum == 3u);
  BOOST_TEST(votes.known);
  BOOST_TEST(!votes.nullified);
  BOOST_REQUIRE(votes.votes.size() == 4u);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const bool is_leader = i == bench.chain.leader(View{1});
    BOOST_TEST(votes.votes[i].proposed == is_leader);
    BOOST_TEST(votes.votes[i].notarize == (is_leader || i == voter || i == bench.own));
    BOOST_TEST(!votes.votes[i].nullify);
    BOOST_TEST(!votes.votes[i].finalize);
  }
}

BOOST_AUTO_TEST_CASE(of_a_view_that_nothing_was_heard_of_it_knows_the_leader_alone) {
  Bench bench;
  bench.start_voting();

  const auto votes = bench.rig.must_answer<troupe::actors::VotesReport>(
      bench.validator, troupe::actors::votes_atom_v, troupe::actors::VotesQuery{9});

  BOOST_TEST(!votes.known);
  BOOST_TEST(votes.view == 9u);
  BOOST_TEST(votes.leader == "n" + std::to_string(bench.chain.leader(View{9}) + 1));
  BOOST_TEST(votes.votes.size() == 4u);
}

BOOST_AUTO_TEST_CASE(it_tells_how_old_its_view_is_and_whether_something_waits_for_it) {
  Bench bench;
  bench.start_voting();
  bench.rig.tell(bench.validator, troupe::actors::work_atom_v, true);
  bench.rig.advance(20ms);

  const auto facts = bench.rig.must_answer<troupe::actors::FactsReport>(
      bench.validator, troupe::actors::facts_atom_v);

  BOOST_TEST(facts.view_age_ms >= 20u);
  BOOST_TEST(facts.clock_running);
  BOOST_TEST(facts.refused.empty());
  BOOST_TEST(facts.drift_ms == 500u);
  BOOST_TEST(facts.votes.view == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
