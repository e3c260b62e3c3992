// What this node votes for: the first proposal of a view, and blocks that others notarized.
#include <algorithm>
#include <chrono>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::consensus {

void Simplex::receive(ValidatorIndex from, const Proposal& body) {
  const Header& header = body.header;
  if (header.chain != binding().chain || header.epoch != binding().epoch ||
      header.root != binding().root) {
    return fault(from, "it proposed a block of another epoch");
  }
  if (leaders_.leader(header.view) != from) return fault(from, "it proposed in another's view");
  receive(from, Certificates{body.support});
  if (is_halted_ || header.view <= final_view()) return;
  if (header.view.number > view_.number + kViewsAheadMax) return ask_best(from);
  ViewState& state = state_of(header.view);
  const crypto::Digest block = digest(header);
  const auto known = std::find(state.proposals.begin(), state.proposals.end(), block);
  if (known != state.proposals.end() || state.proposals.size() == 2) return;
  const Vote vote = make_vote(VoteKind::Notarize, header.view, block);
  if (planted(Plant::ProposalIsNoVote)) {
    if (!config_.electorate.accepts({vote, from, body.signature})) return;
  } else if (!verify_observed({vote, from, body.signature})) {
    return fault(from, "it sent a proposal with a wrong signature");
  }
  state.proposals.push_back(block);
  tree_.insert(block, header);
  peers_.hear(from, header.view);
  if (!planted(Plant::ProposalIsNoVote)) try_certificate(vote);
}

void Simplex::on(const PayloadChecked& input) {
  Block* block = tree_.find(input.block);
  if (block == nullptr || block->payload != PayloadState::Asked) return;
  switch (input.verdict) {
    case PayloadVerdict::Missing: return;
    case PayloadVerdict::Valid: block->payload = PayloadState::Valid; break;
    case PayloadVerdict::Invalid: block->payload = PayloadState::Invalid; break;
    case PayloadVerdict::Dropped:
      block->payload = PayloadState::Dropped;
      if (!payloads_due_) payloads_due_ = now_.instant + config_.timing.retry_interval;
      return;
  }
  payloads_asked_.erase(input.block);
}

void Simplex::vote_on_proposal() {
  const ViewState* state = find_state(view_);
  if (state == nullptr || state->proposals.empty() || refused_) return;
  if (state->own(VoteKind::Notarize)) return;
  Block* block = tree_.find(state->proposals.front());
  if (block == nullptr) return;
  switch (judge(*block)) {
    case Verdict::Wait: return;
    case Verdict::Invalid:
      if (planted(Plant::ProposalCanHalt)) check_claim(block->header);
      refused_ = block->fault.value_or("its payload or its executed root is wrong");
      return observe(ProposalRefused{view_, *refused_});
    case Verdict::Valid: break;
  }
  if (!may_vote_) return;
  request_signature(make_vote(VoteKind::Notarize, view_, block->digest), basis_of(*block));
}

/// Whether the block may be notarized in its own view. Asks the mempool as soon as that is useful.
Simplex::Verdict Simplex::judge(Block& block) {
  if (block.fault) return Verdict::Invalid;
  if (!block.is_linked()) return Verdict::Wait;
  request_payload(block, {leaders_.leader(block.header.view)});
  if (block.payload == PayloadState::Invalid) return Verdict::Invalid;
  const Verdict execution = judge_execution(block);
  if (execution != Verdict::Valid) return execution;
  const bool is_held = block.payload == PayloadState::Valid || planted(Plant::VotesWithoutHolding);
  if (!is_held || !has_legal_parent(block)) return Verdict::Wait;
  return judge_timestamp(block);
}

/// The claimed root must be the one that this node computed; one not computed yet is waited for.
Simplex::Verdict Simplex::judge_execution(const Block& block) const {
  const Header& header = block.header;
  const Header& parent = tree_.parent_of(block).header;
  if (header.executed_height == parent.executed_height) return Verdict::Valid;
  const auto own = executed_.find(header.executed_height);
  if (!own) return Verdict::Wait;
  return *own == header.executed_root ? Verdict::Valid : Verdict::Invalid;
}

