#include "protocol/ledger/snapshot_message.hpp"

#include <utility>

#include "protocol/base/limits.hpp"
#include "protocol/base/match.hpp"

namespace troupe::ledger {

namespace {

constexpr std::uint8_t kOffer = 1;
constexpr std::uint8_t kPart = 2;
constexpr std::uint8_t kReceipts = 3;
constexpr std::size_t kFrontierNodesMax = 64;

SnapshotQuestion read_question(codec::Reader& reader) {
  switch (reader.u8()) {
    case kOffer: return OfferQuestion{};
    case kPart: {
      PartQuestion question;
      question.height = Height{reader.varint()};
      question.path = read_nibble_path(reader);
      return question;
    }
    case kReceipts: {
      ReceiptsQuestion question;
      question.height = Height{reader.varint()};
      question.first = Height{reader.varint()};
      return question;
    }
    default: reader.fail(codec::WireError::OutOfRange); return OfferQuestion{};
  }
}

SnapshotOffer read_offer(codec::Reader& reader) {
  SnapshotOffer offer;
  offer.height = Height{reader.varint(UINT64_MAX - 1)};
  offer.root.bytes = reader.array<32>();
  std::vector<crypto::Digest> nodes(reader.count(kFrontierNodesMax));
  for (crypto::Digest& node : nodes)
    node.bytes = reader.array<32>();
  auto history = crypto::MerkleFrontier::from(offer.height.number + 1, std::move(nodes));
  if (history) {
    offer.history = *std::move(history);
  } else {
    reader.fail(codec::WireError::OutOfRange);
  }
  return offer;
}

ReceiptLists read_receipt_lists(codec::Reader& reader) {
  ReceiptLists lists(reader.count(kDecisionHeights));
  for (std::vector<Receipt>& list : lists) {
    auto receipts = decode_receipts(reader.bytes(kBulkMessageBytesMax));
    if (!receipts) reader.fail(receipts.error());
    if (!reader.ok()) return {};
    list = std::move(receipts).value();
  }
  return lists;
}

}  // namespace

Bytes encode(const SnapshotQuestion& question) {
  codec::Writer writer;
  std::visit(Match{[&](const OfferQuestion&) { writer.u8(kOffer); },
                   [&](const PartQuestion& part) {
                     writer.u8(kPart).varint(part.height.number);
                     write(writer, part.path);
                   },
                   [&](const ReceiptsQuestion& receipts) {
                     writer.u8(kReceipts).varint(receipts.height.number);
                     writer.varint(receipts.first.number);
                   }},
             question);
  return writer.take();
}

Bytes encode(const SnapshotOffer& offer) {
  INVARIANT(offer.history.size() == offer.height.number + 1);
  codec::Writer writer;
  writer.varint(offer.height.number).fixed(offer.root.view());
  writer.varint(offer.history.nodes().size());
  for (const crypto::Digest& node : offer.history.nodes())
    writer.fixed(node.view());
  return writer.take();
}

Bytes encode(const ReceiptLists& receipts) {
  codec::Writer writer;
  writer.varint(receipts.size());
  for (const std::vector<Receipt>& list : receipts)
    writer.bytes(encode(list));
  return writer.take();
}

Result<SnapshotQuestion, codec::WireError> decode_snapshot_question(ByteView encoded) {
  return codec::decode(encoded, read_question);
}

Result<SnapshotOffer, codec::WireError> decode_snapshot_offer(ByteView encoded) {
  return codec::decode(encoded, read_offer);
}

Result<ReceiptLists, codec::WireError> decode_receipt_lists(ByteView encoded) {
  return codec::decode(encoded, read_receipt_lists);
}

}  // namespace troupe::ledger
