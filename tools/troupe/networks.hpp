#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/troupe/files.hpp"
#include "tools/troupe/processes.hpp"

// Where a network's files lie, and which network a command means.
//
//   NET/genesis                      the canonical genesis
//   NET/followers                    peer ids of the observers, one a line
//   NET/keys/alice.key               accounts of this network
//   NET/n1/config.toml               see config.hpp
//   NET/n1/{node,validator}.key
//   NET/n1/{data,admin.sock,node.log,node.lock}
//
// NET is ~/.local/share/troupe/nets/NAME, or DIR/.troupe for a network that was made in a folder.
// Which one: --net, then $TROUPE_NET, then .troupe in this folder or one above, then the only one
// that runs, then the only one there is. Otherwise a list, never a guess.
namespace troupe::tools {

/// The three folders of the XDG base directory specification, or those below --home.
struct Home {
  fs::path config;  ///< ~/.config/troupe: the user's own keys
  fs::path nets;    ///< ~/.local/share/troupe/nets
  fs::path state;   ///< ~/.local/state/troupe: where networks outside `nets` are remembered
};

/// `option` is --home, empty if it was not given. Error: no-home.
[[nodiscard]] Answer<Home> find_home(const std::string& option);

/// The files of one node of a network.
struct NodeFiles {
  std::string name;
  fs::path folder;

  [[nodiscard]] fs::path config() const { return folder / "config.toml"; }

  [[nodiscard]] fs::path log() const { return folder / "node.log"; }

  [[nodiscard]] fs::path socket() const { return folder / "admin.sock"; }
};

struct Net {
  std::string name;
  fs::path folder;
  std::vector<NodeFiles> nodes;  ///< n2 before n10

  [[nodiscard]] fs::path genesis() const { return folder / "genesis"; }

  [[nodiscard]] fs::path followers() const { return folder / "followers"; }

  [[nodiscard]] fs::path keys() const { return folder / "keys"; }

  /// True if a process of at least one node exists.
  [[nodiscard]] bool is_running() const;

  /// Error: no-node, with the nodes that exist.
  [[nodiscard]] Answer<NodeFiles> node(const std::string& node_name) const;
};

/// Reads a network's folder; nothing if there is no network in it.
[[nodiscard]] std::optional<Net> read_net(const fs::path& folder);

/// Every network that this home knows, by name.
[[nodiscard]] std::vector<Net> known_nets(const Home& home);

/// Remembers a network that lies outside `home.nets`.
[[nodiscard]] Answer<Done> remember_net(const Home& home, const fs::path& folder);

/// The network that is meant. Errors: no-net, which-net.
[[nodiscard]] Answer<Net> find_net(const Home& home, const std::string& option);

/// The folder that `--net NAME|DIR` names, whether or not a network lies there.
[[nodiscard]] fs::path net_folder(const Home& home, const std::string& name_or_folder);

/// The name of the network in a folder: its own, or its parent's for a folder called .troupe.
[[nodiscard]] std::string net_name(const fs::path& folder);

}  // namespace troupe::tools
