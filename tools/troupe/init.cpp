#include "tools/troupe/init.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "protocol/ledger/genesis.hpp"
#include "protocol/network/multiaddr.hpp"
#include "protocol/network/peer_id.hpp"
#include "tools/troupe/grammar.hpp"
#include "tools/troupe/ports.hpp"

namespace troupe::tools {

namespace {

/// A seeded network is the same at every try, so it carries a fixed date: 2026-01-01.
constexpr std::uint64_t kSeededCreation = 1'767'225'600'000;

/// A network whose messages need longer than this would not notice within minutes who is gone.
constexpr std::chrono::milliseconds kDeltaMax{10'000};

/// One node that is being made: its name, keys and port.
struct Member {
  std::string name;
  KeyFile node_key;
  std::optional<KeyFile> validator_key;
  std::uint16_t port = 0;
  bool from_snapshot = false;

  [[nodiscard]] network::PeerId peer_id() const {
    return network::PeerId::from_public_key(node_key.pair().public_key());
  }

  [[nodiscard]] std::string listen() const { return fmt::format("/ip4/127.0.0.1/tcp/{}", port); }

  [[nodiscard]] std::string address() const {
    return fmt::format("{}/p2p/{}", listen(), peer_id().text());
  }
};

KeyFile make_key(const std::string& seed, KeyKind kind, const std::string& name) {
  const std::string purpose = fmt::format("{}/{}", name_of(kind), name);
  return {kind, name, true, seed.empty() ? random_seed() : derived_seed(seed, purpose)};
}

std::vector<Member> make_members(const InitOptions& options, std::uint16_t port) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < options.nodes; ++i) {
    const std::string name = fmt::format("n{}", i + 1);
    members.push_back({name,
                       make_key(options.seed, KeyKind::Node, name),
                       make_key(options.seed, KeyKind::Validator, name),
                       static_cast<std::uint16_t>(port + i)});
  }
  return members;
}

std::uint64_t milliseconds_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// The rules that were chosen for a network. Error: usage.
Answer<ledger::GenesisRules> rules_of(const InitOptions& options) {
  ledger::GenesisRules rules;
  if (options.delta.empty()) return rules;
  const auto delta = parse_duration(options.delta);
  if (!delta || *delta > kDeltaMax) {
    return refuse({ExitCode::Usage,
                   "usage",
                   fmt::format("'{}' is no time that a message may need on its way", options.delta),
                   "for example: --delta 200ms, --delta 2s; at most 10s"});
  }
  rules.delta = *delta;
  return rules;
}

ledger::Genesis make_genesis(const std::string& name,
                             const InitOptions& options,
                             const ledger::GenesisRules& rules,
                             const std::vector<Member>& members,
                             const std::vector<KeyFile>& accounts) {
  ledger::Genesis genesis;
  genesis.network = name;
  genesis.created = Timestamp{options.seed.empty() ? milliseconds_now() : kSeededCreation};
  genesis.rules = rules;
  genesis.development = true;
  for (const auto& member : members) {
    genesis.validators.push_back(
        {member.name, member.validator_key->pair().public_key(), member.peer_id().bytes()});
  }
  for (const auto& account : accounts)
    genesis.accounts.push_back({account.name, account.pair().public_key()});
  return genesis;
}

NodeConfig config_of(const Member& member,
                     const std::vector<std::string>& peers,
                     const fs::path& net_folder) {
  const fs::path folder = net_folder / member.name;
  NodeConfig config;
  config.name = member.name;
  config.genesis = net_folder / "genesis";
  config.listen = member.listen();
  config.peers = peers;
  config.data_dir = folder / "data";
  config.node_key = folder / "node.key";
  config.admin_socket = folder / "admin.sock";
  if (member.validator_key) config.validator_key = folder / "validator.key";
  config.followers = net_folder / "followers";
  config.from_snapshot = member.from_snapshot;
  return config;
}

/// Writes one node's folder: keys, data folder, configuration (last, for it makes it a node).
Answer<Done> write_node(const Member& member,
                        const std::vector<std::string>& peers,
                        const fs::path& net_folder) {
  const NodeConfig config = config_of(member, peers, net_folder);
  const fs::path folder = net_folder / member.name;
  if (const auto made = create_folder(config.data_dir); !made.ok()) return made;
  if (const auto saved = save_key(config.node_key, member.node_key); !saved.ok()) return saved;
  if (member.validator_key) {
    if (const auto saved = save_key(*config.validator_key, *member.validator_key); !saved.ok())
      return saved;
  }
  return create_file(folder / "config.toml", format_config(config, folder));
}

Answer<Done> write_net(const fs::path& folder,
                       const ledger::Genesis& genesis,
                       const std::vector<Member>& members,
                       const std::vector<KeyFile>& accounts) {
  if (const auto made = create_folder(folder / "keys"); !made.ok()) return made;
  for (const auto& account : accounts) {
    if (const auto saved = save_key(folder / "keys" / (account.name + ".key"), account);
        !saved.ok())
      return saved;
  }
  for (const auto& member : members) {
    std::vector<std::string> peers;
    for (const auto& other : members) {
      if (other.name != member.name) peers.push_back(other.address());
    }
    if (const auto written = write_node(member, peers, folder); !written.ok()) return written;
  }
  if (const auto made = create_file(folder / "followers", ""); !made.ok()) return made;
  const Bytes encoded = ledger::encode(genesis);
  return create_file(folder / "genesis", as_text(encoded));
}

/// The ports that the configurations of every known network name, running or not.
std::vector<std::uint16_t> taken_ports(const Home& home) {
  std::vector<std::uint16_t> ports;
  for (const auto& net : known_nets(home)) {
    for (const auto& node : net.nodes) {
      const auto loaded = load_config(node.config(), {});
      if (!loaded.ok()) continue;
      const auto address = network::Multiaddr::parse(loaded->config.listen);
      if (address.ok() && address->tcp_endpoint()) ports.push_back(address->tcp_endpoint()->port);
    }
  }
  return ports;
}

Answer<std::uint16_t> choose_ports(const Home& home, std::uint16_t wanted, std::size_t count) {
  if (wanted != 0 && wanted + count <= 65536) return wanted;
  const auto port = wanted == 0 ? free_ports(kPortBase, count, taken_ports(home)) : std::nullopt;
  if (port) return *port;
  return refuse({ExitCode::Refused,
                 "no-ports",
                 fmt::format("there are no {} neighbouring free ports from {} on",
                             count,
                             wanted == 0 ? kPortBase : wanted),
                 "name a lower first port with: troupe init --port PORT"});
}

/// A socket's path is short, and it is better to say so now than when the node starts.
Answer<Done> check_folder(const fs::path& folder, std::size_t nodes) {
  std::error_code ignored;
  if (fs::exists(folder / "genesis", ignored) ||
      (fs::exists(folder, ignored) && !fs::is_empty(folder, ignored))) {
    return refuse({ExitCode::Refused,
                   "exists",
                   fmt::format("{} exists already and is never overwritten", shown(folder)),
                   "start it with: troupe up, or choose another folder or --net NAME"});
  }
  const std::size_t longest = (folder / fmt::format("n{}", nodes) / "admin.sock").string().size();
  if (longest <= kSocketPathBytesMax) return Done{};
  return refuse(
      {ExitCode::Usage,
       "path-too-long",
       fmt::format("the path of a node's socket in {} would have {} bytes, and {} are allowed",
                   shown(folder),
                   longest,
                   kSocketPathBytesMax),
       "choose a shorter folder, for example with: --home /tmp/troupe"});
}

Answer<Done> put_in_place(const fs::path& aside, const fs::path& folder) {
  std::error_code error;
  fs::rename(aside, folder, error);
  if (!error) return Done{};
  return refuse({ExitCode::Refused,
                 "unwritable",
                 fmt::format("cannot create {}: {}", shown(folder), error.message()),
                 "check the folder's owner and mode, or choose another"});
}

/// Adds a peer id to those that may follow: a validator that starts later reads it there.
Answer<Done> list_follower(const Net& net, const std::string& peer_id) {
  std::string list;
  if (mode_of(net.followers())) {
    auto known = read_file(net.followers());
    if (!known.ok()) return refuse(known.error());
    list = std::move(*known);
  }
  return replace_file(net.followers(), list + peer_id + "\n");
}

}  // namespace

