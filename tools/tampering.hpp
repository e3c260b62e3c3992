#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "storage/database.hpp"

// What somebody with full access to a node's disk does to its ledger, who even recomputes every
// checksum: to show that it is found (`troupe tamper`, and the fault of that name in scenarios).
namespace troupe::tools {

/// What was done to one record.
struct Tampering {
  std::uint64_t version = 0;  ///< of the record, which stays
  Height height;              ///< of the block that made it
  Bytes was;                  ///< the value that it had
};

/// Gives the newest version of a record another value. Nothing if no such record is stored, or it is
/// retired. REQUIRES: the database's node is stopped.
[[nodiscard]] storage::Stored<std::optional<Tampering>> tamper_with(storage::Database& database,
                                                                    const std::string& key,
                                                                    ByteView value);

/// The keys of all records that can be tampered with, ascending.
[[nodiscard]] storage::Stored<std::vector<std::string>> stored_records(
    const storage::Database& database);

}  // namespace troupe::tools
