#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "protocol/ledger/mempool.hpp"

namespace troupe::actors {

/// What a mempool starts from.
struct MempoolSeed {
  ledger::MempoolConfig config;
  ledger::MempoolRecovery recovery;
};

/// Drives the mempool machine: decodes and verifies on workers, stores on the batch store, signs
/// with the signer, and performs the machine's effects front to back.
class Mempool {
 public:
  static constexpr const char* name = "mempool";

  Mempool(MempoolActor::pointer self, SharedContext context, std::shared_ptr<MempoolSeed> seed);

  MempoolActor::behavior_type make_behavior();

 private:
  void on_delivery(const Delivery& delivery);
  void on_batches(ledger::PeerNumber from,
                  std::vector<ByteView> encoded,
                  std::vector<crypto::Digest> absent,
                  const Delivery& delivery);
  void on_peer_up(const network::PeerId& peer);
  void on_peer_down(const network::PeerId& peer);
  caf::result<SubmissionVerdicts> on_submission(const RawSubmission& submission);
  void on_examined(std::uint64_t number, ExaminedSubmission examined);
  caf::result<consensus::ProposalBuilt> on_build(const consensus::BuildProposal& build);
  void on_question(const PayloadQuestion& question);
  void on_abandon(const consensus::AbandonPayload& abandoned);
  caf::result<BatchList> on_fetch(const BatchRanges& request);
  void on_final(const BlockCommitted& block);

  void on_input(const ledger::MempoolInput& input);
  void perform(const ledger::MempoolEffect& effect);
  void perform_answer(const ledger::SubmissionAnswered& answered);
  void perform_store(const BatchToStore& store, bool is_answered);
  void flush_store();
  void perform_sign(const ledger::SignBatch& sign);
  void perform_verify(const ledger::VerifyBatch& verify);
  void on_part_verified(const ledger::BatchPointer& batch, ledger::BatchVerdict verdict);
  void perform_load(const ledger::LoadBatches& load);
  void perform_serve(const ledger::ServeBatches& serve);
  void perform_checked(const ledger::PayloadChecked& checked);
  void send(ledger::PeerNumber to, const ledger::LaneMessage& message);
  void send(ledger::PeerNumber to, SharedBytes message);
  void set_timer();

  [[nodiscard]] LanesReport lanes() const;
  [[nodiscard]] TransactionReport transaction(const TransactionQuery& query) const;
  [[nodiscard]] Now now() const;
  [[nodiscard]] std::optional<ledger::PeerNumber> number_of(const network::PeerId& peer) const;
  [[nodiscard]] const WorkerActor& worker_for(std::uint64_t number) const;

  /// A submission between its arrival and its answer.
  struct Submission {
    caf::typed_response_promise<SubmissionVerdicts> promise;
    SubmissionVerdicts verdicts;
    std::vector<std::size_t> candidates;  // the places of those that the machine judges
  };

  /// A batch whose parts are being verified.
  struct Verification {
    std::size_t parts = 0;
    ledger::BatchVerdict verdict = ledger::BatchVerdict::Valid;
  };

  MempoolActor::pointer self_;
  SharedContext context_;
  CastPointer cast_;
  ledger::Mempool machine_;
  std::map<network::PeerId, ledger::PeerNumber> peers_;
  std::map<ledger::PeerNumber, network::PeerId> ids_;
  std::uint64_t next_peer_number_;
  std::map<std::uint64_t, Submission> submissions_;
  std::uint64_t next_submission_ = 1;
  std::optional<caf::typed_response_promise<consensus::ProposalBuilt>> building_;
  consensus::BuildProposal build_;
  std::map<crypto::Digest, std::vector<PayloadSink>> questions_;  // open ones, by block
  std::map<crypto::Digest, Verification> verifications_;
  std::vector<BatchToStore> to_store_;     // collected while a store is under way
  std::vector<crypto::Digest> to_report_;  // those of them that are answered
  bool storing_ = false;
  std::uint64_t verified_parts_ = 0;
  std::optional<Instant> timer_at_;
};

}  // namespace troupe::actors
