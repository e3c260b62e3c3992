#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "tools/scenario/fields.hpp"
#include "tools/scenario/file.hpp"
#include "tools/scenario/references.hpp"
#include "tools/scenario/text.hpp"
#include "tools/suggest.hpp"

namespace troupe::scenario {

namespace {

constexpr std::size_t kListMax = 1000;
constexpr std::size_t kTextBytesMax = 1000;

template <class Names>
std::vector<std::string> texts_of(const Names& names) {
  return {names.begin(), names.end()};
}

template <class Names>
std::string suggested(std::string_view word, const Names& names) {
  const auto known = texts_of(names);
  const auto meant = tools::nearest(word, known);
  return meant ? fmt::format("did you mean '{}'?", *meant)
               : fmt::format("one of: {}", fmt::join(known, ", "));
}

/// What the whole reading has found: problems, and what can be checked only at its end.
struct Findings {
  Problems problems;
  References references;

  void report(const toml::source_position& at, std::string message, std::string suggestion = "") {
    problems.push_back({at.line, at.column, std::move(message), std::move(suggestion)});
  }
};

Place place_of(const toml::node& node) {
  return {node.source().begin.line, node.source().begin.column};
}

/// Reads one table: the visitor of fields.hpp.
class TableReader {
 public:
  TableReader(const toml::table& table, Findings& findings) : table_(table), findings_(findings) {}

  /// Reads a whole table into `target`, which is described in fields.hpp.
  template <class T>
  static void read_into(const toml::table& table, T& target, Findings& findings) {
    TableReader reader(table, findings);
    describe(reader, target);
    reader.report_unknown();
  }

  template <class T>
  void operator()(std::string_view key, T& target) {
    if (const toml::node* node = find(key)) read(*node, key, target);
  }

  template <class T>
  void required(std::string_view key, T& target) {
    const toml::node* node = find(key);
    if (node == nullptr)
      return findings_.report(begin(), fmt::format("the key '{}' is missing", key));
    read(*node, key, target);
  }

  void nodes(std::string_view key, Nodes& target) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    read_list(*node, key, target);
    for (std::size_t i = 0; i < target.size(); ++i)
      note_node(element(*node, i), target[i]);
  }

  void kinds(std::string_view key, std::vector<std::string>& target) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    read_list(*node, key, target);
    for (std::size_t i = 0; i < target.size(); ++i) {
      if (std::ranges::find(kFaultKindNames, target[i]) == kFaultKindNames.end())
        complain_of(element(*node, i),
                    fmt::format("'{}' is no kind of fault", target[i]),
                    suggested(target[i], kFaultKindNames));
    }
  }

