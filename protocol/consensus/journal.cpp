#include "protocol/consensus/journal.hpp"

#include "protocol/base/limits.hpp"

namespace troupe::consensus {

namespace {

enum class RecordTag : std::uint8_t { Vote = 1, Batch = 2, Mark = 3 };

/// A vote rests on its view's entry, its parent's path and a notarization: never on more than the
/// views that a machine keeps.
constexpr std::size_t kBasisEntriesMax = 2 * kViewsAboveFinalMax;

void write(codec::Writer& writer, const VoteRecord& record) {
  writer.u8(static_cast<std::uint8_t>(RecordTag::Vote));
  write(writer, record.vote);
  writer.varint(record.basis.certificates.size());
  for (const Certificate& certificate : record.basis.certificates)
    write(writer, certificate);
  writer.varint(record.basis.headers.size());
  for (const Header& header : record.basis.headers)
    write(writer, header);
}

void write(codec::Writer& writer, const BatchRecord& record) {
  writer.u8(static_cast<std::uint8_t>(RecordTag::Batch));
  writer.varint(record.batch.epoch.number).varint(record.batch.lane.number);
  writer.varint(record.batch.incarnation.number).varint(record.batch.sequence.number);
  writer.fixed(record.batch.digest.view()).fixed(record.signature.view());
}

void write(codec::Writer& writer, const MarkRecord& record) {
  writer.u8(static_cast<std::uint8_t>(RecordTag::Mark));
  write(writer, record.finalization);
}

VoteRecord read_vote_record(codec::Reader& reader) {
  VoteRecord record;
  record.vote = read_signed_vote(reader);
  const std::size_t certificates = reader.count(kBasisEntriesMax);
  for (std::size_t i = 0; i < certificates && reader.ok(); ++i) {
    record.basis.certificates.push_back(read_certificate(reader));
  }
  const std::size_t headers = reader.count(kBasisEntriesMax);
  for (std::size_t i = 0; i < headers && reader.ok(); ++i) {
    record.basis.headers.push_back(read_header(reader));
  }
  return record;
}

BatchRecord read_batch_record(codec::Reader& reader) {
  BatchRecord record;
  record.batch.epoch.number = reader.varint();
  record.batch.lane.number = static_cast<std::uint32_t>(reader.varint(kValidatorsMax - 1));
  record.batch.incarnation.number = reader.varint();
  record.batch.sequence.number = reader.varint();
  record.batch.digest.bytes = reader.array<32>();
  record.signature.bytes = reader.array<64>();
  return record;
}

MarkRecord read_mark_record(codec::Reader& reader) {
  MarkRecord record{read_certificate(reader)};
  if (!record.finalization.is(VoteKind::Finalize)) reader.fail(codec::WireError::OutOfRange);
  return record;
}

}  // namespace

Bytes encode(const JournalRecord& record) {
  codec::Writer writer(512);
  std::visit([&](const auto& content) { write(writer, content); }, record);
  return writer.take();
}

Result<JournalRecord, codec::WireError> decode_journal_record(ByteView bytes) {
  return codec::decode(bytes, [](codec::Reader& reader) -> JournalRecord {
    switch (reader.u8()) {
      case 1: return read_vote_record(reader);
      case 2: return read_batch_record(reader);
      case 3: return read_mark_record(reader);
      default: break;
    }
    reader.fail(codec::WireError::OutOfRange);
    return BatchRecord{};
  });
}

}  // namespace troupe::consensus
