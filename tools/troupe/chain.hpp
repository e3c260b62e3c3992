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

/// The bytes of a transaction's id. Error: bad-id.
[[nodiscard]] Answer<Bytes> parse_id(const std::string& id);

/// `troupe tx wait ID` and `troupe tx show ID`.
[[nodiscard]] Answer<Report> run_tx_wait(Context& context, const std::string& id);
/// With `proof`, a file, the transaction's proof is written there.
[[nodiscard]] Answer<Report> run_tx_show(Context& context,
                                         const std::string& id,
                                         const std::string& proof = {});

/// `troupe block show HEIGHT|latest`.
/// With `proof`, a file, the proof that the block and all before it are in today's history.
[[nodiscard]] Answer<Report> run_block_show(Context& context,
                                            const std::string& height,
                                            const std::string& proof = {});

/// `troupe block tail`: prints blocks as they become final; all at once under --json.
[[nodiscard]] Answer<Report> run_block_tail(Context& context, const BlockTailOptions& options);

/// `troupe peers`.
[[nodiscard]] Answer<Report> run_peers(Context& context);

}  // namespace troupe::tools
