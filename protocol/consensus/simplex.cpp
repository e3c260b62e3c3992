#include "protocol/consensus/simplex.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"

namespace troupe::consensus {

namespace {

BlockRules rules_of(const Config& config) {
  return {config.electorate.binding,
          config.electorate.validators.digest(),
          config.electorate.validators.size(),
          config.lane_batches_max};
}

}  // namespace

Simplex::Simplex(Config config, const Recovered& recovered)
    : config_(std::move(config)),
      leaders_(config_.electorate.validators, config_.electorate.binding.root),
      tree_(rules_of(config_), recovered.final_header, recovered.history),
      executed_(recovered.executed),
      peers_(config_.electorate.validators.size(), config_.own),
      finalization_(recovered.finalization),
      last_ordering_(recovered.last_ordering),
      journal_(recovered.journal) {
  INVARIANT(digest(config_.root) == config_.electorate.binding.root);
  INVARIANT(!config_.own || config_.electorate.validators.contains(*config_.own));
  restore(recovered);
}

/// Takes over what survived. Nothing is verified again: the ledger and the journal are ours, and
/// their readers check them.
void Simplex::restore(const Recovered& recovered) {
  newest_finalization_ = final_view();
  view_ = final_view().next();
  best_ = finalization_;
  if (finalization_) record_signatures(*finalization_);
  for (const Evidence& evidence : recovered.evidence)
    static_cast<void>(remember(evidence));
  for (const JournalRecord& record : recovered.records) {
    if (const auto* vote = std::get_if<VoteRecord>(&record)) restore_vote(vote->vote);
  }
  for (const JournalRecord& record : recovered.records) {
    if (const auto* vote = std::get_if<VoteRecord>(&record)) restore_basis(vote->basis);
    if (const auto* mark = std::get_if<MarkRecord>(&record)) restore_mark(mark->finalization);
  }
  // Votes alone would do, and so would the certificates that they rest on: each leads to the view.
  if (planted(Plant::ViewForgottenAtRestart)) view_ = newest_finalization_.next();
}

void Simplex::restore_vote(const SignedVote& own) {
  const Vote& vote = own.vote;
  const bool is_current =
      vote.epoch == binding().epoch && vote.view > final_view() && is_own(own.signer);
  if (!is_current || planted(Plant::SignerForgetsVotes)) return;
  state_of(vote.view).own(vote.kind) = OwnVote{vote, own.signature};
  record(own);
  if (vote.kind == VoteKind::Notarize && leaders_.leader(vote.view) == own.signer) {
    state_of(vote.view).proposals.push_back(vote.block);
  }
  view_ = std::max(view_, vote.view);
}

void Simplex::restore_basis(const Basis& basis) {
  for (const Header& header : basis.headers) {
    if (header.view > final_view()) tree_.insert(digest(header), header).is_journaled = true;
  }
  for (const Certificate& certificate : basis.certificates) {
    if (certificate.view() <= final_view()) continue;
    if (has_certificate(certificate.view(), certificate.vote.kind)) continue;
    record_signatures(certificate);
    journaled_.emplace(certificate.view(), certificate.vote.kind);
    accept(certificate);
  }
}

/// The signer saw a finalization that the ledger lacks: it was restored from a copy.
void Simplex::restore_mark(const Certificate& finalization) {
  signer_mark_ = finalization.view();
  if (finalization.view() > final_view()) accept(finalization);
}

std::vector<Effect> Simplex::step(const Input& input, const Now& now) {
  if (is_halted_) return {};
  INVARIANT(is_started_ != std::holds_alternative<Started>(input));
  now_ = now;
  out_.clear();
  std::visit([this](const auto& content) { on(content); }, input);
  settle();
  check_invariants();
  return std::exchange(out_, {});
}

/// Asks every rule whether it applies now. An input only records what happened; nothing else acts,
/// so that no order of inputs can leave an obligation behind.
void Simplex::settle() {
  ask_payloads_again();
  if (!is_halted_) commit_what_is_final();
  if (!is_halted_) vote_on_notarized();
  if (is_halted_) return;
  vote_on_proposal();
  run_clock();
  nullify_if_due();
  repeat_nullify();
  propose();
  fetch();
  catch_up();
  repeat_inquiry();
  arm_retry();
}

void Simplex::on(const Started&) {
  is_started_ = true;
  out_.clear();  // what restoring would have announced is known to everybody
  peers_.hear_all(view_);
  entered_since_finalization_ = 0;
  start_inquiry();
  begin_view();
}

void Simplex::on(const MessageReceived& input) {
  const bool is_ours =
      input.message.epoch == binding().epoch && input.message.root == binding().root;
  if (!is_ours) return;
  if (is_own(input.from) || !config_.electorate.validators.contains(input.from)) return;
  std::visit([&](const auto& body) { receive(input.from, body); }, input.message.body);
}

void Simplex::on(const TimerFired& input) {
  if (!timers_.accept(input)) return;
  switch (input.timer) {
    case Timer::Proposal: return on_proposal_timer();
    case Timer::Advance: return on_advance_timer();
    case Timer::Idle: return on_idle_timer();
    case Timer::Retry: return;      // settle looks at what is due
    case Timer::Timestamp: return;  // settle judges the proposal again
    case Timer::Patience: return;   // settle proposes
  }
}

void Simplex::broadcast(Body body) {
  emit(Broadcast{{binding().epoch, binding().root, std::move(body)}});
}

void Simplex::send(ValidatorIndex to, Body body) {
  emit(Send{to, {binding().epoch, binding().root, std::move(body)}});
}

void Simplex::halt(const Halt& report) {
  is_halted_ = true;
  emit(report);
}

void Simplex::become_observer(ObserverReason reason) {
  if (observer_) return;
  observer_ = reason;
  may_vote_ = false;
  inquiry_due_.reset();
  nullify_due_.reset();
  building_.reset();
  observe(BecameObserver{reason});
}

void Simplex::disarm(Timer timer) {
  if (const auto cancelled = timers_.cancel(timer)) emit(*cancelled);
}

/// One timer wakes the machine at the earliest moment at which anything is due again.
void Simplex::arm_retry() {
  std::optional<Instant> due = fetch_plan_.next_due();
  for (const auto& other : {nullify_due_, catch_up_due_, inquiry_due_, payloads_due_}) {
    if (other) due = due ? std::min(*due, *other) : *other;
  }
  const auto armed = timers_.armed_at(Timer::Retry);
  if (!due) return disarm(Timer::Retry);
  if (armed != due) arm(Timer::Retry, *due);
}

Vote Simplex::make_vote(VoteKind kind, View view, const crypto::Digest& block) const {
  return {kind, binding().epoch, view, block};
}

ViewState& Simplex::state_of(View view) {
  INVARIANT(view > final_view());
  return views_.try_emplace(view, validator_count()).first->second;
}

ViewState* Simplex::find_state(View view) {
  const auto found = views_.find(view);
  return found == views_.end() ? nullptr : &found->second;
}

const ViewState* Simplex::find_state(View view) const {
  const auto found = views_.find(view);
  return found == views_.end() ? nullptr : &found->second;
}

void Simplex::check_invariants() const {
  if (is_halted_) return;
  INVARIANT(view_ > newest_finalization_);          // (1)
  INVARIANT(newest_finalization_ >= final_view());  // (1)
  if (!views_.empty()) {
    INVARIANT(views_.begin()->first > final_view());  // (4)
    const bool is_near = views_.rbegin()->first.number <= view_.number + kViewsAheadMax;
    INVARIANT(is_near || planted(Plant::FarVotesKept));  // (4)
  }
  INVARIANT(views_.size() <= kViewsAboveFinalMax + kViewsAheadMax + 1);  // (5)
  INVARIANT(commits_.size() <= kCommitsInFlightMax);                     // (5)
  INVARIANT(recent_.size() <= kRecentFinalHeadersMax);                   // (5)
  INVARIANT(fetch_plan_.size() <= kWantsMax);                            // (5)
  INVARIANT(payloads_asked_.size() <= kPayloadQuestionsMax);             // (5)
  const bool is_timed =
      timers_.armed_at(Timer::Proposal).has_value() || timers_.armed_at(Timer::Advance).has_value();
  INVARIANT(is_clock_running_ || !is_timed);  // (6)
  INVARIANT(!may_vote_ || !observer_);        // (7)
  // Only views near the current one change; the others were checked while they did.
  const View near{view_.number > kViewsAheadMax ? view_.number - kViewsAheadMax : 0};
  for (auto at = views_.lower_bound(near); at != views_.end(); ++at)
    check_view(at->first, at->second);
}

void Simplex::check_view(View view, const ViewState& state) const {
  const bool is_planted =
      planted(Plant::FinalizeAfterNullify) || planted(Plant::NullifyAfterFinalize);
  INVARIANT(!state.own(VoteKind::Finalize) || !state.own(VoteKind::Nullify) || is_planted);  // (2)
  const bool is_contradictory = state.certificate(VoteKind::Finalize).has_value() &&
                                state.certificate(VoteKind::Nullify).has_value();
  INVARIANT(!is_contradictory);  // (3)
  for (const VoteKind kind : {VoteKind::Notarize, VoteKind::Nullify, VoteKind::Finalize}) {
    const auto& certificate = state.certificate(kind);
    INVARIANT(!certificate || certificate->view() == view);                 // (3)
    INVARIANT(!certificate || certificate->signatures.size() >= quorum());  // (3)
    INVARIANT(!state.own(kind) || state.own(kind)->vote.view == view);      // (2)
  }
  INVARIANT(state.proposals.size() <= 2);  // (5)
}

}  // namespace troupe::consensus
