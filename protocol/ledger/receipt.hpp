#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"

// Receipts: what became of each transaction that a block ordered.
//
//   receipt  := transaction: fixed[32]  outcome
//   outcome  := 0: u8  versions: list(varint)            applied
//             | 1: u8  height: varint                    duplicate
//             | 2: u8                                    expired
//             | 3: u8                                    too far ahead
//             | 4: u8  operation: varint  reason: u8     refused
//   receipts := list(receipt)                            of one block, in its order
//
// The RFC 6962 root over a block's encoded receipts is a record of the state, under
// `system/receipts/<height>`, so that the state root commits to every receipt.
namespace troupe::ledger {

/// Why a module refused an operation at execution. The numbers are encoded, for ever.
enum class Refusal : std::uint8_t {
  NotOwner = 0,      ///< the record belongs to another account
  NoSuchRecord = 1,  ///< there is nothing under this key
  Retired = 2,       ///< the record was closed for ever
  NotAllowed = 3,    ///< a module's own rule forbids it
  AlreadyKnown = 4,  ///< the ledger says it already
};

/// All operations took effect.
struct Applied {
  /// The version that each put, transfer and retire made, in the order of the operations.
  std::vector<std::uint64_t> versions;

  friend bool operator==(const Applied&, const Applied&) = default;
};

/// The transaction was decided before, in this height or in an earlier one.
struct DuplicateOf {
  Height height;

  friend bool operator==(const DuplicateOf&, const DuplicateOf&) = default;
};

/// It came too late: the height is above its valid_through.
struct ExpiredBefore {
  friend bool operator==(const ExpiredBefore&, const ExpiredBefore&) = default;
};

/// It came too early: its valid_through is more than 1,000 above the height.
struct TooFarAheadOf {
  friend bool operator==(const TooFarAheadOf&, const TooFarAheadOf&) = default;
};

/// One operation was refused, and therefore none took effect.
struct Refused {
  std::uint64_t operation = 0;  ///< the first one that was refused, from 0
  Refusal reason = Refusal::NotAllowed;

  friend bool operator==(const Refused&, const Refused&) = default;
};

using Outcome = std::variant<Applied, DuplicateOf, ExpiredBefore, TooFarAheadOf, Refused>;

struct Receipt {
  crypto::Digest transaction;
  Outcome outcome;

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// True if this receipt is the last word on its transaction: applied or refused. The others say
/// that this ordering of it did not count.
[[nodiscard]] bool is_decision(const Outcome& outcome);

/// A stable word for machines: "applied", "duplicate", "expired", "too-far-ahead", "refused".
[[nodiscard]] std::string_view name(const Outcome& outcome);

/// A stable word for machines: "not-owner".
[[nodiscard]] std::string_view name(Refusal refusal);

/// As a clause: "the record belongs to another account".
[[nodiscard]] std::string_view describe(Refusal refusal);

[[nodiscard]] Bytes encode(const Receipt& receipt);
[[nodiscard]] Bytes encode(const std::vector<Receipt>& receipts);

/// Errors: all of WireError; OutOfRange for unknown outcomes and reasons and above limits.hpp.
[[nodiscard]] Result<Receipt, codec::WireError> decode_receipt(ByteView encoded);
[[nodiscard]] Result<std::vector<Receipt>, codec::WireError> decode_receipts(ByteView encoded);

/// The RFC 6962 root over the encoded receipts.
[[nodiscard]] crypto::Digest receipts_root(const std::vector<Receipt>& receipts);

/// The state key of a height's receipts root.
[[nodiscard]] Bytes receipts_state_key(Height height);

}  // namespace troupe::ledger
