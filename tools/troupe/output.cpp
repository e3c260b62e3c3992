#include "tools/troupe/output.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace troupe::tools {

namespace {

constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kRed = "\033[31m";
constexpr std::string_view kReset = "\033[0m";
constexpr std::size_t kProgressBarCells = 24;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool wants_color(ColorChoice choice, bool terminal) {
  if (choice == ColorChoice::Always) return true;
  if (choice == ColorChoice::Never) return false;
  return terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

std::size_t terminal_width() {
  const std::string columns = environment("COLUMNS");
  if (!columns.empty()) {
    const unsigned long width = std::strtoul(columns.c_str(), nullptr, 10);
    if (width > 0) return width;
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) return size.ws_col;
  return 0;
}

/// The length of the UTF-8 sequence at the front (1 to 4), or 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF5   ? 0
                             : lead >= 0xF0 ? 4
                             : lead >= 0xE0 ? 3
                             : lead >= 0xC2 ? 2
                                            : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  if (lead == 0xE0 && second < 0xA0) return 0;   // longer than needed
  if (lead == 0xED && second >= 0xA0) return 0;  // a surrogate
  if (lead == 0xF0 && second < 0x90) return 0;
  if (lead == 0xF4 && second >= 0x90) return 0;
  return length;
}

std::string cut(const std::string& text, std::size_t cells_max) {
  if (cells(text) <= cells_max) return text;
  std::string out;
  std::string_view rest = text;
  for (std::size_t i = 0; i + 1 < cells_max && !rest.empty(); ++i) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(rest));
    out += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return out + "…";
}

std::string compact(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const CommandError& error) {
  return {{"code", error.code}, {"message", error.message}, {"hint", error.hint}};
}

}  // namespace

OutputOptions output_options(std::string_view format, ColorChoice color, bool quiet) {
  OutputOptions options;
  const bool out_terminal = isatty(STDOUT_FILENO) == 1;
  const bool err_terminal = isatty(STDERR_FILENO) == 1;
  if (format.empty()) {
    options.format = out_terminal ? Format::TableText : Format::PlainText;
  } else if (format == "table") {
    options.format = Format::TableText;
  } else if (format == "json") {
    options.format = Format::JsonObject;
  } else if (format == "jsonl") {
    options.format = Format::JsonLines;
  }
  options.color = wants_color(color, out_terminal);
  options.color_errors = wants_color(color, err_terminal);
  options.quiet = quiet;
  options.progress = err_terminal && environment("TERM") != "dumb";
  options.width = terminal_width();
  return options;
}

std::string escaped(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    const auto byte = static_cast<unsigned char>(bytes.front());
    if (byte == '\t') {
      out += "\\t";
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\\') {
      out += "\\\\";
    } else if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::size_t cells(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

std::string aligned(const Table& table, std::size_t width, bool color) {
  std::vector<std::size_t> widths;
  for (const auto& column : table.columns)
    widths.push_back(cells(column));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], cells(row.at(i)));
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text += std::string(widths[i] - cells(row[i]) + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return width == 0 ? text : cut(text, width);
  };
  const std::string head = line(table.columns);
  std::string out = color ? fmt::format("{}{}{}\n", kBold, head, kReset) : head + "\n";
  for (const auto& row : table.rows)
    out += line(row) + "\n";
  return out;
}

std::string tab_separated(const Table& table) {
  std::string out;
  for (const auto& row : table.rows)
    out += fmt::format("{}\n", fmt::join(row, "\t"));
  return out;
}

Printer::Printer(OutputOptions options, std::FILE* out, std::FILE* err)
    : options_(options), out_(out), err_(err) {}

ExitCode Printer::print(const Answer<Report>& answer) {
  end_progress();
  if (!answer.ok()) {
    print_error(answer.error());
    return answer.error().exit;
  }
  if (answer->said) return *answer->said;
  print_report(answer.value());
  return answer->problem ? answer->problem->exit : ExitCode::Done;
}

void Printer::stream(const Json& row, const std::string& line) {
  INVARIANT(options_.format != Format::JsonObject);
  put(out_, options_.format == Format::JsonLines ? compact(row) + "\n" : line + "\n");
  std::fflush(out_);
}

void Printer::remark(std::string_view text) {
  if (options_.quiet || text.empty()) return;
  end_progress();
  put(err_, fmt::format("{}\n", text));
}

void Printer::progress(std::string_view what, std::size_t done, std::size_t total) {
  if (options_.quiet || !options_.progress || total == 0) return;
  const std::size_t filled = std::min(done, total) * kProgressBarCells / total;
  put(err_,
      fmt::format("\r{}  {:3} %  [{:<{}}]  {} of {}\033[K",
                  what,
                  std::min(done, total) * 100 / total,
                  std::string(filled, '#'),
                  kProgressBarCells,
                  done,
                  total));
  std::fflush(err_);
  progress_shown_ = true;
}

void Printer::end_progress() {
  if (!progress_shown_) return;
  put(err_, "\r\033[K");
  progress_shown_ = false;
}

void Printer::print_report(const Report& report) {
  if (options_.format == Format::JsonLines && !report.rows.empty()) {
    for (const auto& row : report.fields.at(report.rows))
      put(out_, compact(row) + "\n");
    return;
  }
  if (options_.format == Format::JsonObject || options_.format == Format::JsonLines) {
    Json object = {{"ok", !report.problem.has_value()}};
    if (report.problem) object["error"] = to_json(*report.problem);
    object.update(report.fields);
    put(out_, compact(object) + "\n");
    return;
  }
  for (const auto& part : report.parts)
    print_part(part);
  if (report.problem) print_error(*report.problem);
}

void Printer::print_part(const Part& part) {
  if (const auto* table = std::get_if<Table>(&part)) {
    const bool plain = options_.format == Format::PlainText;
    put(out_, plain ? tab_separated(*table) : aligned(*table, options_.width, options_.color));
  } else if (const auto* line = std::get_if<Line>(&part)) {
    put(out_, line->text + "\n");
  } else if (const auto* raw = std::get_if<Raw>(&part)) {
    put(out_, raw->bytes);
  } else if (const auto* note = std::get_if<Remark>(&part)) {
    std::fflush(out_);
    remark(note->text);
  }
}

void Printer::print_error(const CommandError& error) {
  INVARIANT(!error.hint.empty());
  if (options_.format == Format::JsonObject || options_.format == Format::JsonLines) {
    put(out_, compact(Json{{"ok", false}, {"error", to_json(error)}}) + "\n");
    return;
  }
  std::fflush(out_);
  const std::string word =
      options_.color_errors ? fmt::format("{}error:{}", kRed, kReset) : "error:";
  put(err_, fmt::format("{} {}\n  hint: {}\n", word, error.message, error.hint));
}

void Printer::put(std::FILE* to, std::string_view text) {
  // A reader that has left (| head) is no error of ours: the rest of the output is dropped.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), to));
}

}  // namespace troupe::tools
