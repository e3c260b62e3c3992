#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"

// The text forms of binary identifiers that libp2p uses (multibase specification): base58 with the
// Bitcoin alphabet, lower-case RFC 4648 base32 without padding, and base36.
namespace troupe::network {

/// The longest text decoded; base58 and base36 take quadratic time, and no identifier is longer.
inline constexpr std::size_t kMultibaseTextMax = 256;

[[nodiscard]] std::string to_base58(ByteView bytes);

/// Nothing on a foreign character or on more than kMultibaseTextMax characters.
[[nodiscard]] std::optional<Bytes> from_base58(std::string_view text);

[[nodiscard]] std::string to_base32(ByteView bytes);

/// Either case. Nothing on a foreign character, or if bits other than zero are left over.
[[nodiscard]] std::optional<Bytes> from_base32(std::string_view text);

[[nodiscard]] std::string to_base36(ByteView bytes);

/// Either case. Nothing on a foreign character or on more than kMultibaseTextMax characters.
[[nodiscard]] std::optional<Bytes> from_base36(std::string_view text);

}  // namespace troupe::network