  void files(std::string_view key, std::vector<std::string>& target) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    read_list(*node, key, target);
    for (std::size_t i = 0; i < target.size(); ++i) {
      const std::string& name = target[i];
      if (name.empty() || name.starts_with('/') || name.find("..") != std::string::npos)
        complain_of(element(*node, i),
                    fmt::format("'{}' is no file below a node's data", name),
                    "write for example 'database/*.ldb'");
    }
  }

  void fault(std::string_view key, std::string& id) {
    const toml::node* node = find(key);
    if (node == nullptr)
      return findings_.report(begin(), fmt::format("the key '{}' is missing", key));
    read(*node, key, id);
    findings_.references.faults.push_back({id, place_of(*node)});
  }

  void either_sign(std::string_view key, Duration& target) {
    if (const toml::node* node = find(key)) {
      read_text(*node, key, "a time such as '-30s'", target, [](std::string_view text) {
        return parse_duration(text, Sign::Either);
      });
    }
  }

  template <class Variant, class Names>
  void chosen(std::string_view key, Variant& target, const Names& names) {
    std::string word;
    required(key, word);
    const toml::node* node = table_.get(key);
    if (node == nullptr || !node->is_string()) return give_up();
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) {
      complain_of(*node, fmt::format("'{}' is no {}", word, key), suggested(word, names));
      return give_up();
    }
    emplace(target, static_cast<std::size_t>(found - names.begin()));
  }

  void complain(std::string_view key, std::string message) {
    if (const toml::node* node = table_.get(key)) complain_of(*node, std::move(message));
  }

 private:
  [[nodiscard]] toml::source_position begin() const { return table_.source().begin; }

  const toml::node* find(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
  }

  // Without its kind a table's other keys cannot be judged.
  void give_up() { is_judged_ = false; }

  void report_unknown() {
    if (!is_judged_) return;
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) != known_.end()) continue;
      const auto at = key.source().begin;
      findings_.report(at ? at : node.source().begin,
                       fmt::format("unknown key '{}'", key.str()),
                       suggested(key.str(), known_));
    }
  }

  void complain_of(const toml::node& node, std::string message, std::string suggestion = "") {
    findings_.report(node.source().begin, std::move(message), std::move(suggestion));
  }

  void wrong_type(const toml::node& node, std::string_view key, std::string_view wanted) {
    complain_of(node, fmt::format("'{}' must be {}", key, wanted));
  }

  static const toml::node& element(const toml::node& list, std::size_t index) {
    const toml::array* array = list.as_array();
    return array != nullptr && index < array->size() ? *array->get(index) : list;
  }

  template <class Variant, std::size_t Index = 0>
  static void emplace(Variant& target, std::size_t index) {
    if constexpr (Index < std::variant_size_v<Variant>) {
      if (index == Index) {
        target.template emplace<Index>();
      } else {
        emplace<Variant, Index + 1>(target, index);
      }
    }
  }

  void note_node(const toml::node& node, const std::string& name) {
    if (!is_node_name(name)) {
      complain_of(
          node, fmt::format("'{}' is no node's name", name), "nodes are called n1, n2, ...");
    }
    findings_.references.nodes.push_back({name, place_of(node)});
  }

  // What a key's value is, by the type that takes it.

  template <class T>
  requires std::is_class_v<T>

  void read(const toml::node& node, std::string_view key, T& target) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong_type(node, key, "a table: { ... }");
    read_into(*table, target, findings_);
  }

  template <class E>
  requires std::is_enum_v<E>

  void read(const toml::node& node, std::string_view key, E& target) {
    if (!node.is_string()) return wrong_type(node, key, "a word in double quotes");
    const std::string word = node.value<std::string>().value_or("");
    const auto found = std::ranges::find(kWords<E>, word);
    if (found == kWords<E>.end()) {
      complain_of(node, fmt::format("'{}' is no {}", word, key), suggested(word, kWords<E>));
    } else {
      target = static_cast<E>(found - kWords<E>.begin());
    }
  }

  template <class T>
  void read(const toml::node& node, std::string_view key, std::optional<T>& target) {
    read(node, key, target.emplace());
  }

  template <class T>
  void read(const toml::node& node, std::string_view key, std::vector<T>& target) {
    read_list(node, key, target);
  }

  template <class T>
  void read_list(const toml::node& node, std::string_view key, std::vector<T>& target) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return wrong_type(node, key, "a list: [ ... ]");
    if (array->size() > kListMax) return wrong_type(node, key, "shorter than 1000");
    target.clear();
    for (const toml::node& item : *array)
      read(item, key, target.emplace_back());
  }

  // A side of a partition is a list of nodes; everything else is no list in a list.
  void read(const toml::node& node, std::string_view key, Nodes& target) {
    read_list(node, key, target);
    if (key != "sides") return;
    for (std::size_t i = 0; i < target.size(); ++i)
      note_node(element(node, i), target[i]);
  }

  void read(const toml::node& node, std::string_view key, bool& target) {
    if (!node.is_boolean()) return wrong_type(node, key, "true or false");
    target = node.value<bool>().value_or(false);
  }

  void read(const toml::node& node, std::string_view key, std::string& target) {
    if (!node.is_string()) return wrong_type(node, key, "a text in double quotes");
    target = node.value<std::string>().value_or("");
    if (target.size() > kTextBytesMax) wrong_type(node, key, "at most 1000 bytes");
  }

  template <class T>
  requires std::unsigned_integral<T>

  void read(const toml::node& node, std::string_view key, T& target) {
    constexpr std::int64_t most = 1'000'000'000'000;
    constexpr auto limit = static_cast<std::int64_t>(
        std::min<std::uint64_t>(std::numeric_limits<T>::max(), static_cast<std::uint64_t>(most)));
    const std::int64_t number = node.value_exact<std::int64_t>().value_or(-1);
    if (number < 0 || number > limit) {
      return wrong_type(node, key, fmt::format("a whole number from 0 to {}", limit));
    }
    target = static_cast<T>(number);
  }

  void read(const toml::node& node, std::string_view key, double& target) {
    const double number = node.is_number() ? node.value<double>().value_or(NAN) : NAN;
    if (!std::isfinite(number)) return wrong_type(node, key, "a number");
    target = number;
  }

  template <class T, class Parse>
  void read_text(const toml::node& node,
                 std::string_view key,
                 std::string_view wanted,
                 T& target,
                 Parse parse) {
    if (!node.is_string()) return wrong_type(node, key, wanted);
    const auto parsed = parse(node.value<std::string>().value_or(""));
    if (!parsed.ok()) {
      return complain_of(
          node, fmt::format("{}: {}", key, parsed.error().message), parsed.error().suggestion);
    }
    target = *parsed;
  }

  void read(const toml::node& node, std::string_view key, Duration& target) {
    read_text(node, key, "a time such as '250ms'", target, [](std::string_view text) {
      return parse_duration(text);
    });
  }

  void read(const toml::node& node, std::string_view key, Count& target) {
    const auto number = node.value_exact<std::int64_t>();
    if (number) {
      target = {};
      if (*number < 0 || *number > 1'000'000) return wrong_type(node, key, "a count");
      target.plus = static_cast<std::int32_t>(*number);
      return;
    }
    read_text(node, key, "a number, or 'f', 'f+2', 'n'", target, parse_count);
  }

  void read(const toml::node& node, std::string_view key, Range& target) {
    if (node.is_integer()) {
      std::uint64_t number = 0;
      read(node, key, number);
      target = {number, number};
      return;
    }
    read_text(node, key, "a number, or a range such as '1..40'", target, parse_range);
  }

  void read(const toml::node& node, std::string_view key, Ratio& target) {
    if (node.is_string()) return read_text(node, key, "", target, parse_ratio);
    double share = -1;
    read(node, key, share);
    if (node.is_number() && !(share >= 0 && share <= 1)) {
      return wrong_type(node, key, "a ratio from 0 to 1, or such as '5%'");
    }
    target.share = share;
  }

  void read(const toml::node& node, std::string_view key, Size& target) {
    read_text(node, key, "a size such as '64KiB'", target, parse_size);
  }

  void read(const toml::node& node, std::string_view key, ByteRate& target) {
    read_text(node, key, "a rate such as '64KiB/s'", target, parse_byte_rate);
  }

  void read(const toml::node& node, std::string_view key, LoadRate& target) {
    if (node.is_string()) return read_text(node, key, "", target, parse_load_rate);
    target = {};
    read(node, key, target.amount);
    if (target.amount <= 0 || target.amount > 1e9) wrong_type(node, key, "a rate above 0");
  }

  void read(const toml::node& node, std::string_view key, FaultEnd& target) {
    read_text(node, key, "a fault's id", target, parse_fault_end);
    findings_.references.faults.push_back({target.id, place_of(node)});
  }

  void read(const toml::node& node, std::string_view key, Masks& target) {
    read_text(node, key, "masks such as 'enumerate(rounds=3)'", target, parse_masks);
  }

  void read(const toml::node& node, std::string_view key, Span& target) {
    if (node.is_string()) {
      read(node, key, target.time);
    } else if (const toml::table* table = node.as_table()) {
      read_into(*table, target, findings_);
      if (table->empty()) wrong_type(node, key, "a time, or { views = 2 }");
    } else {
      wrong_type(node, key, "a time such as '5s', or { views = 2 }");
    }
  }

  void read(const toml::node& node, std::string_view key, Trigger& target) {
    if (node.is_string()) {
      read(node, key, target.time);
    } else if (const toml::table* table = node.as_table()) {
      read_into(*table, target, findings_);
      if (table->empty()) wrong_type(node, key, "a time, or a table of conditions");
    } else {
      wrong_type(node, key, "a time such as '5s', or a table of conditions");
    }
  }

  void read(const toml::node& node, std::string_view key, Selector& target) {
    if (const toml::array* array = node.as_array()) {
      Nodes names;
      read_list(node, key, names);
      if (array->empty()) wrong_type(node, key, "at least one node");
      target = selector::Named{names};
    } else {
      read_text(
          node, key, "a selector such as 'any(f)', or a list of nodes", target, parse_selector);
    }
    note_selector(node, target);
  }

  void note_selector(const toml::node& node, const Selector& selector) {
    if (const auto* any = std::get_if<selector::Any>(&selector))
      findings_.references.counts.push_back({any->count, place_of(node)});
    const auto* named = std::get_if<selector::Named>(&selector);
    const auto* others = std::get_if<selector::Not>(&selector);
    const Nodes none;
    const Nodes& names = named != nullptr ? named->nodes : others != nullptr ? others->nodes : none;
    for (std::size_t i = 0; i < names.size(); ++i)
      note_node(element(node, i), names[i]);
  }

  void read(const toml::node& node, std::string_view key, Check& target) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong_type(node, key, "a table: { check = ... }");
    read_into(*table, target, findings_);
  }

  void read(const toml::node& node, std::string_view key, Fault& target) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return wrong_type(node, key, "a table: { kind = ... }");
    read_into(*table, target, findings_);
    if (const toml::node* id = table->get("id")) {
      if (!is_id(target.id))
        complain_of(*id, fmt::format("'{}' is no id", target.id), "letters, digits, - and _");
    }
    findings_.references.declared.push_back({target.id, place_of(node)});
  }

  const toml::table& table_;
  Findings& findings_;
  std::vector<std::string> known_;
  bool is_judged_ = true;
};

bool is_before(const Problem& left, const Problem& right) {
  return left.line != right.line ? left.line < right.line : left.column < right.column;
}

}  // namespace

Result<Scenario, Problems> read_scenario(std::string_view text) {
  if (text.size() > kScenarioBytesMax) {
    return failure(Problems{{1, 1, "the file is larger than 256 KiB", ""}});
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto at = parsed.error().source().begin;
    return failure(Problems{{at.line, at.column, std::string(parsed.error().description()), ""}});
  }
  Scenario scenario;
  Findings findings;
  TableReader::read_into(parsed.table(), scenario, findings);
  name_faults(scenario);
  check_references(scenario, findings.references, findings.problems);
  if (findings.problems.empty()) return scenario;
  std::ranges::stable_sort(findings.problems, is_before);
  return failure(std::move(findings.problems));
}

std::string located(std::string_view file, const Problem& problem) {
  return fmt::format("{}:{}:{}: {}{}{}{}",
                     file,
                     problem.line,
                     problem.column,
                     problem.message,
                     problem.suggestion.empty() ? "" : " (",
                     problem.suggestion,
                     problem.suggestion.empty() ? "" : ")");
}

}  // namespace troupe::scenario
