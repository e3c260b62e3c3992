#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/transaction.hpp"

// Batches: what a lane consists of (consensus.md, section 4).
//
//   batch         := signed_header  payload
//   signed_header := header: bytes  signature: fixed[64]
//   header        := version: varint  epoch: varint  root: fixed[32]  lane: varint
//                    incarnation: varint  sequence: varint  parent: fixed[32]
//                    transactions: varint  payload_bytes: varint  payload_digest: fixed[32]
//   payload       := transaction: bytes, repeated          1 to 8,192 of them, at most 1 MiB
//
// The digest of a batch is the SHA-256 of its header, which names the payload by its own SHA-256.
// The author signs `troupe/batch/1`, a zero byte, the chain id and the header. So two signed
// headers, some 300 bytes each, prove that an author forked its lane, and nobody needs the payload
// for that. `parent` is the digest of the previous batch of the lane; of the first one, sequence 1,
// it is the digest of the epoch's root block.
namespace troupe::ledger {

inline constexpr std::uint64_t kBatchVersion = 1;

/// Where a batch belongs: everything about it but its content.
struct BatchPlace {
  Epoch epoch;
  crypto::Digest root;  ///< digest of the epoch's root block
  ValidatorIndex lane;
  Incarnation incarnation;
  Sequence sequence;
  crypto::Digest parent;

  friend bool operator==(const BatchPlace&, const BatchPlace&) = default;
};

struct BatchHeader {
  BatchPlace place;
  std::uint64_t transactions = 0;   ///< how many the payload holds
  std::uint64_t payload_bytes = 0;  ///< with the length prefixes of the transactions
  crypto::Digest payload_digest;

  friend bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

/// A header and its author's signature: what evidence of a fork consists of (lane_fork.hpp).
struct SignedBatchHeader {
  BatchHeader header;
  crypto::Signature signature;

  friend bool operator==(const SignedBatchHeader&, const SignedBatchHeader&) = default;
};

/// Why bytes are no batch, or no valid one. All of them are the author's fault, if the signature is
/// good, and else the sender's.
enum class BatchError {
  Malformed,        ///< the bytes are no canonical batch
  TooLarge,         ///< payload or count above limits.hpp
  Empty,            ///< there is no transaction in it
  PayloadMismatch,  ///< the header describes another payload
  BadSequence,      ///< sequence 0, which stands for the root
  BadSignature,     ///< the signature does not fit the lane's author
  BadTransaction,   ///< a transaction that check_stateless refuses
};

[[nodiscard]] std::string_view describe(BatchError error);

[[nodiscard]] Bytes encode(const BatchHeader& header);
[[nodiscard]] Bytes encode(const SignedBatchHeader& header);

/// Leaves the reader failed if what it reads is no signed header.
[[nodiscard]] SignedBatchHeader read_signed_batch_header(codec::Reader& reader);

/// Errors: all of WireError; counts above limits.hpp and an unknown version are OutOfRange.
[[nodiscard]] Result<SignedBatchHeader, codec::WireError> decode_signed_batch_header(
    ByteView encoded);

[[nodiscard]] crypto::Digest digest_of(const BatchHeader& header);

/// Verifies the author's signature on this chain.
[[nodiscard]] bool verify(const SignedBatchHeader& header,
                          const crypto::Digest& chain,
                          const crypto::PublicKey& author);

/// True if the two, once verified, prove that their author forked its lane: the same epoch, root,
/// lane, incarnation and sequence, but different digests (consensus.md, section 7).
[[nodiscard]] bool conflict(const BatchHeader& one, const BatchHeader& other);

/// Bytes that one transaction adds to a payload.
[[nodiscard]] std::size_t payload_bytes_of(const Transaction& transaction);

/// The payload of a batch before it is signed.
struct BatchDraft {
  BatchHeader header;
  Bytes payload;
};

/// Drafts a batch for the signer. Requires 1 to 8,192 transactions within the payload bound.
[[nodiscard]] BatchDraft draft_batch(const BatchPlace& place,
                                     std::span<const Transaction> transactions);

/// The bytes that the author of a batch signs.
[[nodiscard]] Bytes signed_bytes(const BatchHeader& header, const crypto::Digest& chain);

/// An immutable batch in its encoded form. Copies share one buffer and one list; the transactions
/// point into the buffer, and their ids are computed once, here.
class Batch {
 public:
  /// Puts a signed draft together.
  [[nodiscard]] static Batch assemble(const BatchDraft& draft, const crypto::Signature& signature);

  /// Reads a batch and checks what needs neither keys nor chain: form, bounds, payload digest.
  /// Errors: Malformed, TooLarge, Empty, PayloadMismatch, BadSequence.
  [[nodiscard]] static Result<Batch, BatchError> decode(const std::shared_ptr<const Bytes>& buffer);

  /// The same for bytes that are not shared yet; copies them.
  [[nodiscard]] static Result<Batch, BatchError> decode(ByteView encoded);

  [[nodiscard]] const BatchHeader& header() const { return signed_header_.header; }

  [[nodiscard]] const BatchPlace& place() const { return signed_header_.header.place; }

  [[nodiscard]] const SignedBatchHeader& signed_header() const { return signed_header_; }

  [[nodiscard]] const crypto::Digest& digest() const { return digest_; }

  [[nodiscard]] ByteView encoded() const { return *buffer_; }

  /// The encoding itself, for whoever sends or stores it without copying.
  [[nodiscard]] const std::shared_ptr<const Bytes>& buffer() const { return buffer_; }

  [[nodiscard]] const std::vector<Transaction>& transactions() const { return *transactions_; }

 private:
  Batch() = default;

  std::shared_ptr<const Bytes> buffer_;
  std::shared_ptr<const std::vector<Transaction>> transactions_;
  SignedBatchHeader signed_header_;
  crypto::Digest digest_;
};

/// Checks the author's signature and every transaction, each signature included: about 50 us a
/// transaction. Whoever spreads that over workers calls verify and check_stateless himself.
/// Errors: BadSignature, BadTransaction.
[[nodiscard]] Result<Done, BatchError> check_batch(const Batch& batch,
                                                   const crypto::Digest& chain,
                                                   const crypto::PublicKey& author);

/// The RFC 6962 root over the ids of all transactions in order, as a block header carries it.
[[nodiscard]] crypto::Digest transactions_root(std::span<const Batch> batches);

}  // namespace troupe::ledger
