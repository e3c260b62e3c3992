#pragma once

#include <string_view>

#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/transaction.hpp"

// What a transaction must satisfy before any node accepts, batches or executes it. Every refusal
// has a name, a description and a hint, here and nowhere else.
namespace troupe::ledger {

/// Why a transaction is not admitted. The first group is a matter of its bytes alone, the second of
/// the moment, the third of the mempool that was asked.
enum class AdmissionError {
  Malformed,          ///< the bytes are no transaction
  TooLarge,           ///< above kTransactionBytesMax
  UnknownVersion,     ///< a version that this node does not know
  WrongChain,         ///< made for another network
  NoOperation,        ///< there is nothing to do
  UnknownModule,      ///< an operation of a module that this chain does not run
  BadRecordKey,       ///< empty, too long, or not printable ASCII
  BadRecordValue,     ///< empty or too long
  BadOperation,       ///< a module refuses the form of its operation
  NotAcceptableKey,   ///< the account, or a new owner, is not a key that crypto-rules.md accepts
  BadSignatureCount,  ///< not exactly one signature
  BadSignature,       ///< the signature does not fit account and body
  Expired,            ///< valid_through lies below the next height
  TooFarAhead,        ///< valid_through lies more than 1,000 above the next height
  Duplicate,          ///< the same transaction is known already
  AccountFull,        ///< the account has too many transactions waiting
  MempoolFull,        ///< the node has too many transactions waiting
};

/// A stable word for machines: "wrong-chain".
[[nodiscard]] std::string_view name(AdmissionError error);

/// What is wrong, as a clause: "the transaction was made for another network".
[[nodiscard]] std::string_view describe(AdmissionError error);

/// What the client can do about it.
[[nodiscard]] std::string_view hint(AdmissionError error);

/// True if the bytes alone are at fault, so that an honest validator never puts such a transaction
/// into a batch: an invalid batch proves a faulty author.
[[nodiscard]] bool is_stateless(AdmissionError error);

/// 1 to 1,024 characters from space to tilde.
[[nodiscard]] bool is_record_key(std::string_view key);

/// Decodes a transaction as a client sends it. Errors: TooLarge, Malformed.
[[nodiscard]] Result<Transaction, AdmissionError> decode_transaction(ByteView encoded);

/// Checks one operation of the core without any state. Errors: BadRecordKey, BadRecordValue,
/// NotAcceptableKey; UnknownModule for an operation of another module.
[[nodiscard]] Result<Done, AdmissionError> check_operation(const Operation& operation);

/// Checks everything about the envelope but the signature itself, which costs fifty times the rest.
/// Errors: UnknownVersion, WrongChain, NoOperation, NotAcceptableKey, BadSignatureCount.
[[nodiscard]] Result<Done, AdmissionError> check_envelope(const Transaction& transaction,
                                                          const crypto::Digest& chain);

/// Verifies the account's signature. Error: BadSignature.
[[nodiscard]] Result<Done, AdmissionError> check_signature(const Transaction& transaction);

/// Envelope, operations of the core, signature, in this order. A chain with further modules asks
/// Modules::check_stateless instead.
[[nodiscard]] Result<Done, AdmissionError> check_stateless(const Transaction& transaction,
                                                           const crypto::Digest& chain);

/// Checks valid_through for execution in `height`. Errors: Expired, TooFarAhead.
[[nodiscard]] Result<Done, AdmissionError> check_lifetime(Height valid_through, Height height);

}  // namespace troupe::ledger
