#include "protocol/network/peer_id.hpp"

#include <algorithm>

#include "protocol/base/limits.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/network/keys.pb.h"
#include "protocol/network/multibase.hpp"

namespace troupe::network {
namespace {

constexpr std::uint64_t kIdentityHash = 0x00;
constexpr std::uint64_t kSha256Hash = 0x12;
constexpr std::size_t kInlinedKeyBytesMax = 42;
constexpr std::uint64_t kCidVersion = 1;
constexpr std::uint64_t kCidLibp2pKey = 0x72;
constexpr std::uint32_t kKeyTypeEd25519 = 1;

Bytes multihash(std::uint64_t code, ByteView digest) {
  codec::Writer writer(digest.size() + 2);
  writer.varint(code).bytes(digest);
  return writer.take();
}

bool is_peer_multihash(std::uint64_t code, std::size_t size) {
  if (code == kIdentityHash) return size > 0 && size <= kInlinedKeyBytesMax;
  return code == kSha256Hash && size == 32;
}

/// The binary CID behind a multibase prefix character, for the bases in which peer ids are seen.
std::optional<Bytes> decode_multibase(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string_view rest = text.substr(1);
  switch (text.front()) {
    case 'b':
    case 'B': return from_base32(rest);
    case 'k':
    case 'K': return from_base36(rest);
    case 'z': return from_base58(rest);
    default: return std::nullopt;
  }
}

}  // namespace

std::string_view describe(PeerIdError error) {
  switch (error) {
    case PeerIdError::TooLong: return "longer than any peer id";
    case PeerIdError::NotText: return "a character that no peer id has";
    case PeerIdError::NotPeerCid: return "a CID that is not of a libp2p key";
    case PeerIdError::NotMultihash: return "not the hash of a key";
    case PeerIdError::NotMinimal: return "a number is not in its shortest form";
  }
  return "unknown error";
}

std::string_view describe(KeyMessageError error) {
  switch (error) {
    case KeyMessageError::Malformed: return "not a public key message";
    case KeyMessageError::UnsupportedKeyType: return "a key of another type than Ed25519";
    case KeyMessageError::WrongKeySize: return "an Ed25519 key that has not 32 bytes";
  }
  return "unknown error";
}

PeerId PeerId::from_public_key(const crypto::PublicKey& key) {
  return from_public_key_message(encode_public_key(key));
}

PeerId PeerId::from_public_key_message(ByteView message) {
  INVARIANT(!message.empty());
  if (message.size() <= kInlinedKeyBytesMax) return PeerId(multihash(kIdentityHash, message));
  return PeerId(multihash(kSha256Hash, crypto::sha256(message).view()));
}

Result<PeerId, PeerIdError> PeerId::decode(ByteView bytes) {
  if (bytes.size() > kInlinedKeyBytesMax + 2) return failure(PeerIdError::TooLong);
  bool known = false;
  const auto read = [&known](codec::Reader& reader) {
    const std::uint64_t code = reader.varint();
    known = is_peer_multihash(code, reader.bytes(kInlinedKeyBytesMax).size());
    return Done{};
  };
  const auto decoded = codec::decode(bytes, read);
  if (!decoded && decoded.error() == codec::WireError::NotMinimal)
    return failure(PeerIdError::NotMinimal);
  if (!decoded || !known) return failure(PeerIdError::NotMultihash);
  return PeerId(to_bytes(bytes));
}

Result<PeerId, PeerIdError> PeerId::parse(std::string_view text) {
  if (text.size() > kMultibaseTextMax) return failure(PeerIdError::TooLong);
  if (text.starts_with('1') || text.starts_with("Qm")) {
    const auto bytes = from_base58(text);
    if (!bytes) return failure(PeerIdError::NotText);
    return decode(*bytes);
  }
  const auto cid = decode_multibase(text);
  if (!cid) return failure(PeerIdError::NotText);
  codec::Reader reader(*cid);
  const std::uint64_t version = reader.varint();
  const std::uint64_t content = reader.varint();
  if (!reader.ok() || version != kCidVersion || content != kCidLibp2pKey)
    return failure(PeerIdError::NotPeerCid);
  return decode(reader.rest());
}

std::string PeerId::text() const {
  return to_base58(multihash_);
}

std::string PeerId::cid_text() const {
  codec::Writer cid;
  cid.varint(kCidVersion).varint(kCidLibp2pKey).fixed(multihash_);
  return std::string(1, 'k').append(to_base36(cid.view()));
}

std::optional<crypto::PublicKey> PeerId::public_key() const {
  if (multihash_.front() != kIdentityHash) return std::nullopt;
  const auto key = decode_public_key(ByteView(multihash_).subspan(2));
  if (!key) return std::nullopt;
  return *key;
}

Bytes encode_public_key(const crypto::PublicKey& key) {
  messages::PublicKey message;
  message.set_type(kKeyTypeEd25519);
  message.set_data(key.bytes.data(), key.bytes.size());
  return to_bytes(as_bytes(message.SerializeAsString()));
}

Result<crypto::PublicKey, KeyMessageError> decode_public_key(ByteView bytes) {
  messages::PublicKey message;
  if (bytes.size() > kHandshakeMessageBytesMax ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return failure(KeyMessageError::Malformed);
  if (!message.has_type() || !message.has_data()) return failure(KeyMessageError::Malformed);
  if (message.type() != kKeyTypeEd25519) return failure(KeyMessageError::UnsupportedKeyType);
  crypto::PublicKey key;
  if (message.data().size() != key.bytes.size()) return failure(KeyMessageError::WrongKeySize);
  std::ranges::copy(as_bytes(message.data()), key.bytes.begin());
  return key;
}

// Compared as text, whose comparison is by unsigned bytes too: g++ 12 takes the inlined comparison of
// two byte vectors for one of more than half the address space.
std::strong_ordering operator<=>(const PeerId& left, const PeerId& right) {
  return as_text(left.bytes()) <=> as_text(right.bytes());
}

}  // namespace troupe::network
