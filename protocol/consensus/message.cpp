#include "protocol/consensus/message.hpp"

#include <array>

#include "protocol/base/limits.hpp"

namespace troupe::consensus {

namespace {

constexpr std::size_t kNewestVotesMax = 3;

constexpr std::array<std::string_view, std::variant_size_v<Body>> kNames = {"proposal",
                                                                            "ballot",
                                                                            "certificates",
                                                                            "missing-request",
                                                                            "best-request",
                                                                            "header-request",
                                                                            "header-answer",
                                                                            "inquiry",
                                                                            "inquiry-answer",
                                                                            "tips",
                                                                            "accusation"};

void write(codec::Writer& writer, const std::vector<Certificate>& list) {
  writer.varint(list.size());
  for (const Certificate& certificate : list)
    consensus::write(writer, certificate);
}

void write(codec::Writer& writer, const Proposal& body) {
  consensus::write(writer, body.header);
  writer.fixed(body.signature.view());
  write(writer, body.support);
}

void write(codec::Writer& writer, const Ballot& body) {
  consensus::write(writer, body.vote);
}

void write(codec::Writer& writer, const Certificates& body) {
  write(writer, body.list);
}

void write(codec::Writer& writer, const MissingRequest& body) {
  writer.varint(body.first.number).varint(body.last.number);
  writer.u8(static_cast<std::uint8_t>(body.kind));
}

void write(codec::Writer&, const BestRequest&) {}

void write(codec::Writer& writer, const HeaderRequest& body) {
  writer.fixed(body.block.view());
}

void write(codec::Writer& writer, const HeaderAnswer& body) {
  consensus::write(writer, body.header);
}

void write(codec::Writer& writer, const Inquiry& body) {
  writer.varint(body.instance);
}

void write(codec::Writer& writer, const InquiryAnswer& body) {
  writer.varint(body.instance).boolean(body.twin).varint(body.newest.size());
  for (const SignedVote& vote : body.newest)
    consensus::write(writer, vote);
}

void write(codec::Writer& writer, const TipsHint& body) {
  writer.varint(body.view.number);
  consensus::write(writer, body.tips);
}

void write(codec::Writer& writer, const Accusation& body) {
  consensus::write(writer, body.evidence);
}

std::vector<Certificate> read_certificates(codec::Reader& reader) {
  std::vector<Certificate> list;
  const std::size_t count = reader.count(kMessageCertificatesMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i)
    list.push_back(read_certificate(reader));
  return list;
}

Proposal read_proposal(codec::Reader& reader) {
  Proposal body;
  body.header = read_header(reader);
  body.signature.bytes = reader.array<64>();
  body.support = read_certificates(reader);
  return body;
}

Certificates read_certificates_body(codec::Reader& reader) {
  Certificates body{read_certificates(reader)};
  if (body.list.empty()) reader.fail(codec::WireError::OutOfRange);
  return body;
}

MissingRequest read_missing_request(codec::Reader& reader) {
  MissingRequest body;
  body.first.number = reader.varint();
  body.last.number = reader.varint();
  body.kind = read_vote_kind(reader);
  const bool is_range =
      body.first <= body.last && body.last.number - body.first.number < kProposalNullificationsMax;
  if (!is_range) reader.fail(codec::WireError::OutOfRange);
  return body;
}

InquiryAnswer read_inquiry_answer(codec::Reader& reader) {
  InquiryAnswer body;
  body.instance = reader.varint();
  body.twin = reader.boolean();
  const std::size_t count = reader.count(kNewestVotesMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    body.newest.push_back(read_signed_vote(reader));
  }
  return body;
}

TipsHint read_tips_hint(codec::Reader& reader) {
  TipsHint body;
  body.view.number = reader.varint();
  body.tips = read_tips(reader);
  return body;
}

Body read_body(codec::Reader& reader) {
  switch (reader.u8()) {
    case 1: return read_proposal(reader);
    case 2: return Ballot{read_signed_vote(reader)};
    case 3: return read_certificates_body(reader);
    case 4: return read_missing_request(reader);
    case 5: return BestRequest{};
    case 6: return HeaderRequest{{reader.array<32>()}};
    case 7: return HeaderAnswer{read_header(reader)};
    case 8: return Inquiry{reader.varint()};
    case 9: return read_inquiry_answer(reader);
    case 10: return read_tips_hint(reader);
    case 11: return Accusation{read_evidence(reader)};
    default: break;
  }
  reader.fail(codec::WireError::OutOfRange);
  return BestRequest{};
}

}  // namespace

std::string_view name(const Body& body) {
  return kNames[body.index()];
}

Bytes encode(const Message& message) {
  codec::Writer writer(512);
  writer.varint(message.epoch.number).fixed(message.root.view());
  writer.u8(static_cast<std::uint8_t>(message.body.index() + 1));
  std::visit([&](const auto& body) { write(writer, body); }, message.body);
  return writer.take();
}

Result<Message, codec::WireError> decode_message(ByteView bytes) {
  if (bytes.size() > kConsensusMessageBytesMax) return failure(codec::WireError::OutOfRange);
  return codec::decode(bytes, [](codec::Reader& reader) {
    Message message;
    message.epoch.number = reader.varint();
    message.root.bytes = reader.array<32>();
    message.body = read_body(reader);
    return message;
  });
}

}  // namespace troupe::consensus
