#include "actors/node.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/failure.hpp"
#include "actors/joining.hpp"
#include "actors/snapshots.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"
#include "tests/actors/stored_ledger.hpp"

namespace {

using troupe::actors::AdminActor;
using troupe::actors::ByteVector;
using troupe::actors::Channel;
using troupe::actors::ChannelSink;
using troupe::actors::listen_atom;
using troupe::actors::Node;
using troupe::actors::NodeActor;
using troupe::actors::NodeOptions;
using troupe::actors::NodeStarted;
using troupe::actors::PeerInfo;
using troupe::actors::peers_atom;
using troupe::actors::route_atom;
using troupe::actors::start_atom_v;
using troupe::actors::StatusReport;
using troupe::actors::stop_atom_v;
using troupe::actors::SubmitReply;
using troupe::actors::SubmitRequest;
using troupe::network::Multiaddr;
using troupe::simulator::PowerCut;
using troupe::test::Asked;
using troupe::test::CastRig;
using troupe::test::rig_options;
using troupe::test::SampleChain;

/// The options of a node that is its network's only validator, and so decides alone.
NodeOptions lone_options() {
  troupe::ledger::Genesis genesis = troupe::test::rig_genesis();
  genesis.validators.resize(1);
  NodeOptions options = rig_options(0);
  options.genesis = troupe::ledger::encode(genesis);
  return options;
}

struct Bench {
  explicit Bench(NodeOptions options = rig_options(0)) : rig(std::move(options)) {}

  /// Asks a new node to start; it waits for the swarm to listen.
  std::shared_ptr<Asked<NodeStarted>> begin() {
    node = rig.spawn<NodeActor, Node>(rig.context());
    return rig.ask<NodeStarted>(node, start_atom_v);
  }

  void start() {
    const auto asked = begin();
    const auto question = rig.swarm->take<listen_atom>();
    rig.answer(*rig.swarm, question, Multiaddr::parse("/ip4/127.0.0.1/tcp/7701").value());
    BOOST_REQUIRE(asked->reply.has_value());
    started = *asked->reply;
    admin = started.admin;
  }

  /// Ends this life of the node and begins the next one.
  void restart(std::optional<PowerCut> power_cut) {
    node = nullptr;
    admin = nullptr;
    started = {};
    rig.restart(power_cut);
  }

  StatusReport status() {
    const auto asked = rig.ask<StatusReport>(admin, troupe::actors::status_atom_v);
    rig.answer(*rig.swarm, rig.swarm->take<peers_atom>(), std::vector<PeerInfo>{});
    BOOST_REQUIRE(asked->reply.has_value());
    return *asked->reply;
  }

  std::shared_ptr<Asked<SubmitReply>> submit(const troupe::ledger::Transaction& transaction) {
    SubmitRequest request;
    request.transactions = {ByteVector(transaction.encoded().begin(), transaction.encoded().end())};
    request.wait = true;
    return rig.ask<SubmitReply>(admin, troupe::actors::submit_atom_v, request);
  }

  /// The members that hear the channels: validator, mempool and synchronizer.
  std::vector<caf::actor> sinks() {
    std::vector<caf::actor> members;
    for (int i = 0; i < 3; ++i) {
      const auto route = rig.swarm->take<route_atom, Channel, ChannelSink>();
      members.push_back(caf::actor_cast<caf::actor>(route.get<1>()));
    }
    return members;
  }