/// The parent's timestamp plus one is always acceptable, so that no clock can stop the chain.
Simplex::Verdict Simplex::judge_timestamp(const Block& block) {
  const std::uint64_t stated = block.header.timestamp.milliseconds;
  const bool is_next = stated == tree_.parent_of(block).header.timestamp.milliseconds + 1;
  if (is_next && !planted(Plant::ParentPlusOneNotAcceptable)) return Verdict::Valid;
  const auto drift =
      std::chrono::duration_cast<std::chrono::milliseconds>(config_.timing.drift).count();
  const std::uint64_t accepted = now_.timestamp.milliseconds + static_cast<std::uint64_t>(drift);
  if (stated <= accepted) return Verdict::Valid;
  if (!timers_.armed_at(Timer::Timestamp)) {
    constexpr std::uint64_t kWaitMillisecondsMax = 60'000;
    const auto wait = std::min(stated - accepted, kWaitMillisecondsMax);
    arm(Timer::Timestamp, now_.instant + std::chrono::milliseconds(wait));
  }
  return Verdict::Wait;
}

/// A notarized or final block, not below my last final one, with a nullification for each view
/// between, and the same for its own ancestors.
bool Simplex::has_legal_parent(const Block& block) {
  if (planted(Plant::ParentNeedsNoCertificates)) return true;
  Block& parent = tree_.parent_of(block);
  return has_path(parent) && has_nullifications(parent.header.view, block.header.view);
}

bool Simplex::has_path(Block& block) {
  if (block.has_path) return true;
  for (const crypto::Digest& digest : tree_.path_to(block.digest)) {
    Block& at = *tree_.find(digest);
    if (at.has_path) continue;
    const ViewState* state = find_state(at.header.view);
    if (state == nullptr || !state->parent_certificate()) return false;
    if (state->parent_certificate()->vote.block != digest) return false;
    if (!has_nullifications(tree_.parent_of(at).header.view, at.header.view)) return false;
    at.has_path = true;
  }
  return true;
}

bool Simplex::has_nullifications(View after, View before) const {
  for (View view = after.next(); view < before; view = view.next()) {
    if (!has_certificate(view, VoteKind::Nullify)) return false;
  }
  return true;
}

void Simplex::request_payload(Block& block, std::vector<ValidatorIndex> sources) {
  const bool is_certified = block.header.view < view_;
  if (const auto known = payloads_asked_.find(block.digest); known != payloads_asked_.end())
    known->second = known->second || is_certified;
  if (block.payload != PayloadState::Unasked || !make_room_for(block)) return;
  block.payload = PayloadState::Asked;
  payloads_asked_[block.digest] = is_certified;
  std::erase_if(sources, [&](ValidatorIndex source) { return is_own(source); });
  emit(CheckPayload{block.digest, tree_.parent_of(block).header, block.header, std::move(sources)});
}

/// How soon a block's payload is needed, the least first: the proposal of this view before all;
/// then what a certificate asks for, from below, since the others wait for it; and last a proposal
/// that its view left behind.
std::pair<int, View> Simplex::urgency(const Block& block) const {
  if (block.header.view >= view_) return {0, block.header.view};
  const auto known = payloads_asked_.find(block.digest);
  const bool is_certified = known == payloads_asked_.end() || known->second;
  return {is_certified ? 1 : 2, block.header.view};
}

/// With all questions open, the least urgent one gives way to a more urgent one. It is asked again
/// as soon as there is room.
bool Simplex::make_room_for(const Block& block) {
  if (payloads_asked_.size() < kPayloadQuestionsMax) return true;
  Block* least = nullptr;
  for (const auto& [digest, is_certified] : payloads_asked_) {
    Block* const asked = tree_.find(digest);
    INVARIANT(asked != nullptr);  // what leaves the tree is asked no more
    if (least == nullptr || urgency(*asked) > urgency(*least)) least = asked;
  }
  if (urgency(block) >= urgency(*least)) return false;
  least->payload = PayloadState::Unasked;
  emit(AbandonPayload{least->digest});
  payloads_asked_.erase(least->digest);
  return true;
}

/// What the mempool dropped a retry interval ago is open again to whoever needs it.
void Simplex::ask_payloads_again() {
  if (!payloads_due_ || *payloads_due_ > now_.instant) return;
  payloads_due_.reset();
  std::erase_if(payloads_asked_, [this](const auto& asked) {
    Block* const block = tree_.find(asked.first);
    if (block->payload != PayloadState::Dropped) return false;
    block->payload = PayloadState::Unasked;
    return true;
  });
}

/// Late votes: every notarized block is told to the mempool once its header is here, its data is
/// asked for, and once that is held it is notarized, if nothing was in its view, and finalized.
void Simplex::vote_on_notarized() {
  std::vector<View> done;
  bool is_full = false;  // no question is less urgent than those from here on
  for (const View view : std::vector<View>(notarized_.begin(), notarized_.end())) {
    if (is_halted_) return;
    ViewState& state = state_of(view);
    const Certificate& notarization = *state.certificate(VoteKind::Notarize);
    Block* block = tree_.find(notarization.vote.block);
    if (block == nullptr || !block->is_linked()) continue;
    if (!state.is_retained) {
      state.is_retained = true;
      emit(Retain{block->digest, block->header});
      check_claim(block->header);
      if (is_halted_) return;
    }
    const bool is_open = view < view_ && block->payload == PayloadState::Unasked;
    if (!is_open || !is_full) request_payload(*block, notarization.signers());
    is_full = is_full || (is_open && block->payload == PayloadState::Unasked);
    if (vote_late(view, state, *block)) done.push_back(view);
  }
  for (const View view : done)
    notarized_.erase(view);
}

