#include "protocol/ledger/admission.hpp"

#include <algorithm>
#include <variant>

#include "protocol/base/limits.hpp"
#include "protocol/ledger/signed_bytes.hpp"

namespace troupe::ledger {

namespace {

using Checked = Result<Done, AdmissionError>;

Checked check_key(const std::string& key) {
  if (!is_record_key(key)) return failure(AdmissionError::BadRecordKey);
  return Done{};
}

Checked check(const Note&) {
  return Done{};
}

Checked check(const Put& put) {
  if (put.value.empty() || put.value.size() > kRecordValueBytesMax) {
    return failure(AdmissionError::BadRecordValue);
  }
  return check_key(put.key);
}

Checked check(const Transfer& transfer) {
  if (!crypto::is_acceptable(transfer.to)) return failure(AdmissionError::NotAcceptableKey);
  return check_key(transfer.key);
}

Checked check(const Retire& retire) {
  return check_key(retire.key);
}

Checked check(const ModuleOperation&) {
  return failure(AdmissionError::UnknownModule);
}

}  // namespace

std::string_view name(AdmissionError error) {
  switch (error) {
    case AdmissionError::Malformed: return "malformed";
    case AdmissionError::TooLarge: return "too-large";
    case AdmissionError::UnknownVersion: return "unknown-version";
    case AdmissionError::WrongChain: return "wrong-chain";
    case AdmissionError::NoOperation: return "no-operation";
    case AdmissionError::UnknownModule: return "unknown-module";
    case AdmissionError::BadRecordKey: return "bad-record-key";
    case AdmissionError::BadRecordValue: return "bad-record-value";
    case AdmissionError::BadOperation: return "bad-operation";
    case AdmissionError::NotAcceptableKey: return "not-acceptable-key";
    case AdmissionError::BadSignatureCount: return "bad-signature-count";
    case AdmissionError::BadSignature: return "bad-signature";
    case AdmissionError::Expired: return "expired";
    case AdmissionError::TooFarAhead: return "too-far-ahead";
    case AdmissionError::Duplicate: return "duplicate";
    case AdmissionError::AccountFull: return "account-full";
    case AdmissionError::MempoolFull: return "mempool-full";
  }
  return "unknown";
}

std::string_view describe(AdmissionError error) {
  switch (error) {
    case AdmissionError::Malformed: return "the bytes are not a transaction";
    case AdmissionError::TooLarge: return "the transaction is larger than 256 KiB";
    case AdmissionError::UnknownVersion: return "the transaction's version is not known here";
    case AdmissionError::WrongChain: return "the transaction was made for another network";
    case AdmissionError::NoOperation: return "the transaction holds no operation";
    case AdmissionError::UnknownModule:
      return "an operation is of a module that this network lacks";
    case AdmissionError::BadRecordKey: return "a record key is not 1 to 1024 printable characters";
    case AdmissionError::BadRecordValue: return "a record value is not 1 to 65536 bytes";
    case AdmissionError::BadOperation: return "an operation is not in the form of its module";
    case AdmissionError::NotAcceptableKey: return "a public key in it is not an acceptable one";
    case AdmissionError::BadSignatureCount: return "the transaction has not exactly one signature";
    case AdmissionError::BadSignature: return "the signature does not fit account and content";
    case AdmissionError::Expired: return "the last height for the transaction has passed";
    case AdmissionError::TooFarAhead: return "the transaction's last height is too far ahead";
    case AdmissionError::Duplicate: return "the same transaction is known already";
    case AdmissionError::AccountFull: return "the account has too many transactions waiting";
    case AdmissionError::MempoolFull: return "the node has too many transactions waiting";
  }
  return "unknown error";
}

std::string_view hint(AdmissionError error) {
  switch (error) {
    case AdmissionError::Malformed: return "encode it as the head of transaction.hpp says";
    case AdmissionError::TooLarge: return "split it into several transactions";
    case AdmissionError::UnknownVersion: return "use a client of the same release as the node";
    case AdmissionError::WrongChain: return "compare the chain id with that in the node's status";
    case AdmissionError::NoOperation: return "put at least one operation into it";
    case AdmissionError::UnknownModule: return "use an operation that this network's nodes run";
    case AdmissionError::BadRecordKey: return "use letters, digits, space and punctuation of ASCII";
    case AdmissionError::BadRecordValue: return "give a value, or put a larger one into parts";
    case AdmissionError::BadOperation: return "see the grammar of the operation's module";
    case AdmissionError::NotAcceptableKey: return "make keys with `troupe keys new`";
    case AdmissionError::BadSignatureCount: return "sign it once, with the account's key";
    case AdmissionError::BadSignature: return "sign it again with the account's key";
    case AdmissionError::Expired: return "sign it anew for a height above the current one";
    case AdmissionError::TooFarAhead: return "choose at most 1000 above the current height";
    case AdmissionError::Duplicate: return "ask for its receipt; it need not be sent again";
    case AdmissionError::AccountFull: return "wait until some of the account's are final";
    case AdmissionError::MempoolFull: return "wait a moment, or send it to another node";
  }
  return "";
}

bool is_stateless(AdmissionError error) {
  switch (error) {
    case AdmissionError::Malformed:
    case AdmissionError::TooLarge:
    case AdmissionError::UnknownVersion:
    case AdmissionError::WrongChain:
    case AdmissionError::NoOperation:
    case AdmissionError::UnknownModule:
    case AdmissionError::BadRecordKey:
    case AdmissionError::BadRecordValue:
    case AdmissionError::BadOperation:
    case AdmissionError::NotAcceptableKey:
    case AdmissionError::BadSignatureCount:
    case AdmissionError::BadSignature: return true;
    case AdmissionError::Expired:
    case AdmissionError::TooFarAhead:
    case AdmissionError::Duplicate:
    case AdmissionError::AccountFull:
    case AdmissionError::MempoolFull: return false;
  }
  return false;
}

bool is_record_key(std::string_view key) {
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  return !key.empty() && key.size() <= kRecordKeyBytesMax &&
         std::all_of(key.begin(), key.end(), is_printable);
}

Result<Transaction, AdmissionError> decode_transaction(ByteView encoded) {
  if (encoded.size() > kTransactionBytesMax) return failure(AdmissionError::TooLarge);
  auto transaction = Transaction::decode(encoded);
  if (!transaction) return failure(AdmissionError::Malformed);
  return std::move(transaction).value();
}

Checked check_operation(const Operation& operation) {
  return std::visit([](const auto& it) { return check(it); }, operation);
}

Checked check_envelope(const Transaction& transaction, const crypto::Digest& chain) {
  if (transaction.version() != kTransactionVersion) return failure(AdmissionError::UnknownVersion);
  if (transaction.chain() != chain) return failure(AdmissionError::WrongChain);
  if (transaction.operation_count() == 0) return failure(AdmissionError::NoOperation);
  if (transaction.signatures().size() != 1) return failure(AdmissionError::BadSignatureCount);
  if (!crypto::is_acceptable(transaction.account())) {
    return failure(AdmissionError::NotAcceptableKey);
  }
  return Done{};
}

Checked check_signature(const Transaction& transaction) {
  const Bytes message =
      signed_bytes(kTransactionSignatureKind, transaction.chain(), transaction.encoded_body());
  const std::vector<crypto::Signature> signatures = transaction.signatures();
  if (signatures.empty()) return failure(AdmissionError::BadSignature);
  for (const crypto::Signature& signature : signatures) {
    if (!crypto::verify(transaction.account(), message, signature)) {
      return failure(AdmissionError::BadSignature);
    }
  }
  return Done{};
}

Checked check_stateless(const Transaction& transaction, const crypto::Digest& chain) {
  if (const auto envelope = check_envelope(transaction, chain); !envelope) return envelope;
  for (const Operation& operation : transaction.body().operations) {
    if (const auto checked = check_operation(operation); !checked) return checked;
  }
  return check_signature(transaction);
}

Checked check_lifetime(Height valid_through, Height height) {
  if (valid_through < height) return failure(AdmissionError::Expired);
  if (valid_through.number - height.number > kValidThroughHeightsMax) {
    return failure(AdmissionError::TooFarAhead);
  }
  return Done{};
}

}  // namespace troupe::ledger
