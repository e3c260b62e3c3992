#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/admin.hpp"
#include "actors/failure.hpp"
#include "tests/actors/cast_rig.hpp"

// What an operator has a node do, and what faults make it suffer.
namespace {

using troupe::Height;
using troupe::actors::Admin;
using troupe::actors::AdminCore;
using troupe::actors::Channel;
using troupe::actors::Hindrance;
using troupe::actors::mute_atom;
using troupe::test::Asked;
using troupe::test::CastRig;

struct Bench {
  explicit Bench(troupe::actors::NodeOptions options = troupe::test::rig_options(0))
      : rig(std::move(options)) {
    admin = rig.spawn<AdminCore, Admin>(
        rig.context(), rig.node->as<troupe::actors::NodeActor>(), Height{0});
    rig.meet(admin);
  }

  std::shared_ptr<Asked<bool>> pause(bool is_paused) {
    return rig.ask<bool>(admin, troupe::actors::pause_atom_v, is_paused);
  }

  std::shared_ptr<Asked<bool>> hinder(const Hindrance& hindrance) {
    return rig.ask<bool>(admin, troupe::actors::hinder_atom_v, hindrance);
  }

  /// Takes out what the swarm was told of a channel, which it agrees to.
  bool told_mute(Channel channel) {
    auto told = rig.swarm->take<mute_atom, Channel, bool>();
    BOOST_TEST((told.get<0>() == channel));
    const bool is_muted = told.get<1>();
    rig.answer(*rig.swarm, told, true);
    return is_muted;
  }

  CastRig rig;
  AdminCore admin;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(admin_control_test)

BOOST_AUTO_TEST_CASE(a_paused_node_says_nothing_where_things_are_decided_until_it_is_resumed) {
  Bench bench;

  const auto paused = bench.pause(true);
  BOOST_TEST(bench.told_mute(Channel::Consensus));
  BOOST_TEST(paused->is_open());  // answered once it is so
  BOOST_TEST(bench.told_mute(Channel::Lanes));
  BOOST_TEST(paused->reply.value_or(false));
  BOOST_TEST(bench.rig.has_logged("an operator paused this node"));

  const auto resumed = bench.pause(false);
  BOOST_TEST(!bench.told_mute(Channel::Consensus));
  BOOST_TEST(!bench.told_mute(Channel::Lanes));
  BOOST_TEST(resumed->reply.value_or(false));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_paused_already_is_told_nothing_again) {
  Bench bench;
  BOOST_TEST(!bench.pause(false)->reply.value_or(true));
  const auto paused = bench.pause(true);
  static_cast<void>(bench.told_mute(Channel::Consensus));
  static_cast<void>(bench.told_mute(Channel::Lanes));
  BOOST_TEST(!paused->is_open());

  BOOST_TEST(!bench.pause(true)->reply.value_or(true));
  BOOST_TEST((bench.rig.swarm->count<mute_atom, Channel, bool>() == 0u));
}

BOOST_AUTO_TEST_CASE(a_channel_that_a_fault_mutes_stays_mute_when_the_node_is_resumed) {
  Bench bench;
  static_cast<void>(bench.hinder({"mute", "lanes", 1}));
  BOOST_TEST(bench.told_mute(Channel::Lanes));
  static_cast<void>(bench.pause(true));
  BOOST_TEST(bench.told_mute(Channel::Consensus));
  BOOST_TEST(bench.told_mute(Channel::Lanes));

  static_cast<void>(bench.pause(false));
  BOOST_TEST(!bench.told_mute(Channel::Consensus));
  BOOST_TEST(bench.told_mute(Channel::Lanes));

  static_cast<void>(bench.hinder({"mute", "lanes", 0}));
  BOOST_TEST(!bench.told_mute(Channel::Lanes));
}

BOOST_AUTO_TEST_CASE(a_stalled_node_has_its_ledger_writer_stop_executing) {
  Bench bench;

  BOOST_TEST(bench.hinder({"stall", "", 1})->reply.value_or(false));
  BOOST_TEST(bench.hinder({"stall", "", 0})->reply.value_or(false));

  using troupe::actors::stall_atom;
  BOOST_TEST((bench.rig.ledger_writer->take<stall_atom, bool>().get<0>()));
  BOOST_TEST((!bench.rig.ledger_writer->take<stall_atom, bool>().get<0>()));
}

BOOST_AUTO_TEST_CASE(a_network_in_earnest_hinders_no_node) {
  auto genesis = troupe::test::rig_genesis();
  genesis.development = false;
  auto options = troupe::test::rig_options(0);
  options.genesis = troupe::ledger::encode(genesis);
  Bench bench(std::move(options));

  for (const Hindrance& hindrance :
       {Hindrance{"clock", "", 1}, Hindrance{"mute", "lanes", 1}, Hindrance{"stall", "", 1}}) {
    const auto asked = bench.hinder(hindrance);
    BOOST_REQUIRE(asked->error.has_value());
    BOOST_TEST(troupe::actors::failure_text(*asked->error).find("development networks") !=
               std::string::npos);
  }
  BOOST_TEST(bench.rig.swarm->empty());
  BOOST_TEST(bench.rig.ledger_writer->empty());
}

BOOST_AUTO_TEST_CASE(a_hindrance_that_nobody_knows_is_refused_by_name) {
  Bench bench;
  for (const auto& [hindrance, says] : std::vector<std::pair<Hindrance, std::string>>{
           {{"fire", "", 1}, "'fire' is no hindrance"},
           {{"mute", "telephone", 1}, "'telephone' is no channel"},
           {{"clock", "", 5'000}, "the clock of this node cannot be set"}}) {
    const auto asked = bench.hinder(hindrance);
    BOOST_REQUIRE(asked->error.has_value());
    BOOST_TEST(troupe::actors::failure_text(*asked->error).find(says) != std::string::npos);
  }
  BOOST_TEST(bench.rig.swarm->empty());
}

BOOST_AUTO_TEST_SUITE_END()
