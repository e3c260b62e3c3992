#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"

// Proofs that a state holds a key with a value, or does not hold a key, checked against its root
// alone. They have the shape of ICS-23 (private-validation.md, B3): presence is a way up from the
// leaf; absence is the presence of the two neighbours in the order of key digests, which must lie
// side by side. An ICS-23 verifier accepts them with: key and value hashed by SHA-256, no length
// prefixes, leaf prefix "JMT::LeafNode", inner prefix "JMT::IntrnalNode" of 16 bytes, children of
// 32 bytes in order 0, 1, the empty child of state_node.hpp, prehash_key_before_comparison, and a
// depth of at most 256.
//
//   presence := key: bytes  value: bytes  siblings: list(fixed[32])       the lowest one first
//   absence  := left: neighbour  right: neighbour
//   neighbour := 0: u8 | 1: u8  presence
namespace troupe::ledger {

struct PresenceProof {
  Bytes key;
  Bytes value;
  std::vector<crypto::Digest> siblings;  ///< from the leaf upwards

  friend bool operator==(const PresenceProof&, const PresenceProof&) = default;
};

/// The keys with the next lower and the next higher digest, each absent only if there is none.
struct AbsenceProof {
  std::optional<PresenceProof> left;
  std::optional<PresenceProof> right;

  friend bool operator==(const AbsenceProof&, const AbsenceProof&) = default;
};

/// The root to which a presence proof leads. Whoever expects a certain key or value compares them.
[[nodiscard]] crypto::Digest root_of(const PresenceProof& proof);

/// True if the state with this root holds proof.key with proof.value.
[[nodiscard]] bool verify(const PresenceProof& proof, const crypto::Digest& root);

/// True if the state with this root does not hold the key.
[[nodiscard]] bool verify_absence(const AbsenceProof& proof,
                                  ByteView key,
                                  const crypto::Digest& root);

/// Where a key digest leads in a tree: the leaf at the end of the way, its own or another one's or
/// none, and the hashes beside the way from the end upwards.
struct TreeWay {
  std::optional<TreeLeaf> leaf;
  Height leaf_version;  ///< of its node: mostly that of its value, unless it had to move since
  std::vector<crypto::Digest> siblings;

  friend bool operator==(const TreeWay&, const TreeWay&) = default;
};

/// Error: Unreadable.
[[nodiscard]] Result<TreeWay, StateError> find_way(const TreeReader& reader,
                                                   const TreeState& state,
                                                   const crypto::Digest& key_digest);

/// The key digests next to one that the tree need not hold; itself is neither.
struct Neighbours {
  std::optional<crypto::Digest> left;
  std::optional<crypto::Digest> right;

  friend bool operator==(const Neighbours&, const Neighbours&) = default;
};

/// Error: Unreadable.
[[nodiscard]] Result<Neighbours, StateError> find_neighbours(const TreeReader& reader,
                                                             const TreeState& state,
                                                             const crypto::Digest& key_digest);

[[nodiscard]] Bytes encode(const PresenceProof& proof);
[[nodiscard]] Bytes encode(const AbsenceProof& proof);

/// Errors: all of WireError; OutOfRange above limits.hpp and above 256 siblings.
[[nodiscard]] Result<PresenceProof, codec::WireError> decode_presence_proof(ByteView encoded);
[[nodiscard]] Result<AbsenceProof, codec::WireError> decode_absence_proof(ByteView encoded);

}  // namespace troupe::ledger
