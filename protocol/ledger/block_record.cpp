#include "protocol/ledger/block_record.hpp"

#include "protocol/base/limits.hpp"

namespace troupe::ledger {

namespace {

std::vector<Bytes> read_nullifications(codec::Reader& reader) {
  std::vector<Bytes> nullifications;
  const std::size_t count = reader.count(kViewsAboveFinalMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    nullifications.push_back(to_bytes(reader.bytes(kCertificateBytesMax)));
  }
  return nullifications;
}

std::vector<crypto::Digest> read_batches(codec::Reader& reader) {
  std::vector<crypto::Digest> batches;
  const std::size_t count = reader.count(kBlockBatchesMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i)
    batches.push_back({reader.array<32>()});
  return batches;
}

BlockRecord read_block_record(codec::Reader& reader) {
  if (reader.varint() != kBlockRecordVersion) reader.fail(codec::WireError::OutOfRange);
  BlockRecord record;
  record.height = Height{reader.varint()};
  record.header = to_bytes(reader.bytes(kHeaderBytesMax));
  record.notarization = to_bytes(reader.bytes(kCertificateBytesMax));
  record.finalization = to_bytes(reader.bytes(kCertificateBytesMax));
  record.nullifications = read_nullifications(reader);
  record.batches = read_batches(reader);
  record.transactions = reader.varint(kBlockTransactionsMax);
  record.receipts_root.bytes = reader.array<32>();
  record.state_root.bytes = reader.array<32>();
  return record;
}

}  // namespace

Bytes encode(const BlockRecord& record) {
  codec::Writer writer;
  writer.varint(kBlockRecordVersion).varint(record.height.number).bytes(record.header);
  writer.bytes(record.notarization).bytes(record.finalization);
  writer.varint(record.nullifications.size());
  for (const Bytes& nullification : record.nullifications)
    writer.bytes(nullification);
  writer.varint(record.batches.size());
  for (const crypto::Digest& batch : record.batches)
    writer.fixed(batch.view());
  writer.varint(record.transactions).fixed(record.receipts_root.view());
  return writer.fixed(record.state_root.view()).take();
}

Result<BlockRecord, codec::WireError> decode_block_record(ByteView encoded) {
  return codec::decode(encoded, read_block_record);
}

}  // namespace troupe::ledger
