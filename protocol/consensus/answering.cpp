// What peers ask, and the inquiry with which every validator starts.
#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::consensus {

void Simplex::on(const PeerConnected& input) {
  if (is_own(input.peer) || !config_.electorate.validators.contains(input.peer)) return;
  const bool was_connected = peers_.is_connected(input.peer);
  peers_.connect(input.peer, input.sessions);
  if (was_connected) return;
  if (inquiry_due_) send(input.peer, Inquiry{config_.instance});
  const auto best = best_certificates();
  if (!best.empty()) send(input.peer, Certificates{best});
  send_own_votes(input.peer);
}

void Simplex::on(const PeerDisconnected& input) {
  if (config_.electorate.validators.contains(input.peer)) peers_.disconnect(input.peer);
}

void Simplex::on(const OwnItemMissing&) {
  become_observer(ObserverReason::OwnItemUnknown);
}

void Simplex::on(const Rejoined& input) {
  if (!config_.own || !observer_) return;
  INVARIANT(input.finalization.view() <= newest_finalization_);
  signer_mark_ = std::max(signer_mark_, input.finalization.view());
  observer_.reset();
  journal_ = JournalHealth::Intact;
  config_.instance = input.instance;
  answered_.clear();
  // The new journal knows of no vote. None of mine lies above its mark, unless somebody signed with
  // this key after the rejoin was asked for.
  for (auto& [view, state] : views_) {
    for (const VoteKind kind : {VoteKind::Notarize, VoteKind::Nullify, VoteKind::Finalize})
      state.own(kind).reset();
  }
  for (const VoteKind kind : {VoteKind::Notarize, VoteKind::Nullify, VoteKind::Finalize}) {
    const auto newest = newest_.find({*config_.own, kind});
    if (newest != newest_.end() && newest->second.vote.view > signer_mark_)
      return become_observer(ObserverReason::OwnItemUnknown);
  }
  start_inquiry();
}

/// A journal whose mark lies there or above was made for that rejoin, or after it.
void Simplex::on(const RejoinedElsewhere& input) {
  if (config_.own && input.view > signer_mark_) become_observer(ObserverReason::LiveTwin);
}

/// Decides whether this node may ever vote in this life, and asks what is needed for it.
void Simplex::start_inquiry() {
  if (!config_.own) return become_observer(ObserverReason::NotAValidator);
  switch (journal_) {
    case JournalHealth::Damaged: return become_observer(ObserverReason::JournalDamaged);
    case JournalHealth::Missing: return become_observer(ObserverReason::JournalMissing);
    case JournalHealth::Intact: break;
  }
  if (quorum() == 1 || planted(Plant::VotesBeforeInquiry)) return allow_voting();
  inquiry_due_ = now_.instant + config_.timing.retry_interval;
  broadcast(Inquiry{config_.instance});
}

void Simplex::repeat_inquiry() {
  if (!inquiry_due_ || *inquiry_due_ > now_.instant) return;
  inquiry_due_ = now_.instant + config_.timing.retry_interval;
  for (const ValidatorIndex peer : peers_.connected()) {
    if (!answered_.contains(peer)) send(peer, Inquiry{config_.instance});
  }
}

void Simplex::receive(ValidatorIndex from, const Inquiry& body) {
  if (!may_answer(from)) return;
  InquiryAnswer answer{body.instance, peers_.has_twin(from), {}};
  for (const VoteKind kind : {VoteKind::Notarize, VoteKind::Nullify, VoteKind::Finalize}) {
    const auto newest = newest_.find({from, kind});
    if (newest != newest_.end()) answer.newest.push_back(newest->second);
  }
  send(from, std::move(answer));
}

void Simplex::receive(ValidatorIndex from, const InquiryAnswer& body) {
  if (!config_.own || observer_ || body.instance != config_.instance) return;
  if (body.twin) return become_observer(ObserverReason::LiveTwin);
  for (const SignedVote& vote : body.newest) {
    if (!is_own(vote.signer)) return fault(from, "it answered with another validator's vote");
    if (!config_.electorate.accepts(vote)) return fault(from, "it answered with a forged vote");
    if (vote.vote.view <= std::max(final_view(), signer_mark_)) continue;
    const ViewState* state = find_state(vote.vote.view);
    const bool is_known = state != nullptr && state->own(vote.vote.kind) &&
                          state->own(vote.vote.kind)->vote == vote.vote;
    if (!is_known) return become_observer(ObserverReason::OwnItemUnknown);
  }
  answered_.insert(from);
  if (inquiry_due_ && answered_.size() + 1 >= quorum()) allow_voting();
}

void Simplex::allow_voting() {
  inquiry_due_.reset();
  may_vote_ = true;
  observe(VotingAllowed{});
  send_own_votes(std::nullopt);
  const ViewState* state = find_state(view_);
  if (state != nullptr && state->own(VoteKind::Nullify)) nullify_due_ = now_.instant;
}

