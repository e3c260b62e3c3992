#include "protocol/ledger/batch.hpp"

#include <optional>
#include <utility>

#include "protocol/base/limits.hpp"
#include "protocol/crypto/merkle.hpp"
#include "protocol/ledger/admission.hpp"
#include "protocol/ledger/signed_bytes.hpp"

namespace troupe::ledger {

namespace {

constexpr std::string_view kSignatureKind = "batch";
/// Version, six numbers of at most ten bytes each, and three digests.
constexpr std::size_t kHeaderBytesMax = 7 * 10 + 3 * 32;

static_assert(kHeaderBytesMax + 2 + sizeof(crypto::Signature) + kBatchPayloadBytesMax <=
                  kBatchBytesMax,
              "the largest payload must fit the largest batch");

BatchPlace read_place(codec::Reader& reader) {
  BatchPlace place;
  place.epoch = Epoch{reader.varint()};
  place.root.bytes = reader.array<32>();
  place.lane = ValidatorIndex{static_cast<std::uint32_t>(reader.varint(kValidatorsMax - 1))};
  place.incarnation = Incarnation{reader.varint()};
  place.sequence = Sequence{reader.varint()};
  place.parent.bytes = reader.array<32>();
  return place;
}

BatchHeader read_header(codec::Reader& reader) {
  if (reader.varint() != kBatchVersion) reader.fail(codec::WireError::OutOfRange);
  BatchHeader header;
  header.place = read_place(reader);
  header.transactions = reader.varint(kBatchTransactionsMax);
  header.payload_bytes = reader.varint(kBatchPayloadBytesMax);
  header.payload_digest.bytes = reader.array<32>();
  return header;
}

/// The transactions of a payload that lies within `buffer`. Nothing if one of them is malformed or
/// their number is not `count`.
std::optional<std::vector<Transaction>> read_transactions(
    const std::shared_ptr<const Bytes>& buffer, ByteView payload, std::uint64_t count) {
  std::vector<Transaction> transactions;
  transactions.reserve(static_cast<std::size_t>(count));
  codec::Reader reader(payload);
  for (std::uint64_t i = 0; i < count; ++i) {
    const ByteView encoded = reader.bytes(kTransactionBytesMax);
    if (!reader.ok()) return std::nullopt;
    auto transaction = Transaction::decode(buffer, encoded);
    if (!transaction) return std::nullopt;
    transactions.push_back(std::move(transaction).value());
  }
  if (!reader.finish()) return std::nullopt;
  return transactions;
}

}  // namespace

std::string_view describe(BatchError error) {
  switch (error) {
    case BatchError::Malformed: return "the bytes are not a batch";
    case BatchError::TooLarge: return "the batch is above its bound";
    case BatchError::Empty: return "the batch holds no transaction";
    case BatchError::PayloadMismatch: return "the batch's header describes another payload";
    case BatchError::BadSequence: return "the batch has sequence 0";
    case BatchError::BadSignature: return "the batch is not signed by the author of its lane";
    case BatchError::BadTransaction: return "the batch holds an invalid transaction";
  }
  return "unknown error";
}

Bytes encode(const BatchHeader& header) {
  const BatchPlace& place = header.place;
  codec::Writer writer(kHeaderBytesMax);
  writer.varint(kBatchVersion).varint(place.epoch.number).fixed(place.root.view());
  writer.varint(place.lane.number).varint(place.incarnation.number);
  writer.varint(place.sequence.number).fixed(place.parent.view());
  writer.varint(header.transactions).varint(header.payload_bytes);
  return writer.fixed(header.payload_digest.view()).take();
}

Bytes encode(const SignedBatchHeader& header) {
  codec::Writer writer;
  return writer.bytes(encode(header.header)).fixed(header.signature.view()).take();
}

SignedBatchHeader read_signed_batch_header(codec::Reader& reader) {
  const ByteView encoded = reader.bytes(kHeaderBytesMax);
  SignedBatchHeader header;
  header.signature.bytes = reader.array<64>();
  if (!reader.ok()) return header;
  const auto decoded = codec::decode(encoded, read_header);
  if (!decoded) {
    reader.fail(decoded.error());
    return header;
  }
  header.header = *decoded;
  return header;
}

Result<SignedBatchHeader, codec::WireError> decode_signed_batch_header(ByteView encoded) {
  return codec::decode(encoded, read_signed_batch_header);
}

crypto::Digest digest_of(const BatchHeader& header) {
  return crypto::sha256(encode(header));
}

Bytes signed_bytes(const BatchHeader& header, const crypto::Digest& chain) {
  return signed_bytes(kSignatureKind, chain, encode(header));
}

bool verify(const SignedBatchHeader& header,
            const crypto::Digest& chain,
            const crypto::PublicKey& author) {
  return crypto::verify(author, signed_bytes(header.header, chain), header.signature);
}

bool conflict(const BatchHeader& one, const BatchHeader& other) {
  const bool same_place =
      one.place.epoch == other.place.epoch && one.place.root == other.place.root &&
      one.place.lane == other.place.lane && one.place.incarnation == other.place.incarnation &&
      one.place.sequence == other.place.sequence;
  return same_place && one != other;
}

std::size_t payload_bytes_of(const Transaction& transaction) {
  const std::size_t size = transaction.encoded().size();
  return codec::varint_size(size) + size;
}

BatchDraft draft_batch(const BatchPlace& place, std::span<const Transaction> transactions) {
  INVARIANT(!transactions.empty());
  INVARIANT(transactions.size() <= kBatchTransactionsMax);
  codec::Writer payload;
  for (const Transaction& transaction : transactions)
    payload.bytes(transaction.encoded());
  INVARIANT(payload.view().size() <= kBatchPayloadBytesMax);

  BatchDraft draft;
  draft.header.place = place;
  draft.header.transactions = transactions.size();
  draft.header.payload_bytes = payload.view().size();
  draft.header.payload_digest = crypto::sha256(payload.view());
  draft.payload = payload.take();
  return draft;
}

Batch Batch::assemble(const BatchDraft& draft, const crypto::Signature& signature) {
  Bytes encoded = encode(SignedBatchHeader{draft.header, signature});
  append(encoded, draft.payload);
  auto batch = decode(std::make_shared<const Bytes>(std::move(encoded)));
  INVARIANT(batch.ok());
  return std::move(batch).value();
}

Result<Batch, BatchError> Batch::decode(const std::shared_ptr<const Bytes>& buffer) {
  if (buffer->size() > kBatchBytesMax) return failure(BatchError::TooLarge);
  codec::Reader reader(*buffer);
  Batch batch;
  batch.signed_header_ = read_signed_batch_header(reader);
  if (!reader.ok()) return failure(BatchError::Malformed);
  const BatchHeader& header = batch.header();
  const ByteView payload = reader.rest();
  if (header.transactions == 0) return failure(BatchError::Empty);
  if (header.place.sequence == Sequence{0}) return failure(BatchError::BadSequence);
  if (payload.size() != header.payload_bytes || crypto::sha256(payload) != header.payload_digest) {
    return failure(BatchError::PayloadMismatch);
  }
  auto transactions = read_transactions(buffer, payload, header.transactions);
  if (!transactions) return failure(BatchError::Malformed);
  batch.buffer_ = buffer;
  batch.transactions_ = std::make_shared<const std::vector<Transaction>>(std::move(*transactions));
  batch.digest_ = digest_of(header);
  return batch;
}

Result<Batch, BatchError> Batch::decode(ByteView encoded) {
  if (encoded.size() > kBatchBytesMax) return failure(BatchError::TooLarge);
  return decode(std::make_shared<const Bytes>(to_bytes(encoded)));
}

Result<Done, BatchError> check_batch(const Batch& batch,
                                     const crypto::Digest& chain,
                                     const crypto::PublicKey& author) {
  if (!verify(batch.signed_header(), chain, author)) return failure(BatchError::BadSignature);
  for (const Transaction& transaction : batch.transactions()) {
    if (!check_stateless(transaction, chain)) return failure(BatchError::BadTransaction);
  }
  return Done{};
}

crypto::Digest transactions_root(std::span<const Batch> batches) {
  std::vector<crypto::Digest> leaves;
  for (const Batch& batch : batches) {
    for (const Transaction& transaction : batch.transactions()) {
      leaves.push_back(crypto::merkle_leaf(transaction.id().view()));
    }
  }
  return crypto::merkle_root(leaves);
}

}  // namespace troupe::ledger
