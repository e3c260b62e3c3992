#include "tools/scenario/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/base/match.hpp"
#include "tools/scenario/words.hpp"
#include "tools/suggest.hpp"

namespace troupe::scenario {

namespace {

constexpr std::uint64_t kNumberMax = 1'000'000'000'000'000;
constexpr std::int32_t kCountPlusMax = 1'000'000;
constexpr std::size_t kIdBytesMax = 40;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the greatest on: format() takes the first that divides.
constexpr std::array kTimeUnits{Unit{"h", 3'600'000'000},
                                Unit{"m", 60'000'000},
                                Unit{"s", 1'000'000},
                                Unit{"ms", 1'000},
                                Unit{"us", 1}};
constexpr std::array kSizeUnits{
    Unit{"GiB", 1ull << 30}, Unit{"MiB", 1ull << 20}, Unit{"KiB", 1ull << 10}, Unit{"B", 1}};

Failure<TextError> bad(std::string message, std::string suggestion = "") {
  return failure(TextError{std::move(message), std::move(suggestion)});
}

std::optional<std::uint64_t> whole(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || rest != end || number > kNumberMax)
    return std::nullopt;
  return number;
}

std::optional<double> real(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || rest != end || !std::isfinite(number))
    return std::nullopt;
  return number;
}

template <std::size_t Size>
std::vector<std::string> names_of(const std::array<Unit, Size>& units) {
  std::vector<std::string> names;
  for (const Unit& unit : units)
    names.emplace_back(unit.name);
  return names;
}

/// A number and its unit: "1.5s", "64KiB". Only whole results: "1.5us" is none.
template <std::size_t Size>
Parsed<std::uint64_t> measured(std::string_view text,
                               const std::array<Unit, Size>& units,
                               std::string_view example) {
  const std::size_t split = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = real(text.substr(0, split));
  const std::string_view unit = text.substr(split);
  if (!number) return bad(fmt::format("'{}' does not begin with a number", text), "");
  const auto known =
      std::ranges::find_if(units, [unit](const Unit& candidate) { return candidate.name == unit; });
  if (known == units.end()) {
    const auto names = names_of(units);
    const std::string message =
        unit.empty() ? fmt::format("'{}' has no unit", text) : fmt::format("'{}' is no unit", unit);
    const auto meant = unit.empty() ? std::nullopt : tools::nearest(unit, names);
    return bad(
        message,
        meant ? fmt::format("did you mean '{}{}'?", text.substr(0, split), *meant)
              : fmt::format(
                    "write for example '{}'; the units are {}", example, fmt::join(names, ", ")));
  }
  const double product = *number * static_cast<double>(known->factor);
  if (product > static_cast<double>(kNumberMax)) return bad(fmt::format("'{}' is too much", text));
  const double rounded = std::round(product);
  if (std::abs(rounded - product) > 1e-6)
    return bad(fmt::format("'{}' is no whole number of '{}'", text, units.back().name));
  return static_cast<std::uint64_t>(rounded);
}

template <std::size_t Size>
std::string shortest(std::uint64_t amount, const std::array<Unit, Size>& units) {
  if (amount == 0) return fmt::format("0{}", units.back().name);
  for (const Unit& unit : units) {
    if (amount % unit.factor == 0) return fmt::format("{}{}", amount / unit.factor, unit.name);
  }
  return "";
}

/// What stands between "name(" and ")".
std::optional<std::string_view> argument_of(std::string_view text, std::string_view name) {
  const bool fits = text.starts_with(name) && text.size() > name.size() + 1 &&
                    text[name.size()] == '(' && text.back() == ')';
  if (!fits) return std::nullopt;
  return text.substr(name.size() + 1, text.size() - name.size() - 2);
}

std::string_view trimmed(std::string_view text) {
  const std::size_t from = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(from);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

Parsed<Nodes> parse_nodes(std::string_view text) {
  Nodes nodes;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view name = trimmed(text.substr(0, comma));
    if (!is_node_name(name))
      return bad(fmt::format("'{}' is no node's name", name), "nodes are called n1, n2, ...");
    nodes.emplace_back(name);
    if (comma == text.size()) return nodes;
    text.remove_prefix(comma + 1);
  }
}

Parsed<Selector> unknown_selector(std::string_view text) {
  static const std::vector<std::string> known{
      "all", "each", "leader", "leader+1", "any(1)", "any(f)", "byz", "not n1", "n1"};
  const auto meant = tools::nearest(text, known);
  return bad(fmt::format("'{}' selects no nodes", text),
             meant ? fmt::format("did you mean '{}'?", *meant)
                   : fmt::format("one of: a node's name, {}", fmt::join(known, ", ")));
}

}  // namespace

bool is_node_name(std::string_view text) {
  if (text.size() < 2 || text.size() > 4 || text[0] != 'n' || text[1] == '0') return false;
  return whole(text.substr(1)).has_value();
}

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > kIdBytesMax) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

