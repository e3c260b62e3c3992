#include "tools/simulator/hostile_file.hpp"

#include <boost/test/unit_test.hpp>

#include "tools/simulator/play.hpp"
#include "tools/simulator/world.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;
using What = scenario::HostileFile::What;
using Mode = scenario::HostileFile::Mode;

scenario::Scenario started_with(What what, Mode mode) {
  scenario::Scenario scenario;
  scenario.name = "hostile";
  scenario.load = {scenario::LoadKind::Put, {20, false}, 1, {}, {}, true};
  scenario::Fault fault;
  fault.id = "x";
  fault.kind = scenario::HostileFile{what, mode};
  fault.on = scenario::selector::Named{{"n2"}};
  fault.at.time = 500ms;
  fault.lasts = scenario::Span{2s, std::nullopt};
  scenario.faults.push_back(fault);
  scenario.expectations = {
      scenario::Exits{scenario::selector::Named{{"n2"}}, scenario::ExitReason::BadConfig}};
  return scenario;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_file_test)

BOOST_AUTO_TEST_CASE(every_damage_of_every_file_is_refused_in_words) {
  World world({});
  Random random(1);
  for (const What what : {What::Config, What::Genesis, What::NodeKey, What::ValidatorKey}) {
    for (const Mode mode : {Mode::Empty, Mode::Truncate, Mode::Flip, Mode::Random}) {
      const auto said = refusal_of(world.node(0).options(), {what, mode}, random);
      BOOST_REQUIRE(said.has_value());
      BOOST_TEST(said->starts_with(kBadFile));
      BOOST_TEST(said->size() > kBadFile.size() + 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_configuration_with_an_endless_comment_is_one) {
  World world({});
  Random random(1);

  BOOST_TEST(!refusal_of(world.node(0).options(), {What::Config, Mode::Huge}, random));
  BOOST_TEST(refusal_of(world.node(0).options(), {What::Genesis, Mode::Huge}, random).has_value());
}

BOOST_AUTO_TEST_CASE(a_node_with_a_damaged_file_refuses_and_is_back_with_the_sound_one) {
  BOOST_TEST((play(started_with(What::Config, Mode::Random), {1}).verdict() == Verdict::Passed));
  BOOST_TEST((play(started_with(What::Genesis, Mode::Truncate), {1}).verdict() == Verdict::Passed));
}

BOOST_AUTO_TEST_CASE(a_disk_that_failed_is_no_damaged_file) {
  auto scenario = started_with(What::Config, Mode::Random);
  scenario.faults.front().kind = scenario::FsyncError{};

  BOOST_TEST((play(scenario, {1}).verdict() == Verdict::Expectation));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator
