#pragma once

#include <string>
#include <string_view>

#include "protocol/base/result.hpp"
#include "tools/scenario/byzantine.hpp"
#include "tools/scenario/values.hpp"

// The values of a scenario that are written as texts: parse() reads what format() writes, and the
// other forms that values.hpp names. Numbers are bounded, so that sums of them do not overflow.
namespace troupe::scenario {

/// Why a text is not what it should be, and what it may have meant (empty: nothing comes to mind).
struct TextError {
  std::string message;
  std::string suggestion;
};

template <class T>
using Parsed = Result<T, TextError>;

enum class Sign : std::uint8_t { Positive, Either };

/// The longest time that a scenario may name.
inline constexpr Duration kDurationMax = std::chrono::hours(24 * 366);

[[nodiscard]] Parsed<Duration> parse_duration(std::string_view text, Sign sign = Sign::Positive);
[[nodiscard]] Parsed<Count> parse_count(std::string_view text);
[[nodiscard]] Parsed<Range> parse_range(std::string_view text);
[[nodiscard]] Parsed<Ratio> parse_ratio(std::string_view text);
[[nodiscard]] Parsed<Size> parse_size(std::string_view text);
[[nodiscard]] Parsed<ByteRate> parse_byte_rate(std::string_view text);
[[nodiscard]] Parsed<LoadRate> parse_load_rate(std::string_view text);
[[nodiscard]] Parsed<Selector> parse_selector(std::string_view text);
[[nodiscard]] Parsed<FaultEnd> parse_fault_end(std::string_view text);
[[nodiscard]] Parsed<Masks> parse_masks(std::string_view text);

/// n1, n2, ...: what a name may look like, whether or not there is such a node.
[[nodiscard]] bool is_node_name(std::string_view text);

/// Letters, digits, - and _, at most 40 of them: ids of faults and of liars.
[[nodiscard]] bool is_id(std::string_view text);

[[nodiscard]] std::string format(Duration duration);
[[nodiscard]] std::string format(const Count& count);
[[nodiscard]] std::string format(const Range& range);
[[nodiscard]] std::string format(const Size& size);
[[nodiscard]] std::string format(const ByteRate& rate);
[[nodiscard]] std::string format(const Selector& selector);
[[nodiscard]] std::string format(const FaultEnd& end);
[[nodiscard]] std::string format(const Masks& masks);

}  // namespace troupe::scenario
