#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/genesis.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/record.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "protocol/ledger/transaction.hpp"

// A proof of what a ledger holds, for somebody who knows the digest of its genesis and nothing else
// (ledger.md, "State and proofs"). It leads, step by step, from the claim to that digest:
//
//   1. the claim leads to a root in `header`:
//        record       its leaf leads to the state root that the header exposes
//        absence      the two neighbours of the key lie side by side under that root
//        transaction  its id lies under the header's transactions root, its account signed it, and
//                     its receipt lies under the receipts root that the state of `anchor` holds
//        header       there is nothing but the header itself
//   2. `header` is in the history of `anchor`, or is the anchor itself; that of a header claim also
//      shows that everything before it is unchanged
//   3. `finalization` is one of the anchor
//   4. a quorum of the validators signed it
//   5. those validators, and the chain that every header names, are the genesis's
//
//   proof       := version: varint  claim  header: option(bytes)  history: list(fixed[32])
//                  anchor: bytes  finalization: bytes  genesis: bytes
//   option(x)   := 0: u8 | 1: u8  x                               0: the anchor is the header
//   claim       := 1: u8  key: bytes  record: bytes  siblings: list(fixed[32])
//                | 2: u8  key: bytes  key_digest: fixed[32]  absence: bytes
//                | 3: u8  transaction: bytes  path  receipt: bytes  path  siblings: list(fixed[32])
//                | 4: u8  consistency: list(fixed[32])
//   path        := list(on_the_right: bool  sibling: fixed[32])   the lowest one first
//
// Header, certificate, genesis, record, receipt, transaction and the proof of absence are in their
// own canonical encodings. State proofs have the shape of ICS-23 (ledger/state_proof.hpp).
//
// The digest of the state key stands beside an absent key, since nothing else in the proof depends on
// it: a key with one letter wrong would be the true absence of another one.
//
// `header` is a final block by the history of the anchor even if it has no finalization of its own.
// Of the one epoch that this version of the protocol knows, the validators are the genesis's; a
// proof from a later epoch is refused.
namespace troupe::proof {

inline constexpr std::uint64_t kProofVersion = 1;
/// An encoded proof: the largest header, certificate, genesis and transaction, and two state values.
inline constexpr std::size_t kProofBytesMax = 1024 * 1024;
inline constexpr std::size_t kGenesisBytesMax = 512 * 1024;
/// Levels of a tree with 2^64 leaves.
inline constexpr std::size_t kPathStepsMax = 64;

/// The record has this version, in the state that the header exposes.
struct RecordClaim {
  std::string key;
  ledger::Record record;
  std::vector<crypto::Digest> siblings;  ///< from the leaf upwards

  friend bool operator==(const RecordClaim&, const RecordClaim&) = default;
};

/// There is no record of this key in the state that the header exposes.
struct AbsenceClaim {
  std::string key;
  ledger::AbsenceProof absence;

  friend bool operator==(const AbsenceClaim&, const AbsenceClaim&) = default;
};

/// A step of an audit path, which says itself where the sibling stands: the sizes of these trees are
/// in no header, so that a proof could misstate them.
struct PathStep {
  bool is_right = false;  ///< the sibling stands on the right
  crypto::Digest sibling;

  friend bool operator==(const PathStep&, const PathStep&) = default;
};

/// The header orders this transaction, and this became of it.
struct TransactionClaim {
  ledger::Transaction transaction;
  std::vector<PathStep> path;
  ledger::Receipt receipt;
  std::vector<PathStep> receipt_path;
  std::vector<crypto::Digest> siblings;  ///< of the receipts root in the anchor's state

  friend bool operator==(const TransactionClaim&, const TransactionClaim&) = default;
};

/// The header is final, and all blocks before it are those that its history root names.
struct HeaderClaim {
  std::vector<crypto::Digest> consistency;  ///< from its history root to the anchor's

  friend bool operator==(const HeaderClaim&, const HeaderClaim&) = default;
};

using Claim = std::variant<RecordClaim, AbsenceClaim, TransactionClaim, HeaderClaim>;

struct Proof {
  Claim claim;
  std::optional<consensus::Header> header;  ///< nothing: it is the anchor
  std::vector<crypto::Digest> history;      ///< audit path of `header`; empty without one
  consensus::Header anchor;
  consensus::Certificate finalization;
  ledger::Genesis genesis;

  [[nodiscard]] const consensus::Header& subject() const { return header ? *header : anchor; }

  friend bool operator==(const Proof&, const Proof&) = default;
};

/// The first step, from the claim upwards, that does not hold.
enum class Flaw {
  RecordNotInState,       ///< 1
  KeyNotAbsent,           ///< 1
  TransactionNotInBlock,  ///< 1
  TransactionNotSigned,   ///< 1
  ReceiptOfAnother,       ///< 1
  ReceiptNotInState,      ///< 1
  NotInHistory,           ///< 2
  NotConsistent,          ///< 2
  NotItsCertificate,      ///< 3
  NoQuorum,               ///< 4
  OtherValidators,        ///< 5
  OtherEpoch,             ///< 5
  OtherChain,             ///< 5
  OtherGenesis,           ///< 5
};

inline constexpr unsigned kSteps = 5;

/// Which of the steps in the head comment fails: 1 to kSteps.
[[nodiscard]] unsigned step_of(Flaw flaw);

/// A stable word for machines: "not-in-history".
[[nodiscard]] std::string_view name(Flaw flaw);

/// What that means, as a sentence: "The value's leaf does not lead to the state root ...".
[[nodiscard]] std::string_view describe(Flaw flaw);

/// Checks every step. `genesis` is the digest that the verifier trusts.
[[nodiscard]] Result<Done, Flaw> verify(const Proof& proof, const crypto::Digest& genesis);

/// The state proof within a claim: of the record, or of the receipts root of the block at `height`.
[[nodiscard]] ledger::PresenceProof presence_of(const RecordClaim& claim);
[[nodiscard]] ledger::PresenceProof presence_of(const TransactionClaim& claim, Height height);

/// Where an audit path leads.
[[nodiscard]] crypto::Digest root_of(const crypto::Digest& leaf_hash,
                                     const std::vector<PathStep>& path);

/// The audit path of a leaf, with the sides. Requires index < leaf_hashes.size().
[[nodiscard]] std::vector<PathStep> path_of(const std::vector<crypto::Digest>& leaf_hashes,
                                            std::uint64_t index);

[[nodiscard]] Bytes encode(const Proof& proof);

/// Errors: all of WireError; OutOfRange for unknown claims and versions, above the bounds, and where
/// a part is not in its own encoding.
[[nodiscard]] Result<Proof, codec::WireError> decode_proof(ByteView encoded);

}  // namespace troupe::proof
