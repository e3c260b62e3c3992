#include <chrono>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/admin.hpp"
#include "actors/version.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/committed.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Height;
using troupe::actors::Admin;
using troupe::actors::AdminCore;
using troupe::actors::BlockQuery;
using troupe::actors::BlocksReport;
using troupe::actors::PeerInfo;
using troupe::actors::PeersReport;
using troupe::actors::status_atom;
using troupe::actors::StatusReport;
using troupe::actors::SynchronizerStatus;
using troupe::actors::ValidatorStatus;
using troupe::test::Asked;
using troupe::test::CastRig;
using troupe::test::rig_options;

struct Bench {
  explicit Bench(troupe::actors::NodeOptions options = rig_options(0)) : rig(std::move(options)) {
    admin = rig.spawn<AdminCore, Admin>(
        rig.context(), rig.node->as<troupe::actors::NodeActor>(), Height{41});
    rig.meet(admin);
    validator.leader = {2};
    validator.voting = true;
  }

  /// Asks for the status, and has every member answer in its turn.
  StatusReport status() {
    const auto asked = rig.ask<StatusReport>(admin, troupe::actors::status_atom_v);
    rig.answer(*rig.validator, rig.validator->take<status_atom>(), validator);
    rig.answer(*rig.mempool, rig.mempool->take<status_atom>(), mempool);
    rig.answer(*rig.scrubber,
               rig.scrubber->take<troupe::actors::scrub_atom, troupe::actors::ScrubQuery>(),
               scrubber);
    rig.answer(*rig.synchronizer, rig.synchronizer->take<status_atom>(), synchronizer);
    rig.answer(*rig.swarm, rig.swarm->take<troupe::actors::peers_atom>(), peers);
    rig.answer(*rig.ledger_reader,
               rig.ledger_reader->take<troupe::actors::blocks_atom, BlockQuery>(),
               newest);
    BOOST_REQUIRE(asked->reply.has_value());
    return *asked->reply;
  }

  CastRig rig;
  AdminCore admin;
  ValidatorStatus validator;
  troupe::ledger::MempoolStatus mempool;
  SynchronizerStatus synchronizer;
  troupe::actors::ScrubReport scrubber;
  std::vector<PeerInfo> peers;
  BlocksReport newest;
};

