#include "protocol/ledger/lane_message.hpp"

#include <utility>

namespace troupe::ledger {
namespace {

using codec::Reader;
using codec::WireError;
using codec::Writer;

enum class Kind : std::uint8_t { Batch = 1, Acks = 2, Request = 3, Answer = 4 };

void write(Writer& writer, const BatchMessage& message) {
  writer.u8(static_cast<std::uint8_t>(Kind::Batch)).bytes(message.encoded);
}

void write(Writer& writer, const AckMessage& message) {
  writer.u8(static_cast<std::uint8_t>(Kind::Acks)).varint(message.acks.size());
  for (const LaneAck& ack : message.acks) {
    writer.varint(ack.lane.number).varint(ack.incarnation.number).varint(ack.sequence.number);
    writer.fixed(ack.digest.view()).boolean(ack.resume);
  }
}

void write(Writer& writer, const BatchRequest& message) {
  writer.u8(static_cast<std::uint8_t>(Kind::Request)).varint(message.ranges.size());
  for (const BatchRange& range : message.ranges) {
    writer.fixed(range.tip.view()).varint(range.count);
  }
}

void write(Writer& writer, const BatchAnswer& message) {
  writer.u8(static_cast<std::uint8_t>(Kind::Answer)).varint(message.batches.size());
  for (const ByteView batch : message.batches)
    writer.bytes(batch);
  writer.varint(message.absent.size());
  for (const crypto::Digest& digest : message.absent)
    writer.fixed(digest.view());
}

crypto::Digest read_digest(Reader& reader) {
  return crypto::Digest{reader.array<32>()};
}

ByteView read_batch(Reader& reader) {
  const ByteView encoded = reader.bytes(kBatchBytesMax);
  if (encoded.empty()) reader.fail(WireError::OutOfRange);
  return encoded;
}

LaneAck read_ack(Reader& reader) {
  LaneAck ack;
  ack.lane.number = static_cast<std::uint32_t>(reader.varint(kValidatorsMax - 1));
  ack.incarnation.number = reader.varint();
  ack.sequence.number = reader.varint();
  ack.digest = read_digest(reader);
  ack.resume = reader.boolean();
  return ack;
}

AckMessage read_acks(Reader& reader) {
  AckMessage message;
  const std::size_t count = reader.count(kValidatorsMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    const LaneAck ack = read_ack(reader);
    const bool ascends = message.acks.empty() || message.acks.back().lane < ack.lane;
    if (!ascends) reader.fail(WireError::OutOfRange);
    message.acks.push_back(ack);
  }
  return message;
}

BatchRequest read_request(Reader& reader) {
  BatchRequest message;
  const std::size_t count = reader.count(kBatchRangesMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    BatchRange range;
    range.tip = read_digest(reader);
    range.count = reader.varint(kLaneBatchesMax);
    if (range.count == 0) reader.fail(WireError::OutOfRange);
    message.ranges.push_back(range);
  }
  return message;
}

BatchAnswer read_answer(Reader& reader) {
  BatchAnswer message;
  std::size_t bytes = 0;
  const std::size_t batches = reader.count(kBatchAnswerBatchesMax);
  for (std::size_t i = 0; i < batches && reader.ok(); ++i) {
    message.batches.push_back(read_batch(reader));
    bytes += message.batches.back().size();
  }
  if (bytes > kBatchAnswerBytesMax) reader.fail(WireError::OutOfRange);
  const std::size_t absent = reader.count(kBatchRangesMax);
  for (std::size_t i = 0; i < absent && reader.ok(); ++i) {
    message.absent.push_back(read_digest(reader));
  }
  return message;
}

LaneMessage read_message(Reader& reader) {
  const std::uint8_t kind = reader.u8();
  switch (static_cast<Kind>(kind)) {
    case Kind::Batch: return BatchMessage{read_batch(reader)};
    case Kind::Acks: return read_acks(reader);
    case Kind::Request: return read_request(reader);
    case Kind::Answer: return read_answer(reader);
  }
  reader.fail(WireError::OutOfRange);
  return BatchMessage{};
}

}  // namespace

Bytes encode(const LaneMessage& message) {
  Writer writer;
  std::visit([&writer](const auto& content) { write(writer, content); }, message);
  return writer.take();
}

Result<LaneMessage, codec::WireError> decode_lane_message(ByteView encoded) {
  return codec::decode(encoded, read_message);
}

}  // namespace troupe::ledger
