#include "actors/context.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/membership.hpp"
#include "tests/actors/cast_rig.hpp"

namespace {

using troupe::Bytes;
using troupe::Duration;
using troupe::Timestamp;
using troupe::ValidatorIndex;
using troupe::actors::LogLevel;
using troupe::actors::NodeContext;
using troupe::actors::NodeOptions;
using troupe::actors::NodePorts;
using troupe::network::PeerId;
using troupe::test::CastRig;
using troupe::test::node_key;
using troupe::test::rig_genesis;
using troupe::test::rig_options;

NodePorts silent_ports() {
  NodePorts ports;
  ports.wall_clock = [] { return Timestamp{42}; };
  return ports;
}

troupe::actors::SharedContext context_of(const NodeOptions& options) {
  auto context = NodeContext::make(options, silent_ports());
  BOOST_REQUIRE(context.ok());
  return *context;
}

PeerId stranger() {
  const Bytes seed(32, 99);
  return PeerId::from_public_key(troupe::crypto::KeyPair::from_seed(seed)->public_key());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(context_test)

BOOST_AUTO_TEST_CASE(a_genesis_that_is_none_is_refused_with_what_to_do) {
  NodeOptions options = rig_options(0);
  options.genesis = {1, 2, 3};

  const auto context = NodeContext::make(options, silent_ports());

  BOOST_REQUIRE(!context.ok());
  BOOST_TEST(context.error().message.find("genesis is not usable") != std::string::npos);
  BOOST_TEST(context.error().hint.find("genesis.bin") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_validator_key_that_the_genesis_does_not_name_is_refused_by_the_nodes_name) {
  NodeOptions options = rig_options(2);
  options.validator_seed->front() ^= 1;

  const auto context = NodeContext::make(options, silent_ports());

  BOOST_REQUIRE(!context.ok());
  BOOST_TEST(context.error().message == "the validator key of n3 is not in the genesis");
}

BOOST_AUTO_TEST_CASE(a_nodes_place_is_that_of_its_validator_key_and_an_observer_has_none) {
  BOOST_TEST(context_of(rig_options(2))->own().value().number == 2u);
  BOOST_TEST(!context_of(rig_options(2, false))->own().has_value());
}

BOOST_AUTO_TEST_CASE(every_signature_binds_the_chain_and_the_root_block_of_the_genesis) {
  const auto context = context_of(rig_options(0));

  BOOST_TEST((context->chain() == troupe::ledger::chain_id(rig_genesis())));
  BOOST_TEST((context->root().chain == context->chain()));
  BOOST_TEST(context->root().height.number == 0u);
  BOOST_TEST((context->electorate().binding.root == troupe::consensus::digest(context->root())));
}

BOOST_AUTO_TEST_CASE(peers_and_validators_lead_to_each_other) {
  const auto context = context_of(rig_options(0));

  for (std::uint32_t i = 0; i < 4; ++i) {
    const PeerId peer = PeerId::from_public_key(node_key(i).public_key());
    BOOST_TEST((context->peer_of(ValidatorIndex{i}) == peer));
    BOOST_TEST((context->validator_of(peer) == ValidatorIndex{i}));
    BOOST_TEST(context->name_of(peer) == "n" + std::to_string(i + 1));
  }
  BOOST_TEST((context->peer_id() == context->peer_of(ValidatorIndex{0})));
}

BOOST_AUTO_TEST_CASE(a_stranger_is_no_validator_and_is_named_by_its_peer_id) {
  const auto context = context_of(rig_options(0));

  BOOST_TEST(!context->validator_of(stranger()).has_value());
  BOOST_TEST(context->name_of(stranger()) == stranger().text());
}

BOOST_AUTO_TEST_CASE(lines_above_the_chosen_level_are_not_logged) {
  NodeOptions options = rig_options(0);
  options.log_level = LogLevel::Warn;
  std::vector<std::string> lines;
  NodePorts ports = silent_ports();
  ports.log = [&](LogLevel, std::string_view actor, const std::string& line) {
    lines.push_back(std::string(actor) + ": " + line);
  };
  const auto context = NodeContext::make(options, ports);
  BOOST_REQUIRE(context.ok());

  (*context)->log(LogLevel::Error, "a", "one");
  (*context)->log(LogLevel::Warn, "b", "two");
  (*context)->log(LogLevel::Info, "c", "three");

  BOOST_TEST(lines == (std::vector<std::string>{"a: one", "b: two"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(both_clocks_are_read_from_where_they_were_handed_in) {
  CastRig rig;
  rig.advance(std::chrono::milliseconds(1500));

  const troupe::Now now = troupe::actors::read_clocks(rig.system().clock(), *rig.context());

  BOOST_TEST((now.instant.since_start == Duration(1'500'000)));
  BOOST_TEST(now.timestamp.milliseconds == 1'800'000'001'500u);
}

BOOST_AUTO_TEST_CASE(tips_keep_every_field_on_their_way_between_the_modules) {
  const std::vector<troupe::consensus::Tip> tips{
      {ValidatorIndex{1}, {2}, {3}, troupe::crypto::sha256(troupe::as_bytes("one"))},
      {ValidatorIndex{4}, {5}, {6}, troupe::crypto::sha256(troupe::as_bytes("two"))}};

  const auto lane_tips = troupe::actors::to_lane_tips(tips);

  BOOST_REQUIRE(lane_tips.size() == 2u);
  BOOST_TEST(lane_tips[1].lane.number == 4u);
  BOOST_TEST(lane_tips[1].incarnation.number == 5u);
  BOOST_TEST(lane_tips[1].sequence.number == 6u);
  BOOST_TEST((lane_tips[1].digest == tips[1].digest));
  BOOST_TEST((troupe::actors::to_tips(lane_tips) == tips));
}

BOOST_AUTO_TEST_CASE(a_chain_runs_the_core_and_the_module_of_its_validators) {
  const auto context = context_of(rig_options(0));

  const auto& modules = context->modules();

  BOOST_TEST(modules.find(troupe::ledger::kCoreModule) != nullptr);
  BOOST_TEST(modules.find(troupe::ledger::kMembershipModule) != nullptr);
  BOOST_TEST(modules.find(1) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
