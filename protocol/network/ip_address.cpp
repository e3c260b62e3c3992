#include "protocol/network/ip_address.hpp"

#include <charconv>
#include <cstddef>
#include <vector>

namespace troupe::network {
namespace {

constexpr std::size_t kGroups = 8;

using Groups = std::vector<std::uint16_t>;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text = text.substr(end + 1);
  }
}

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The groups of one side of a `::`, or of a whole address without one.
std::optional<Groups> parse_groups(std::string_view text, bool may_end_dotted) {
  Groups groups;
  if (text.empty()) return groups;
  const auto parts = split(text, ':');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dotted = parse_ipv4(parts[i]);
    if (dotted && may_end_dotted && i + 1 == parts.size()) {
      groups.push_back(static_cast<std::uint16_t>((*dotted)[0] << 8 | (*dotted)[1]));
      groups.push_back(static_cast<std::uint16_t>((*dotted)[2] << 8 | (*dotted)[3]));
      continue;
    }
    const auto group = parse_number<std::uint16_t>(parts[i], 16);
    if (!group || parts[i].size() > 4) return std::nullopt;
    groups.push_back(*group);
  }
  return groups;
}

struct Run {
  std::size_t start = 0;
  std::size_t size = 0;
};

Run longest_zero_run(const std::array<std::uint16_t, kGroups>& groups) {
  Run longest;
  Run current;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (groups[i] != 0) {
      current = Run{};
      continue;
    }
    if (current.size++ == 0) current.start = i;
    if (current.size > longest.size) longest = current;
  }
  return longest.size >= 2 ? longest : Run{};
}

void append_group(std::string& to, std::uint16_t group) {
  std::array<char, 4> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), group, 16).ptr;
  to.append(digits.data(), end);
}

}  // namespace

std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t number_max) {
  const auto number = parse_number<std::uint32_t>(text, 10);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (!number || padded || *number > number_max) return std::nullopt;
  return number;
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
  const auto parts = split(text, '.');
  Ipv4 address{};
  if (parts.size() != address.size()) return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = parse_decimal(parts[i], 255);
    if (!number) return std::nullopt;
    address[i] = static_cast<std::uint8_t>(*number);
  }
  return address;
}

std::string to_text(const Ipv4& address) {
  std::string text;
  for (const std::uint8_t number : address) {
    if (!text.empty()) text += '.';
    text += std::to_string(number);
  }
  return text;
}

std::optional<Ipv6> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap), !has_gap);
  const auto tail = parse_groups(has_gap ? text.substr(gap + 2) : std::string_view{}, true);
  if (!head || !tail) return std::nullopt;
  const std::size_t written = head->size() + tail->size();
  if (has_gap ? written >= kGroups : written != kGroups) return std::nullopt;
  Groups groups = *head;
  groups.resize(kGroups - tail->size());
  groups.insert(groups.end(), tail->begin(), tail->end());
  Ipv6 address{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    address[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    address[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  return address;
}

std::string to_text(const Ipv6& address) {
  std::array<std::uint16_t, kGroups> groups{};
  for (std::size_t i = 0; i < kGroups; ++i)
    groups[i] = static_cast<std::uint16_t>(address[2 * i] << 8 | address[2 * i + 1]);
  const Run gap = longest_zero_run(groups);
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (gap.size > 0 && i == gap.start) {
      text += "::";
      i += gap.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_group(text, groups[i]);
  }
  return text;
}

}  // namespace troupe::network