Answer<Net> create_net(const Home& home, const fs::path& folder, const InitOptions& options) {
  if (const auto checked = check_folder(folder, options.nodes); !checked.ok())
    return refuse(checked.error());
  const auto port = choose_ports(home, options.port, options.nodes);
  if (!port.ok()) return refuse(port.error());
  const auto members = make_members(options, *port);
  std::vector<KeyFile> accounts;
  for (const auto& name : kDevelopmentAccounts)
    accounts.push_back(make_key(options.seed, KeyKind::Account, name));
  const auto rules = rules_of(options);
  if (!rules.ok()) return refuse(rules.error());
  const auto genesis = make_genesis(net_name(folder), options, *rules, members, accounts);
  if (const auto checked = ledger::check_genesis(genesis); !checked.ok()) {
    return refuse({ExitCode::Usage,
                   "bad-genesis",
                   fmt::format("no network can begin like this: {} ({})",
                               ledger::describe(checked.error().error),
                               checked.error().subject),
                   "choose another name or another number of nodes"});
  }
  const fs::path aside =
      folder.parent_path() / fmt::format(".{}.{}", folder.filename().string(), getpid());
  std::error_code ignored;
  fs::remove_all(aside, ignored);
  auto written = write_net(aside, genesis, members, accounts);
  if (written.ok()) written = put_in_place(aside, folder);
  if (!written.ok()) {
    fs::remove_all(aside, ignored);
    return refuse(written.error());
  }
  if (folder.parent_path() != home.nets) {
    if (const auto kept = remember_net(home, folder); !kept.ok()) return refuse(kept.error());
  }
  return *read_net(folder);
}

