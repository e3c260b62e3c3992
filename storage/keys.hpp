#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/merkle_log.hpp"
#include "protocol/ledger/state_node.hpp"

// clang-format off
// Every key of the database, in one table. Numbers are big-endian, so that keys of one kind sort
// as their numbers do; ~x is the bitwise complement, so that the newest comes first.
//
//   prefix  fields                                          value
//   'n'     version:u64 nibbles:u8 packed-nibbles           node of the state tree
//   'v'     H(key)[32] ~version:u64                         0x01 value | 0x00 (retired)
//   'k'     H(key)[32]                                      key
//   's'     stale_since:u64 version:u64 nibbles:u8 packed-nibbles
//                                                           nothing
//   'r'     version:u64                                     state root[32]; only if it changed
//   'p'     key                                             version:u64 of its last change
//   'h'     header digest[32]                               header, final or not
//   'b'     height:u64                                      record of the final block
//   'f'     header digest[32]                               height:u64 of a final header
//   'y'     level:u8 index:u64                              hash[32] of the history's node there
//   'c'     epoch:u64 view:u64 kind:u8                      certificate
//   'd'     batch digest[32]                                batch
//   'l'     epoch:u64 lane:u32 incarnation:u64 sequence:u64 batch digest[32]
//   'R'     height:u64                                      receipts of the block
//   't'     transaction id[32]                              height:u64 position:u32
//   'e'     evidence digest[32]                             evidence
//   'j'     commit:u64                                      nothing; see database.hpp
//   'm'     name                                            meta
//
// version = block height. Batches are stored once, by digest; 'l' names the one that this node
// follows in a lane. Level and index of a history node: protocol/crypto/merkle_log.hpp.
// clang-format on
namespace troupe::storage {

enum class KeyPrefix : char {
  TreeNode = 'n',
  StateValue = 'v',
  StateKey = 'k',
  StaleNode = 's',
  StateRoot = 'r',
  RecordIndex = 'p',
  Header = 'h',
  Block = 'b',
  FinalHeader = 'f',
  HistoryNode = 'y',
  Certificate = 'c',
  Batch = 'd',
  Lane = 'l',
  Receipts = 'R',
  Transaction = 't',
  Evidence = 'e',
  Commit = 'j',
  Meta = 'm',
};

/// The place of a batch among all lanes of all epochs.
struct LanePosition {
  Epoch epoch;
  ValidatorIndex lane;
  Incarnation incarnation;
  Sequence sequence;

  friend auto operator<=>(const LanePosition&, const LanePosition&) = default;
};

/// What a certificate is found by. `kind` is the byte that protocol/consensus gives it.
struct CertificatePosition {
  Epoch epoch;
  View view;
  std::uint8_t kind = 0;

  friend auto operator<=>(const CertificatePosition&, const CertificatePosition&) = default;
};

/// Where a transaction was ordered: the block, and its place in the block's order, from 0.
struct TransactionPosition {
  Height height;
  std::uint32_t position = 0;

  friend auto operator<=>(const TransactionPosition&, const TransactionPosition&) = default;
};

namespace keys {

[[nodiscard]] Bytes tree_node(const ledger::NodeKey& node);
[[nodiscard]] Bytes state_value(const crypto::Digest& key_digest, Height version);
[[nodiscard]] Bytes state_key(const crypto::Digest& key_digest);
[[nodiscard]] Bytes stale_node(Height stale_since, const ledger::NodeKey& node);
[[nodiscard]] Bytes state_root(Height version);
[[nodiscard]] Bytes record_index(ByteView record_key);
[[nodiscard]] Bytes header(const crypto::Digest& digest);
[[nodiscard]] Bytes block(Height height);
[[nodiscard]] Bytes final_header(const crypto::Digest& digest);
[[nodiscard]] Bytes history_node(const crypto::MerklePlace& place);
[[nodiscard]] Bytes certificate(const CertificatePosition& position);
[[nodiscard]] Bytes batch(const crypto::Digest& digest);
[[nodiscard]] Bytes lane(const LanePosition& position);
[[nodiscard]] Bytes receipts(Height height);
[[nodiscard]] Bytes transaction(const crypto::Digest& id);
[[nodiscard]] Bytes evidence(const crypto::Digest& digest);
[[nodiscard]] Bytes commit(std::uint64_t number);
[[nodiscard]] Bytes meta(std::string_view name);

/// The key of the prefix alone: every key of that kind is at or after it.
[[nodiscard]] Bytes first_of(KeyPrefix prefix);

/// The first key after all that begin with `prefix`. `prefix` holds a byte below 0xff.
[[nodiscard]] Bytes after_prefix(ByteView prefix);

/// Read a key back. Nothing if it is not of that kind and shape.
[[nodiscard]] std::optional<ledger::NodeKey> read_stale_node(ByteView key);
[[nodiscard]] std::optional<Height> read_state_value_version(ByteView key);
[[nodiscard]] std::optional<crypto::Digest> read_state_value_digest(ByteView key);
[[nodiscard]] std::optional<crypto::MerklePlace> read_history_node(ByteView key);
[[nodiscard]] std::optional<CertificatePosition> read_certificate(ByteView key);
[[nodiscard]] std::optional<LanePosition> read_lane(ByteView key);
/// The number of a key that is a prefix and one u64: block, receipts, state_root, commit.
[[nodiscard]] std::optional<std::uint64_t> read_number(KeyPrefix prefix, ByteView key);
/// The digest of a key that is a prefix and one digest.
[[nodiscard]] std::optional<crypto::Digest> read_digest(KeyPrefix prefix, ByteView key);

}  // namespace keys
}  // namespace troupe::storage