PeerInfo info_of(const troupe::network::PeerId& id) {
  PeerInfo info{.id = id,
                .address = troupe::network::Multiaddr::parse("/ip4/10.0.0.2/tcp/7702").value(),
                .direction = troupe::network::Direction::Outbound,
                .is_member = true,
                .rtt = std::chrono::microseconds(250),
                .agent = "troupe/test"};
  info.bytes_in = 10;
  info.bytes_out = 20;
  info.queued_bytes = {1, 2, 3};
  info.connected_for = 90s;
  return info;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(admin_status_test)

BOOST_AUTO_TEST_CASE(a_status_gathers_what_every_member_says_of_itself) {
  Bench bench;
  bench.validator.view = {44};
  bench.validator.last_vote = "finalize 43";
  bench.validator.accused = {{3}};
  bench.mempool.waiting_transactions = 12;
  bench.synchronizer.claimed = {50};
  bench.scrubber.damaged = 3;
  bench.scrubber.repaired = 2;
  bench.scrubber.quarantined = 1;
  bench.scrubber.height = 40;
  bench.scrubber.passes = 7;
  bench.scrubber.rested_ms = 1234;
  bench.peers = {info_of(bench.rig.peer(1)), info_of(bench.rig.peer(2))};
  bench.newest.blocks.resize(1);
  bench.newest.blocks.front().height = 41;
  bench.newest.blocks.front().state_root = {0xab, 0xcd};
  bench.rig.advance(1500ms);

  const StatusReport report = bench.status();

  BOOST_TEST(report.node == "n1");
  BOOST_TEST(report.role == "validator");
  BOOST_TEST(report.chain == bench.rig.context()->chain().hex());
  BOOST_TEST(report.network == "rig");
  BOOST_TEST(report.development);
  BOOST_TEST(report.version == troupe::actors::kVersion);
  BOOST_TEST(report.peer_id == bench.rig.peer(0).text());
  BOOST_TEST(report.height == 41u);
  BOOST_TEST(report.view == 44u);
  BOOST_TEST(report.leader == "n3");
  BOOST_TEST(report.last_vote == "finalize 43");
  BOOST_TEST(report.accused == (std::vector<std::string>{"n4"}), boost::test_tools::per_element());
  BOOST_TEST(report.peers == 2u);
  BOOST_TEST(report.validators == 4u);
  BOOST_TEST(report.quorum == 3u);
  BOOST_TEST(report.behind == 9u);
  BOOST_TEST(report.mempool_transactions == 12u);
  BOOST_TEST(report.uptime_ms == 1500u);
  BOOST_TEST(report.pid == 4711u);
  BOOST_TEST(report.state_root == "abcd");
  BOOST_TEST(report.damaged == 3u);
  BOOST_TEST(report.repaired == 2u);
  BOOST_TEST(report.quarantined == 1u);
  BOOST_TEST(report.scrub_height == 40u);
  BOOST_TEST(report.scrub_passes == 7u);
  BOOST_TEST(report.scrub_rested_ms == 1234u);
}

BOOST_AUTO_TEST_CASE(a_follower_is_admitted_by_the_swarm_and_a_validator_cannot_be_expelled) {
  Bench bench;
  const auto follow = [&](const std::string& peer, bool is_follower) {
    return bench.rig.ask<bool>(bench.admin, troupe::actors::follow_atom_v, peer, is_follower);
  };
  const troupe::Bytes seed(32, 9);
  const std::string stranger = troupe::network::PeerId::from_public_key(
                                   troupe::crypto::KeyPair::from_seed(seed)->public_key())
                                   .text();

  const auto admitted = follow(stranger, true);
  const auto question =
      bench.rig.swarm->take<troupe::actors::admit_atom, troupe::network::PeerId, bool>();
  BOOST_TEST(question.get<0>().text() == stranger);
  bench.rig.answer(*bench.rig.swarm, question, true);
  BOOST_TEST(admitted->reply.value_or(false));

  BOOST_TEST(follow(bench.rig.peer(1).text(), false)->error.has_value());
  BOOST_TEST(follow("nobody", true)->error.has_value());
}

BOOST_AUTO_TEST_CASE(a_node_leads_votes_observes_or_follows) {
  Bench bench;
  BOOST_TEST(bench.status().role == "validator");
  bench.validator.leader = {0};
  BOOST_TEST(bench.status().role == "leader");
  bench.validator.voting = false;
  bench.validator.trouble = "the journal is missing";
  const StatusReport observer = bench.status();
  BOOST_TEST(observer.role == "observer");
  BOOST_TEST(observer.trouble == "the journal is missing");

  Bench follower(rig_options(0, false));
  BOOST_TEST(follower.status().role == "follower");
}

BOOST_AUTO_TEST_CASE(the_height_is_that_of_the_newest_final_block) {
  Bench bench;
  troupe::test::SampleChain chain(bench.rig.context());

  bench.rig.tell(
      bench.admin, troupe::actors::final_atom_v, troupe::test::committed(chain.extend()));

  BOOST_TEST(bench.status().height == 1u);
}

BOOST_AUTO_TEST_CASE(height_and_state_root_are_of_one_block_though_one_was_committed_meanwhile) {
  Bench bench;
  bench.newest.blocks.resize(1);
  bench.newest.blocks.front().height = 42;
  bench.newest.blocks.front().state_root = {0xef};

  const StatusReport report = bench.status();

  BOOST_TEST(report.height == 42u);
  BOOST_TEST(report.executed_height == 42u);
  BOOST_TEST(report.state_root == "ef");
}

BOOST_AUTO_TEST_CASE(a_node_that_is_ahead_of_all_claims_is_not_behind) {
  Bench bench;
  bench.synchronizer.claimed = {40};

  BOOST_TEST(bench.status().behind == 0u);
}

BOOST_AUTO_TEST_CASE(a_member_that_does_not_answer_makes_the_status_an_error) {
  Bench bench;
  const auto asked = bench.rig.ask<StatusReport>(bench.admin, troupe::actors::status_atom_v);

  bench.rig.answer(*bench.rig.validator,
                   bench.rig.validator->take<status_atom>(),
                   caf::make_error(caf::sec::runtime_error));

  BOOST_TEST(asked->error.has_value());
  BOOST_TEST(!bench.rig.end_of(bench.admin).has_value());
}

BOOST_AUTO_TEST_CASE(the_facts_of_a_halt_are_gathered_from_validator_mempool_and_swarm) {
  Bench bench;
  using troupe::actors::FactsReport;
  using troupe::actors::LanesReport;
  bench.rig.advance(700ms);
  const auto asked = bench.rig.ask<FactsReport>(bench.admin, troupe::actors::facts_atom_v);
  FactsReport known;
  known.clock_running = true;
  known.votes.view = 44;
  LanesReport lanes;
  lanes.payload_checks = 2;
  troupe::actors::SwarmStats stats;
  stats.wrong_chain = 3;

  auto& rig = bench.rig;
  rig.answer(*rig.validator, rig.validator->take<troupe::actors::facts_atom>(), known);
  rig.answer(*rig.mempool, rig.mempool->take<troupe::actors::lanes_atom>(), lanes);
  rig.answer(*rig.swarm,
             rig.swarm->take<troupe::actors::peers_atom>(),
             std::vector<PeerInfo>{info_of(rig.peer(1)), info_of(rig.peer(3))});
  rig.answer(*rig.swarm, rig.swarm->take<troupe::actors::counters_atom>(), stats);

  BOOST_REQUIRE(asked->reply.has_value());
  const FactsReport& facts = *asked->reply;
  BOOST_TEST(facts.clock_running);
  BOOST_TEST(facts.votes.view == 44u);
  BOOST_TEST(facts.lanes.payload_checks == 2u);
  BOOST_TEST(facts.connected == (std::vector<std::string>{"n2", "n4"}),
             boost::test_tools::per_element());
  BOOST_TEST(facts.wrong_chain == 3u);
  BOOST_TEST(facts.block_age_ms == 700u);
  BOOST_TEST(facts.wall_ms > 0u);
}

BOOST_AUTO_TEST_CASE(peers_are_named_and_described_and_strangers_have_no_name) {
  Bench bench;
  const troupe::Bytes seed(32, 99);
  const auto stranger = troupe::network::PeerId::from_public_key(
      troupe::crypto::KeyPair::from_seed(seed)->public_key());
  const auto asked = bench.rig.ask<PeersReport>(bench.admin, troupe::actors::peerlist_atom_v);

  bench.rig.answer(*bench.rig.swarm,
                   bench.rig.swarm->take<troupe::actors::peers_atom>(),
                   std::vector<PeerInfo>{info_of(bench.rig.peer(1)), info_of(stranger)});

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_REQUIRE(asked->reply->peers.size() == 2u);
  const auto& peer = asked->reply->peers.front();
  BOOST_TEST(peer.name == "n2");
  BOOST_TEST(peer.peer_id == bench.rig.peer(1).text());
  BOOST_TEST(peer.address == "/ip4/10.0.0.2/tcp/7702");
  BOOST_TEST(peer.direction == "out");
  BOOST_TEST(peer.agent == "troupe/test");
  BOOST_TEST(peer.connected_ms == 90'000u);
  BOOST_TEST(peer.rtt_us == 250u);
  BOOST_TEST(peer.bytes_in == 10u);
  BOOST_TEST(peer.bytes_out == 20u);
  BOOST_TEST(peer.queued_bytes == 6u);
  BOOST_TEST(asked->reply->peers.back().name.empty());
}

BOOST_AUTO_TEST_SUITE_END()