Answer<network::PeerId> peer_id_of(const NodeFiles& node) {
  const auto loaded = load_config(node.config(), {});
  if (!loaded.ok()) return refuse(loaded.error());
  const auto key = load_key(loaded->config.node_key, KeyKind::Node);
  if (!key.ok()) return refuse(key.error());
  return network::PeerId::from_public_key(key->pair().public_key());
}

Answer<Done> unlist_follower(const Net& net, const network::PeerId& peer) {
  if (!mode_of(net.followers())) return Done{};
  const auto known = read_file(net.followers());
  if (!known.ok()) return refuse(known.error());
  std::string kept;
  std::istringstream lines(*known);
  for (std::string line; std::getline(lines, line);) {
    if (line != peer.text()) kept += line + "\n";
  }
  return replace_file(net.followers(), kept);
}

Answer<NodeFiles> create_observer(const Home& home, const Net& net, const AddOptions& options) {
  std::vector<std::string> peers;
  std::size_t number = 1;
  for (const auto& node : net.nodes) {
    const auto loaded = load_config(node.config(), {});
    if (!loaded.ok()) return refuse(loaded.error());
    const auto id = peer_id_of(node);
    if (!id.ok()) return refuse(id.error());
    if (loaded->config.validator_key)
      peers.push_back(fmt::format("{}/p2p/{}", loaded->config.listen, id->text()));
  }
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(net.nodes.begin(), net.nodes.end(), [&](const NodeFiles& node) {
      return node.name == name;
    });
  };
  while (is_taken(fmt::format("n{}", number)))
    ++number;
  const auto port = choose_ports(home, 0, 1);
  if (!port.ok()) return refuse(port.error());
  const std::string name = fmt::format("n{}", number);
  const Member member{
      name, make_key("", KeyKind::Node, name), std::nullopt, *port, options.from_snapshot};
  if (const auto listed = list_follower(net, member.peer_id().text()); !listed.ok())
    return refuse(listed.error());
  if (const auto written = write_node(member, peers, net.folder); !written.ok())
    return refuse(written.error());
  return NodeFiles{name, net.folder / name};
}

Answer<Report> run_init(Context& context, const InitOptions& options) {
  const std::string& named = context.globals.net;
  const fs::path folder = options.folder.empty()
                              ? net_folder(context.home, named.empty() ? "demo" : named)
                              : net_folder(context.home, options.folder + "/");
  const auto net = create_net(context.home, folder, options);
  if (!net.ok()) return refuse(net.error());
  Report report;
  report.fields = {{"net", net->name},
                   {"folder", net->folder.string()},
                   {"nodes", Json::array()},
                   {"accounts", kDevelopmentAccounts}};
  for (const auto& node : net->nodes)
    report.fields["nodes"].push_back(node.name);
  report.parts = {
      Line{fmt::format("net {}: {} nodes in {}", net->name, net->nodes.size(), shown(net->folder))},
      Remark{fmt::format("accounts {} (development keys: never use for value)",
                         fmt::join(kDevelopmentAccounts, " "))},
      Remark{fmt::format("next: troupe up --net {}",
                         options.folder.empty() ? net->name : shown(folder))}};
  return report;
}

}  // namespace troupe::tools
