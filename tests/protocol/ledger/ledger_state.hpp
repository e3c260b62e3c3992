#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/core_module.hpp"
#include "protocol/ledger/execution.hpp"
#include "protocol/ledger/record.hpp"
#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger::samples {

/// A batch of these transactions, signed by n1.
inline Batch batch_of(const std::vector<Transaction>& transactions, std::uint64_t sequence = 1) {
  BatchPlace place;
  place.sequence = Sequence{sequence};
  const BatchDraft draft = draft_batch(place, transactions);
  return Batch::assemble(draft, key_of("n1").sign(signed_bytes(draft.header, chain())));
}

/// A whole ledger in memory: executes block after block, as a node does.
class LedgerState {
 public:
  /// Executes the next block and keeps what it brings about.
  Execution execute(const std::vector<Transaction>& transactions) {
    std::vector<Batch> batches;
    if (!transactions.empty()) batches.push_back(batch_of(transactions));
    return execute(batches);
  }

  Execution execute(const std::vector<Batch>& batches) {
    height = height.next();
    auto execution = ledger::execute({values, index, modules}, {height, batches});
    INVARIANT(execution.ok());
    keep(*execution);
    return std::move(execution).value();
  }

  /// The outcome of one transaction in a block of its own.
  Outcome outcome_of(const Transaction& transaction) {
    const Execution execution = execute(std::vector<Transaction>{transaction});
    return execution.receipts.at(0).outcome;
  }

  /// A transaction that may take effect in the next block.
  [[nodiscard]] Transaction make(std::string_view account,
                                 std::vector<Operation> operations) const {
    Body body = body_of(account, std::move(operations));
    body.valid_through = Height{height.number + 10};
    body.memo = std::to_string(height.number);
    return Transaction::sign(body, key_of(account));
  }

  Outcome run(std::string_view account, std::vector<Operation> operations) {
    return outcome_of(make(account, std::move(operations)));
  }

  [[nodiscard]] std::optional<Record> record(std::string_view key) const {
    return read_record(values, key).value();
  }

  MemoryValues values;
  MemoryIndex index;
  MemoryTree tree;
  Modules modules;
  Height height;

 private:
  void keep(const Execution& execution) {
    for (const StateWrite& write : execution.writes) {
      if (write.value) values.values[write.key] = *write.value;
      if (!write.value) values.values.erase(write.key);
    }
    for (const TransactionEntry& entry : execution.index)
      index.heights[entry.id] = height;
    const auto update = apply(tree, tree.state, height, tree_writes(execution));
    INVARIANT(update.ok());
    tree.keep(*update);
    tree.prune();
  }
};

}  // namespace troupe::ledger::samples
