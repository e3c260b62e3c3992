#include "protocol/codec/wire.hpp"

namespace troupe::codec {

std::string_view describe(WireError error) {
  switch (error) {
    case WireError::Truncated: return "the input ends too early";
    case WireError::NotMinimal: return "a number is not in its shortest form";
    case WireError::OutOfRange: return "a number or length is above its bound";
    case WireError::TrailingBytes: return "there are bytes after the end";
  }
  return "unknown error";
}

std::size_t varint_size(std::uint64_t number) {
  std::size_t size = 1;
  while (number >= 0x80) {
    number >>= 7;
    ++size;
  }
  return size;
}

void append_varint(Bytes& to, std::uint64_t number) {
  while (number >= 0x80) {
    to.push_back(static_cast<std::uint8_t>(number | 0x80));
    number >>= 7;
  }
  to.push_back(static_cast<std::uint8_t>(number));
}

Writer& Writer::u8(std::uint8_t number) {
  bytes_.push_back(number);
  return *this;
}

Writer& Writer::boolean(bool value) {
  return u8(value ? 1 : 0);
}

Writer& Writer::varint(std::uint64_t number) {
  append_varint(bytes_, number);
  return *this;
}

Writer& Writer::fixed(ByteView content) {
  append(bytes_, content);
  return *this;
}

Writer& Writer::bytes(ByteView content) {
  varint(content.size());
  return fixed(content);
}

Writer& Writer::text(std::string_view content) {
  return bytes(as_bytes(content));
}

void Reader::fail(WireError error) {
  if (failed_) return;
  failed_ = true;
  error_ = error;
  rest_ = {};
}

std::uint8_t Reader::u8() {
  if (rest_.empty()) {
    fail(WireError::Truncated);
    return 0;
  }
  const std::uint8_t byte = rest_.front();
  rest_ = rest_.subspan(1);
  return byte;
}

bool Reader::boolean() {
  const std::uint8_t byte = u8();
  if (byte > 1) fail(WireError::OutOfRange);
  return byte == 1;
}

std::uint64_t Reader::varint(std::uint64_t number_max) {
  std::uint64_t number = 0;
  std::uint8_t byte = 0x80;
  unsigned shift = 0;
  for (; (byte & 0x80) != 0; shift += 7) {
    byte = u8();
    // The tenth byte has room for bit 63 alone, and for no continuation.
    if (shift == 63 && byte > 1) fail(WireError::OutOfRange);
    if (!ok()) return 0;
    number |= std::uint64_t{byte & 0x7fU} << shift;
  }
  if (shift > 7 && byte == 0) fail(WireError::NotMinimal);
  if (number > number_max) fail(WireError::OutOfRange);
  return ok() ? number : 0;
}

ByteView Reader::fixed(std::size_t size) {
  if (rest_.size() < size) {
    fail(WireError::Truncated);
    return {};
  }
  const ByteView view = rest_.first(size);
  rest_ = rest_.subspan(size);
  return view;
}

ByteView Reader::bytes(std::size_t size_max) {
  return fixed(static_cast<std::size_t>(varint(size_max)));
}

std::string Reader::text(std::size_t size_max) {
  return std::string(as_text(bytes(size_max)));
}

std::size_t Reader::count(std::size_t count_max) {
  const auto count = static_cast<std::size_t>(varint(count_max));
  if (count > rest_.size()) {
    fail(WireError::Truncated);
    return 0;
  }
  return count;
}

Result<Done, WireError> Reader::finish() {
  if (failed_) return failure(error_);
  if (!rest_.empty()) return failure(WireError::TrailingBytes);
  return Done{};
}

}  // namespace troupe::codec
