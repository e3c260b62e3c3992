#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/merkle.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/state_chunk.hpp"

// What a node that joins from a snapshot asks its peers. On the sync channel questions and answers
// travel as opaque bytes (protocol/consensus/sync_message.hpp); an answer without bytes says that
// the peer does not have it.
//
//   question := 1: u8                                         which snapshot do you offer?
//             | 2: u8  height: varint  path                   the part at this path
//             | 3: u8  height: varint  first: varint          receipts from `first` on
//   offer    := height: varint  root: fixed[32]  history
//   history  := nodes: list(fixed[32])                        of height + 1 headers: merkle.hpp
//   part     := chunk                                         state_chunk.hpp
//   receipts := list(receipts of a height: bytes)             consecutive heights, up to `height`
//
// An offer proves nothing. The block of its height is directly final, and so is a block above it
// that names its root; the block next to it names the root of its history. The receipts of the last
// kDecisionHeights heights say which transactions were decided, so that none takes effect twice: the
// state commits to them.
namespace troupe::ledger {

/// A transaction decided longer ago than this is expired.
inline constexpr std::uint64_t kDecisionHeights = kValidThroughHeightsMax;
/// What ends an answer with receipts; the receipts of one height may be longer.
inline constexpr std::size_t kReceiptsAnswerBytes = 256 * 1024;

struct SnapshotOffer {
  Height height;
  crypto::Digest root;             ///< of the state after that block
  crypto::MerkleFrontier history;  ///< over the headers up to and including that block

  friend bool operator==(const SnapshotOffer&, const SnapshotOffer&) = default;
};

struct OfferQuestion {
  friend bool operator==(const OfferQuestion&, const OfferQuestion&) = default;
};

struct PartQuestion {
  Height height;
  NibblePath path;

  friend bool operator==(const PartQuestion&, const PartQuestion&) = default;
};

struct ReceiptsQuestion {
  Height height;
  Height first;

  friend bool operator==(const ReceiptsQuestion&, const ReceiptsQuestion&) = default;
};

using SnapshotQuestion = std::variant<OfferQuestion, PartQuestion, ReceiptsQuestion>;

/// The first height whose receipts belong to a snapshot.
[[nodiscard]] constexpr Height first_decision(Height height) {
  return Height{height.number < kDecisionHeights ? 1 : height.number - kDecisionHeights + 1};
}

using ReceiptLists = std::vector<std::vector<Receipt>>;

[[nodiscard]] Bytes encode(const SnapshotQuestion& question);
[[nodiscard]] Bytes encode(const SnapshotOffer& offer);
[[nodiscard]] Bytes encode(const ReceiptLists& receipts);

/// Errors of all: those of WireError; OutOfRange above limits.hpp and for an unknown question.
[[nodiscard]] Result<SnapshotQuestion, codec::WireError> decode_snapshot_question(ByteView encoded);
[[nodiscard]] Result<SnapshotOffer, codec::WireError> decode_snapshot_offer(ByteView encoded);
[[nodiscard]] Result<ReceiptLists, codec::WireError> decode_receipt_lists(ByteView encoded);

}  // namespace troupe::ledger
