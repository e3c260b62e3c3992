#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

// Messages on a byte stream.
//
//   stream  := message*
//   message := length: uvarint (at most 9 bytes, minimal)  bytes[length]
namespace troupe::network {

enum class FramingError {
  LengthNotMinimal,  ///< a length has a needless byte
  MessageTooLong,    ///< a length is above the channel's bound, or has more than 9 bytes
};

[[nodiscard]] std::string_view describe(FramingError error);

/// Appends one message with its length.
void append_message(Bytes& to, ByteView message);

/// How many bytes append_message adds for a message of this size.
[[nodiscard]] std::size_t framed_size(std::size_t message_bytes);

/// Cuts a byte stream into messages, however the bytes are split on arrival.
///
/// Buffers at most one message; memory grows with what has arrived, not with what a length
/// announces. The first error sticks: the stream has no next message boundary.
class MessageReader {
 public:
  /// `message_bytes_max` bounds every message of this channel.
  explicit MessageReader(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  /// Takes one message off the front of `input`, which is advanced past the bytes used. Nothing if
  /// the input is used up without completing one; call again with the bytes that follow.
  [[nodiscard]] Result<std::optional<Bytes>, FramingError> next(ByteView& input);

  /// True between messages: the stream may end here.
  [[nodiscard]] bool at_boundary() const { return length_size_ == 0; }

  /// Bytes held of an incomplete message.
  [[nodiscard]] std::size_t buffered_bytes() const { return partial_.size(); }

 private:
  [[nodiscard]] Result<bool, FramingError> read_length(ByteView& input);

  std::size_t message_bytes_max_;
  std::uint64_t length_ = 0;
  unsigned length_size_ = 0;
  bool length_complete_ = false;
  std::optional<FramingError> failed_;
  Bytes partial_;
};

}  // namespace troupe::network
