#include "actors/log_gate.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/actors/cast_rig.hpp"

namespace {

using troupe::actors::LogGate;
using troupe::actors::logged_atom;
using troupe::actors::LogLevel;
using troupe::actors::LogLinePointer;
using troupe::actors::LogObserver;
using troupe::test::CastRig;
using troupe::test::StandIn;

}  // namespace

BOOST_AUTO_TEST_SUITE(log_gate_test)

BOOST_AUTO_TEST_CASE(lines_up_to_the_level_pass) {
  const LogGate gate(LogLevel::Info);

  BOOST_TEST(gate.admits(LogLevel::Error, "signer"));
  BOOST_TEST(gate.admits(LogLevel::Info, "signer"));
  BOOST_TEST(!gate.admits(LogLevel::Debug, "signer"));
}

BOOST_AUTO_TEST_CASE(an_exception_is_for_one_actor_and_ends) {
  LogGate gate(LogLevel::Info);

  gate.set("signer", LogLevel::Debug);
  gate.set("swarm", LogLevel::Error);
  BOOST_TEST(gate.admits(LogLevel::Debug, "signer"));
  BOOST_TEST(!gate.admits(LogLevel::Info, "swarm"));
  BOOST_TEST(!gate.admits(LogLevel::Debug, "mempool"));

  gate.revert("signer");
  BOOST_TEST(!gate.admits(LogLevel::Debug, "signer"));
  BOOST_TEST(!gate.admits(LogLevel::Info, "swarm"));
}

BOOST_AUTO_TEST_CASE(an_observer_hears_lines_while_the_gate_is_open_to_it_and_how_many_it_missed) {
  CastRig rig;
  const StandIn observer(rig.system());
  rig.watch(observer.actor());
  LogGate gate(LogLevel::Info);

  gate.tell(LogLevel::Info, "signer", "nobody listens");
  gate.open(observer.as<LogObserver>());
  for (std::size_t i = 0; i < troupe::actors::kLogLinesMax + 2; ++i)
    gate.tell(LogLevel::Warn, "signer", "heard");
  rig.run();

  const auto lines = observer.all<logged_atom, LogLinePointer>();
  BOOST_REQUIRE(lines.size() == troupe::actors::kLogLinesMax);
  BOOST_TEST(lines.front()->text == "heard");
  BOOST_TEST(lines.front()->actor == "signer");
  BOOST_TEST((lines.front()->level == LogLevel::Warn));
  BOOST_TEST(gate.took() == 2u);
  BOOST_TEST(gate.took() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
