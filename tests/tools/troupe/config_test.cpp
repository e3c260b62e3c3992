#include "tools/troupe/config.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

namespace {

const std::string kWhole = R"(name = "n1"
genesis = "../genesis"
listen = "/ip4/127.0.0.1/tcp/7701"
peers = ["/ip4/127.0.0.1/tcp/7702/p2p/x"]
data_dir = "data"
node_key = "node.key"
admin_socket = "admin.sock"
)";

Answer<LoadedConfig> parse(const std::string& content, const ConfigSources& sources = {}) {
  return parse_config(content, "/net/n1/config.toml", sources);
}

std::string error_of(const std::string& content, const ConfigSources& sources = {}) {
  const auto loaded = parse(content, sources);
  BOOST_TEST_REQUIRE(!loaded.ok());
  BOOST_TEST((loaded.error().exit == ExitCode::Usage));
  return loaded.error().message + " | " + loaded.error().hint;
}

const Setting& setting(const LoadedConfig& loaded, const std::string& key) {
  for (const auto& one : loaded.settings) {
    if (one.key == key) return one;
  }
  BOOST_FAIL("no setting " + key);
  return loaded.settings.front();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_test)

BOOST_AUTO_TEST_CASE(paths_start_at_the_files_folder) {
  const auto loaded = parse(kWhole);

  BOOST_TEST_REQUIRE(loaded.ok());
  BOOST_TEST(loaded->config.genesis == "/net/genesis");
  BOOST_TEST(loaded->config.data_dir == "/net/n1/data");
  BOOST_TEST(loaded->config.admin_socket == "/net/n1/admin.sock");
  BOOST_TEST(!loaded->config.validator_key.has_value());
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_named_with_its_place_and_the_key_that_was_meant) {
  const std::string error = error_of(kWhole + "lisen = \"x\"\n");

  BOOST_TEST(contains(error, "/net/n1/config.toml:8:1: unknown key 'lisen'"));
  BOOST_TEST(contains(error, "did you mean 'listen'?"));
}

BOOST_AUTO_TEST_CASE(an_unknown_limit_is_named_with_its_table) {
  BOOST_TEST(contains(error_of(kWhole + "[limits]\ncache_byte = 1\n"),
                      ":9:1: unknown key 'limits.cache_byte'"));
}

BOOST_AUTO_TEST_CASE(text_that_is_no_toml_is_named_with_its_place) {
  BOOST_TEST(contains(error_of("name = \"n1\"\n<<<garbage>>>\n"), "/net/n1/config.toml:2:"));
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_named) {
  BOOST_TEST(contains(error_of("name = \"n1\"\n"), "the key 'genesis' is missing"));
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_kind_is_named_with_its_place) {
  BOOST_TEST(contains(error_of("name = 7\n" + kWhole.substr(kWhole.find('\n') + 1)),
                      ":1:1: 'name' must be a text"));
  BOOST_TEST(
      contains(error_of(kWhole + "[limits]\ncache_bytes = \"much\"\n"), "must be a whole number"));
}

BOOST_AUTO_TEST_CASE(a_number_outside_its_bounds_is_refused) {
  BOOST_TEST(contains(error_of(kWhole + "[limits]\nconnections_max = 1\n"),
                      "must lie between 4 and 4096"));
  BOOST_TEST(contains(error_of(kWhole + "[limits]\nconnections_max = -1\n"), "must lie between"));
}

BOOST_AUTO_TEST_CASE(an_unknown_log_level_is_refused) {
  BOOST_TEST(contains(error_of(kWhole + "log_level = \"loud\"\n"),
                      "config.toml:8: log_level 'loud' is not known"));
}

BOOST_AUTO_TEST_CASE(a_socket_path_longer_than_a_socket_allows_is_refused) {
  const std::string deep(120, 'x');

  BOOST_TEST(contains(error_of(kWhole, {{"admin_socket=/" + deep}, {}}), "107"));
}