Parsed<Duration> parse_duration(std::string_view text, Sign sign) {
  const bool is_negative = text.starts_with('-');
  if (is_negative && sign == Sign::Positive)
    return bad(fmt::format("'{}' is negative", text), "this time cannot be");
  const auto amount = measured(is_negative ? text.substr(1) : text, kTimeUnits, "250ms");
  if (!amount) return failure(amount.error());
  const Duration duration{static_cast<Duration::rep>(*amount)};
  if (duration > kDurationMax) return bad(fmt::format("'{}' is longer than a year", text));
  return is_negative ? -duration : duration;
}

Parsed<Count> parse_count(std::string_view text) {
  Count count;
  std::string_view rest = text;
  if (rest.starts_with('f') || rest.starts_with('n')) {
    count.base = rest[0] == 'f' ? Count::Base::F : Count::Base::N;
    rest.remove_prefix(1);
    if (rest.empty()) return count;
    if (!rest.starts_with('+') && !rest.starts_with('-'))
      return bad(fmt::format("'{}' is no number", text), "write for example 3, 'f' or 'f+2'");
  }
  const bool is_negative = count.base != Count::Base::Zero && rest.starts_with('-');
  const auto number = whole(count.base == Count::Base::Zero ? rest : rest.substr(1));
  if (!number || *number > kCountPlusMax)
    return bad(fmt::format("'{}' is no number", text), "write for example 3, 'f' or 'f+2'");
  const auto plus = static_cast<std::int32_t>(*number);
  count.plus = is_negative ? -plus : plus;
  return count;
}

Parsed<Range> parse_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto first = whole(text.substr(0, std::min(dots, text.size())));
  const auto last = dots == std::string_view::npos ? first : whole(text.substr(dots + 2));
  if (!first || !last)
    return bad(fmt::format("'{}' is no range", text), "write for example '1..40'");
  if (*first > *last) return bad(fmt::format("'{}' runs backwards", text));
  return Range{*first, *last};
}

Parsed<Ratio> parse_ratio(std::string_view text) {
  const auto percent = text.ends_with('%') ? real(text.substr(0, text.size() - 1)) : std::nullopt;
  if (!percent) return bad(fmt::format("'{}' is no ratio", text), "write for example 0.05 or '5%'");
  if (*percent < 0 || *percent > 100)
    return bad(fmt::format("'{}' is not between 0 and 100 percent", text));
  return Ratio{*percent / 100};
}

Parsed<Size> parse_size(std::string_view text) {
  const auto bytes = measured(text, kSizeUnits, "64KiB");
  if (!bytes) return failure(bytes.error());
  return Size{*bytes};
}

Parsed<ByteRate> parse_byte_rate(std::string_view text) {
  if (!text.ends_with("/s"))
    return bad(fmt::format("'{}' is no rate of bytes", text), "write for example '64KiB/s'");
  const auto bytes = measured(text.substr(0, text.size() - 2), kSizeUnits, "64KiB/s");
  if (!bytes) return failure(bytes.error());
  if (*bytes == 0) return bad("a rate of nothing", "to let nothing pass, use the kind clog");
  return ByteRate{*bytes};
}

Parsed<LoadRate> parse_load_rate(std::string_view text) {
  const std::string_view suffix = "x capacity";
  const auto times =
      text.ends_with(suffix) ? real(text.substr(0, text.size() - suffix.size())) : std::nullopt;
  if (!times || *times <= 0 || *times > 1000)
    return bad(fmt::format("'{}' is no rate of transactions", text),
               "write a number for so many a second, or for example '2x capacity'");
  return LoadRate{*times, true};
}

