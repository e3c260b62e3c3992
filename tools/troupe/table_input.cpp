#include "tools/troupe/table_input.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "protocol/base/limits.hpp"
#include "protocol/ledger/admission.hpp"
#include "tools/suggest.hpp"

namespace troupe::tools {

namespace {

struct CsvRow {
  std::size_t line = 0;
  std::vector<std::string> fields;
};

CommandError bad_input(std::size_t line, const std::string& what, const std::string& hint) {
  return {ExitCode::Usage, "bad-input", fmt::format("input line {}: {}", line, what), hint};
}

/// Reads CSV row by row.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  Answer<CsvRow> row() {
    CsvRow row{line_, {}};
    for (;;) {
      auto field = !rest_.empty() && rest_.front() == '"' ? quoted() : plain();
      if (!field.ok()) return refuse(field.error());
      row.fields.push_back(std::move(*field));
      if (rest_.empty() || end_of_line()) return row;
      if (rest_.front() != ',') {
        return refuse(bad_input(line_,
                                "characters follow a closing quote",
                                "write a quote inside a quoted field twice, as RFC 4180 says"));
      }
      rest_.remove_prefix(1);
    }
  }

 private:
  Answer<std::string> plain() {
    const std::size_t end = std::min(rest_.find_first_of(",\r\n\""), rest_.size());
    if (end < rest_.size() && rest_[end] == '"') {
      return refuse(
          bad_input(line_,
                    "a quote stands inside a field that is not quoted",
                    "put the whole field in quotes and write the quote twice, as RFC 4180 says"));
    }
    std::string field(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return field;
  }

  Answer<std::string> quoted() {
    const std::size_t opened = line_;
    std::string field;
    rest_.remove_prefix(1);
    for (;;) {
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) {
        return refuse(
            bad_input(opened, "a quoted field never ends", "close the field with a quote"));
      }
      field += rest_.substr(0, end);
      line_ += static_cast<std::size_t>(
          std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      rest_.remove_prefix(end + 1);
      if (!rest_.starts_with('"')) return field;
      field += '"';
      rest_.remove_prefix(1);
    }
  }

  bool end_of_line() {
    const std::size_t size = rest_.starts_with("\r\n")                            ? 2
                             : rest_.starts_with('\n') || rest_.starts_with('\r') ? 1
                                                                                  : 0;
    rest_.remove_prefix(size);
    if (size > 0) ++line_;
    return size > 0;
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

Answer<std::vector<CsvRow>> read_csv(std::string_view text) {
  std::vector<CsvRow> rows;
  CsvReader reader(text);
  while (!reader.at_end()) {
    auto row = reader.row();
    if (!row.ok()) return refuse(row.error());
    if (row->fields == std::vector<std::string>{""}) continue;  // an empty line
    if (!rows.empty() && row->fields.size() != rows.front().fields.size()) {
      return refuse(
          bad_input(row->line,
                    fmt::format("{} columns, and the first line has {}",
                                row->fields.size(),
                                rows.front().fields.size()),
                    "every line needs the same columns; quote a field that holds a comma"));
    }
    rows.push_back(std::move(*row));
  }
  return rows;
}

/// The place of the key column, from 0.
Answer<std::size_t> key_column(const InputOptions& options, const std::vector<std::string>& first) {
  if (options.header) {
    const auto it = std::find(first.begin(), first.end(), options.key);
    if (it != first.end()) return static_cast<std::size_t>(it - first.begin());
  }
  std::size_t number = 0;
  const auto [end, error] =
      std::from_chars(options.key.data(), options.key.data() + options.key.size(), number);
  const bool is_number = error == std::errc{} && end == options.key.data() + options.key.size();
  if (is_number && number >= 1 && number <= first.size()) return number - 1;
  const auto meant = options.header ? nearest(options.key, first) : std::nullopt;
  return refuse(
      {ExitCode::Usage,
       "bad-column",
       fmt::format("there is no column '{}': the input has {}", options.key, first.size()),
       meant ? fmt::format("did you mean --key '{}'?", *meant)
             : fmt::format("name the key's column by its number, 1 to {}: --key 1", first.size())});
}

std::string csv_value(const CsvRow& row, std::size_t key) {
  std::string value;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    if (i == key) continue;
    if (i > (key == 0 ? 1u : 0u)) value += ',';
    value += csv_field(row.fields[i]);
  }
  return value;
}

std::string json_value(const CsvRow& row, const std::vector<std::string>& names, std::size_t key) {
  Json value = Json::object();
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    if (i != key) value[names[i]] = row.fields[i];
  }
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Answer<Done> check_record(const InputRecord& record) {
  if (!ledger::is_record_key(record.key)) {
    return refuse(bad_input(
        record.line,
        fmt::format("the key has {} bytes or a character that no key may have", record.key.size()),
        "a key is 1 to 1,024 printable ASCII characters; choose another column with --key"));
  }
  if (record.value.empty() || record.value.size() > kRecordValueBytesMax) {
    return refuse(bad_input(record.line,
                            fmt::format("the value has {} bytes", record.value.size()),
                            fmt::format("a value has 1 to {} bytes", kRecordValueBytesMax)));
  }
  return Done{};
}

Answer<std::vector<InputRecord>> read_csv_records(std::string_view text,
                                                  const InputOptions& options) {
  const auto rows = read_csv(text);
  if (!rows.ok()) return refuse(rows.error());
  std::vector<InputRecord> records;
  if (rows->empty()) return records;
  const auto& first = rows->front();
  const auto key = key_column(options, first.fields);
  if (!key.ok()) return refuse(key.error());
  for (std::size_t i = options.header ? 1 : 0; i < rows->size(); ++i) {
    const auto& row = (*rows)[i];
    std::string value = options.header ? json_value(row, first.fields, *key) : csv_value(row, *key);
    records.push_back({row.line, options.prefix + row.fields[*key], std::move(value)});
    if (const auto checked = check_record(records.back()); !checked.ok())
      return refuse(checked.error());
  }
  return records;
}

Answer<InputRecord> read_json_record(std::string_view text,
                                     std::size_t line,
                                     const InputOptions& options) {
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return refuse(bad_input(
        line, "not a JSON object", "write one object per line, or read CSV with --format csv"));
  }
  const auto field = object.find(options.key);
  if (field == object.end() || !(field->is_string() || field->is_number())) {
    return refuse(bad_input(line,
                            fmt::format("there is no text or number '{}'", options.key),
                            "name the field that holds the key: --key FIELD"));
  }
  const std::string key = field->is_string() ? field->get<std::string>() : field->dump();
  return InputRecord{line, options.prefix + key, std::string(text)};
}

Answer<std::vector<InputRecord>> read_json_lines(std::string_view text,
                                                 const InputOptions& options) {
  std::vector<InputRecord> records;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (content.ends_with('\r')) content.remove_suffix(1);
    if (content.empty()) continue;
    auto record = read_json_record(content, line, options);
    if (!record.ok()) return refuse(record.error());
    if (const auto checked = check_record(*record); !checked.ok()) return refuse(checked.error());
    records.push_back(std::move(*record));
  }
  return records;
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

Answer<std::vector<InputRecord>> read_records(std::string_view text, const InputOptions& options) {
  switch (options.format) {
    case InputFormat::Csv: return read_csv_records(text, options);
    case InputFormat::JsonLines: return read_json_lines(text, options);
  }
  return std::vector<InputRecord>{};
}

}  // namespace troupe::tools
