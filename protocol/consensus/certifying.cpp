// Votes, certificates and evidence: what is counted, kept, forwarded and proved.
#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::consensus {

void Simplex::receive(ValidatorIndex from, const Ballot& body) {
  const SignedVote& vote = body.vote;
  const View view = vote.vote.view;
  if (vote.signer != from) return fault(from, "it sent another validator's vote");
  if (vote.vote.epoch != binding().epoch) return fault(from, "it sent a vote of another epoch");
  if (vote.vote.kind == VoteKind::Nullify) answer_nullify(from, view);
  if (view <= final_view()) return peers_.hear(from, view);
  if (view.number > view_.number + kViewsAheadMax && !planted(Plant::FarVotesKept)) {
    return ask_best(from);
  }
  ViewState& state = state_of(view);
  const auto& certificate = state.certificate(vote.vote.kind);
  const bool is_useless = certificate && certificate->vote == vote.vote;
  if (is_useless) {
    note_useless(state, vote);
  } else if (!verify_observed(vote)) {
    return fault(from, "it sent a vote with a wrong signature");
  }
  peers_.hear(from, view);
  if (is_useless) return;
  if (planted(Plant::AnyMessageResetsTimer) && is_clock_running_) start_clock();
  if (vote.vote.kind != VoteKind::Finalize) state.has_other_votes = true;
  try_certificate(vote.vote);
}

/// A vote that a certificate already contains, or could have contained, changes nothing: its
/// signature is checked only if the signer has said something else as well.
void Simplex::note_useless(ViewState& state, const SignedVote& vote) {
  if (state.tally.has_verified(vote)) return;
  if (state.tally.conflicts(vote).empty()) {
    static_cast<void>(state.tally.add(vote, false));
  } else if (config_.electorate.accepts(vote)) {
    record(vote);
  }
}

/// True if the signature is good; the vote is then recorded. Each one is checked once.
bool Simplex::verify_observed(const SignedVote& vote) {
  const bool is_counted = state_of(vote.vote.view).tally.has_verified(vote);
  if (is_counted && !planted(Plant::DuplicateSignersCount)) return true;
  if (!config_.electorate.accepts(vote)) return false;
  record(vote);
  return true;
}

/// Adds a verified vote to the observations, and proves a lie if it contradicts one of them.
void Simplex::record(const SignedVote& vote) {
  const View view = vote.vote.view;
  const auto newest = newest_.try_emplace({vote.signer, vote.vote.kind}, vote).first;
  if (newest->second.vote.view < view) newest->second = vote;
  if (view <= final_view()) return;
  ViewState& state = state_of(view);
  for (const Observation& other : state.tally.conflicts(vote)) {
    if (!other.is_verified && !config_.electorate.accepts(other.vote)) {
      state.tally.remove(other.vote);
      continue;
    }
    expose(other.vote, vote);
  }
  static_cast<void>(state.tally.add(vote, true));
  const auto& own = state.own(vote.vote.kind);
  const bool is_mine = own && own->vote == vote.vote;
  const bool is_unknown = is_own(vote.signer) && !is_mine && view > signer_mark_;
  if (is_unknown && is_started_) become_observer(ObserverReason::OwnItemUnknown);
}

void Simplex::record_signatures(const Certificate& certificate) {
  if (planted(Plant::CertificateObservesNothing)) return;
  for (std::size_t i = 0; i < certificate.signatures.size(); ++i) {
    record(certificate.signed_vote(i));
  }
}

void Simplex::expose(const SignedVote& left, const SignedVote& right) {
  report(make_evidence(left, right));
}

/// Keeps and tells everybody what is new.
void Simplex::report(const Evidence& evidence) {
  if (is_own(evidence.culprit())) return become_observer(ObserverReason::LiveTwin);
  if (!remember(evidence)) return;
  emit(EvidenceFound{evidence});
  broadcast(Accusation{evidence});
}

/// False if as much is known of this validator already.
bool Simplex::remember(const Evidence& evidence) {
  std::vector<Evidence>& known = evidence_[evidence.culprit()];
  const bool is_known = std::any_of(known.begin(), known.end(), [&](const Evidence& other) {
    return other.view() == evidence.view() && other.first.vote.kind == evidence.first.vote.kind &&
           other.second.vote.kind == evidence.second.vote.kind;
  });
  if (is_known || known.size() == kEvidencePerValidatorMax) return false;
  known.push_back(evidence);
  return true;
}

void Simplex::receive(ValidatorIndex from, const Accusation& body) {
  const Evidence& evidence = body.evidence;
  if (!config_.electorate.validators.contains(evidence.culprit())) {
    return fault(from, "it accused nobody");
  }
  const auto known = evidence_.find(evidence.culprit());
  if (known != evidence_.end() && known->second.size() == kEvidencePerValidatorMax) return;
  if (!proves(evidence, config_.electorate)) return fault(from, "its evidence proves nothing");
  report(evidence);
}

void Simplex::try_certificate(const Vote& vote) {
  const ViewState* state = find_state(vote.view);
  if (state == nullptr || state->certificate(vote.kind)) return;
  if (state->tally.count(vote) < quorum()) return;
  accept(state->tally.assemble(vote));
}

