#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text, without copying it.
[[nodiscard]] ByteView as_bytes(std::string_view text);

/// A text over the same bytes, without copying them. The bytes need not be UTF-8.
[[nodiscard]] std::string_view as_text(ByteView bytes);

[[nodiscard]] Bytes to_bytes(ByteView bytes);

/// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(ByteView bytes);

/// Reads hexadecimal of either case. Nothing on an odd length or a foreign character.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

void append(Bytes& to, ByteView more);

[[nodiscard]] bool equal(ByteView left, ByteView right);

}  // namespace troupe
