#pragma once

#include <optional>
#include <vector>

#include "actors/context.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/consensus/certified_block.hpp"
#include "protocol/consensus/config.hpp"
#include "protocol/crypto/merkle.hpp"
#include "protocol/ledger/block_record.hpp"
#include "protocol/ledger/state_tree.hpp"
#include "storage/chain_store.hpp"
#include "storage/vote_journal.hpp"

namespace troupe::actors {

/// Where a stored ledger stands: what its writer starts from and moves forward.
struct ChainState {
  consensus::Header newest;        ///< of the last stored block; the root block at first
  crypto::MerkleFrontier history;  ///< over the digests of all headers up to and including it
  ledger::TreeState tree;          ///< the state after it
  Height last_ordering;            ///< the highest block that orders something, 0 if none

  /// The last stored block with a finalization of its own, at or below `newest`.
  consensus::Header final_header;
  crypto::MerkleFrontier final_history;
  std::optional<consensus::Certificate> finalization;
};

/// A block as it is stored, and as consensus knows it.
[[nodiscard]] ledger::BlockRecord to_record(const consensus::CertifiedBlock& block);

/// Errors: Corrupt, if the record holds what is no header or certificate.
[[nodiscard]] storage::Stored<consensus::CertifiedBlock> to_block(
    const ledger::BlockRecord& record);

/// The decoded record of a height. Errors: Corrupt, also if there is none; Io.
[[nodiscard]] storage::Stored<ledger::BlockRecord> read_block(const storage::ChainStore& chain,
                                                              Height height);

/// Reads where the ledger stands. Errors: Corrupt, Io.
[[nodiscard]] storage::Stored<ChainState> read_chain_state(const storage::ChainStore& chain,
                                                           const NodeContext& context);

/// Has the next atomic write record where the ledger then stands.
void put_chain_state(storage::WriteSet& set, const ChainState& state);

/// The height of the snapshot from which this ledger begins; 0 if it begins with the genesis. Of the
/// blocks up to there only the last one is held. Errors: Corrupt, Io.
[[nodiscard]] storage::Stored<Height> read_base(const storage::ChainStore& chain);
void put_base(storage::WriteSet& set, Height base);

/// How far the vote journal had come when the newest block was written, or a block before it: a
/// journal that ends before that was put back.
void put_journal_mark(storage::WriteSet& set, const storage::JournalMark& mark);
/// The mark of nothing if there is none.
[[nodiscard]] storage::Stored<storage::JournalMark> read_journal_mark(
    const storage::ChainStore& chain);

/// The state roots that consensus may be asked about: from the executed height of the final header
/// up to the newest block. Errors: Corrupt, Io.
[[nodiscard]] storage::Stored<std::vector<consensus::ExecutedRoot>> read_executed_roots(
    const storage::ChainStore& chain, const NodeContext& context, const ChainState& state);

}  // namespace troupe::actors
