#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::network {

using Ipv4 = std::array<std::uint8_t, 4>;
using Ipv6 = std::array<std::uint8_t, 16>;

/// Four decimal numbers without leading zeros.
[[nodiscard]] std::optional<Ipv4> parse_ipv4(std::string_view text);

[[nodiscard]] std::string to_text(const Ipv4& address);

/// RFC 4291 section 2.2: eight groups, one run of them may be ::, the last two may be dotted IPv4.
[[nodiscard]] std::optional<Ipv6> parse_ipv6(std::string_view text);

/// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as ::.
[[nodiscard]] std::string to_text(const Ipv6& address);

/// A decimal number without sign or needless zeros, at most `number_max`.
[[nodiscard]] std::optional<std::uint32_t> parse_decimal(std::string_view text,
                                                         std::uint32_t number_max);

}  // namespace troupe::network
