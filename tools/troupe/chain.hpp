#pragma once

#include <cstdint>
#include <string>

#include "tools/troupe/context.hpp"

// What the ledger holds besides records: transactions, blocks, and who is connected.
namespace troupe::tools {

struct BlockTailOptions {
  std::uint64_t from = 0;   ///< 0: what comes next
  std::uint64_t count = 0;  ///< 0: until Ctrl-C
};

/// `troupe tx wait ID` and `troupe tx show ID`.
[[nodiscard]] Answer<Report> run_tx_wait(Context& context, const std::string& id);
[[nodiscard]] Answer<Report> run_tx_show(Context& context, const std::string& id);

/// `troupe block show HEIGHT|latest`.
[[nodiscard]] Answer<Report> run_block_show(Context& context, const std::string& height);

/// `troupe block tail`: prints blocks as they become final; all at once under --json.
[[nodiscard]] Answer<Report> run_block_tail(Context& context, const BlockTailOptions& options);

/// `troupe peers`.
[[nodiscard]] Answer<Report> run_peers(Context& context);

}  // namespace troupe::tools
