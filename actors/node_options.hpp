#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"

namespace troupe::actors {

/// How much a node says about itself, the least first.
enum class LogLevel : std::uint8_t { Error, Warn, Info, Debug };

/// The bounds that an operator may set for one node. Defaults suit four nodes on a laptop.
struct NodeLimits {
  /// What the mempool keeps of transactions that no block holds yet.
  std::size_t mempool_bytes_max = std::size_t{64} << 20;
  /// Connections of both directions together.
  std::size_t connections_max = 64;
  /// LevelDB's block cache.
  std::size_t cache_bytes = std::size_t{16} << 20;
  /// Heights that the scrubber checks in a second; 0: only what it is asked for.
  std::uint64_t scrub_heights_per_second = 20;
  /// Heights whose states stay provable; tree nodes that only older ones need are removed. 0: all.
  std::uint64_t state_heights_kept = 10'000;
  /// Heights between two snapshots; 0: only those that are asked for.
  std::uint64_t snapshot_interval_heights = 1'000;
};

/// All that one node is told at its start, read and checked before: plain values, so that a
/// simulated node gets them without a file. The files they come from are tools/troupe/config's.
struct NodeOptions {
  using Seed = std::array<std::uint8_t, 32>;

  /// What the network calls this node, for example "n2".
  std::string name;
  /// The Ed25519 seed of the libp2p identity.
  Seed node_seed{};
  /// The Ed25519 seed of the validator key; an observer has none. The signer is its only holder.
  std::optional<Seed> validator_seed;
  /// The canonical encoding of the genesis (protocol/ledger/genesis.hpp), decoded once already.
  Bytes genesis;

  /// Where the database and the vote journal live; exists, mode 0700.
  std::filesystem::path data_dir;
  /// Where console actors attach; the socket is created with mode 0600.
  std::filesystem::path admin_socket;
  /// The multiaddr to listen on, for example "/ip4/127.0.0.1/tcp/7701".
  std::string listen;
  /// Whom to stay connected to: multiaddrs that end in /p2p/PEER_ID, checked at the start.
  std::vector<std::string> peers;
  /// Peer ids of observers that may use the channels as validators may, checked at the start.
  std::vector<std::string> followers;

  /// A node without a ledger fetches the state of a snapshot first, instead of every block.
  bool from_snapshot = false;

  LogLevel log_level = LogLevel::Info;
  NodeLimits limits;
};

}  // namespace troupe::actors
