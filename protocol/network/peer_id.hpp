#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/signature.hpp"

// Who a node is on the network (libp2p peer-ids specification).
//
//   PublicKey  := protobuf { Type = 1: varint  Data = 2: bytes }   both always written, in this
//   order peer id    := multihash of the PublicKey multihash  := 00 length bytes          the
//   PublicKey itself, if it has at most 42 bytes
//               | 12 20 bytes[32]          its SHA-256, if it is longer
//
// An Ed25519 key (type 1) makes 36 bytes, so its peer id has 38 and contains the key.
namespace troupe::network {

enum class PeerIdError {
  TooLong,       ///< more characters or bytes than any peer id has
  NotText,       ///< a character outside the alphabet, or an unknown multibase prefix
  NotPeerCid,    ///< a CID of another version or codec than 1 and libp2p-key (0x72)
  NotMultihash,  ///< neither an identity multihash of at most 42 bytes nor a SHA-256 one
  NotMinimal,    ///< a number has a needless byte
};

[[nodiscard]] std::string_view describe(PeerIdError error);

/// The identity of a peer. Always a well-formed multihash; ordered by its bytes.
class PeerId {
 public:
  [[nodiscard]] static PeerId from_public_key(const crypto::PublicKey& key);

  /// The id of any libp2p PublicKey message, as its bytes stand on the wire.
  [[nodiscard]] static PeerId from_public_key_message(ByteView message);

  /// Reads a multihash. Errors: TooLong, NotMultihash, NotMinimal.
  [[nodiscard]] static Result<PeerId, PeerIdError> decode(ByteView multihash);

  /// Reads base58 (first character 1, or Qm) or a CIDv1 in base32, base36 or base58btc (b, k, z).
  [[nodiscard]] static Result<PeerId, PeerIdError> parse(std::string_view text);

  /// The multihash: 38 bytes for an Ed25519 key.
  [[nodiscard]] const Bytes& bytes() const { return multihash_; }

  /// Base58, the form that is shown: 12D3KooW... for an Ed25519 key.
  [[nodiscard]] std::string text() const;

  /// The form for places that want a CID: base36 (k...), as recommended for DNS names.
  [[nodiscard]] std::string cid_text() const;

  /// The Ed25519 key inside the id; nothing for ids of another kind.
  [[nodiscard]] std::optional<crypto::PublicKey> public_key() const;

  friend bool operator==(const PeerId&, const PeerId&) = default;
  friend std::strong_ordering operator<=>(const PeerId& left, const PeerId& right);

 private:
  explicit PeerId(Bytes multihash) : multihash_(std::move(multihash)) {}

  Bytes multihash_;
};

/// The PublicKey message of an Ed25519 key, 36 bytes.
[[nodiscard]] Bytes encode_public_key(const crypto::PublicKey& key);

enum class KeyMessageError {
  Malformed,           ///< not a PublicKey message, or one without type or data
  UnsupportedKeyType,  ///< a key other than Ed25519
  WrongKeySize,        ///< an Ed25519 key that has not 32 bytes
};

[[nodiscard]] std::string_view describe(KeyMessageError error);

/// Reads a PublicKey message that must hold an Ed25519 key. Unknown fields are ignored.
[[nodiscard]] Result<crypto::PublicKey, KeyMessageError> decode_public_key(ByteView message);

}  // namespace troupe::network