void Simplex::receive(ValidatorIndex from, const Certificates& body) {
  for (const Certificate& certificate : body.list) {
    if (!is_halted_) receive_certificate(from, certificate);
  }
}

void Simplex::receive_certificate(ValidatorIndex from, const Certificate& certificate) {
  const View view = certificate.view();
  if (view.number > final_view().number + kViewsAboveFinalMax) return;
  if (view <= final_view()) return compare_with_final(certificate);
  const ViewState* state = find_state(view);
  const auto* known = state == nullptr ? nullptr : &state->certificate(certificate.vote.kind);
  const bool is_known = known != nullptr && known->has_value();
  if (is_known && (*known)->vote == certificate.vote) return;
  if (const auto form = check_form(certificate, config_.electorate); !form) {
    return fault(from, describe(form.error()));
  }
  if (!verify_signatures(certificate)) return fault(from, "its certificate has a wrong signature");
  record_signatures(certificate);
  if (is_known) {
    // Two certificates of one kind and view: at least f + 1 validators have lied, and the
    // observations above have just proved it.
    return halt({HaltReason::AgreementBroken, {}, (*known)->vote.block, certificate.vote.block});
  }
  accept(certificate);
}

/// A finalization of another block than the one that is final here in its view proves that more than
/// f validators lie. Views whose final headers are no longer in memory are the ledger's to compare.
void Simplex::compare_with_final(const Certificate& certificate) {
  if (!certificate.is(VoteKind::Finalize)) return;
  const auto ours = std::find_if(recent_.begin(), recent_.end(), [&](const auto& entry) {
    return entry.second.view == certificate.view();
  });
  if (ours == recent_.end() || ours->first == certificate.vote.block) return;
  if (!check(certificate, config_.electorate)) return;
  if (finalization_ && finalization_->view() == certificate.view()) {
    expose_common_signers(*finalization_, certificate);
  }
  halt({HaltReason::AgreementBroken, ours->second.height, ours->first, certificate.vote.block});
}

void Simplex::expose_common_signers(const Certificate& left, const Certificate& right) {
  for (std::size_t i = 0; i < left.signatures.size(); ++i) {
    for (std::size_t j = 0; j < right.signatures.size(); ++j) {
      if (left.signatures[i].signer != right.signatures[j].signer) continue;
      expose(left.signed_vote(i), right.signed_vote(j));
    }
  }
}

bool Simplex::verify_signatures(const Certificate& certificate) const {
  const ViewState* state = find_state(certificate.view());
  for (std::size_t i = 0; i < certificate.signatures.size(); ++i) {
    const SignedVote vote = certificate.signed_vote(i);
    if (state != nullptr && state->tally.has_verified(vote)) continue;
    if (!config_.electorate.accepts(vote)) return false;
  }
  return true;
}

/// Takes over a genuine certificate that is seen for the first time.
void Simplex::accept(const Certificate& certificate) {
  const View view = certificate.view();
  const VoteKind kind = certificate.vote.kind;
  ViewState& state = state_of(view);
  const VoteKind opposite = kind == VoteKind::Finalize ? VoteKind::Nullify : VoteKind::Finalize;
  if (kind != VoteKind::Notarize && state.certificate(opposite)) {
    return halt({HaltReason::AgreementBroken,
                 {},
                 state.certificate(opposite)->vote.block,
                 certificate.vote.block});
  }
  state.certificate(kind) = certificate;
  observe(Certified{kind, view, certificate.vote.block});
  forward(certificate);
  if (kind == VoteKind::Notarize) notarized_.insert(view);
  if (kind == VoteKind::Nullify && is_own(leaders_.leader(view)) && !state.proposals.empty()) {
    emit(OwnViewFailed{view});
  }
  if (kind == VoteKind::Finalize) {
    finalizations_.insert(view);
    if (view > newest_finalization_) {
      newest_finalization_ = view;
      entered_since_finalization_ = 0;
    }
  }
  const bool is_entered = planted(Plant::OnlyNextCertificateEnters) ? view == view_ : view >= view_;
  if (is_entered) return enter(certificate);
  // After a restart the journaled vote already names the view that this certificate opened.
  if (!best_ || best_->view() < view) best_ = certificate;
}

/// Whoever first sees a certificate passes it on, once.
void Simplex::forward(const Certificate& certificate) {
  if (!is_started_ || planted(Plant::CertificatesStay)) return;
  if (validator_count() <= kForwardToAllValidatorsMax) {
    return broadcast(Certificates{{certificate}});
  }
  const View next = std::max(certificate.view().next(), view_);
  const ValidatorIndex first = leaders_.leader(next);
  const ValidatorIndex second = leaders_.leader(next.next());
  if (!is_own(first)) send(first, Certificates{{certificate}});
  if (!is_own(second) && second != first) send(second, Certificates{{certificate}});
}

const std::optional<Certificate>& Simplex::latest_finalization() const {
  if (finalizations_.empty()) return finalization_;
  return find_state(*finalizations_.rbegin())->certificate(VoteKind::Finalize);
}

bool Simplex::has_certificate(View view, VoteKind kind) const {
  const ViewState* state = find_state(view);
  return state != nullptr && state->certificate(kind).has_value();
}

}  // namespace troupe::consensus
