#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/module.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/state_changes.hpp"
#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/state_tree.hpp"

// Executing a final block: a pure function of the state before it, the transactions that it orders
// and the ids that are known already. The rules, in this order, for each transaction in the block's
// order (consensus.md section 4):
//
//   1. A height above valid_through: expired.
//   2. valid_through more than 1,000 above the height: too far ahead.
//   3. Its id was decided by an earlier block or earlier in this one: duplicate.
//   4. Its operations are executed in order. If all succeed, all take effect; at the first one that
//      is refused, none does. Either way the transaction is decided and its id known.
//
// A block that orders something writes the root of its receipts into the state; one that orders
// nothing changes nothing. Rule 1 before rule 3 lets ids be forgotten after valid_through, and the
// first two leave the id unknown, so that nodes that remember more of them decide alike.
namespace troupe::ledger {

/// What a block orders: its batches, lane by lane and ascending in sequence. Their transactions
/// have passed check_stateless when the batches were accepted.
struct OrderedBlock {
  Height height;
  std::span<const Batch> batches;
};

/// Where to find a decided transaction: its place among all that the block orders, from 0.
struct TransactionEntry {
  crypto::Digest id;
  std::uint32_t position = 0;

  friend bool operator==(const TransactionEntry&, const TransactionEntry&) = default;
};

/// Everything that executing a block brings about. Storage writes all of it atomically.
struct Execution {
  std::vector<StateWrite> writes;       ///< ascending by key digest, one per key
  std::vector<Receipt> receipts;        ///< one per transaction, in the block's order
  crypto::Digest receipts_root;         ///< of no receipts if the block orders nothing
  std::vector<TransactionEntry> index;  ///< of the decided transactions, in the block's order
  std::vector<std::string> listed;      ///< names of changed records, ascending, for list by prefix

  friend bool operator==(const Execution&, const Execution&) = default;
};

/// What an execution reads.
struct ExecutionInputs {
  const StateReader& state;       ///< before the block
  const TransactionIndex& index;  ///< before the block
  const Modules& modules;
};

/// Executes a block. Error: Unreadable; then there is no result at all.
[[nodiscard]] Result<Execution, StateError> execute(const ExecutionInputs& inputs,
                                                    const OrderedBlock& block);

/// The changes of the state tree that belong to an execution.
[[nodiscard]] std::vector<TreeWrite> tree_writes(const Execution& execution);

}  // namespace troupe::ledger
