#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "tools/troupe/command.hpp"

// The one place that writes to the terminal. stdout carries data only; remarks, progress and hints
// go to stderr. Under --json every verb prints exactly one object, whatever becomes of it.
namespace troupe::tools {

enum class Format : std::uint8_t { TableText, PlainText, JsonObject, JsonLines };

enum class ColorChoice : std::uint8_t { Auto, Always, Never };

/// How the program was asked to speak, and where it speaks to.
struct OutputOptions {
  Format format = Format::PlainText;
  bool color = false;         ///< of stdout
  bool color_errors = false;  ///< of stderr
  bool quiet = false;         ///< no remarks and no progress
  bool progress = false;      ///< stderr is a terminal
  std::size_t width = 0;      ///< columns of the terminal; 0 if there is none
};

/// Reads terminal, NO_COLOR, TERM and COLUMNS. `format` empty: a table on a terminal, else plain.
[[nodiscard]] OutputOptions output_options(std::string_view format, ColorChoice color, bool quiet);

/// Text with control characters, tabs and backslashes written as escapes, so that one row stays
/// one line. Bytes that are not UTF-8 become \xNN.
[[nodiscard]] std::string escaped(std::string_view bytes);

[[nodiscard]] bool is_utf8(std::string_view bytes);

/// How many terminal cells a text takes, counting each code point as one.
[[nodiscard]] std::size_t cells(std::string_view text);

/// The text of a table: aligned columns, cut at `width` cells (0: not cut), without a line end
/// after the last cell's text.
[[nodiscard]] std::string aligned(const Table& table, std::size_t width, bool color);

/// The text of a table for a pipe: tab-separated, no head.
[[nodiscard]] std::string tab_separated(const Table& table);

/// Prints reports and errors in the format that was chosen.
class Printer {
 public:
  explicit Printer(OutputOptions options, std::FILE* out = stdout, std::FILE* err = stderr);

  [[nodiscard]] const OutputOptions& options() const { return options_; }

  /// Prints what a verb came to; returns its exit code.
  ExitCode print(const Answer<Report>& answer);

  /// Prints one row now, for a verb that goes on (block tail, logs). Only in the formats that
  /// may print more than one thing: not under --json.
  void stream(const Json& row, const std::string& line);

  void remark(std::string_view text);

  /// Redraws the progress line, if stderr is a terminal: "importing  42 %  [####      ]  1200/s".
  void progress(std::string_view what, std::size_t done, std::size_t total);

  /// Removes the progress line.
  void end_progress();

 private:
  void print_report(const Report& report);
  void print_part(const Part& part);
  void print_error(const CommandError& error);
  void put(std::FILE* to, std::string_view text);

  OutputOptions options_;
  std::FILE* out_;
  std::FILE* err_;
  bool progress_shown_ = false;
};

}  // namespace troupe::tools
