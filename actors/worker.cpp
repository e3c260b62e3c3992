#include "actors/worker.hpp"

#include <utility>

namespace troupe::actors {

Worker::Worker(WorkerActor::pointer,
               SharedContext context,
               std::shared_ptr<storage::ChainStore> chain)
    : context_(std::move(context)), chain_(std::move(chain)) {}

WorkerActor::behavior_type Worker::make_behavior() {
  return {
      [this](examine_atom, const RawSubmission& submission) { return examine(submission); },
      [this](decode_atom, const RawBatches& raw) { return decode(raw); },
      [this](verify_atom, const VerifyPart& part) { return verify(part); },
  };
}

ExaminedSubmission Worker::examine(const RawSubmission& submission) const {
  ExaminedSubmission examined;
  examined.items.reserve(submission.transactions.size());
  for (const SharedBytes& encoded : submission.transactions) {
    examined.items.push_back(examine_one(encoded));
  }
  return examined;
}

std::variant<ledger::Candidate, ledger::AdmissionError> Worker::examine_one(
    const SharedBytes& encoded) const {
  if (encoded->size() > kTransactionBytesMax) return ledger::AdmissionError::TooLarge;
  auto transaction = ledger::Transaction::decode(encoded, *encoded);
  if (!transaction) return ledger::AdmissionError::Malformed;
  if (const auto checked = context_->modules().check_stateless(*transaction, context_->chain());
      !checked) {
    return checked.error();
  }
  ledger::Candidate candidate{std::move(transaction).value(), std::nullopt};
  // A failing disk is found out by the writer, which stops the node; until then the question is
  // answered as if the transaction were new, and execution decides.
  if (const auto place = chain_->transaction(candidate.transaction.id()); place && *place) {
    candidate.ordered_at = (*place)->height;
  }
  return candidate;
}

DecodedBatches Worker::decode(const RawBatches& raw) const {
  std::vector<ledger::BatchPointer> batches;
  for (const ByteView encoded : raw.encoded) {
    auto batch = ledger::Batch::decode(encoded);
    if (!batch) return {};
    batches.push_back(std::make_shared<const ledger::Batch>(std::move(batch).value()));
  }
  return {std::move(batches)};
}

PartVerified Worker::verify(const VerifyPart& part) const {
  const ledger::Batch& batch = *part.batch;
  const auto& validators = context_->validators();
  if (part.first == 0) {
    const ValidatorIndex author = batch.place().lane;
    if (!validators.contains(author) ||
        !ledger::verify(batch.signed_header(), context_->chain(), validators.key(author))) {
      return {ledger::BatchVerdict::NotOfAuthor};
    }
  }
  for (std::size_t i = part.first; i < part.last; ++i) {
    if (!context_->modules().check_stateless(batch.transactions()[i], context_->chain())) {
      return {ledger::BatchVerdict::InvalidContent};
    }
  }
  return {ledger::BatchVerdict::Valid};
}

}  // namespace troupe::actors
