#include "actors/accuser.hpp"

#include <string>
#include <utility>

namespace troupe::actors {

Accuser::Accuser(AccuserActor::pointer self, SharedContext context, AccuserSeed seed)
    : self_(self),
      context_(std::move(context)),
      machine_({context_->validators().size(), context_->own()}, seed.height, seed.recorded),
      found_(std::move(seed.found)) {}

AccuserActor::behavior_type Accuser::make_behavior() {
  return {
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [this](start_atom) { on_start(); },
      [this](accuse_atom, const proof::Accusation& accusation) { on_accusation(accusation); },
      [this](final_atom, const BlockCommittedPointer& block) { on_final(*block); },
      [this](tick_atom) {
        alarm_.rang(instant_of(self_));
        on_input(proof::AccuserTimerFired{});
      },
      [this](proofs_atom) { return report(); },
  };
}

void Accuser::on_start() {
  for (const proof::Accusation& accusation : std::exchange(found_, {}))
    on_input(proof::Accused{accusation});
}

/// Stored before anything else: the ledger's word may be far away.
void Accuser::on_accusation(const proof::Accusation& accusation) {
  context_->log(LogLevel::Error, name, sentence(accusation));
  self_->send(cast_->ledger_writer, accuse_atom_v, accusation);
  on_input(proof::Accused{accusation});
}

void Accuser::on_final(const BlockCommitted& block) {
  const Height height = block.block.header.height;
  for (const proof::RecordedAccusation& recorded : block.accusations) {
    context_->log(LogLevel::Warn,
                  name,
                  "the ledger records since height " + std::to_string(height.number) + " that " +
                      sentence(recorded.accusation));
  }
  on_input(proof::Recorded{height, block.accusations});
}

void Accuser::on_input(const proof::AccuserInput& input) {
  for (const proof::SubmitAccusation& submission : machine_.step(input, instant_of(self_)))
    submit(submission);
  if (const auto due = machine_.next_deadline()) alarm_.set(self_, *due);
}

void Accuser::submit(const proof::SubmitAccusation& submission) {
  if (!cast_->signer) return;
  self_
      ->request(cast_->signer,
                caf::infinite,
                sign_atom_v,
                SignAccusation{submission.accusation, submission.valid_through})
      .then(
          [this](const SignedTransaction& signed_transaction) {
            self_
                ->request(cast_->mempool,
                          caf::infinite,
                          submit_atom_v,
                          RawSubmission{{signed_transaction.transaction}})
                .then([](const SubmissionVerdicts&) {}, [](const caf::error&) {});
          },
          // The signer lost its disk: the node stops.
          [](const caf::error&) {});
}

std::string Accuser::sentence(const proof::Accusation& accusation) const {
  return context_->name_of(proof::lie_of(accusation).culprit) +
         " lied: " + proof::describe(accusation);
}

EvidenceReport Accuser::report() const {
  EvidenceReport report;
  for (const proof::KnownLie& lie : machine_.known()) {
    const std::string where =
        lie.recorded ? "on the ledger since height " + std::to_string(lie.recorded->number)
                     : std::string("not on the ledger yet");
    report.sentences.push_back(sentence(lie.accusation) + " (" + where + ")");
  }
  return report;
}

}  // namespace troupe::actors
