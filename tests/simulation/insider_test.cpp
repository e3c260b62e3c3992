#include "tools/simulator/insider.hpp"

#include <variant>

#include <boost/test/unit_test.hpp>

#include "protocol/consensus/message.hpp"
#include "tools/simulator/judge.hpp"
#include "tools/simulator/play.hpp"
#include "tools/simulator/world.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

scenario::Scenario scenario_with(scenario::FaultKind kind, scenario::Selector on) {
  scenario::Scenario scenario;
  scenario.name = "insider";
  scenario.load = {scenario::LoadKind::Put, {20, false}, 1, {}, {}, true};
  scenario::Fault fault;
  fault.id = "x";
  fault.kind = std::move(kind);
  fault.on = std::move(on);
  fault.at.time = 500ms;
  fault.lasts = scenario::Span{2s, std::nullopt};
  scenario.faults.push_back(fault);
  return scenario;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(insider_test)

BOOST_AUTO_TEST_CASE(a_far_vote_is_one_that_the_electorate_accepts) {
  World world({});
  const Judge judge(world.genesis(), {});

  const Bytes bytes = far_vote(world.node(2).options(), 2, judge.electorate(), View{1'000'000});

  const auto message = consensus::decode_message(bytes);
  BOOST_REQUIRE(message.ok());
  const auto* const ballot = std::get_if<consensus::Ballot>(&message->body);
  BOOST_REQUIRE(ballot != nullptr);
  BOOST_TEST(judge.electorate().accepts(ballot->vote));
  BOOST_TEST((ballot->vote.vote.view == View{1'000'000}));
}

BOOST_AUTO_TEST_CASE(votes_for_far_views_stop_nobody) {
  const auto scenario =
      scenario_with(scenario::FutureVotes{1'000'000, 500}, scenario::selector::Named{{"n4"}});

  BOOST_TEST((play(scenario, {1}).verdict() == Verdict::Passed));
}

BOOST_AUTO_TEST_CASE(garbage_of_a_member_stops_nobody) {
  const auto scenario =
      scenario_with(scenario::Garbage{scenario::Garbage::Where::Frame, 200, {512}},
                    scenario::selector::Not{{"n4"}});

  BOOST_TEST((play(scenario, {1}).verdict() == Verdict::Passed));
}

BOOST_AUTO_TEST_CASE(
    clients_are_told_within_what_a_sound_network_needs_and_no_faster_than_messages_travel) {
  auto scenario = scenario_with(scenario::CompactionStall{}, scenario::selector::All{});
  scenario.network.link.delay = 50ms;

  scenario.expectations = {scenario::AckLatency{2s, 5s}};
  BOOST_TEST((play(scenario, {1}).verdict() == Verdict::Passed));

  scenario.expectations = {scenario::AckLatency{50ms, std::nullopt}};
  BOOST_TEST((play(scenario, {1}).verdict() == Verdict::Bound));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
