#include "protocol/network/framing.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/codec/wire.hpp"

namespace troupe::network {
namespace {

constexpr unsigned kLengthBytesMax = 9;

}  // namespace

std::string_view describe(FramingError error) {
  switch (error) {
    case FramingError::LengthNotMinimal: return "a message length is not in its shortest form";
    case FramingError::MessageTooLong: return "a message is longer than its channel allows";
  }
  return "unknown error";
}

void append_message(Bytes& to, ByteView message) {
  codec::append_varint(to, message.size());
  append(to, message);
}

std::size_t framed_size(std::size_t message_bytes) {
  return codec::varint_size(message_bytes) + message_bytes;
}

/// True once the length is complete; then it is within bounds.
Result<bool, FramingError> MessageReader::read_length(ByteView& input) {
  while (!length_complete_ && !input.empty()) {
    const std::uint8_t byte = input.front();
    input = input.subspan(1);
    if (length_size_ > 0 && byte == 0) return failure(FramingError::LengthNotMinimal);
    length_ |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * length_size_);
    ++length_size_;
    length_complete_ = (byte & 0x80) == 0;
    const bool endless = !length_complete_ && length_size_ == kLengthBytesMax;
    if (endless || length_ > message_bytes_max_) return failure(FramingError::MessageTooLong);
  }
  return length_complete_;
}

Result<std::optional<Bytes>, FramingError> MessageReader::next(ByteView& input) {
  if (failed_) return failure(*failed_);
  const auto length_known = read_length(input);
  if (!length_known) {
    failed_ = length_known.error();
    return failure(*failed_);
  }
  if (!*length_known) return std::optional<Bytes>{};
  INVARIANT(partial_.size() <= length_);
  const ByteView piece =
      input.first(std::min<std::size_t>(input.size(), length_ - partial_.size()));
  append(partial_, piece);
  input = input.subspan(piece.size());
  if (partial_.size() < length_) return std::optional<Bytes>{};
  length_ = 0;
  length_size_ = 0;
  length_complete_ = false;
  return std::optional<Bytes>(std::exchange(partial_, {}));
}

}  // namespace troupe::network
