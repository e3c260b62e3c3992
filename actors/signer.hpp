#pragma once

#include <memory>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "protocol/consensus/config.hpp"
#include "protocol/consensus/signer_rules.hpp"
#include "protocol/crypto/signature.hpp"
#include "storage/vote_journal.hpp"

// The only holder of the validator key (consensus.md, section 5).
//
// A signature leaves this actor only after the record of what it signs is durable in both copies of
// the journal. What the journal forbids is refused; the same value asked again gets the same
// signature. If the journal cannot be written the actor quits and the node stops: what the disk
// holds is then unknown, and the next start finds out.
//
// A journal that is lost, damaged or contradicted by others is never written to again. Once the ledger
// ordered a rejoin that this process signed, a new one begins in its place: with the finalization of
// that block as its mark, and above every batch of an earlier life.
namespace troupe::actors {

/// What a signer starts from.
struct SignerSeed {
  crypto::KeyPair key;
  std::unique_ptr<storage::VoteJournal> journal;  ///< null if it may not sign
  consensus::SignerRules rules;                   ///< having remembered the journal's records
  std::string directory;                          ///< of the journal
  storage::JournalMark at_least;                  ///< where it once stood, as the database knows
};

/// The journal as it was found.
struct RecoveredJournal {
  consensus::JournalHealth health = consensus::JournalHealth::Intact;
  std::string detail;
  std::unique_ptr<storage::VoteJournal> journal;
  consensus::SignerRules rules;
};

/// Opens the journal in `directory`. A journal that is missing is created if `is_new` says that the
/// node never signed; else it is Missing. One that ends before `at_least`, which the database
/// remembers, was replaced by an older one and is Damaged. Errors: those of VoteJournal.
[[nodiscard]] storage::Stored<RecoveredJournal> recover_journal(
    const NodeContext& context,
    const std::string& directory,
    bool is_new,
    const storage::JournalMark& at_least = {});

class Signer {
 public:
  static constexpr const char* name = "signer";

  Signer(SignerActor::pointer self, SharedContext context, std::shared_ptr<SignerSeed> seed);

  SignerActor::behavior_type make_behavior();

 private:
  caf::result<SignedOrRefused> sign_vote(const SignVote& request);
  caf::result<SignedOrRefused> sign_batch(const SignBatchHeader& request);
  [[nodiscard]] SignedTransaction sign_rejoin(const SignRejoin& request);
  [[nodiscard]] SignedTransaction sign_transaction(const ledger::Operation& operation,
                                                   Height valid_through) const;
  caf::result<bool> renew(const RenewJournal& request);
  [[nodiscard]] storage::JournalMark mark() const;
  caf::result<SignedOrRefused> journal_and_sign(const consensus::JournalRecord& record,
                                                const crypto::Signature& signature);
  void raise_mark(const consensus::Certificate& finalization);
  [[nodiscard]] storage::JournalPosition position_of(const consensus::JournalRecord& record) const;
  void compact();

  SignerActor::pointer self_;
  SharedContext context_;
  std::shared_ptr<SignerSeed> seed_;
};

}  // namespace troupe::actors
