#pragma once

#include <memory>

#include "actors/context.hpp"
#include "actors/ledger_audit.hpp"
#include "actors/messages.hpp"
#include "actors/prover.hpp"
#include "protocol/ledger/block_record.hpp"
#include "protocol/ledger/record.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// Answers what is asked of the stored ledger. It shares the database with the writer and sees a
/// block either whole or not at all.
class LedgerReader {
 public:
  static constexpr const char* name = "ledger_reader";

  LedgerReader(LedgerReaderActor::pointer self,
               SharedContext context,
               std::shared_ptr<storage::ChainStore> chain);

  LedgerReaderActor::behavior_type make_behavior();

 private:
  caf::result<SharedBytes> serve(const ServeBlocks& request);
  [[nodiscard]] storage::Stored<std::vector<consensus::CertifiedBlock>> read_run(
      const ServeBlocks& request) const;
  caf::result<SubmitReply> outcomes(const BatchDigests& ids);
  caf::result<TransactionReport> transaction(const TransactionQuery& query);
  caf::result<BlocksReport> blocks(const BlockQuery& query);
  caf::result<RecordsReport> records(const RecordQuery& query);
  caf::result<ProofReport> prove(const ProofQuery& query);

  [[nodiscard]] storage::Stored<TransactionOutcome> outcome_of(const crypto::Digest& id) const;
  [[nodiscard]] storage::Stored<std::vector<ledger::Receipt>> receipts_at(Height height) const;
  [[nodiscard]] storage::StorageError corrupt(const std::string& what, Height height) const;
  [[nodiscard]] storage::Stored<ByteVector> bytes_of(const TransactionOutcome& outcome) const;
  [[nodiscard]] storage::Stored<Proved> proved(const ProofQuery& query) const;
  [[nodiscard]] storage::Stored<BlockReport> report_of(const ledger::BlockRecord& record) const;
  [[nodiscard]] storage::Stored<std::vector<ValidatorIndex>> signers_of(Height height) const;
  [[nodiscard]] storage::Stored<RecordsReport> read_records(const RecordQuery& query,
                                                            Height height) const;
  /// What an asker is told of damage. Quits if the disk itself failed.
  Reason refuse(const storage::StorageError& error, Height suspect);
  [[nodiscard]] Height height_of(const crypto::Digest& id) const;
  [[nodiscard]] Height suspect_of(const RecordQuery& query) const;

  LedgerReaderActor::pointer self_;
  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::StateStore state_store_;
  storage::StoredTree tree_;
  Prover prover_;
  LedgerAudit audit_;
  Height base_;  // of the blocks up to here only the last one is held
  CastPointer cast_;
};

}  // namespace troupe::actors
