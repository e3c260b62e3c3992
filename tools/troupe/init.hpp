#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/network/peer_id.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/context.hpp"
#include "tools/troupe/key_file.hpp"
#include "tools/troupe/networks.hpp"

// Makes a network's files: keys, genesis, one configuration per node, development accounts. It
// builds them aside and puts the finished folder in place with one rename, so that a network is
// there whole or not at all; it never overwrites one.
namespace troupe::tools {

/// The accounts that every development network begins with.
inline const std::vector<std::string> kDevelopmentAccounts = {"alice", "bob", "carol", "dave"};

inline constexpr std::uint16_t kPortBase = 7701;

struct InitOptions {
  std::string folder;      ///< DIR of the command line; empty: a named network
  std::size_t nodes = 4;   ///< 1 to kValidatorsMax
  std::string seed;        ///< keys follow from it alone; empty: from the random source
  std::uint16_t port = 0;  ///< of n1, the others follow; 0: the first free ones from kPortBase on
  std::string delta;       ///< "2s": the genesis's bound on one message's way; empty: its default
};

/// Creates the network's files in `folder`. Errors: exists, bad-genesis, unwritable, no-ports.
[[nodiscard]] Answer<Net> create_net(const Home& home,
                                     const fs::path& folder,
                                     const InitOptions& options);

/// `troupe init [DIR]`.
[[nodiscard]] Answer<Report> run_init(Context& context, const InitOptions& options);

struct AddOptions {
  bool from_snapshot = false;  ///< it fetches the state of a snapshot instead of every block
};

/// Adds an observer to a network's files: the next free name and port, and its peer id among the
/// followers. Its peers are the validators: those that run must be told (see `net add`).
[[nodiscard]] Answer<NodeFiles> create_observer(const Home& home,
                                                const Net& net,
                                                const AddOptions& options = {});

/// Takes an observer's peer id from those that may follow.
[[nodiscard]] Answer<Done> unlist_follower(const Net& net, const network::PeerId& peer);

/// Who a node of a network is to others, by its key file.
[[nodiscard]] Answer<network::PeerId> peer_id_of(const NodeFiles& node);

}  // namespace troupe::tools
