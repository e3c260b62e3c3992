#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

// The one encoding of everything that is ours: stored, signed or sent.
//
//   u8      := one byte
//   varint  := unsigned LEB128 of a 64-bit number, 1 to 10 bytes, minimal form
//   fixed   := that many bytes as they are (digests, keys, signatures)
//   bytes   := length: varint  content: fixed[length]
//   list(x) := count: varint  x[count]
//   bool    := u8, 0 or 1
//
// Fields stand in a fixed order and none is optional, so every value has exactly one encoding and
// its digest is well defined. A reader refuses non-minimal numbers, lengths above the bound that
// its caller states, and bytes that are left over.
namespace troupe::codec {

enum class WireError {
  Truncated,      ///< the input ends inside a field
  NotMinimal,     ///< a varint has a needless byte
  OutOfRange,     ///< a number, length or count is above its bound, or an enumerator is unknown
  TrailingBytes,  ///< bytes are left after the last field
};

[[nodiscard]] std::string_view describe(WireError error);

/// How many bytes write_varint appends for this number: 1 to 10.
[[nodiscard]] std::size_t varint_size(std::uint64_t number);

void append_varint(Bytes& to, std::uint64_t number);

/// Builds one canonical encoding, field by field.
class Writer {
 public:
  Writer() = default;

  explicit Writer(std::size_t size_hint) { bytes_.reserve(size_hint); }

  Writer& u8(std::uint8_t number);
  Writer& boolean(bool value);
  Writer& varint(std::uint64_t number);
  Writer& fixed(ByteView content);
  Writer& bytes(ByteView content);
  Writer& text(std::string_view content);

  [[nodiscard]] const Bytes& view() const { return bytes_; }

  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Reads one encoding, field by field, within the given bytes, which must outlive the reader.
///
/// The first error sticks: every later read yields zero or an empty view, so that a decoder reads
/// its fields in a row and asks once at the end. Never reads past the end and never allocates more
/// than the input is long.
class Reader {
 public:
  explicit Reader(ByteView input) : rest_(input) {}

  std::uint8_t u8();
  bool boolean();
  /// A number of at most `number_max`. Errors: Truncated, NotMinimal, OutOfRange.
  std::uint64_t varint(std::uint64_t number_max = UINT64_MAX);
  /// Exactly `size` bytes, as a view into the input.
  ByteView fixed(std::size_t size);
  /// Length-prefixed bytes, at most `size_max` of them, as a view into the input.
  ByteView bytes(std::size_t size_max);
  /// Length-prefixed text of at most `size_max` bytes.
  std::string text(std::size_t size_max);
  /// A list's count, at most `count_max`, and at most the bytes that are left (every element takes
  /// at least one), so that a caller may reserve that many.
  std::size_t count(std::size_t count_max);

  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out{};
    const ByteView view = fixed(N);
    for (std::size_t i = 0; i < view.size(); ++i)
      out[i] = view[i];
    return out;
  }

  /// Records an error that the caller found in a field's meaning, for example OutOfRange.
  void fail(WireError error);

  [[nodiscard]] bool ok() const { return !failed_; }

  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }

  /// The bytes not read yet.
  [[nodiscard]] ByteView rest() const { return rest_; }

  /// Done if every field was read and nothing is left; else the first error.
  [[nodiscard]] Result<Done, WireError> finish();

 private:
  ByteView rest_;
  bool failed_ = false;
  WireError error_ = WireError::Truncated;
};

/// Decodes a whole input with `read(reader)`, refusing trailing bytes.
template <class Read>
auto decode(ByteView input, Read&& read)
    -> Result<decltype(read(std::declval<Reader&>())), WireError> {
  Reader reader(input);
  auto value = read(reader);
  if (const auto end = reader.finish(); !end) return failure(end.error());
  return value;
}

}  // namespace troupe::codec
