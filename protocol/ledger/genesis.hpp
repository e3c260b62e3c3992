#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"

// Genesis: what the founders of a network agree on before its first block.
//
//   genesis   := version: varint  network: bytes  created: varint  development: bool
//                rules  validators: list(validator)  accounts: list(account)
//   rules     := delta: varint  idle_interval: varint  clock_drift: varint  view_timer_max: varint
//   validator := name: bytes  key: fixed[32]  peer_id: bytes
//   account   := name: bytes  key: fixed[32]
//
// `created` is in milliseconds since 1970, durations are in microseconds. The SHA-256 of this
// encoding is the chain id: every signature binds it, and a proof ends in it.
namespace troupe::ledger {

inline constexpr std::uint64_t kGenesisVersion = 1;

/// A member of the first validator set. Its place in the list is its ValidatorIndex and its lane.
struct GenesisValidator {
  std::string name;       ///< as the operators call it: n1
  crypto::PublicKey key;  ///< the validator key, which signs votes and batches
  Bytes peer_id;          ///< of the node: the identity multihash of its own Ed25519 node key

  friend bool operator==(const GenesisValidator&, const GenesisValidator&) = default;
};

/// A well-known account of a development network: alice. No more than a name for a public key.
struct GenesisAccount {
  std::string name;
  crypto::PublicKey key;

  friend bool operator==(const GenesisAccount&, const GenesisAccount&) = default;
};

/// The times on which all validators of a chain must agree. The bounds on which they must agree
/// too, those of lanes and batches, are no choice: limits.hpp holds them.
struct GenesisRules {
  Duration delta = std::chrono::milliseconds(200);        ///< bound on one message's way
  Duration idle_interval = std::chrono::seconds(5);       ///< between blocks that order nothing
  Duration clock_drift = std::chrono::milliseconds(500);  ///< a header may be this far ahead
  Duration view_timer_max = std::chrono::seconds(60);     ///< cap of the growing view timers

  friend bool operator==(const GenesisRules&, const GenesisRules&) = default;
};

struct Genesis {
  std::string network;  ///< the network's name
  Timestamp created;
  bool development = false;  ///< faults may be injected, keys and accounts are for play
  GenesisRules rules;
  std::vector<GenesisValidator> validators;  ///< 1 to 128
  std::vector<GenesisAccount> accounts;      ///< none unless `development`

  friend bool operator==(const Genesis&, const Genesis&) = default;
};

enum class GenesisError {
  Malformed,         ///< the bytes are no canonical genesis
  UnknownVersion,    ///< a version that this node does not know
  BadName,           ///< not 1 to 64 letters, digits, dots, dashes and underscores
  NoValidator,       ///< the validator set is empty
  TooMany,           ///< more validators or accounts than limits.hpp allows
  NotAcceptableKey,  ///< a key that crypto-rules.md refuses
  BadPeerId,         ///< not the peer id of an acceptable Ed25519 key
  KeyUsedTwice,      ///< two members share a key, or a node key serves as validator key
  NameUsedTwice,     ///< two validators, or two accounts, share a name
  NotDevelopment,    ///< accounts are listed though the network is no development network
  BadRule,           ///< a rule is zero or absurdly large
};

/// What is wrong, and with which entry.
struct GenesisProblem {
  GenesisError error = GenesisError::Malformed;
  std::string subject;  ///< the name of the entry or rule concerned; empty if there is none

  friend bool operator==(const GenesisProblem&, const GenesisProblem&) = default;
};

/// As a clause, without the subject: "two members share a key".
[[nodiscard]] std::string_view describe(GenesisError error);

/// Requires a genesis that check_genesis accepts.
[[nodiscard]] Bytes encode(const Genesis& genesis);

/// Decodes and checks. Errors: all of GenesisError.
[[nodiscard]] Result<Genesis, GenesisProblem> decode_genesis(ByteView encoded);

/// Checks everything that decode_genesis checks, for one who makes a genesis.
[[nodiscard]] Result<Done, GenesisProblem> check_genesis(const Genesis& genesis);

/// The chain id: the SHA-256 of the encoding.
[[nodiscard]] crypto::Digest chain_id(const Genesis& genesis);

}  // namespace troupe::ledger
