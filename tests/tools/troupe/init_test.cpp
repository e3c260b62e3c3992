#include "tools/troupe/init.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/network/multiaddr.hpp"
#include "tests/tools/troupe/answers.hpp"
#include "tests/tools/troupe/stage.hpp"
#include "tools/troupe/node.hpp"

namespace troupe::tools {

namespace {

actors::NodeOptions options_of(const NodeFiles& node) {
  const auto loaded = load_config(node.config(), {});
  BOOST_TEST_REQUIRE(loaded.ok(), message_of(loaded));
  const auto options = load_node_options(loaded->config);
  BOOST_TEST_REQUIRE(options.ok(), message_of(options));
  return *options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(init_test)

BOOST_AUTO_TEST_CASE(every_node_of_a_new_network_can_be_started_from_its_files) {
  const Stage stage;

  for (const auto& node : stage.net.nodes) {
    const auto options = options_of(node);
    BOOST_TEST(options.name == node.name);
    BOOST_TEST(options.validator_seed.has_value());
    BOOST_TEST(options.peers.size() == 3u);
    BOOST_TEST(fs::is_directory(options.data_dir));
  }
}

BOOST_AUTO_TEST_CASE(the_genesis_names_the_validators_and_the_development_accounts) {
  const Stage stage;
  const auto genesis = load_genesis(stage.net.genesis());

  BOOST_TEST_REQUIRE(genesis.ok());
  BOOST_TEST(genesis->network == "demo");
  BOOST_TEST(genesis->development);
  BOOST_TEST(genesis->validators.size() == 4u);
  BOOST_TEST(genesis->accounts.size() == 4u);
  BOOST_TEST(genesis->accounts[0].name == "alice");
}

BOOST_AUTO_TEST_CASE(a_seeded_network_is_the_same_at_every_try_and_an_unseeded_one_never) {
  const support::TemporaryFolder folder;
  const Home home{folder.path() / "c", folder.path() / "n", folder.path() / "s"};
  const auto genesis_of = [&](const std::string& parent, const std::string& seed) {
    InitOptions options;
    options.seed = seed;
    options.port = 20000;
    const auto net = create_net(home, folder.path() / parent / "demo", options);
    BOOST_TEST_REQUIRE(net.ok());
    return *read_file(net->genesis());
  };

  BOOST_TEST(genesis_of("a", "7") == genesis_of("b", "7"));
  BOOST_TEST(genesis_of("c", "7") != genesis_of("d", "8"));
  BOOST_TEST(genesis_of("e", "") != genesis_of("f", ""));
}

BOOST_AUTO_TEST_CASE(a_network_is_never_overwritten) {
  const Stage stage;
  const auto again = create_net(stage.home, stage.net.folder, {});

  BOOST_TEST_REQUIRE(!again.ok());
  BOOST_TEST(again.error().code == "exists");
}

BOOST_AUTO_TEST_CASE(a_folder_with_other_things_in_it_is_left_alone) {
  const support::TemporaryFolder folder;
  const Home home{folder.path() / "c", folder.path() / "n", folder.path() / "s"};
  BOOST_REQUIRE(create_folder(folder.path() / "mine").ok());
  BOOST_REQUIRE(create_file(folder.path() / "mine/letter", "dear").ok());

  BOOST_TEST(create_net(home, folder.path() / "mine", {}).error().code == "exists");
}

BOOST_AUTO_TEST_CASE(a_network_that_cannot_be_made_leaves_nothing_behind) {
  const support::TemporaryFolder folder;
  const Home home{folder.path() / "c", folder.path() / "n", folder.path() / "s"};

  const auto bad_name = create_net(home, folder.path() / "bad name", {});
  const auto too_deep = create_net(home, folder.path() / std::string(100, 'x'), {});

  BOOST_TEST(bad_name.error().code == "bad-genesis");
  BOOST_TEST(too_deep.error().code == "path-too-long");
  BOOST_TEST(fs::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(every_file_is_private) {
  const Stage stage;

  for (const auto& entry : fs::recursive_directory_iterator(stage.net.folder)) {
    const unsigned wanted = entry.is_directory() ? 0700u : 0600u;
    BOOST_TEST((mode_of(entry.path()) == wanted), entry.path());
  }
}

BOOST_AUTO_TEST_CASE(two_networks_get_different_ports) {
  const support::TemporaryFolder folder;
  const Home home{folder.path() / "c", folder.path() / "n", folder.path() / "s"};
  const auto first = create_net(home, home.nets / "first", {});
  const auto second = create_net(home, home.nets / "second", {});

  BOOST_TEST_REQUIRE(first.ok());
  BOOST_TEST_REQUIRE(second.ok());
  BOOST_TEST(options_of(first->nodes[0]).listen != options_of(second->nodes[0]).listen);
}

BOOST_AUTO_TEST_CASE(an_added_node_is_an_observer_that_knows_every_validator) {
  const Stage stage;
  const auto node = create_observer(stage.home, stage.net);

  BOOST_TEST_REQUIRE(node.ok());
  BOOST_TEST(node->name == "n5");
  const auto options = options_of(*node);
  BOOST_TEST(!options.validator_seed.has_value());
  BOOST_TEST(options.peers.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_node_with_the_keys_of_another_is_refused) {
  const Stage stage;
  auto config = load_config(stage.net.nodes[0].config(), {})->config;
  config.validator_key = stage.net.nodes[1].folder / "validator.key";

  const auto mixed = load_node_options(config);

  BOOST_TEST_REQUIRE(!mixed.ok());
  BOOST_TEST(mixed.error().code == "not-a-member");
}

BOOST_AUTO_TEST_CASE(an_address_that_is_none_is_refused_by_its_key) {
  const Stage stage;
  auto config = load_config(stage.net.nodes[0].config(), {})->config;

  config.listen = "localhost:7701";
  BOOST_TEST(load_node_options(config).error().message.find("in listen is no address") !=
             std::string::npos);
  config.listen = "/ip4/127.0.0.1/tcp/7701";
  config.peers = {"/ip4/127.0.0.1/tcp/7702"};
  BOOST_TEST(load_node_options(config).error().message.find("in peers is no address") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
