#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"

// Transactions (ledger.md, "Transactions").
//
//   transaction := body: bytes  signatures: list(fixed[64])        exactly 1 signature
//   body        := version: varint  chain: fixed[32]  account: fixed[32]  valid_through: varint
//                  operations: list(operation)  memo: bytes        1 to 256 operations
//   operation   := module: varint  content: bytes
//   content     := 0: u8  note: bytes                              of the core, which is module 0
//                | 1: u8  key: bytes  value: bytes                 put
//                | 2: u8  key: bytes  to: fixed[32]                transfer
//                | 3: u8  key: bytes                               retire
//
// The id of a transaction is the SHA-256 of its body. A signature covers `troupe/transaction/1`, a
// zero byte, the chain id and the body, and is no part of the id. A transaction may take effect in
// heights up to valid_through, which lies at most 1,000 above; its id is remembered that long, so
// that it takes effect once however often it is sent.
namespace troupe::ledger {

inline constexpr std::uint64_t kTransactionVersion = 1;
inline constexpr std::uint64_t kCoreModule = 0;
/// The kind in the bytes that an account signs: `troupe/transaction/1`.
inline constexpr std::string_view kTransactionSignatureKind = "transaction";

/// Appends an opaque immutable entry. Touches no state: the cheap path.
struct Note {
  Bytes content;  ///< at most 64 KiB

  friend bool operator==(const Note&, const Note&) = default;
};

/// Creates a record, or adds a version to it if the account owns it.
struct Put {
  std::string key;  ///< 1 to 1,024 printable ASCII characters
  Bytes value;      ///< 1 to 65,536 bytes

  friend bool operator==(const Put&, const Put&) = default;
};

/// Hands a record that the account owns to another owner.
struct Transfer {
  std::string key;
  crypto::PublicKey to;

  friend bool operator==(const Transfer&, const Transfer&) = default;
};

/// Closes a record that the account owns. It stays readable and never changes again.
struct Retire {
  std::string key;

  friend bool operator==(const Retire&, const Retire&) = default;
};

/// An operation of a module other than the core, in that module's own encoding.
struct ModuleOperation {
  std::uint64_t module = 0;  ///< 1 to 127
  Bytes content;

  friend bool operator==(const ModuleOperation&, const ModuleOperation&) = default;
};

using Operation = std::variant<Note, Put, Transfer, Retire, ModuleOperation>;

/// What the account wants, before it is signed.
struct Body {
  std::uint64_t version = kTransactionVersion;
  crypto::Digest chain;
  crypto::PublicKey account;
  Height valid_through;
  std::vector<Operation> operations;
  std::string memo;  ///< free bytes of the client, at most 256; nothing reads them

  friend bool operator==(const Body&, const Body&) = default;
};

[[nodiscard]] Bytes encode(const Body& body);

/// Errors: all of WireError; lengths and counts above limits.hpp are OutOfRange, and so is an
/// unknown kind of core operation.
[[nodiscard]] Result<Body, codec::WireError> decode_body(ByteView encoded);

/// The digest of the body's encoding.
[[nodiscard]] crypto::Digest id_of(const Body& body);

/// The bytes that the account signs.
[[nodiscard]] Bytes signed_bytes(const Body& body);

/// An immutable transaction in its encoded form. Copies share one buffer, which may be that of the
/// whole batch; the id is computed once. Only well-formed bytes become a Transaction, but nothing
/// is said about validity: see admission.hpp.
class Transaction {
 public:
  /// Requires a body within the bounds that decode_body checks.
  Transaction(const Body& body, const std::vector<crypto::Signature>& signatures);

  /// The body under the signature of `key`, which should be the account's.
  [[nodiscard]] static Transaction sign(const Body& body, const crypto::KeyPair& key);

  /// Reads a transaction that is `encoded`, a part of `buffer`, without copying it.
  [[nodiscard]] static Result<Transaction, codec::WireError> decode(
      const std::shared_ptr<const Bytes>& buffer, ByteView encoded);

  /// The same for bytes that are not shared yet; copies them.
  [[nodiscard]] static Result<Transaction, codec::WireError> decode(ByteView encoded);

  [[nodiscard]] const crypto::Digest& id() const { return id_; }

  [[nodiscard]] ByteView encoded() const { return encoded_; }

  [[nodiscard]] ByteView encoded_body() const { return encoded_body_; }

  [[nodiscard]] std::uint64_t version() const { return version_; }

  [[nodiscard]] const crypto::Digest& chain() const { return chain_; }

  [[nodiscard]] const crypto::PublicKey& account() const { return account_; }

  [[nodiscard]] Height valid_through() const { return valid_through_; }

  [[nodiscard]] std::size_t operation_count() const { return operation_count_; }

  [[nodiscard]] std::vector<crypto::Signature> signatures() const;

  /// The decoded body; decodes anew at each call.
  [[nodiscard]] Body body() const;

  friend bool operator==(const Transaction& left, const Transaction& right) {
    return equal(left.encoded_, right.encoded_);
  }

 private:
  Transaction() = default;

  std::shared_ptr<const Bytes> buffer_;
  ByteView encoded_;  // within *buffer_, as is encoded_body_
  ByteView encoded_body_;
  crypto::Digest id_;
  std::uint64_t version_ = 0;
  crypto::Digest chain_;
  crypto::PublicKey account_;
  Height valid_through_;
  std::size_t operation_count_ = 0;
};

}  // namespace troupe::ledger
