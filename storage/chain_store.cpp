#include "storage/chain_store.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "storage/fixed_width.hpp"

namespace troupe::storage {

namespace {

/// Keeps the names that callers choose apart from the database's own.
Bytes caller_meta(std::string_view name) {
  return keys::meta("caller/" + std::string(name));
}

Bytes encode(Height height) {
  Bytes value;
  append_big_endian(value, height.number);
  return value;
}

Bytes encode(const TransactionPosition& position) {
  Bytes value = encode(position.height);
  append_big_endian(value, position.position);
  return value;
}

/// A value of the right checksum and the wrong shape: written by something that was not us.
Failure<StorageError> malformed(const Database& database, ByteView key) {
  return failure(StorageError{StorageErrorKind::Corrupt,
                              database.path(),
                              "the value of key " + to_hex(key) + " has the wrong shape"});
}

crypto::Digest digest_of(ByteView bytes) {
  INVARIANT(bytes.size() == sizeof(crypto::Digest::bytes));
  crypto::Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  return digest;
}

/// Reads a value of exactly `size` bytes and gives it to `read`.
template <class Read>
auto get_fixed(const Database& database, const Bytes& key, std::size_t size, Read&& read)
    -> Stored<std::optional<decltype(read(ByteView{}))>> {
  using Value = std::optional<decltype(read(ByteView{}))>;
  const auto stored = database.get(key);
  if (!stored) return failure(stored.error());
  if (!*stored) return Value{};
  if ((*stored)->size() != size) return malformed(database, key);
  return Value{read(**stored)};
}

}  // namespace

void put_final_block(WriteSet& set, FinalBlock block) {
  set.put(keys::final_header(block.header_digest), encode(block.height));
  set.put(keys::block(block.height), std::move(block.record));
  if (block.receipts) set.put(keys::receipts(block.height), std::move(*block.receipts));
  set.completes(block.height);
}

void put_receipts(WriteSet& set, Height height, Bytes receipts) {
  set.put(keys::receipts(height), std::move(receipts));
}

void put_transaction(WriteSet& set, const crypto::Digest& id, const TransactionPosition& position) {
  set.put(keys::transaction(id), encode(position));
}

void put_header(WriteSet& set, HeldHeader header) {
  set.put(keys::header(header.digest), std::move(header.content));
}

void put_certificate(WriteSet& set, HeldCertificate certificate) {
  set.put(keys::certificate(certificate.position), std::move(certificate.content));
}

void put_batch(WriteSet& set, HeldBatch batch) {
  set.put(keys::batch(batch.digest), std::move(batch.content));
  if (batch.position) set.put(keys::lane(*batch.position), to_bytes(batch.digest.view()));
}

void put_history_node(WriteSet& set, const crypto::MerkleNode& node) {
  set.put(keys::history_node(node.place), to_bytes(node.hash.view()));
}

void put_evidence(WriteSet& set, const crypto::Digest& digest, Bytes evidence) {
  set.put(keys::evidence(digest), std::move(evidence));
}

void put_meta(WriteSet& set, std::string_view name, Bytes value) {
  set.put(caller_meta(name), std::move(value));
}

ChainStore::ChainStore(std::shared_ptr<Database> database) : database_(std::move(database)) {
  INVARIANT(database_ != nullptr);
}

Stored<Done> ChainStore::hold_batches(std::vector<HeldBatch> batches) {
  WriteSet set;
  for (HeldBatch& batch : batches)
    put_batch(set, std::move(batch));
  return database_->commit(set);
}

Stored<Done> ChainStore::hold_headers(std::vector<HeldHeader> headers) {
  WriteSet set;
  for (HeldHeader& header : headers)
    put_header(set, std::move(header));
  return database_->commit(set);
}

Stored<Done> ChainStore::hold_certificates(std::vector<HeldCertificate> certificates) {
  WriteSet set;
  for (HeldCertificate& certificate : certificates)
    put_certificate(set, std::move(certificate));
  return database_->commit(set);
}

Stored<std::optional<Bytes>> ChainStore::block(Height height) const {
  return database_->get(keys::block(height));
}

Stored<std::vector<Bytes>> ChainStore::blocks(Height first,
                                              Height last,
                                              std::size_t bytes_max) const {
  std::vector<Bytes> records;
  if (last < first) return records;
  RangeQuery query;
  query.first = keys::block(first);
  query.end = keys::block(last);
  query.end.push_back(0);  // the first key after that of `last`
  query.bytes_max = bytes_max;
  auto found = database_->range(query);
  if (!found) return failure(found.error());
  std::uint64_t expected = first.number;
  for (Entry& entry : *found) {
    if (keys::read_number(KeyPrefix::Block, entry.key) != expected++) break;
    records.push_back(std::move(entry.value));
  }
  return records;
}

Stored<std::optional<Height>> ChainStore::height_of(const crypto::Digest& header_digest) const {
  return get_fixed(*database_, keys::final_header(header_digest), 8, [](ByteView value) {
    return Height{read_big_endian<std::uint64_t>(value, 0)};
  });
}

Stored<std::optional<Height>> ChainStore::last_height() const {
  // Not the last block that is there: one that was taken away would not be missed.
  return database_->height();
}

Stored<std::optional<crypto::Digest>> ChainStore::history_node(
    const crypto::MerklePlace& place) const {
  return get_fixed(*database_, keys::history_node(place), sizeof(crypto::Digest::bytes), digest_of);
}

Stored<std::optional<Bytes>> ChainStore::header(const crypto::Digest& digest) const {
  return database_->get(keys::header(digest));
}

Stored<std::optional<Bytes>> ChainStore::certificate(const CertificatePosition& position) const {
  return database_->get(keys::certificate(position));
}

Stored<std::vector<HeldCertificate>> ChainStore::certificates(Epoch epoch,
                                                              View first,
                                                              View last,
                                                              std::size_t bytes_max) const {
  std::vector<HeldCertificate> certificates;
  if (last < first) return certificates;
  RangeQuery query;
  query.first = keys::certificate({epoch, first, 0});
  query.end = keys::certificate({epoch, last, UINT8_MAX});
  query.end.push_back(0);
  query.bytes_max = bytes_max;
  auto found = database_->range(query);
  if (!found) return failure(found.error());
  for (Entry& entry : *found) {
    const auto position = keys::read_certificate(entry.key);
    if (!position) return malformed(*database_, entry.key);
    certificates.push_back({*position, std::move(entry.value)});
  }
  return certificates;
}

Stored<std::optional<Bytes>> ChainStore::batch(const crypto::Digest& digest) const {
  return database_->get(keys::batch(digest));
}

Stored<bool> ChainStore::has_batch(const crypto::Digest& digest) const {
  return database_->contains(keys::batch(digest));
}

Stored<std::optional<crypto::Digest>> ChainStore::lane_digest(const LanePosition& position) const {
  return get_fixed(*database_, keys::lane(position), 32, digest_of);
}

Stored<std::vector<crypto::Digest>> ChainStore::lane_digests(const LanePosition& first,
                                                             std::size_t count_max) const {
  LanePosition last = first;
  last.sequence.number = UINT64_MAX;
  RangeQuery query;
  query.first = keys::lane(first);
  query.end = keys::lane(last);
  query.entries_max = count_max;
  const auto found = database_->range(query);
  if (!found) return failure(found.error());
  std::vector<crypto::Digest> digests;
  LanePosition expected = first;
  for (const Entry& entry : *found) {
    if (keys::read_lane(entry.key) != expected) break;
    if (entry.value.size() != sizeof(crypto::Digest::bytes))
      return malformed(*database_, entry.key);
    digests.push_back(digest_of(entry.value));
    expected.sequence = expected.sequence.next();
  }
  return digests;
}

Stored<std::optional<LanePosition>> ChainStore::lane_end(const LanePosition& life) const {
  LanePosition from = life;
  from.sequence.number = 0;
  LanePosition to = life;
  to.sequence.number = UINT64_MAX;
  RangeQuery query;
  query.first = keys::lane(from);
  query.end = keys::lane(to);
  query.entries_max = 1;
  query.newest_first = true;
  const auto found = database_->range(query);
  if (!found) return failure(found.error());
  if (found->empty()) return std::optional<LanePosition>{};
  return keys::read_lane(found->front().key);
}

Stored<std::optional<Bytes>> ChainStore::receipts(Height height) const {
  return database_->get(keys::receipts(height));
}

Stored<std::optional<TransactionPosition>> ChainStore::transaction(const crypto::Digest& id) const {
  return get_fixed(*database_, keys::transaction(id), 12, [](ByteView value) {
    return TransactionPosition{Height{read_big_endian<std::uint64_t>(value, 0)},
                               read_big_endian<std::uint32_t>(value, 8)};
  });
}

Stored<std::vector<Bytes>> ChainStore::evidence(std::size_t count_max) const {
  RangeQuery query;
  query.first = keys::first_of(KeyPrefix::Evidence);
  query.end = keys::after_prefix(query.first);
  query.entries_max = count_max;
  auto found = database_->range(query);
  if (!found) return failure(found.error());
  std::vector<Bytes> evidence;
  for (Entry& entry : *found)
    evidence.push_back(std::move(entry.value));
  return evidence;
}

Stored<std::optional<Bytes>> ChainStore::meta(std::string_view name) const {
  return database_->get(caller_meta(name));
}

}  // namespace troupe::storage
