#include <concepts>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/scenario/fields.hpp"
#include "tools/scenario/file.hpp"
#include "tools/scenario/text.hpp"

namespace troupe::scenario {

namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20 || code == 0x7f) {
      out += fmt::format("\\u{:04X}", code);
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// One key of a table with the text of its value. `is_required`: to be written even if it holds
/// what it would hold without being written.
struct Entry {
  std::string key;
  std::string value;
  bool is_required = false;
};

template <class T>
std::string table_of(T value);

std::string text_of(const std::string& text) {
  return quoted(text);
}

std::string text_of(bool value) {
  return value ? "true" : "false";
}

template <class T>

requires std::unsigned_integral<T> std::string text_of(T value) {
  return std::to_string(value);
}

std::string text_of(double value) {
  return fmt::format("{}", value);
}

template <class E>

requires std::is_enum_v<E> std::string text_of(E value) {
  return quoted(word_of(value));
}

std::string text_of(const Ratio& ratio) {
  return fmt::format("{}", ratio.share);
}

std::string text_of(const LoadRate& rate) {
  const std::string amount = fmt::format("{}", rate.amount);
  return rate.times_capacity ? quoted(amount + "x capacity") : amount;
}

std::string text_of(const Count& count) {
  return count.base == Count::Base::Zero ? format(count) : quoted(format(count));
}

std::string text_of(const Range& range) {
  return range.first == range.last ? format(range) : quoted(format(range));
}

/// A value that text.hpp writes.
template <class T>
concept Formatted = requires(const T& value) {
  { format(value) } -> std::same_as<std::string>;
};

template <Formatted T>
std::string text_of(const T& value) {
  return quoted(format(value));
}

template <class T>
std::string text_of(const std::vector<T>& list);

std::string text_of(const Selector& selector) {
  const auto* named = std::get_if<selector::Named>(&selector);
  if (named != nullptr && named->nodes.size() != 1) return text_of(named->nodes);
  return quoted(format(selector));
}

std::string text_of(const Span& span) {
  return span.time && !span.views ? text_of(*span.time) : table_of(span);
}

std::string text_of(const Trigger& trigger) {
  const bool is_time =
      trigger.time && !trigger.view && !trigger.height && !trigger.event && !trigger.after;
  return is_time ? text_of(*trigger.time) : table_of(trigger);
}

template <class T>

requires(std::is_class_v<T> && !Formatted<T>) std::string text_of(const T& value) {
  return table_of(value);
}

template <class T>
std::string text_of(const std::vector<T>& list) {
  std::vector<std::string> items;
  for (const T& item : list)
    items.push_back(text_of(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

/// Collects the entries of one table: the visitor of fields.hpp.
class TableWriter {
 public:
  template <class T>
  void operator()(std::string_view key, T& value) {
    add(key, text_of(value), false);
  }

  template <class T>
  void operator()(std::string_view key, std::optional<T>& value) {
    if (value) add(key, text_of(*value), true);
  }

  template <class T>
  void required(std::string_view key, T& value) {
    add(key, text_of(value), true);
  }

  void nodes(std::string_view key, Nodes& names) { add(key, text_of(names), false); }

  void kinds(std::string_view key, Nodes& names) { add(key, text_of(names), false); }

  void files(std::string_view key, Nodes& names) { add(key, text_of(names), false); }

  void fault(std::string_view key, std::string& id) { add(key, text_of(id), true); }

  void either_sign(std::string_view key, Duration& span) { add(key, text_of(span), false); }

  template <class Variant, class Names>
  void chosen(std::string_view key, Variant& variant, const Names& names) {
    add(key, quoted(names[variant.index()]), true);
  }

  void complain(std::string_view, const std::string&) {}

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  void add(std::string_view key, std::string value, bool is_required) {
    entries_.push_back({std::string(key), std::move(value), is_required});
  }

  std::vector<Entry> entries_;
};

template <class T>
std::vector<Entry> entries_of(T value) {
  TableWriter writer;
  describe(writer, value);
  return writer.entries();
}

/// What a table holds without a word: its type's defaults, with the same alternative of a variant.
template <class T>
T defaults_like(const T&) {
  return T{};
}

Fault defaults_like(const Fault& fault) {
  Fault defaults;
  defaults.kind = fault.kind;
  std::visit([](auto& kind) { kind = std::remove_reference_t<decltype(kind)>{}; }, defaults.kind);
  return defaults;
}

Check defaults_like(const Check& check) {
  Check defaults = check;
  std::visit([](auto& kind) { kind = std::remove_reference_t<decltype(kind)>{}; }, defaults);
  return defaults;
}

template <class T>
std::vector<Entry> written_entries(const T& value) {
  const auto defaults = entries_of(defaults_like(value));
  std::vector<Entry> written;
  for (Entry& entry : entries_of(value)) {
    bool is_default = false;
    for (const Entry& other : defaults)
      is_default = is_default || (other.key == entry.key && other.value == entry.value);
    if (entry.is_required || !is_default) written.push_back(std::move(entry));
  }
  return written;
}

template <class T>
std::string table_of(T value) {
  std::vector<std::string> pairs;
  for (const Entry& entry : written_entries(value))
    pairs.push_back(fmt::format("{} = {}", entry.key, entry.value));
  return pairs.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(pairs, ", "));
}

template <class T>
std::string block_of(std::string_view head, const T& value) {
  std::string out = fmt::format("\n{}\n", head);
  for (const Entry& entry : written_entries(value))
    out += fmt::format("{} = {}\n", entry.key, entry.value);
  return out;
}

}  // namespace

std::string write_scenario(const Scenario& scenario) {
  Scenario head = scenario;
  head.faults.clear();
  head.byzantine.clear();
  head.expectations.clear();
  head.swarm.reset();
  std::string out;
  for (const Entry& entry : written_entries(head))
    out += fmt::format("{} = {}\n", entry.key, entry.value);
  if (scenario.swarm) out += block_of("[swarm]", *scenario.swarm);
  for (const Byzantine& liar : scenario.byzantine)
    out += block_of("[[byzantine]]", liar);
  for (const Fault& fault : scenario.faults)
    out += block_of("[[fault]]", fault);
  for (const Check& check : scenario.expectations)
    out += block_of("[[expect]]", check);
  return out;
}

}  // namespace troupe::scenario