/// True if nothing is left to do for this notarized block.
bool Simplex::vote_late(View view, ViewState& state, Block& block) {
  if (observer_ || block.payload == PayloadState::Invalid) return true;
  const bool is_held = block.payload == PayloadState::Valid || planted(Plant::VotesWithoutHolding);
  if (!is_held || !may_vote_) return false;
  if (view <= newest_finalization_) return true;
  if (!state.own(VoteKind::Notarize) && !planted(Plant::NoLateNotarize)) {
    request_signature(make_vote(VoteKind::Notarize, view, block.digest), basis_of(block));
  }
  const bool is_nullified =
      state.own(VoteKind::Nullify).has_value() && !planted(Plant::FinalizeAfterNullify);
  if (!state.own(VoteKind::Finalize) && !is_nullified) {
    request_signature(make_vote(VoteKind::Finalize, view, block.digest), basis_of(block));
  }
  return true;
}

void Simplex::request_signature(const Vote& vote, Basis basis) {
  INVARIANT(may_vote_);
  INVARIANT(vote.view > newest_finalization_);
  state_of(vote.view).own(vote.kind) = OwnVote{vote, std::nullopt};
  if (planted(Plant::VoteRestsOnNothing)) basis = {};
  emit(Sign{vote, std::move(basis)});
}

/// The certificate by which I entered the current view, unless an earlier record carries it.
Basis Simplex::basis_of_entry() {
  Basis basis;
  if (best_ && best_->view() > final_view())
    add_certificate(basis, best_->view(), best_->vote.kind);
  return basis;
}

/// Everything that voting for this block relies on and that no earlier record carries: the headers
/// back to the last final block, and the certificates of that path up to its own.
Basis Simplex::basis_of(const Block& block) {
  Basis basis;
  if (block.header.view == view_) basis = basis_of_entry();
  View previous = final_view();
  for (const crypto::Digest& digest : tree_.path_to(block.digest)) {
    Block& at = *tree_.find(digest);
    if (!at.is_journaled) basis.headers.push_back(at.header);
    at.is_journaled = true;
    for (View view = previous.next(); view < at.header.view; view = view.next()) {
      add_certificate(basis, view, VoteKind::Nullify);
    }
    add_certificate(basis, at.header.view, VoteKind::Notarize);
    previous = at.header.view;
  }
  return basis;
}

void Simplex::add_certificate(Basis& basis, View view, VoteKind kind) {
  if (!has_certificate(view, kind) || journaled_.contains({view, kind})) return;
  journaled_.emplace(view, kind);
  basis.certificates.push_back(*find_state(view)->certificate(kind));
}

void Simplex::on(const Signed& input) {
  if (observer_ || input.vote.view <= final_view()) return;
  ViewState* state = find_state(input.vote.view);
  if (state == nullptr) return;
  auto& own = state->own(input.vote.kind);
  if (!own || own->vote != input.vote || own->signature) return;
  own->signature = input.signature;
  const SignedVote vote{input.vote, *config_.own, input.signature};
  record(vote);
  peers_.hear(*config_.own, input.vote.view);
  const bool is_proposal = own_proposal_ && own_proposal_->digest == input.vote.block &&
                           input.vote.kind == VoteKind::Notarize;
  if (is_proposal) {
    own_proposal_->proposal.signature = input.signature;
    broadcast(own_proposal_->proposal);
    observe(Proposed{input.vote.view, input.vote.block, own_proposal_->proposal.header.height});
  } else {
    broadcast(Ballot{vote});
  }
  if (input.vote.kind == VoteKind::Nullify && input.vote.view == view_) {
    nullify_due_ = now_.instant + config_.timing.retry_interval;
  }
  try_certificate(input.vote);
}

/// A vote that came too late for finality is nothing; any other refusal means that the journal
/// knows of a vote which this machine does not.
void Simplex::on(const SigningRefused& input) {
  if (input.reason == Refusal::AtOrBelowFinal && input.vote.view <= newest_finalization_) return;
  become_observer(ObserverReason::SignerRefused);
}

}  // namespace troupe::consensus
