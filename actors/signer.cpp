#include "actors/signer.hpp"

#include <algorithm>
#include <utility>

#include "actors/failure.hpp"

namespace troupe::actors {

namespace {

/// Compacted once the records of one copy exceed this.
constexpr std::uint64_t kJournalBytesKept = 4 * 1024 * 1024;

}  // namespace

storage::Stored<RecoveredJournal> recover_journal(const NodeContext& context,
                                                  const std::string& directory,
                                                  bool is_new,
                                                  const storage::JournalMark& at_least) {
  storage::Environment& environment = *context.ports().environment;
  const storage::JournalOwner owner{to_bytes(context.chain().view()),
                                    to_bytes(context.validators().key(*context.own()).view())};
  auto opened = storage::VoteJournal::open(environment, directory, owner, at_least);
  if (!opened) return failure(opened.error());
  RecoveredJournal recovered;
  recovered.detail = opened->report.detail;
  if (opened->report.state == storage::JournalState::Missing) {
    recovered.health = consensus::JournalHealth::Missing;
    if (!is_new) return recovered;
    auto created = storage::VoteJournal::create(environment, directory, owner);
    if (!created) return failure(created.error());
    recovered.journal = std::move(created).value();
    recovered.health = consensus::JournalHealth::Intact;
    return recovered;
  }
  if (!opened->report.may_sign()) recovered.health = consensus::JournalHealth::Damaged;
  for (const storage::JournalRecord& record : opened->records) {
    const auto decoded = consensus::decode_journal_record(record.content);
    if (!decoded || !recovered.rules.remember(*decoded)) {
      recovered.health = consensus::JournalHealth::Damaged;
      recovered.detail = "the vote journal contradicts itself";
    }
  }
  if (recovered.health == consensus::JournalHealth::Intact) {
    recovered.journal = std::move(opened->journal);
  }
  return recovered;
}

Signer::Signer(SignerActor::pointer self, SharedContext context, std::shared_ptr<SignerSeed> seed)
    : self_(self), context_(std::move(context)), seed_(std::move(seed)) {}

SignerActor::behavior_type Signer::make_behavior() {
  return {
      [this](sign_atom, const SignVote& request) { return sign_vote(request); },
      [this](sign_atom, const SignBatchHeader& request) { return sign_batch(request); },
      [this](mark_atom, const consensus::Certificate& finalization) { raise_mark(finalization); },
      [this](mark_atom) {
        return seed_->journal ? seed_->journal->mark() : storage::JournalMark{};
      },
  };
}

caf::result<SignedOrRefused> Signer::sign_vote(const SignVote& request) {
  if (!seed_->journal) return SignedOrRefused{consensus::Refusal::JournalUnusable};
  const consensus::Decision decision = seed_->rules.decide(request.vote);
  if (const auto* refused = std::get_if<consensus::Refused>(&decision)) {
    return SignedOrRefused{refused->reason};
  }
  if (const auto* again = std::get_if<consensus::SameAgain>(&decision)) {
    return SignedOrRefused{again->signature};
  }
  const crypto::Signature signature =
      seed_->key.sign(consensus::signed_bytes(context_->electorate().binding, request.vote));
  const consensus::SignedVote vote{request.vote, *context_->own(), signature};
  return journal_and_sign(consensus::VoteRecord{vote, request.basis}, signature);
}

caf::result<SignedOrRefused> Signer::sign_batch(const SignBatchHeader& request) {
  if (!seed_->journal) return SignedOrRefused{consensus::Refusal::JournalUnusable};
  const ledger::BatchPlace& place = request.header.place;
  const consensus::BatchIdentity identity{place.epoch,
                                          place.lane,
                                          place.incarnation,
                                          place.sequence,
                                          ledger::digest_of(request.header)};
  const consensus::Decision decision = seed_->rules.decide(identity);
  if (const auto* refused = std::get_if<consensus::Refused>(&decision)) {
    return SignedOrRefused{refused->reason};
  }
  if (const auto* again = std::get_if<consensus::SameAgain>(&decision)) {
    return SignedOrRefused{again->signature};
  }
  const crypto::Signature signature =
      seed_->key.sign(ledger::signed_bytes(request.header, context_->chain()));
  return journal_and_sign(consensus::BatchRecord{identity, signature}, signature);
}

caf::result<SignedOrRefused> Signer::journal_and_sign(const consensus::JournalRecord& record,
                                                      const crypto::Signature& signature) {
  const auto appended = seed_->journal->append({{position_of(record), consensus::encode(record)}});
  if (!appended) {
    caf::error reason = disk_failure(appended.error());
    self_->quit(reason);
    return reason;
  }
  INVARIANT(seed_->rules.remember(record));  // decide() said that nothing contradicts it
  return SignedOrRefused{signature};
}

storage::JournalPosition Signer::position_of(const consensus::JournalRecord& record) const {
  if (const auto* vote = std::get_if<consensus::VoteRecord>(&record)) {
    return {vote->vote.vote.epoch, vote->vote.vote.view};
  }
  // A batch or a mark stays until compact() writes it anew.
  const Epoch epoch = context_->electorate().binding.epoch;
  const auto& mark = seed_->rules.mark();
  return {epoch, mark ? mark->view().next() : View{0}};
}

void Signer::raise_mark(const consensus::Certificate& finalization) {
  seed_->rules.raise_mark(finalization);
  if (seed_->journal && seed_->journal->size() > kJournalBytesKept) compact();
}

/// Drops what lies at or below the mark. The mark itself and the newest batches of each lane may have
/// been written long ago, so they are written again first.
void Signer::compact() {
  const storage::JournalPosition keep_from{context_->electorate().binding.epoch,
                                           seed_->rules.mark()->view().next()};
  std::vector<storage::JournalRecord> kept;
  for (const consensus::JournalRecord& record : seed_->rules.live_records()) {
    if (std::holds_alternative<consensus::VoteRecord>(record)) continue;
    kept.push_back({keep_from, consensus::encode(record)});
  }
  auto done = seed_->journal->append(kept);
  if (done) done = seed_->journal->compact(keep_from);
  if (!done) self_->quit(disk_failure(done.error()));
}

}  // namespace troupe::actors
