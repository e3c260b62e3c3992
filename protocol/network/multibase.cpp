#include "protocol/network/multibase.hpp"

#include <algorithm>
#include <cstdint>

namespace troupe::network {
namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBase36 = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// The bytes as one big number in the alphabet's base, a leading zero byte as a leading zero digit.
std::string to_positional(ByteView bytes, std::string_view alphabet) {
  const auto base = static_cast<unsigned>(alphabet.size());
  std::vector<std::uint8_t> digits;  // least significant first
  for (const std::uint8_t byte : bytes) {
    unsigned carry = byte;
    for (std::uint8_t& digit : digits) {
      carry += static_cast<unsigned>(digit) << 8;
      digit = static_cast<std::uint8_t>(carry % base);
      carry /= base;
    }
    for (; carry > 0; carry /= base)
      digits.push_back(static_cast<std::uint8_t>(carry % base));
  }
  std::string text;
  for (std::size_t i = 0; i < bytes.size() && bytes[i] == 0; ++i)
    text.push_back(alphabet.front());
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit)
    text.push_back(alphabet[*digit]);
  return text;
}

std::optional<Bytes> from_positional(std::string_view text, std::string_view alphabet) {
  if (text.size() > kMultibaseTextMax) return std::nullopt;
  const auto base = static_cast<unsigned>(alphabet.size());
  Bytes number;  // least significant byte first
  for (const char letter : text) {
    const std::size_t digit = alphabet.find(letter);
    if (digit == std::string_view::npos) return std::nullopt;
    unsigned carry = static_cast<unsigned>(digit);
    for (std::uint8_t& byte : number) {
      carry += byte * base;
      byte = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    if (carry > 0) number.push_back(static_cast<std::uint8_t>(carry));
  }
  const std::size_t zeros = std::min(text.find_first_not_of(alphabet.front()), text.size());
  number.insert(number.end(), zeros, 0);
  std::reverse(number.begin(), number.end());
  return number;
}

}  // namespace

std::string to_base58(ByteView bytes) {
  return to_positional(bytes, kBase58);
}

std::optional<Bytes> from_base58(std::string_view text) {
  return from_positional(text, kBase58);
}

std::string to_base36(ByteView bytes) {
  return to_positional(bytes, kBase36);
}

std::optional<Bytes> from_base36(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
  return from_positional(lower, kBase36);
}

std::string to_base32(ByteView bytes) {
  std::string text;
  unsigned bits = 0;
  unsigned held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xfff;
    for (held += 8; held >= 5; held -= 5)
      text.push_back(kBase32[bits >> (held - 5) & 31]);
  }
  if (held > 0) text.push_back(kBase32[bits << (5 - held) & 31]);
  return text;
}

std::optional<Bytes> from_base32(std::string_view text) {
  Bytes bytes;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char letter : text) {
    const std::size_t digit = kBase32.find(to_lower(letter));
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 5 | static_cast<unsigned>(digit)) & 0xfff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> held));
    }
  }
  const unsigned left_over = bits & ((1U << held) - 1);
  if (held >= 5 || left_over != 0) return std::nullopt;
  return bytes;
}

}  // namespace troupe::network