BOOST_AUTO_TEST_CASE(
    a_flag_outranks_the_environment_which_outranks_the_file_which_outranks_the_default) {
  const std::map<std::string, std::string> variables = {
      {"TROUPE_NODE_LOG_LEVEL", "warn"}, {"TROUPE_NODE_LIMITS_CONNECTIONS_MAX", "20"}};
  ConfigSources sources;
  sources.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto it = variables.find(name);
    if (it == variables.end()) return std::nullopt;
    return it->second;
  };
  sources.overrides = {"log_level=debug"};

  const auto loaded =
      parse(kWhole + "log_level = \"error\"\n[limits]\nconnections_max = 10\n", sources);

  BOOST_TEST_REQUIRE(loaded.ok());
  BOOST_TEST((loaded->config.log_level == actors::LogLevel::Debug));
  BOOST_TEST(setting(*loaded, "log_level").origin == "--set");
  BOOST_TEST(loaded->config.limits.connections_max == 20u);
  BOOST_TEST(setting(*loaded, "limits.connections_max").origin ==
             "environment TROUPE_NODE_LIMITS_CONNECTIONS_MAX");
  BOOST_TEST(setting(*loaded, "name").origin == "/net/n1/config.toml:1");
  BOOST_TEST(setting(*loaded, "limits.cache_bytes").origin == "default");
}

BOOST_AUTO_TEST_CASE(an_override_that_names_no_key_or_no_value_is_refused) {
  BOOST_TEST(contains(error_of(kWhole, {{"logg_level=debug"}, {}}), "did you mean 'log_level'?"));
  BOOST_TEST(contains(error_of(kWhole, {{"log_level"}, {}}), "there is no '='"));
}

BOOST_AUTO_TEST_CASE(what_init_writes_is_read_back_the_same) {
  NodeConfig config;
  config.name = "n1";
  config.genesis = "/net/genesis";
  config.listen = "/ip4/127.0.0.1/tcp/7701";
  config.peers = {"/ip4/127.0.0.1/tcp/7702/p2p/a", "/ip4/127.0.0.1/tcp/7703/p2p/b"};
  config.data_dir = "/net/n1/data";
  config.node_key = "/net/n1/node.key";
  config.validator_key = "/net/n1/validator.key";
  config.admin_socket = "/net/n1/admin.sock";

  const auto loaded = parse(format_config(config, "/net/n1"));

  BOOST_TEST_REQUIRE(loaded.ok());
  BOOST_TEST(loaded->config.genesis == config.genesis);
  BOOST_TEST(loaded->config.peers == config.peers);
  BOOST_TEST((loaded->config.validator_key == config.validator_key));
  BOOST_TEST(loaded->config.admin_socket == config.admin_socket);
}

BOOST_AUTO_TEST_CASE(consoles_of_other_machines_are_named_by_peer_id_and_role) {
  using actors::Role;
  const std::string peer = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";
  const std::string other = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
  const auto loaded = parse(kWhole + "admins = [\"" + peer + ":view\", \"" + other + ":break\"]\n");

  BOOST_TEST_REQUIRE(loaded.ok());
  BOOST_TEST_REQUIRE(loaded->config.admins.size() == 2U);
  BOOST_TEST(loaded->config.admins[0].peer.text() == peer);
  BOOST_TEST((loaded->config.admins[0].role == Role::View));
  BOOST_TEST((loaded->config.admins[1].role == Role::Break));
  BOOST_TEST(socket_of(loaded->config, Role::View) == "/net/n1/admin.sock.view");

  for (const std::string& wrong :
       std::vector<std::string>{peer, peer + ":king", "nobody:view", ":view", peer + ":view:view"})
    BOOST_TEST(
        contains(error_of(kWhole + "admins = [\"" + wrong + "\"]\n"), "is not PEER_ID:ROLE"));
  const std::string twice = "admins = [\"" + peer + ":view\", \"" + peer + ":operate\"]\n";
  BOOST_TEST(contains(error_of(kWhole + twice), "twice"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
