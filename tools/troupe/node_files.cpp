#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "protocol/network/multiaddr.hpp"
#include "protocol/network/peer_id.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/node.hpp"

namespace troupe::tools {

namespace {

constexpr std::size_t kFollowersBytesMax = 1 << 20;

CommandError bad_address(const std::string& key,
                         const std::string& address,
                         std::string_view what,
                         const std::string& hint) {
  return {ExitCode::Usage,
          "bad-config",
          fmt::format("'{}' in {} is no address: {}", address, key, what),
          hint};
}

Answer<Done> check_addresses(const NodeConfig& config) {
  const auto listen = network::Multiaddr::parse(config.listen);
  if (!listen.ok() || !listen->tcp_endpoint()) {
    return refuse(
        bad_address("listen",
                    config.listen,
                    listen.ok() ? "it names no TCP port" : network::describe(listen.error()),
                    "write listen = \"/ip4/127.0.0.1/tcp/7701\""));
  }
  for (const auto& text : config.peers) {
    const auto peer = network::Multiaddr::parse(text);
    if (peer.ok() && peer->tcp_endpoint() && peer->peer_id()) continue;
    return refuse(bad_address("peers",
                              text,
                              peer.ok() ? "it needs a TCP port and ends in /p2p/PEER_ID"
                                        : network::describe(peer.error()),
                              "write peers = [\"/ip4/127.0.0.1/tcp/7702/p2p/12D3KooW...\"]"));
  }
  return Done{};
}

/// A validator's two keys must be those that the genesis names together.
Answer<Done> check_membership(const NodeConfig& config,
                              const ledger::Genesis& genesis,
                              const KeyFile& node,
                              const KeyFile& validator) {
  const auto key = validator.pair().public_key();
  const auto member =
      std::find_if(genesis.validators.begin(),
                   genesis.validators.end(),
                   [&](const ledger::GenesisValidator& one) { return one.key == key; });
  if (member == genesis.validators.end()) {
    return refuse({ExitCode::Refused,
                   "not-a-member",
                   fmt::format("the validator key {} is not in the genesis {}",
                               shown(*config.validator_key),
                               shown(config.genesis)),
                   "use the key that belongs to this network, or leave validator_key out to run an "
                   "observer"});
  }
  const auto peer = network::PeerId::from_public_key(node.pair().public_key());
  if (member->peer_id == peer.bytes()) return Done{};
  return refuse({ExitCode::Refused,
                 "not-a-member",
                 fmt::format("the genesis gives validator {} another node key than {}",
                             member->name,
                             shown(config.node_key)),
                 "use the node key that was made together with this validator key"});
}

/// The peer ids in the file of followers, one a line.
Answer<std::vector<std::string>> load_followers(const fs::path& path) {
  const auto content = read_file(path, kFollowersBytesMax);
  if (!content.ok()) return refuse(content.error());
  std::vector<std::string> followers;
  std::istringstream lines(*content);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty()) continue;
    if (const auto id = network::PeerId::parse(line); !id.ok()) {
      return refuse({ExitCode::Usage,
                     "bad-config",
                     fmt::format("{}:{}: '{}' is no peer id: {}",
                                 shown(path),
                                 number,
                                 line,
                                 network::describe(id.error())),
                     "write one peer id a line, as `troupe status --json` shows it"});
    }
    followers.push_back(line);
  }
  return followers;
}

}  // namespace

Answer<actors::NodeOptions> load_node_options(const NodeConfig& config) {
  if (const auto checked = check_addresses(config); !checked.ok()) return refuse(checked.error());
  const auto genesis = load_genesis(config.genesis);
  if (!genesis.ok()) return refuse(genesis.error());
  const auto node_key = load_key(config.node_key, KeyKind::Node);
  if (!node_key.ok()) return refuse(node_key.error());
  actors::NodeOptions options;
  if (config.validator_key) {
    const auto validator = load_key(*config.validator_key, KeyKind::Validator);
    if (!validator.ok()) return refuse(validator.error());
    if (const auto member = check_membership(config, *genesis, *node_key, *validator); !member.ok())
      return refuse(member.error());
    options.validator_seed = validator->seed;
  }
  if (config.followers) {
    auto followers = load_followers(*config.followers);
    if (!followers.ok()) return refuse(followers.error());
    options.followers = std::move(*followers);
  }
  if (const auto made = create_folder(config.data_dir); !made.ok()) return refuse(made.error());
  options.name = config.name;
  options.node_seed = node_key->seed;
  options.genesis = ledger::encode(*genesis);
  options.data_dir = config.data_dir;
  options.admin_socket = config.admin_socket;
  options.listen = config.listen;
  options.peers = config.peers;
  options.log_level = config.log_level;
  options.limits = config.limits;
  options.from_snapshot = config.from_snapshot;
  return options;
}

}  // namespace troupe::tools
