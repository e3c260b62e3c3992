#include "actors/block_writes.hpp"

#include "actors/chain_state.hpp"
#include "actors/history_log.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

void put_executed_block(storage::WriteSet& set, const ExecutedBlock& executed) {
  const consensus::Header& header = executed.block.header;
  const ledger::Execution& execution = executed.execution;
  storage::put_state(set, {header.height, execution.writes, executed.tree, execution.listed});
  put_history(set, executed.history, header);
  ledger::BlockRecord record = to_record(executed.block);
  for (const ledger::Batch& batch : executed.batches) {
    record.batches.push_back(batch.digest());
    record.transactions += batch.transactions().size();
  }
  record.receipts_root = execution.receipts_root;
  record.state_root = executed.state_root;
  storage::put_final_block(set,
                           {header.height,
                            consensus::digest(header),
                            ledger::encode(record),
                            ledger::encode(execution.receipts)});
  for (const ledger::TransactionEntry& entry : execution.index) {
    storage::put_transaction(set, entry.id, {header.height, entry.position});
  }
}

}  // namespace troupe::actors
