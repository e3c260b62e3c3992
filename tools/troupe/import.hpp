#pragma once

#include <string>

#include "tools/troupe/context.hpp"
#include "tools/troupe/table_input.hpp"

// `troupe record import FILE|-`: puts a whole table on the ledger.
//
// The input is read and checked whole before anything is sent. Its records then travel in order,
// up to 256 to a transaction, several transactions on their way at once, each answered when it is
// final. A transaction takes effect whole or not at all. If the import breaks off, the error says
// up to which line everything is final: go on there with --from LINE, or with --changed, which asks
// first and sends only what the ledger does not hold. Sending a line twice does no harm beyond one
// more version of its record. A transaction that expired under way is signed anew.
namespace troupe::tools {

struct ImportOptions {
  std::string file;  ///< "-" for stdin
  std::string account;
  std::string format;         ///< csv or jsonl; empty: by the file's name, else csv
  std::size_t from_line = 1;  ///< lines before this one are read and not sent
  bool changed = false;       ///< leave out records that hold their value already
  InputOptions input;
};

[[nodiscard]] Answer<Report> run_record_import(Context& context, const ImportOptions& options);

}  // namespace troupe::tools
