#pragma once

#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"

// A state in parts, for nodes that join from a snapshot of it. A part is everything below one path
// of the state tree, with the hashes beside the way up from there: it proves itself against the
// state root alone, and nothing can be left out of it. So parts are fetched from any peers in any
// order, and no list of them is needed: a part that would be too large is the node at its path,
// whose children are the next parts to ask for.
//
//   chunk   := path  siblings: fixed[32] x 4 * nibbles  content       siblings: the lowest first
//   path    := nibbles: u8  packed: fixed[(nibbles + 1) / 2]
//   content := 0: u8  entries: list(entry) | 1: u8  node: bytes       node: state_node.hpp
//   entry   := key: bytes  value: bytes                               ascending by key digest
//
// The path of a part is empty, or one that a node of the tree names as its child; what lies below
// it is never empty, unless the whole state is.
namespace troupe::ledger {

/// A whole encoded part, and of it the entries: their number makes the rest small.
inline constexpr std::size_t kStateChunkBytesMax = 1024 * 1024;
inline constexpr std::size_t kStateChunkEntryBytesMax =
    kStateChunkBytesMax - kStateTreeDepthMax * 32 - 1024;
static_assert(kStateKeyBytesMax + kStateValueBytesMax + 16 <= kStateChunkEntryBytesMax,
              "the largest entry must fit a part");
static_assert(kStateChunkBytesMax + 1024 <= kBulkMessageBytesMax, "a part must fit a message");

struct StateEntry {
  Bytes key;
  Bytes value;

  friend bool operator==(const StateEntry&, const StateEntry&) = default;
};

struct StateChunk {
  NibblePath path;
  std::vector<crypto::Digest> siblings;  ///< from the part's own hash upwards
  std::variant<std::vector<StateEntry>, InternalNode> content;

  friend bool operator==(const StateChunk&, const StateChunk&) = default;
};

/// The root to which a part leads. Nothing if its entries are out of order or do not belong below
/// its path, or if siblings are missing.
[[nodiscard]] std::optional<crypto::Digest> root_of(const StateChunk& chunk);

/// True if exactly this lies below the path in the state with this root.
[[nodiscard]] bool verify(const StateChunk& chunk, const crypto::Digest& root);

/// Where a part begins: the node at its path, and the hashes beside the way from there upwards.
struct ChunkPlace {
  TreeNodePointer node;  ///< null for the empty state
  std::vector<crypto::Digest> siblings;
};

/// Nothing if the tree has no node at this path. Error: Unreadable.
[[nodiscard]] Result<std::optional<ChunkPlace>, StateError> find_place(const TreeReader& reader,
                                                                       const TreeState& state,
                                                                       const NibblePath& path);

/// The nodes of everything below a path, all of one version. The leaves are ascending by key digest,
/// at least one, and belong there.
[[nodiscard]] std::vector<NewNode> build_subtree(Height version,
                                                 const NibblePath& path,
                                                 std::span<const TreeLeaf> leaves);

/// The same node with children of this version: how it is stored by whoever joined at that height.
[[nodiscard]] InternalNode with_version(const InternalNode& node, Height version);

/// What an entry takes in an encoded part, at most.
[[nodiscard]] inline std::size_t chunk_bytes(const StateEntry& entry) {
  return entry.key.size() + entry.value.size() + 6;
}

[[nodiscard]] Bytes encode(const StateChunk& chunk);

/// Errors: all of WireError; OutOfRange above limits.hpp.
[[nodiscard]] Result<StateChunk, codec::WireError> decode_state_chunk(ByteView encoded);

void write(codec::Writer& writer, const NibblePath& path);
[[nodiscard]] NibblePath read_nibble_path(codec::Reader& reader);

}  // namespace troupe::ledger
