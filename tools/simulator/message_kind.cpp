#include "tools/simulator/message_kind.hpp"

#include <algorithm>
#include <variant>

namespace troupe::simulator {

namespace {

MessageKind kind_of(consensus::VoteKind kind) {
  switch (kind) {
    case consensus::VoteKind::Notarize: return MessageKind::Notarize;
    case consensus::VoteKind::Nullify: return MessageKind::Nullify;
    case consensus::VoteKind::Finalize: return MessageKind::Finalize;
  }
  return MessageKind::Other;
}

struct KindOf {
  MessageKind operator()(const consensus::Proposal&) const { return MessageKind::Proposal; }

  MessageKind operator()(const consensus::Ballot& ballot) const {
    return kind_of(ballot.vote.vote.kind);
  }

  MessageKind operator()(const consensus::Certificates&) const { return MessageKind::Certificates; }

  MessageKind operator()(const consensus::MissingRequest&) const { return MessageKind::Request; }

  MessageKind operator()(const consensus::BestRequest&) const { return MessageKind::Request; }

  MessageKind operator()(const consensus::HeaderRequest&) const { return MessageKind::Request; }

  MessageKind operator()(const consensus::HeaderAnswer&) const { return MessageKind::Header; }

  MessageKind operator()(const consensus::Inquiry&) const { return MessageKind::Inquiry; }

  MessageKind operator()(const consensus::InquiryAnswer&) const {
    return MessageKind::InquiryAnswer;
  }

  MessageKind operator()(const consensus::TipsHint&) const { return MessageKind::Tips; }

  MessageKind operator()(const consensus::Accusation&) const { return MessageKind::Accusation; }
};

}  // namespace

std::string_view name(MessageKind kind) {
  switch (kind) {
    case MessageKind::Proposal: return "proposal";
    case MessageKind::Notarize: return "notarize";
    case MessageKind::Nullify: return "nullify";
    case MessageKind::Finalize: return "finalize";
    case MessageKind::Certificates: return "certificates";
    case MessageKind::Request: return "request";
    case MessageKind::Header: return "header";
    case MessageKind::Inquiry: return "inquiry";
    case MessageKind::InquiryAnswer: return "inquiry-answer";
    case MessageKind::Tips: return "tips";
    case MessageKind::Accusation: return "accusation";
    case MessageKind::Lane: return "lane";
    case MessageKind::Sync: return "sync";
    case MessageKind::Other: return "other";
  }
  return "other";
}

bool matches(const std::vector<MessageKind>& filter, MessageKind kind) {
  return filter.empty() || std::ranges::find(filter, kind) != filter.end();
}

Spoken understand(std::uint8_t channel, const Bytes& message) {
  if (channel == 1) return {MessageKind::Lane, nullptr};
  if (channel == 2) return {MessageKind::Sync, nullptr};
  auto decoded = consensus::decode_message(message);
  if (!decoded) return {};
  auto shared = std::make_shared<const consensus::Message>(std::move(decoded).value());
  return {std::visit(KindOf{}, shared->body), std::move(shared)};
}

}  // namespace troupe::simulator
