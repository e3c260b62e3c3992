#include "storage/keys.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "storage/fixed_width.hpp"

namespace troupe::storage::keys {

namespace {

constexpr std::size_t kDigestBytes = 32;
/// Room for all keys but those of names and of what lies deep in the state tree.
constexpr std::size_t kUsualKeyBytes = 48;

Bytes number_key(KeyPrefix prefix, std::uint64_t number) {
  Bytes key = first_of(prefix);
  append_big_endian(key, number);
  return key;
}

Bytes bytes_key(KeyPrefix prefix, ByteView content) {
  Bytes key = first_of(prefix);
  append(key, content);
  return key;
}

void append_node(Bytes& key, const ledger::NodeKey& node) {
  append_big_endian(key, node.version.number);
  key.push_back(static_cast<std::uint8_t>(node.path.size()));
  append(key, node.path.packed());
}

bool is_kind(KeyPrefix prefix, ByteView key, std::size_t size) {
  return key.size() == size && key[0] == static_cast<std::uint8_t>(prefix);
}

crypto::Digest digest_at(ByteView key, std::size_t at) {
  crypto::Digest digest;
  const ByteView source = key.subspan(at, kDigestBytes);
  std::copy(source.begin(), source.end(), digest.bytes.begin());
  return digest;
}

}  // namespace

Bytes tree_node(const ledger::NodeKey& node) {
  Bytes key = first_of(KeyPrefix::TreeNode);
  append_node(key, node);
  return key;
}

Bytes state_value(const crypto::Digest& key_digest, Height version) {
  Bytes key = bytes_key(KeyPrefix::StateValue, key_digest.view());
  append_big_endian(key, ~version.number);
  return key;
}

Bytes state_key(const crypto::Digest& key_digest) {
  return bytes_key(KeyPrefix::StateKey, key_digest.view());
}

Bytes stale_node(Height stale_since, const ledger::NodeKey& node) {
  Bytes key = number_key(KeyPrefix::StaleNode, stale_since.number);
  append_node(key, node);
  return key;
}

Bytes state_root(Height version) {
  return number_key(KeyPrefix::StateRoot, version.number);
}

Bytes record_index(ByteView record_key) {
  return bytes_key(KeyPrefix::RecordIndex, record_key);
}

Bytes header(const crypto::Digest& digest) {
  return bytes_key(KeyPrefix::Header, digest.view());
}

Bytes block(Height height) {
  return number_key(KeyPrefix::Block, height.number);
}

Bytes final_header(const crypto::Digest& digest) {
  return bytes_key(KeyPrefix::FinalHeader, digest.view());
}

Bytes history_node(const crypto::MerklePlace& place) {
  Bytes key = first_of(KeyPrefix::HistoryNode);
  key.push_back(place.level);
  append_big_endian(key, place.index);
  return key;
}

Bytes certificate(const CertificatePosition& position) {
  Bytes key = number_key(KeyPrefix::Certificate, position.epoch.number);
  append_big_endian(key, position.view.number);
  key.push_back(position.kind);
  return key;
}

Bytes batch(const crypto::Digest& digest) {
  return bytes_key(KeyPrefix::Batch, digest.view());
}

Bytes lane(const LanePosition& position) {
  Bytes key = number_key(KeyPrefix::Lane, position.epoch.number);
  append_big_endian(key, position.lane.number);
  append_big_endian(key, position.incarnation.number);
  append_big_endian(key, position.sequence.number);
  return key;
}

Bytes receipts(Height height) {
  return number_key(KeyPrefix::Receipts, height.number);
}

Bytes transaction(const crypto::Digest& id) {
  return bytes_key(KeyPrefix::Transaction, id.view());
}

Bytes evidence(const crypto::Digest& digest) {
  return bytes_key(KeyPrefix::Evidence, digest.view());
}

Bytes commit(std::uint64_t number) {
  return number_key(KeyPrefix::Commit, number);
}

Bytes meta(std::string_view name) {
  return bytes_key(KeyPrefix::Meta, as_bytes(name));
}

Bytes first_of(KeyPrefix prefix) {
  Bytes key;
  key.reserve(kUsualKeyBytes);
  key.push_back(static_cast<std::uint8_t>(prefix));
  return key;
}

Bytes after_prefix(ByteView prefix) {
  Bytes key = to_bytes(prefix);
  while (!key.empty() && key.back() == 0xff)
    key.pop_back();
  INVARIANT(!key.empty());
  ++key.back();
  return key;
}

std::optional<ledger::NodeKey> read_stale_node(ByteView key) {
  constexpr std::size_t kVersionAt = 1 + 8;
  constexpr std::size_t kPackedAt = kVersionAt + 8 + 1;
  if (key.size() < kPackedAt || !is_kind(KeyPrefix::StaleNode, key, key.size())) return {};
  const auto path = ledger::NibblePath::from(key[kPackedAt - 1], key.subspan(kPackedAt));
  if (!path) return {};
  return ledger::NodeKey{Height{read_big_endian<std::uint64_t>(key, kVersionAt)}, *path};
}

std::optional<Height> read_state_value_version(ByteView key) {
  if (!is_kind(KeyPrefix::StateValue, key, 1 + kDigestBytes + 8)) return {};
  return Height{~read_big_endian<std::uint64_t>(key, 1 + kDigestBytes)};
}

std::optional<crypto::Digest> read_state_value_digest(ByteView key) {
  if (!is_kind(KeyPrefix::StateValue, key, 1 + kDigestBytes + 8)) return {};
  return digest_at(key, 1);
}

std::optional<crypto::MerklePlace> read_history_node(ByteView key) {
  if (!is_kind(KeyPrefix::HistoryNode, key, 1 + 1 + 8)) return {};
  return crypto::MerklePlace{key[1], read_big_endian<std::uint64_t>(key, 2)};
}

std::optional<CertificatePosition> read_certificate(ByteView key) {
  if (!is_kind(KeyPrefix::Certificate, key, 1 + 8 + 8 + 1)) return {};
  return CertificatePosition{Epoch{read_big_endian<std::uint64_t>(key, 1)},
                             View{read_big_endian<std::uint64_t>(key, 9)},
                             key[17]};
}

std::optional<LanePosition> read_lane(ByteView key) {
  if (!is_kind(KeyPrefix::Lane, key, 1 + 8 + 4 + 8 + 8)) return {};
  return LanePosition{Epoch{read_big_endian<std::uint64_t>(key, 1)},
                      ValidatorIndex{read_big_endian<std::uint32_t>(key, 9)},
                      Incarnation{read_big_endian<std::uint64_t>(key, 13)},
                      Sequence{read_big_endian<std::uint64_t>(key, 21)}};
}

std::optional<std::uint64_t> read_number(KeyPrefix prefix, ByteView key) {
  if (!is_kind(prefix, key, 1 + 8)) return {};
  return read_big_endian<std::uint64_t>(key, 1);
}

std::optional<crypto::Digest> read_digest(KeyPrefix prefix, ByteView key) {
  if (!is_kind(prefix, key, 1 + kDigestBytes)) return {};
  return digest_at(key, 1);
}

}  // namespace troupe::storage::keys
