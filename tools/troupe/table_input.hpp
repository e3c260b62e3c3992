#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/troupe/command.hpp"

// Records out of tables: CSV (RFC 4180) and JSON lines. Pure: text in, records or the first error
// with its line out. Everything is read before anything is sent, so a bad line costs nothing.
//
//   file   := record (CRLF | LF) ... [record]         a last line end is optional
//   record := field ("," field)*
//   field  := '"' (any character but '"' | '""')* '"' | characters but '"', ',', CR and LF
//
// A quoted field may span lines. Every record has as many fields as the first one.
namespace troupe::tools {

enum class InputFormat : std::uint8_t { Csv, JsonLines };

struct InputOptions {
  InputFormat format = InputFormat::Csv;
  std::string key;      ///< CSV: a column's number from 1 or, with a header, its name; else a field
  std::string prefix;   ///< put before every key
  bool header = false;  ///< CSV: the first record names the columns
};

/// One record to put, and the line of the input on which it begins.
struct InputRecord {
  std::size_t line = 0;
  std::string key;
  std::string value;
};

/// Reads a whole input. A CSV record's value is its other columns: as CSV again, or as a JSON
/// object under their names if there is a header. A JSON line's value is the line itself.
/// Errors: bad-input, naming the line; bad-column.
[[nodiscard]] Answer<std::vector<InputRecord>> read_records(std::string_view text,
                                                            const InputOptions& options);

/// One field of CSV, quoted if it must be.
[[nodiscard]] std::string csv_field(std::string_view text);

}  // namespace troupe::tools
