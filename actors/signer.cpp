#include "actors/signer.hpp"

#include <algorithm>
#include <utility>

#include "actors/failure.hpp"
#include "protocol/base/invariant.hpp"
#include "protocol/ledger/membership.hpp"

namespace troupe::actors {

namespace {

/// Compacted once the records of one copy exceed this.
constexpr std::uint64_t kJournalBytesKept = 4 * 1024 * 1024;

storage::JournalOwner journal_owner(const NodeContext& context) {
  return {to_bytes(context.chain().view()),
          to_bytes(context.validators().key(*context.own()).view())};
}

}  // namespace

storage::Stored<RecoveredJournal> recover_journal(const NodeContext& context,
                                                  const std::string& directory,
                                                  bool is_new,
                                                  const storage::JournalMark& at_least) {
  storage::Environment& environment = *context.ports().environment;
  const storage::JournalOwner owner = journal_owner(context);
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
      [this](mark_atom) { return mark(); },
      [this](sign_atom, const SignRejoin& request) { return sign_rejoin(request); },
      [this](sign_atom, const SignAccusation& request) {
        return sign_transaction(proof::operation_of(request.accusation), request.valid_through);
      },
      [this](renew_atom, const RenewJournal& request) { return renew(request); },
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

/// The account is the validator key itself, so that nobody else can make this transaction; the nonce
/// is drawn now, so that no earlier process made it either.
SignedTransaction Signer::sign_rejoin(const SignRejoin& request) {
  crypto::Digest nonce;
  const Bytes random = context_->ports().randomness(nonce.bytes.size());
  std::copy(random.begin(), random.end(), nonce.bytes.begin());
  const ledger::Rejoin rejoin{context_->electorate().binding.epoch, nonce};
  return sign_transaction(ledger::operation_of(rejoin), request.valid_through);
}

/// The same arguments give the same transaction.
SignedTransaction Signer::sign_transaction(const ledger::Operation& operation,
                                           Height valid_through) const {
  ledger::Body body;
  body.chain = context_->chain();
  body.account = seed_->key.public_key();
  body.valid_through = valid_through;
  body.operations = {operation};
  const auto transaction = ledger::Transaction::sign(body, seed_->key);
  return {transaction.id(), share(to_bytes(transaction.encoded()))};
}

/// The new journal begins with its mark and with a batch of sequence 0 of the new life, the place
/// that no batch ever has: whatever is below that in the lane is refused.
caf::result<bool> Signer::renew(const RenewJournal& request) {
  const Epoch epoch = context_->electorate().binding.epoch;
  const consensus::BatchRecord life{
      {epoch, *context_->own(), request.life, Sequence{0}, request.finalization.vote.block}, {}};
  const std::vector<consensus::JournalRecord> records{consensus::MarkRecord{request.finalization},
                                                      life};
  storage::JournalBeginning beginning{mark(), {}};
  for (const consensus::JournalRecord& record : records) {
    beginning.records.push_back(
        {{epoch, request.finalization.view().next()}, consensus::encode(record)});
  }
  const storage::JournalOwner owner = journal_owner(*context_);
  seed_->journal.reset();  // it holds the lock
  auto created = storage::VoteJournal::create(
      *context_->ports().environment, seed_->directory, owner, beginning);
  if (!created) {
    caf::error reason = disk_failure(created.error());
    self_->quit(reason);
    return reason;
  }
  seed_->journal = std::move(created).value();
  seed_->rules = {};
  for (const consensus::JournalRecord& record : records)
    INVARIANT(seed_->rules.remember(record));
  return true;
}

/// Where the journal stands, or stood when it could last be told.
storage::JournalMark Signer::mark() const {
  const auto stands = seed_->journal ? seed_->journal->mark() : storage::JournalMark{};
  return {std::max(stands.generation, seed_->at_least.generation),
          std::max(stands.ordinal, seed_->at_least.ordinal)};
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
