#include "actors/ledger_reader.hpp"

#include <algorithm>
#include <utility>

#include "actors/admin.hpp"
#include "actors/chain_state.hpp"
#include "actors/failure.hpp"
#include "actors/verified_state.hpp"
#include "protocol/consensus/sync_message.hpp"

namespace troupe::actors {

namespace {

/// How far up a directly final block is looked for.
constexpr std::uint64_t kFinalSearchHeightsMax = 1024;

ByteVector to_vector(const crypto::Digest& digest) {
  return {digest.bytes.begin(), digest.bytes.end()};
}

RecordReport report_of(std::string key, const ledger::Record& record) {
  return {std::move(key),
          record.version,
          {record.owner.bytes.begin(), record.owner.bytes.end()},
          record.value,
          record.status == ledger::RecordStatus::Retired,
          record.height.number,
          to_vector(record.transaction)};
}

}  // namespace

LedgerReader::LedgerReader(LedgerReaderActor::pointer self,
                           SharedContext context,
                           std::shared_ptr<storage::ChainStore> chain)
    : self_(self),
      context_(std::move(context)),
      chain_(std::move(chain)),
      state_store_(chain_->database()),
      tree_(chain_->database()),
      prover_(context_, chain_),
      audit_({context_->root(), context_->electorate()}, chain_) {
  if (const auto base = read_base(*chain_)) base_ = *base;
}

LedgerReaderActor::behavior_type LedgerReader::make_behavior() {
  return {
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [this](serve_atom, const ServeBlocks& request) { return serve(request); },
      [this](outcome_atom, const BatchDigests& ids) { return outcomes(ids); },
      [this](gettx_atom, const TransactionQuery& query) { return transaction(query); },
      [this](blocks_atom, const BlockQuery& query) { return blocks(query); },
      [this](records_atom, const RecordQuery& query) { return records(query); },
      [this](prove_atom, const ProofQuery& query) { return prove(query); },
  };
}

Reason LedgerReader::refuse(const storage::StorageError& error, Height suspect) {
  if (error.kind != storage::StorageErrorKind::Corrupt) {
    self_->quit(disk_failure(error));
  } else if (suspect.number > 0 && suspect <= base_) {
    return {"not-held",
            "this node joined from a snapshot of height " + std::to_string(base_.number) +
                " and does not hold the blocks before it",
            "ask a node that was there: -N n1"};
  } else {
    context_->log(LogLevel::Error, name, "ALTERED DATA: " + error.detail);
    if (cast_ && cast_->scrubber) self_->send(cast_->scrubber, suspect_atom_v, suspect);
  }
  return {"damaged",
          "what is stored here is not what was agreed: " + error.detail,
          "it is being mended: ask again in a moment, or another node with -N"};
}

caf::result<SharedBytes> LedgerReader::serve(const ServeBlocks& request) {
  auto run = read_run(request);
  consensus::RunAnswer answer{request.request, {}};
  if (run) {
    answer.run = std::move(run).value();
  } else {
    refuse(run.error(), request.first);  // the peer asks another one
  }
  return share(consensus::encode(consensus::SyncMessage{std::move(answer)}));
}

/// Blocks from the first height on, ending with the last directly final one that is wanted and
/// fits; or, if there is none, with the first one above.
storage::Stored<std::vector<consensus::CertifiedBlock>> LedgerReader::read_run(
    const ServeBlocks& request) const {
  const Height last{std::min(request.last.number, request.first.number + kRunHeightsMax - 1)};
  const auto stored = chain_->blocks(
      request.first, Height{request.first.number + kRunHeightsMax - 1}, kRunBytesMax);
  if (!stored) return failure(stored.error());
  std::vector<consensus::CertifiedBlock> run;
  std::size_t proven = 0;  // how many of them end directly final
  for (const Bytes& encoded : *stored) {
    const auto record = ledger::decode_block_record(encoded);
    if (!record) {
      return failure(storage::StorageError{storage::StorageErrorKind::Corrupt,
                                           chain_->database()->path(),
                                           "a block record cannot be decoded"});
    }
    if (record->height > last && proven > 0) break;
    auto block = to_block(*record);
    if (!block) return failure(block.error());
    run.push_back(std::move(block).value());
    if (run.back().finalization) proven = run.size();
  }
  run.resize(proven);
  return run;
}

caf::result<SubmitReply> LedgerReader::outcomes(const BatchDigests& ids) {
  SubmitReply reply;
  for (const crypto::Digest& id : ids.digests) {
    auto outcome = outcome_of(id);
    if (!outcome) {
      TransactionOutcome unknown;
      unknown.id = to_vector(id);
      unknown.state = "unknown";
      unknown.reason = refuse(outcome.error(), height_of(id));
      reply.outcomes.push_back(std::move(unknown));
      continue;
    }
    reply.outcomes.push_back(std::move(outcome).value());
  }
  return reply;
}

/// Who signed the finality of a height: its own finalization or that of a descendant.
storage::Stored<std::vector<ValidatorIndex>> LedgerReader::signers_of(Height height) const {
  std::vector<ValidatorIndex> signers;
  for (std::uint64_t i = 0; i < kFinalSearchHeightsMax; ++i, height = height.next()) {
    const auto stored = chain_->block(height);
    if (!stored) return failure(stored.error());
    if (!*stored) return signers;
    const auto record = ledger::decode_block_record(**stored);
    if (!record || record->finalization.empty()) continue;
    const auto certificate = consensus::decode_certificate(record->finalization);
    if (!certificate) return signers;
    for (const auto& signature : certificate->signatures)
      signers.push_back(signature.signer);
    return signers;
  }
  return signers;
}

/// Where a transaction is said to be, if anything is.
Height LedgerReader::height_of(const crypto::Digest& id) const {
  const auto place = chain_->transaction(id);
  return place && *place ? (*place)->height : Height{0};
}

storage::StorageError LedgerReader::corrupt(const std::string& what, Height height) const {
  return {storage::StorageErrorKind::Corrupt,
          chain_->database()->path(),
          what + " " + std::to_string(height.number) + " is not what was agreed"};
}

/// The receipts of a height, if they are those to which the state commits.
storage::Stored<std::vector<ledger::Receipt>> LedgerReader::receipts_at(Height height) const {
  const auto encoded = chain_->receipts(height);
  if (!encoded) return failure(encoded.error());
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  auto receipts = ledger::decode_receipts(encoded->value_or(Bytes{}));
  const VerifiedState state(state_store_, tree_, newest->value_or(Height{0}));
  const auto root = state.value(ledger::receipts_state_key(height));
  if (!root) return failure(state.error().value_or(corrupt("the state of height", height)));
  const bool is_right =
      receipts &&
      (*root ? **root == to_bytes(ledger::receipts_root(*receipts).view()) : receipts->empty());
  if (!is_right) return failure(corrupt("the list of receipts of height", height));
  return std::move(receipts).value();
}

storage::Stored<TransactionOutcome> LedgerReader::outcome_of(const crypto::Digest& id) const {
  TransactionOutcome outcome;
  outcome.id = to_vector(id);
  outcome.state = "unknown";
  const auto place = chain_->transaction(id);
  if (!place) return failure(place.error());
  if (!*place) return outcome;
  const Height height = (*place)->height;
  const auto receipts = receipts_at(height);
  if (!receipts) return failure(receipts.error());
  const auto record = read_block(*chain_, height);
  if (!record) return failure(record.error());
  const auto header = consensus::decode_header(record->header);
  const auto signers = signers_of(height);
  if (!signers) return failure(signers.error());
  const bool is_there =
      (*place)->position < receipts->size() && (*receipts)[(*place)->position].transaction == id;
  if (!is_there || !header) return failure(corrupt("what is indexed of height", height));
  outcome.state = "final";
  outcome.height = height.number;
  outcome.view = header->view.number;
  outcome.position = (*place)->position;
  outcome.signers = names_of(*context_, *signers);
  outcome.validators = context_->validators().size();
  describe_receipt(outcome, (*receipts)[(*place)->position]);
  return outcome;
}

storage::Stored<ByteVector> LedgerReader::bytes_of(const TransactionOutcome& outcome) const {
  const auto record = read_block(*chain_, Height{outcome.height});
  if (!record) return failure(record.error());
  std::size_t before = 0;
  for (const crypto::Digest& digest : record->batches) {
    const auto encoded = chain_->batch(digest);
    if (!encoded) return failure(encoded.error());
    if (!*encoded) break;
    const auto batch = ledger::Batch::decode(**encoded);
    if (!batch) break;
    const std::size_t count = batch->transactions().size();
    if (outcome.position < before + count) {
      const ledger::Transaction& found = batch->transactions()[outcome.position - before];
      if (batch->digest() != digest || to_vector(found.id()) != outcome.id) break;
      return to_bytes(found.encoded());
    }
    before += count;
  }
  return failure(storage::StorageError{
      storage::StorageErrorKind::Corrupt,
      chain_->database()->path(),
      "a batch of height " + std::to_string(outcome.height) + " is missing or cannot be decoded"});
}

caf::result<TransactionReport> LedgerReader::transaction(const TransactionQuery& query) {
  TransactionReport report;
  crypto::Digest id;
  if (query.id.size() != id.bytes.size()) {
    report.outcome.id = query.id;
    report.outcome.state = "unknown";
    return report;
  }
  std::copy(query.id.begin(), query.id.end(), id.bytes.begin());
  auto outcome = outcome_of(id);
  if (outcome) report.outcome = *outcome;
  if (outcome && report.outcome.state != "final") return report;
  auto bytes =
      outcome ? bytes_of(report.outcome) : storage::Stored<ByteVector>(failure(outcome.error()));
  if (bytes) {
    report.bytes = std::move(bytes).value();
    return report;
  }
  report.outcome = {};
  report.outcome.id = query.id;
  report.outcome.state = "unknown";
  report.outcome.reason = refuse(bytes.error(), height_of(id));
  return report;
}

storage::Stored<BlockReport> LedgerReader::report_of(const ledger::BlockRecord& record) const {
  const auto block = to_block(record);
  if (!block) return failure(block.error());
  const consensus::Header& header = block->header;
  const auto state = state_store_.state_at(header.height);
  if (!state) return failure(state.error());
  if (record.height != header.height || record.state_root != state->root ||
      audit_.is_forged(*block)) {
    return failure(corrupt("the block of height", header.height));
  }
  BlockReport report;
  report.height = header.height.number;
  report.view = header.view.number;
  report.epoch = header.epoch.number;
  report.digest = to_vector(consensus::digest(header));
  report.parent = to_vector(header.parent);
  report.timestamp_ms = header.timestamp.milliseconds;
  const consensus::LeaderOrder order(context_->validators(), context_->electorate().binding.root);
  report.leader = context_->name_of(order.leader(header.view));
  report.transactions = static_cast<std::uint32_t>(record.transactions);
  report.batches = static_cast<std::uint32_t>(record.batches.size());
  report.executed_height = header.executed_height.number;
  report.executed_root = to_vector(header.executed_root);
  report.transactions_root = to_vector(header.transactions_root);
  report.state_root = to_vector(record.state_root);
  report.history_root = to_vector(header.history_root);
  report.directly_final = block->finalization.has_value();
  const auto signers = signers_of(header.height);
  if (!signers) return failure(signers.error());
  report.signers = names_of(*context_, *signers);
  return report;
}

caf::result<BlocksReport> LedgerReader::blocks(const BlockQuery& query) {
  const auto newest = chain_->last_height();
  BlocksReport report;
  if (!newest) {
    report.reason = refuse(newest.error(), Height{0});
    return report;
  }
  if (!*newest) return report;
  Height height = query.latest ? **newest : Height{std::max<std::uint64_t>(query.first, 1)};
  const std::uint64_t count = std::min<std::uint64_t>(query.count, kBlocksPerQueryMax);
  for (std::uint64_t i = 0; i < count && height <= **newest; ++i, height = height.next()) {
    const auto record = read_block(*chain_, height);
    auto block =
        record ? report_of(*record) : storage::Stored<BlockReport>(failure(record.error()));
    const auto receipts =
        block ? receipts_at(height)
              : storage::Stored<std::vector<ledger::Receipt>>(failure(block.error()));
    if (block && block->height != height.number) block = failure(corrupt("the block at", height));
    if (!block || !receipts) {
      report.reason = refuse(block ? receipts.error() : block.error(), height);
      return report;
    }
    block->transactions = static_cast<std::uint32_t>(receipts->size());
    for (const ledger::Receipt& receipt : *receipts)
      block->transaction_ids.push_back(to_vector(receipt.transaction));
    report.blocks.push_back(std::move(block).value());
  }
  return report;
}

storage::Stored<RecordsReport> LedgerReader::read_records(const RecordQuery& query,
                                                          Height height) const {
  RecordsReport report;
  report.height = height.number;
  const VerifiedState reader(state_store_, tree_, height);
  const auto unreadable = [&] {
    return failure(reader.error().value_or(
        storage::StorageError{storage::StorageErrorKind::Corrupt,
                              chain_->database()->path(),
                              "the record '" + query.key + "' cannot be decoded"}));
  };
  std::vector<std::string> keys{query.key};
  if (query.prefix) {
    const std::size_t count = std::min<std::size_t>(query.count, kRecordsPerQueryMax);
    const auto listed = state_store_.names({query.key, query.after, count + 1});
    if (!listed) return failure(listed.error());
    keys.clear();
    for (const storage::ListedName& listed_name : *listed)
      keys.push_back(listed_name.name);
    report.more = keys.size() > count;
    if (report.more) keys.pop_back();
  }
  for (std::string& key : keys) {
    if (query.history) {
      const ledger::HistoryRange all{UINT64_MAX, kRecordsPerQueryMax};
      auto versions = ledger::read_history(reader, key, all);
      if (!versions) return unreadable();
      for (auto version = versions->rbegin(); version != versions->rend(); ++version) {
        report.records.push_back(actors::report_of(key, *version));
      }
      report.more = !versions->empty() && versions->back().version > 1;  // the oldest that was read
      continue;
    }
    const auto record = ledger::read_record(reader, key);
    if (!record) return unreadable();
    if (*record) report.records.push_back(actors::report_of(std::move(key), **record));
  }
  return report;
}

caf::result<RecordsReport> LedgerReader::records(const RecordQuery& query) {
  const auto newest = chain_->last_height();
  if (!newest) {
    RecordsReport report;
    report.reason = refuse(newest.error(), Height{0});
    return report;
  }
  Height height = newest->value_or(Height{0});
  if (query.at_height > height.number) {
    RecordsReport report;
    report.height = height.number;
    report.reason = {"not-final-yet",
                     "height " + std::to_string(query.at_height) + " is not final; the newest is " +
                         std::to_string(height.number),
                     "ask for a lower height, or leave --at out"};
    return report;
  }
  if (query.at_height > 0) height = Height{query.at_height};
  auto report = read_records(query, height);
  if (report) return std::move(report).value();
  RecordsReport refused;
  refused.height = height.number;
  const auto pruned_below = state_store_.pruned_below();
  if (pruned_below && height < *pruned_below) {
    refused.reason = {"pruned",
                      "the state of height " + std::to_string(height.number) +
                          " can no longer be proved here; the oldest is that of height " +
                          std::to_string(pruned_below->number),
                      "ask a node that keeps older states: limits.state_heights_kept"};
    return refused;
  }
  refused.reason = refuse(report.error(), suspect_of(query));
  return refused;
}

/// The block that wrote what could not be read: the last one that listed the record.
Height LedgerReader::suspect_of(const RecordQuery& query) const {
  const auto listed = state_store_.names({query.key, {}, 1});
  return listed && !listed->empty() ? listed->front().height : Height{0};
}

storage::Stored<Proved> LedgerReader::proved(const ProofQuery& query) const {
  if (query.kind == "record" && !query.key.empty() && query.key.size() <= kRecordKeyBytesMax) {
    return prover_.record(query.key, Height{query.height});
  }
  crypto::Digest id;
  if (query.kind == "transaction" && query.id.size() == id.bytes.size()) {
    std::copy(query.id.begin(), query.id.end(), id.bytes.begin());
    return prover_.transaction(id);
  }
  if (query.kind == "header") return prover_.header(Height{query.height});
  return Proved{Reason{"bad-question",
                       "there is no proof of that",
                       "ask for a record by its key, a transaction by its id, or a header"}};
}

caf::result<ProofReport> LedgerReader::prove(const ProofQuery& query) {
  ProofReport report;
  const auto newest = chain_->last_height();
  report.height = newest ? newest->value_or(Height{0}).number : 0;
  const auto answer = proved(query);
  if (!answer) {
    RecordQuery record;
    record.key = query.key;
    report.reason =
        refuse(answer.error(), query.kind == "record" ? suspect_of(record) : Height{query.height});
    return report;
  }
  if (const auto* reason = std::get_if<Reason>(&*answer)) {
    report.reason = *reason;
  } else {
    report.proof = proof::encode(std::get<proof::Proof>(*answer));
  }
  return report;
}

}  // namespace troupe::actors
