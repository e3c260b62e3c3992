#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

// multistream-select 1.0: two ends of a byte stream agree on what is spoken next on it.
//
//   message   := length: uvarint  text  0x0a      length counts the newline; at most 1024 bytes
//   initiator := header proposal (na proposal)*   header and first proposal in one write
//   responder := per message: header -> header, supported name -> the name, ls -> list, else -> na
//   header    := message "/multistream/1.0.0"
//   list      := message whose text is (message of a name)*
//
// Read tolerantly: a header is not required, an unknown one is answered `na`, and a length may have
// a needless byte. Write strictly. Bytes after the deciding message belong to the agreed protocol.
namespace troupe::network {

enum class NegotiationError {
  MessageTooLong,    ///< more than 1024 bytes, or a length of more than 2 bytes
  MessageEmpty,      ///< a length of zero
  NewlineMissing,    ///< a message does not end with 0x0a
  HeaderMissing,     ///< the responder answered without its header
  AnswerUnexpected,  ///< the responder answered neither with the proposal nor with `na`
  TooManyProposals,  ///< the initiator has been refused kProposalsMax times
};

[[nodiscard]] std::string_view describe(NegotiationError error);

inline constexpr std::string_view kMultistreamHeader = "/multistream/1.0.0";

/// Appends one message: length, text, newline.
void append_negotiation_message(Bytes& to, std::string_view text);

enum class NegotiationState {
  Pending,  ///< more input is needed
  Agreed,   ///< `protocol()` is spoken from the next byte on
  Refused,  ///< the responder supports nothing of what was proposed
};

/// Assembles messages from input split anywhere. Holds at most one message.
class NegotiationReader {
 public:
  enum class Step { NeedsMore, Message };

  /// Advances `input` past the bytes used, up to the end of one message, whose text text() then is.
  [[nodiscard]] Result<Step, NegotiationError> next(ByteView& input);

  /// The last message, without its newline; valid until the next call of next().
  [[nodiscard]] std::string_view text() const;

 private:
  std::size_t length_ = 0;
  unsigned length_size_ = 0;
  bool length_complete_ = false;
  Bytes content_;
};

/// The side that proposes, in order of preference.
class NegotiationInitiator {
 public:
  /// Requires at least one proposal.
  explicit NegotiationInitiator(std::vector<std::string> proposals);

  /// Appends the header and the first proposal. Call once, first.
  void start(Bytes& to);

  /// Reads answers, advancing `input` past them, and appends the next proposal where one is
  /// refused. After Agreed what is left of the input belongs to the protocol.
  [[nodiscard]] Result<NegotiationState, NegotiationError> received(ByteView& input, Bytes& to);

  /// The proposal agreed on, or being asked for.
  [[nodiscard]] const std::string& protocol() const { return proposals_[current_]; }

 private:
  [[nodiscard]] Result<NegotiationState, NegotiationError> on_answer(std::string_view text,
                                                                     Bytes& to);

  std::vector<std::string> proposals_;
  std::size_t current_ = 0;
  bool header_seen_ = false;
  NegotiationReader reader_;
};

/// The side that supports a set of protocols and answers.
class NegotiationResponder {
 public:
  /// `supported` must outlive the responder.
  explicit NegotiationResponder(const std::vector<std::string>& supported)
      : supported_(&supported) {}

  /// Reads messages, advancing `input` past them, and appends the answers. Never Refused.
  [[nodiscard]] Result<NegotiationState, NegotiationError> received(ByteView& input, Bytes& to);

  /// Valid once Agreed.
  [[nodiscard]] const std::string& protocol() const { return protocol_; }

 private:
  [[nodiscard]] Result<NegotiationState, NegotiationError> on_message(std::string_view text,
                                                                      Bytes& to);
  void append_list(Bytes& to) const;

  const std::vector<std::string>* supported_;
  std::string protocol_;
  std::size_t answers_without_agreement_ = 0;
  NegotiationReader reader_;
};

}  // namespace troupe::network