/// The journaled votes of my current view and my late ones of the last few, to a peer that may have
/// missed them, or to all after a restart.
void Simplex::send_own_votes(std::optional<ValidatorIndex> to) {
  if (!may_vote_) return;
  const View since{view_.number > kViewsAheadMax ? view_.number - kViewsAheadMax : 0};
  for (auto at = views_.lower_bound(since); at != views_.end(); ++at) {
    for (const VoteKind kind : {VoteKind::Notarize, VoteKind::Nullify, VoteKind::Finalize}) {
      const auto& own = at->second.own(kind);
      if (!own || !own->signature) continue;
      if (at->first != view_ && kind != VoteKind::Finalize) continue;
      const Block* block = kind == VoteKind::Notarize ? tree_.find(own->vote.block) : nullptr;
      Body body = Ballot{{own->vote, *config_.own, *own->signature}};
      if (block != nullptr && block->is_linked() && is_own(leaders_.leader(at->first))) {
        const auto support = support_of(tree_.parent_of(*block), at->first);
        body = Proposal{block->header, *own->signature, support};
      }
      if (to) {
        send(*to, std::move(body));
      } else {
        broadcast(std::move(body));
      }
    }
  }
}

bool Simplex::may_answer(ValidatorIndex peer) {
  return peers_.may_answer(peer, now_.instant, config_.timing.retry_interval);
}

/// The certificate of the highest view, and the latest finalization if that is another one.
std::vector<Certificate> Simplex::best_certificates() const {
  std::vector<Certificate> list;
  if (best_) list.push_back(*best_);
  const auto& finalization = latest_finalization();
  if (finalization && finalization != best_) list.push_back(*finalization);
  return list;
}

/// A nullify shows that its sender is stuck in that view: whoever is beyond it says how.
void Simplex::answer_nullify(ValidatorIndex from, View view) {
  if (!best_ || best_->view() < view) return;
  if (!peers_.may(Courtesy::AnswerNullify, from, now_.instant, config_.timing.retry_interval)) {
    return;
  }
  std::vector<Certificate> answer{*best_};
  if (const ViewState* state = find_state(view)) {
    const auto& notarization = state->certificate(VoteKind::Notarize);
    if (notarization && notarization != best_) answer.push_back(*notarization);
  }
  const auto& finalization = latest_finalization();
  const bool is_final_news = finalization && finalization->view() >= view && finalization != best_;
  if (is_final_news) answer.push_back(*finalization);
  send(from, Certificates{std::move(answer)});
}

/// A vote far ahead of me is not kept; its sender knows how to get there.
void Simplex::ask_best(ValidatorIndex peer) {
  if (peers_.may(Courtesy::AskBest, peer, now_.instant, config_.timing.retry_interval)) {
    send(peer, BestRequest{});
  }
}

void Simplex::receive(ValidatorIndex from, const BestRequest&) {
  auto list = best_certificates();
  if (!list.empty() && may_answer(from)) send(from, Certificates{std::move(list)});
}

void Simplex::receive(ValidatorIndex from, const MissingRequest& body) {
  if (!may_answer(from)) return;
  std::vector<Certificate> list;
  if (body.first <= final_view() && latest_finalization()) list.push_back(*latest_finalization());
  const VoteKind other = body.kind == VoteKind::Nullify ? VoteKind::Notarize : VoteKind::Nullify;
  for (View view = body.first; view <= body.last; view = view.next()) {
    const ViewState* state = find_state(view);
    if (state == nullptr || list.size() == kMessageCertificatesMax) continue;
    const auto& wanted = state->certificate(body.kind);
    const auto& substitute = wanted ? wanted : state->certificate(other);
    if (substitute) list.push_back(*substitute);
  }
  if (!list.empty()) send(from, Certificates{std::move(list)});
}

void Simplex::receive(ValidatorIndex from, const HeaderRequest& body) {
  if (!may_answer(from)) return;
  if (const Block* block = tree_.find(body.block)) {
    return send(from, HeaderAnswer{block->header});
  }
  const auto recent = std::find_if(
      recent_.begin(), recent_.end(), [&](const auto& entry) { return entry.first == body.block; });
  if (recent != recent_.end()) send(from, HeaderAnswer{recent->second});
}

void Simplex::receive(ValidatorIndex, const HeaderAnswer& body) {
  const crypto::Digest block = digest(body.header);
  if (fetch_plan_.wants_header(block)) tree_.insert(block, body.header);
}

void Simplex::receive(ValidatorIndex from, const TipsHint& body) {
  const bool is_for_me = is_own(leaders_.leader(body.view)) && body.view >= view_;
  if (is_for_me && may_answer(from)) emit(TipsHinted{from, body.tips});
}

}  // namespace troupe::consensus
