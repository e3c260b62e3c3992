#include "protocol/network/negotiation.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/codec/wire.hpp"

namespace troupe::network {
namespace {

constexpr std::string_view kRefusal = "na";
constexpr std::string_view kListRequest = "ls";
constexpr unsigned kLengthBytesMax = 2;

}  // namespace

std::string_view describe(NegotiationError error) {
  switch (error) {
    case NegotiationError::MessageTooLong: return "a negotiation message is too long";
    case NegotiationError::MessageEmpty: return "a negotiation message is empty";
    case NegotiationError::NewlineMissing: return "a negotiation message does not end its line";
    case NegotiationError::HeaderMissing:
      return "the answer does not begin with multistream-select";
    case NegotiationError::AnswerUnexpected: return "the answer is to something that was not asked";
    case NegotiationError::TooManyProposals: return "too many proposals without an agreement";
  }
  return "unknown error";
}

void append_negotiation_message(Bytes& to, std::string_view text) {
  INVARIANT(text.size() < kNegotiationMessageBytesMax);
  codec::append_varint(to, text.size() + 1);
  append(to, as_bytes(text));
  to.push_back('\n');
}

Result<NegotiationReader::Step, NegotiationError> NegotiationReader::next(ByteView& input) {
  if (length_complete_ && content_.size() == length_) *this = NegotiationReader{};
  while (!length_complete_ && !input.empty()) {
    const std::uint8_t byte = input.front();
    input = input.subspan(1);
    length_ |= static_cast<std::size_t>(byte & 0x7f) << (7 * length_size_++);
    length_complete_ = (byte & 0x80) == 0;
    if (length_ > kNegotiationMessageBytesMax ||
        (!length_complete_ && length_size_ == kLengthBytesMax))
      return failure(NegotiationError::MessageTooLong);
    if (length_complete_ && length_ == 0) return failure(NegotiationError::MessageEmpty);
  }
  if (!length_complete_) return Step::NeedsMore;
  const ByteView piece = input.first(std::min(input.size(), length_ - content_.size()));
  append(content_, piece);
  input = input.subspan(piece.size());
  if (content_.size() < length_) return Step::NeedsMore;
  if (content_.back() != '\n') return failure(NegotiationError::NewlineMissing);
  return Step::Message;
}

std::string_view NegotiationReader::text() const {
  INVARIANT(!content_.empty());
  return as_text(content_).substr(0, content_.size() - 1);
}

NegotiationInitiator::NegotiationInitiator(std::vector<std::string> proposals)
    : proposals_(std::move(proposals)) {
  INVARIANT(!proposals_.empty());
}

void NegotiationInitiator::start(Bytes& to) {
  append_negotiation_message(to, kMultistreamHeader);
  append_negotiation_message(to, proposals_.front());
}

Result<NegotiationState, NegotiationError> NegotiationInitiator::received(ByteView& input,
                                                                          Bytes& to) {
  while (true) {
    const auto step = reader_.next(input);
    if (!step) return failure(step.error());
    if (*step == NegotiationReader::Step::NeedsMore) return NegotiationState::Pending;
    const auto state = on_answer(reader_.text(), to);
    if (!state || *state != NegotiationState::Pending) return state;
  }
}

Result<NegotiationState, NegotiationError> NegotiationInitiator::on_answer(std::string_view text,
                                                                           Bytes& to) {
  if (!header_seen_) {
    if (text != kMultistreamHeader) return failure(NegotiationError::HeaderMissing);
    header_seen_ = true;
    return NegotiationState::Pending;
  }
  if (text == proposals_[current_]) return NegotiationState::Agreed;
  if (text != kRefusal) return failure(NegotiationError::AnswerUnexpected);
  if (current_ + 1 == proposals_.size()) return NegotiationState::Refused;
  ++current_;
  append_negotiation_message(to, proposals_[current_]);
  return NegotiationState::Pending;
}

Result<NegotiationState, NegotiationError> NegotiationResponder::received(ByteView& input,
                                                                          Bytes& to) {
  while (true) {
    const auto step = reader_.next(input);
    if (!step) return failure(step.error());
    if (*step == NegotiationReader::Step::NeedsMore) return NegotiationState::Pending;
    const auto state = on_message(reader_.text(), to);
    if (!state || *state != NegotiationState::Pending) return state;
  }
}

Result<NegotiationState, NegotiationError> NegotiationResponder::on_message(std::string_view text,
                                                                            Bytes& to) {
  if (std::ranges::find(*supported_, text) != supported_->end()) {
    append_negotiation_message(to, text);
    protocol_ = text;
    return NegotiationState::Agreed;
  }
  if (++answers_without_agreement_ > kNegotiationAnswersMax)
    return failure(NegotiationError::TooManyProposals);
  if (text == kMultistreamHeader) {
    append_negotiation_message(to, kMultistreamHeader);
  } else if (text == kListRequest) {
    append_list(to);
  } else {
    append_negotiation_message(to, kRefusal);
  }
  return NegotiationState::Pending;
}

/// Leaves out names from the end of the list rather than exceed the size of a message.
void NegotiationResponder::append_list(Bytes& to) const {
  Bytes list;
  for (const std::string& name : *supported_) {
    if (list.size() + name.size() + 4 > kNegotiationMessageBytesMax) break;
    append_negotiation_message(list, name);
  }
  append_negotiation_message(to, as_text(list));
}

}  // namespace troupe::network
