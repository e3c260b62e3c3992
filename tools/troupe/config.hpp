#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/admin_gate.hpp"
#include "actors/node_options.hpp"
#include "protocol/network/peer_id.hpp"
#include "tools/troupe/files.hpp"

// The configuration of one node: a TOML file of these keys, of which the first seven are required.
//
//   name = "n1"                               what the network calls the node
//   genesis = "../genesis"                    file with the network's genesis
//   listen = "/ip4/127.0.0.1/tcp/7701"        multiaddr for the other nodes
//   peers = ["/ip4/.../tcp/7702/p2p/12D3..."] whom to stay connected to
//   data_dir = "data"                         database and vote journal
//   node_key = "node.key"                     libp2p identity
//   admin_socket = "admin.sock"               where commands attach
//   validator_key = "validator.key"           absent: an observer, which follows and never votes
//   followers = "../followers"                file with the peer ids of observers that may follow
//   admins = ["12D3...:view"]                 consoles of other machines: PEER_ID:ROLE each
//   begin_from = "genesis"                    a node without data begins there, or at a snapshot
//   log_level = "info"                        error | warn | info | debug
//   [limits]
//   mempool_bytes_max, connections_max, cache_bytes, scrub_heights_per_second,
//   state_heights_kept, snapshot_interval_heights
//
// Relative paths start at the file's folder. An unknown key is an error, not a typo that nobody
// notices. Precedence: --set KEY=VALUE, then TROUPE_NODE_KEY (dots as underscores) in the
// environment, then the file, then the default; `config show --origin` says which it was.
namespace troupe::tools {

/// A console of another machine that may attach, by the peer id of its user's key.
struct AdminPeer {
  network::PeerId peer;
  actors::Role role;
};

/// One node's configuration with absolute paths.
struct NodeConfig {
  std::string name;
  fs::path genesis;
  std::string listen;
  std::vector<std::string> peers;
  fs::path data_dir;
  fs::path node_key;
  fs::path admin_socket;
  std::optional<fs::path> validator_key;
  std::optional<fs::path> followers;
  std::vector<AdminPeer> admins;
  bool from_snapshot = false;
  actors::LogLevel log_level = actors::LogLevel::Info;
  actors::NodeLimits limits;
};

/// One key as it took effect.
struct Setting {
  std::string key;
  Json value;
  std::string origin;  ///< default | FILE:LINE | environment TROUPE_NODE_X | --set
};

/// A value as people write it: without the quotes of a text.
[[nodiscard]] std::string text_of(const Json& value);

struct LoadedConfig {
  NodeConfig config;
  std::vector<Setting> settings;
};

/// Where values come from besides the file. `environment` returns nothing for an unset variable.
struct ConfigSources {
  std::vector<std::string> overrides;  ///< "key=value" each, the last one wins
  std::function<std::optional<std::string>(const std::string&)> environment;
};

/// The process's own environment.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

/// Reads one node's configuration. Errors: no-file, bad-config (with FILE:LINE:COLUMN).
[[nodiscard]] Answer<LoadedConfig> load_config(const fs::path& path, const ConfigSources& sources);

/// The same for content that was read already.
[[nodiscard]] Answer<LoadedConfig> parse_config(const std::string& content,
                                                const fs::path& path,
                                                const ConfigSources& sources);

/// The file that `init` writes for a node, paths relative to `folder`.
[[nodiscard]] std::string format_config(const NodeConfig& config, const fs::path& folder);

/// "error", "warn", "info" or "debug".
[[nodiscard]] std::string_view name_of(actors::LogLevel level);

/// Where those consoles are led that come over the network with this role.
[[nodiscard]] fs::path socket_of(const NodeConfig& config, actors::Role role);

/// A Unix-domain socket's path has at most this many bytes (sun_path less its zero).
inline constexpr std::size_t kSocketPathBytesMax = 107;

}  // namespace troupe::tools