  CastRig rig;
  NodeActor node;
  NodeStarted started;
  AdminActor admin;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(node_test)

BOOST_AUTO_TEST_CASE(a_node_has_started_once_it_listens_and_says_where) {
  Bench bench;
  const auto asked = bench.begin();
  BOOST_TEST(asked->is_open());

  const auto question = bench.rig.swarm->take<listen_atom>();
  bench.rig.answer(*bench.rig.swarm, question, Multiaddr::parse("/ip4/127.0.0.1/tcp/7701").value());

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->listen == "/ip4/127.0.0.1/tcp/7701");
  BOOST_TEST((asked->reply->admin != nullptr));
}

BOOST_AUTO_TEST_CASE(every_channel_has_a_member_that_hears_it) {
  Bench bench;
  bench.start();

  std::vector<Channel> channels;
  for (int i = 0; i < 3; ++i)
    channels.push_back(bench.rig.swarm->take<route_atom, Channel, ChannelSink>().get<0>());

  BOOST_TEST((channels == std::vector{Channel::Consensus, Channel::Lanes, Channel::Sync}));
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_what_start_answers) {
  Bench bench;
  const auto asked = bench.begin();

  const auto question = bench.rig.swarm->take<listen_atom>();
  bench.rig.answer(
      *bench.rig.swarm, question, troupe::actors::make_error(troupe::actors::SwarmError::BusyPort));

  BOOST_REQUIRE(asked->error.has_value());
  BOOST_TEST((troupe::actors::swarm_error(*asked->error) == troupe::actors::SwarmError::BusyPort));
}

BOOST_AUTO_TEST_CASE(a_data_directory_in_use_is_refused_by_name) {
  Bench bench;
  const auto held =
      troupe::storage::DataDirectory::open(bench.rig.environment(), bench.rig.directory());
  BOOST_REQUIRE(held.ok());

  const auto asked = bench.begin();

  BOOST_REQUIRE(asked->error.has_value());
  BOOST_TEST(troupe::actors::failure_text(*asked->error).find("(locked)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_of_another_node_is_refused_by_name) {
  Bench bench;
  {
    auto directory =
        troupe::storage::DataDirectory::open(bench.rig.environment(), bench.rig.directory());
    BOOST_REQUIRE(directory.ok());
    troupe::storage::DatabaseOptions options;
    options.path = directory->database_path();
    options.owner = {bench.rig.context()->chain(), bench.rig.peer(1).bytes()};
    BOOST_REQUIRE(troupe::storage::Database::open(bench.rig.environment(), options).ok());
  }

  const auto asked = bench.begin();

  BOOST_REQUIRE(asked->error.has_value());
  BOOST_TEST(troupe::actors::failure_text(*asked->error).find("(foreign)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whichever_member_ends_the_node_ends_with_its_reason_and_takes_all_along) {
  for (std::size_t member = 0; member < 5; ++member) {
    Bench bench;
    const std::size_t before = bench.rig.system().registry().running();
    bench.start();
    std::vector<caf::actor> members = bench.sinks();
    members.push_back(bench.rig.swarm->actor());
    members.push_back(caf::actor_cast<caf::actor>(bench.admin));

    bench.rig.fail(members[member], "lost its mind");

    BOOST_TEST(bench.rig.end_of(bench.node).value_or("") == "lost its mind");
    BOOST_TEST(bench.rig.has_logged("node: stops: lost its mind"));
    // The swarm is a stand-in that was there before, and goes with the node.
    BOOST_TEST(bench.rig.system().registry().running() == before - 1);
  }
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_under_a_running_node_ends_it_with_what_failed) {
  Bench bench;
  SampleChain chain(bench.rig.context());
  bench.start();
  bench.rig.environment().fail_at(bench.rig.environment().operations() + 1,
                                  troupe::storage::StorageErrorKind::Full);

  (void)bench.submit(chain.put("key", "value"));

  BOOST_REQUIRE(bench.rig.end_of(bench.node).has_value());
  BOOST_TEST(bench.rig.end_of(bench.node)->find("(full)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stop_ends_the_node_and_every_member) {
  Bench bench;
  const std::size_t before = bench.rig.system().registry().running();
  bench.start();

  bench.rig.tell(bench.node, stop_atom_v);

  BOOST_TEST(bench.rig.end_of(bench.node).has_value());
  BOOST_TEST(bench.rig.system().registry().running() == before - 1);  // the swarm has gone too
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_the_node_is_answered_before_it_ends) {
  Bench bench;
  bench.start();

  const bool stopped = bench.rig.must_answer<bool>(bench.admin, stop_atom_v);

  BOOST_TEST(stopped);
  BOOST_TEST(bench.rig.end_of(bench.node).has_value());
}

BOOST_AUTO_TEST_CASE(a_node_that_is_killed_leaves_no_member_behind) {
  Bench bench;
  const std::size_t before = bench.rig.system().registry().running();
  bench.start();

  caf::anon_send_exit(bench.node, caf::exit_reason::kill);
  bench.rig.run();

  BOOST_TEST(bench.rig.system().registry().running() == before - 1);
}

BOOST_AUTO_TEST_CASE(a_lone_validator_decides_alone_and_its_next_life_begins_where_it_stood) {
  Bench bench(lone_options());
  SampleChain chain(bench.rig.context());
  bench.start();

  const auto asked = bench.submit(chain.put("key", "value"));
  bench.rig.advance(std::chrono::seconds(1));
  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->outcomes.front().state == "final");
  const StatusReport before = bench.status();
  BOOST_TEST(before.height >= 1u);
  bench.restart(PowerCut::LoseAll);
  bench.start();

  const StatusReport after = bench.status();
  BOOST_TEST(after.height == before.height);
  BOOST_TEST(after.state_root == before.state_root);
  BOOST_TEST(!after.state_root.empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_is_to_begin_with_the_genesis_forgets_a_snapshot_on_its_way_in) {
  troupe::test::StoredLedger source;
  for (const char* value : {"1", "2", "3", "4"})
    source.commit("key", value);
  const troupe::actors::Snapshots snapshots(source.rig.context(), source.rig.chain());
  Bench bench;
  troupe::storage::WriteSet set;
  troupe::actors::put_joining(set,
                              {snapshots.offer(troupe::Height{2})->value(), source.blocks[1], {}});
  BOOST_REQUIRE(bench.rig.chain()->database()->commit(set).ok());
  bench.restart(std::nullopt);

  bench.start();

  BOOST_TEST(bench.status().height == 0u);
  bench.restart(std::nullopt);
  BOOST_TEST(!*troupe::actors::has_joining(*bench.rig.chain()));
}

BOOST_AUTO_TEST_CASE(a_node_that_lost_its_vote_journal_observes_and_says_why) {
  Bench bench(lone_options());
  bench.start();
  BOOST_TEST(bench.status().role == "leader");
  bench.restart(std::nullopt);
  bench.rig.disk().erase(bench.rig.directory() + "/journal/votes.a");
  bench.rig.disk().erase(bench.rig.directory() + "/journal/votes.b");
  bench.start();

  const StatusReport status = bench.status();

  BOOST_TEST(status.role == "observer");
  BOOST_TEST(!status.trouble.empty());
}

BOOST_AUTO_TEST_CASE(a_vote_journal_that_was_put_back_from_a_backup_ends_the_voting) {
  Bench bench(lone_options());
  SampleChain chain(bench.rig.context());
  const auto copies = [&] {
    return std::pair{bench.rig.disk().content(bench.rig.directory() + "/journal/votes.a").value(),
                     bench.rig.disk().content(bench.rig.directory() + "/journal/votes.b").value()};
  };
  bench.start();
  const auto backup = copies();
  // The mark of a block's votes is stored with the block after it.
  for (const char* key : {"one", "two", "three"}) {
    const auto asked = bench.submit(chain.put(key, "value"));
    bench.rig.advance(std::chrono::seconds(1));
    BOOST_REQUIRE(asked->reply.has_value());
  }
  bench.restart(std::nullopt);
  const auto latest = copies();
  bench.rig.disk().plant(bench.rig.directory() + "/journal/votes.a", backup.first);
  bench.rig.disk().plant(bench.rig.directory() + "/journal/votes.b", backup.second);
  bench.start();

  const StatusReport status = bench.status();
  BOOST_TEST(status.role == "observer");
  BOOST_TEST(status.trouble.find("damaged") != std::string::npos, status.trouble);

  bench.restart(std::nullopt);
  bench.rig.disk().plant(bench.rig.directory() + "/journal/votes.a", latest.first);
  bench.rig.disk().plant(bench.rig.directory() + "/journal/votes.b", latest.second);
  bench.start();
  BOOST_TEST(bench.status().role == "leader");
}

BOOST_AUTO_TEST_CASE(a_node_without_a_validator_key_follows_and_keeps_no_journal) {
  Bench bench(rig_options(0, false));
  bench.start();

  BOOST_TEST(bench.status().role == "follower");
  BOOST_TEST(!bench.rig.disk().content(bench.rig.directory() + "/journal/votes.a").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
