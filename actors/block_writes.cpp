#include "actors/block_writes.hpp"

#include "actors/chain_state.hpp"
#include "actors/history_log.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

void put_executed_block(storage::WriteSet& set, const ExecutedBlock& executed) {
  const ledger::Execution& execution = executed.execution;
  storage::put_state(
      set, {executed.block.header.height, execution.writes, executed.tree, execution.listed});
  put_decided_block(set,
                    {executed.block,
                     executed.batches,
                     execution.receipts,
                     executed.state_root,
                     executed.history});
}

void put_decided_block(storage::WriteSet& set, const DecidedBlock& decided) {
  const consensus::Header& header = decided.block.header;
  put_history(set, decided.history, header);
  ledger::BlockRecord record = to_record(decided.block);
  for (const ledger::Batch& batch : decided.batches) {
    record.batches.push_back(batch.digest());
    record.transactions += batch.transactions().size();
  }
  record.receipts_root = ledger::receipts_root(decided.receipts);
  record.state_root = decided.state_root;
  storage::put_final_block(set,
                           {header.height,
                            consensus::digest(header),
                            ledger::encode(record),
                            ledger::encode(decided.receipts)});
  std::uint32_t position = 0;
  for (const ledger::Receipt& receipt : decided.receipts) {
    if (ledger::is_decision(receipt.outcome)) {
      storage::put_transaction(set, receipt.transaction, {header.height, position});
    }
    ++position;
  }
}

}  // namespace troupe::actors
