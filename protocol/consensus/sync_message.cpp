#include "protocol/consensus/sync_message.hpp"

#include <algorithm>

#include "protocol/base/limits.hpp"
#include "protocol/base/match.hpp"

namespace troupe::consensus {

namespace {

constexpr std::uint8_t kStatus = 1;
constexpr std::uint8_t kRunRequest = 2;
constexpr std::uint8_t kRunAnswer = 3;
constexpr std::uint8_t kBatchRequest = 4;
constexpr std::uint8_t kBatchAnswer = 5;
constexpr std::uint8_t kSnapshotRequest = 6;
constexpr std::uint8_t kSnapshotAnswer = 7;

void write(codec::Writer& writer, const CertifiedBlock& block) {
  consensus::write(writer, block.header);
  writer.varint(block.nullifications.size() + (block.notarization ? 1u : 0u) +
                (block.finalization ? 1u : 0u));
  for (const Certificate& nullification : block.nullifications) {
    consensus::write(writer, nullification);
  }
  if (block.notarization) consensus::write(writer, *block.notarization);
  if (block.finalization) consensus::write(writer, *block.finalization);
}

/// Places a certificate by its kind; refuses what stands out of order or twice.
void place(CertifiedBlock& block, Certificate certificate, codec::Reader& reader) {
  const VoteKind kind = certificate.vote.kind;
  const bool is_late = block.finalization || (block.notarization && kind != VoteKind::Finalize);
  if (is_late) return reader.fail(codec::WireError::OutOfRange);
  switch (kind) {
    case VoteKind::Nullify: block.nullifications.push_back(std::move(certificate)); return;
    case VoteKind::Notarize: block.notarization = std::move(certificate); return;
    case VoteKind::Finalize: block.finalization = std::move(certificate); return;
  }
}

CertifiedBlock read_certified_block(codec::Reader& reader) {
  CertifiedBlock block;
  block.header = read_header(reader);
  const std::size_t count = reader.count(kBlockNullificationsMax + 2);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    place(block, read_certificate(reader), reader);
  }
  return block;
}

SyncMessage read_sync_message(codec::Reader& reader) {
  switch (reader.u8()) {
    case kStatus: return SyncStatus{Height{reader.varint()}};
    case kRunRequest: {
      RunRequest request;
      request.request = reader.varint();
      request.first = Height{reader.varint()};
      request.last = Height{reader.varint()};
      if (request.last < request.first) reader.fail(codec::WireError::OutOfRange);
      return request;
    }
    case kRunAnswer: {
      RunAnswer answer;
      answer.request = reader.varint();
      const std::size_t count = reader.count(kRunHeightsMax);
      for (std::size_t i = 0; i < count && reader.ok(); ++i) {
        answer.run.push_back(read_certified_block(reader));
      }
      return answer;
    }
    case kBatchRequest: {
      SyncBatchRequest request;
      request.request = reader.varint();
      request.digest.bytes = reader.array<32>();
      return request;
    }
    case kBatchAnswer: {
      SyncBatchAnswer answer;
      answer.request = reader.varint();
      answer.batch = to_bytes(reader.bytes(kBatchBytesMax));
      return answer;
    }
    case kSnapshotRequest: {
      SnapshotRequest request;
      request.request = reader.varint();
      request.question = to_bytes(reader.bytes(kSnapshotQuestionBytesMax));
      return request;
    }
    case kSnapshotAnswer: {
      SnapshotAnswer answer;
      answer.request = reader.varint();
      answer.answer = to_bytes(reader.bytes(kBulkMessageBytesMax));
      return answer;
    }
    default: reader.fail(codec::WireError::OutOfRange); return SyncStatus{};
  }
}

}  // namespace

Bytes encode(const CertifiedBlock& block) {
  codec::Writer writer;
  write(writer, block);
  return writer.take();
}

Bytes encode(const SyncMessage& message) {
  codec::Writer writer;
  std::visit(
      Match{[&](const SyncStatus& status) { writer.u8(kStatus).varint(status.height.number); },
            [&](const RunRequest& request) {
              writer.u8(kRunRequest).varint(request.request);
              writer.varint(request.first.number).varint(request.last.number);
            },
            [&](const RunAnswer& answer) {
              writer.u8(kRunAnswer).varint(answer.request).varint(answer.run.size());
              for (const CertifiedBlock& block : answer.run)
                write(writer, block);
            },
            [&](const SyncBatchRequest& request) {
              writer.u8(kBatchRequest).varint(request.request).fixed(request.digest.view());
            },
            [&](const SyncBatchAnswer& answer) {
              writer.u8(kBatchAnswer).varint(answer.request).bytes(answer.batch);
            },
            [&](const SnapshotRequest& request) {
              writer.u8(kSnapshotRequest).varint(request.request).bytes(request.question);
            },
            [&](const SnapshotAnswer& answer) {
              writer.u8(kSnapshotAnswer).varint(answer.request).bytes(answer.answer);
            }},
      message);
  return writer.take();
}

Result<SyncMessage, codec::WireError> decode_sync_message(ByteView bytes) {
  return codec::decode(bytes, read_sync_message);
}

}  // namespace troupe::consensus
