#pragma once

#include <vector>

#include "protocol/consensus/certified_block.hpp"
#include "protocol/crypto/merkle_log.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/execution.hpp"
#include "protocol/ledger/state_tree.hpp"
#include "storage/chain_store.hpp"

namespace troupe::actors {

/// A final block and what executing it brought about.
struct ExecutedBlock {
  const consensus::CertifiedBlock& block;
  const std::vector<ledger::Batch>& batches;
  const ledger::Execution& execution;
  const ledger::TreeUpdate& tree;
  const crypto::Digest& state_root;       ///< after the block
  const crypto::MerkleFrontier& history;  ///< over the headers before the block
};

/// Adds every entry that this block leaves in the database, except where the ledger stands: what the
/// writer writes, and what an audit expects to find.
void put_executed_block(storage::WriteSet& set, const ExecutedBlock& executed);

/// A final block and what it decided.
struct DecidedBlock {
  const consensus::CertifiedBlock& block;
  const std::vector<ledger::Batch>& batches;
  const std::vector<ledger::Receipt>& receipts;
  const crypto::Digest& state_root;       ///< after the block
  const crypto::MerkleFrontier& history;  ///< over the headers before the block
};

/// Of these entries all but the state: what is there of a block whose state was pruned.
void put_decided_block(storage::WriteSet& set, const DecidedBlock& decided);

}  // namespace troupe::actors
