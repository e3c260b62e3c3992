#pragma once

#include <memory>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "storage/chain_store.hpp"

namespace troupe::actors {

/// What costs CPU and needs no order: decoding, hashing and signatures. Reads the transaction
/// index, so that a transaction that is final already is refused at admission.
class Worker {
 public:
  static constexpr const char* name = "worker";

  Worker(WorkerActor::pointer self,
         SharedContext context,
         std::shared_ptr<storage::ChainStore> chain);

  WorkerActor::behavior_type make_behavior();

 private:
  [[nodiscard]] ExaminedSubmission examine(const RawSubmission& submission) const;
  [[nodiscard]] std::variant<ledger::Candidate, ledger::AdmissionError> examine_one(
      const SharedBytes& encoded) const;
  [[nodiscard]] DecodedBatches decode(const RawBatches& raw) const;
  [[nodiscard]] PartVerified verify(const VerifyPart& part) const;

  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
};

}  // namespace troupe::actors