Parsed<Selector> parse_selector(std::string_view text) {
  if (text == "all") return Selector{selector::All{}};
  if (text == "each") return Selector{selector::Each{}};
  if (text == "byz") return Selector{selector::Byzantine{}};
  if (text == "leader") return Selector{selector::Leader{}};
  if (is_node_name(text)) return Selector{selector::Named{{std::string(text)}}};
  if (text.starts_with("leader+")) {
    const auto later = whole(text.substr(7));
    if (!later || *later > 1000) return unknown_selector(text);
    return Selector{selector::Leader{static_cast<std::uint32_t>(*later)}};
  }
  if (const auto inside = argument_of(text, "any")) {
    const auto count = parse_count(*inside);
    if (!count) return failure(count.error());
    return Selector{selector::Any{*count}};
  }
  if (text.starts_with("not ")) {
    const auto nodes = parse_nodes(text.substr(4));
    if (!nodes) return failure(nodes.error());
    return Selector{selector::Not{*nodes}};
  }
  return unknown_selector(text);
}

Parsed<FaultEnd> parse_fault_end(std::string_view text) {
  const std::string_view suffix = ".last";
  const bool last = text.ends_with(suffix);
  const std::string_view id = last ? text.substr(0, text.size() - suffix.size()) : text;
  if (!is_id(id))
    return bad(fmt::format("'{}' is no fault's id", text), "write for example 'k' or 'k.last'");
  return FaultEnd{std::string(id), last};
}

Parsed<Masks> parse_masks(std::string_view text) {
  constexpr std::array kOrders{Masks::Order::Random, Masks::Order::Enumerate};
  for (const auto order : kOrders) {
    auto inside = argument_of(text, word_of(order));
    if (!inside || !inside->starts_with("rounds=")) continue;
    const auto rounds = whole(inside->substr(7));
    if (!rounds || *rounds == 0 || *rounds > 100) break;
    return Masks{order, static_cast<std::uint32_t>(*rounds)};
  }
  return bad(fmt::format("'{}' is no choice of masks", text),
             "write for example 'enumerate(rounds=3)' or 'random(rounds=3)'");
}

std::string format(Duration duration) {
  const auto amount = static_cast<std::uint64_t>(std::abs(duration.count()));
  return (duration.count() < 0 ? "-" : "") + shortest(amount, kTimeUnits);
}

std::string format(const Count& count) {
  if (count.base == Count::Base::Zero) return std::to_string(count.plus);
  const std::string base = count.base == Count::Base::F ? "f" : "n";
  return count.plus == 0 ? base : fmt::format("{}{:+}", base, count.plus);
}

std::string format(const Range& range) {
  if (range.first == range.last) return std::to_string(range.first);
  return fmt::format("{}..{}", range.first, range.last);
}

std::string format(const Size& size) {
  return shortest(size.bytes, kSizeUnits);
}

std::string format(const ByteRate& rate) {
  return shortest(rate.bytes, kSizeUnits) + "/s";
}

std::string format(const Selector& selector) {
  return std::visit(
      Match{[](const selector::All&) { return std::string("all"); },
            [](const selector::Named& named) {
              return fmt::format("{}", fmt::join(named.nodes, ","));
            },
            [](const selector::Each&) { return std::string("each"); },
            [](const selector::Leader& leader) {
              return leader.views_later == 0 ? std::string("leader")
                                             : fmt::format("leader+{}", leader.views_later);
            },
            [](const selector::Any& any) { return fmt::format("any({})", format(any.count)); },
            [](const selector::Byzantine&) { return std::string("byz"); },
            [](const selector::Not& others) {
              return fmt::format("not {}", fmt::join(others.nodes, ","));
            }},
      selector);
}

std::string format(const FaultEnd& end) {
  return end.last ? end.id + ".last" : end.id;
}

std::string format(const Masks& masks) {
  return fmt::format("{}(rounds={})", word_of(masks.order), masks.rounds);
}

}  // namespace troupe::scenario
