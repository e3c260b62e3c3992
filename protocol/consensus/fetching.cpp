// What this node needs and lacks: headers and certificates, asked for until they are here.
#include <algorithm>
#include <set>

#include "protocol/base/limits.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::consensus {

/// States everything that is wanted now; the plan knows what was asked already.
void Simplex::fetch() {
  Wants wants;
  want_final(wants);
  want_for_vote(wants);
  want_for_proposal(wants);
  want_notarized(wants);
  std::vector<Want> list;
  for (auto& [item, want] : wants)
    list.push_back(std::move(want));
  if (list.empty() && fetch_plan_.size() == 0) return;
  const auto requests =
      fetch_plan_.update(list, peers_.connected(), now_.instant, config_.timing.retry_interval);
  for (const Request& request : requests)
    send(request.to, request.body);
}

/// What keeps a final block from being committed.
void Simplex::want_final(Wants& wants) const {
  if (finalizations_.empty()) return;
  const Certificate& target = *latest_finalization();
  const Want how{{}, target.signers(), false};
  want_header(wants, target.vote.block, how);
  const Block* block = tree_.find(target.vote.block);
  if (block == nullptr || !block->is_linked()) return;
  want_path(wants, *block, how);
  for (const crypto::Digest& digest : tree_.path_to(block->digest)) {
    want_certificate(wants, tree_.find(digest)->header.view, VoteKind::Notarize, how);
  }
}

/// Headers of notarized blocks come from those who notarized them.
void Simplex::want_notarized(Wants& wants) const {
  // Of whoever is far behind most lie on one long way: each header of it is walked over once.
  std::set<crypto::Digest> walked;
  for (const View view : notarized_) {
    if (wants.size() >= kWantsMax) return;
    const Certificate& notarization = *find_state(view)->certificate(VoteKind::Notarize);
    crypto::Digest at = notarization.vote.block;
    const Block* block = tree_.find(at);
    while (block != nullptr && !block->is_linked() && !block->fault && walked.insert(at).second) {
      at = block->header.parent;
      block = tree_.find(at);
    }
    if (block == nullptr) want_header(wants, at, {{}, notarization.signers(), false});
  }
}

/// What keeps the first proposal of this view from being judged. Its proposer is asked first.
void Simplex::want_for_vote(Wants& wants) {
  const ViewState* state = find_state(view_);
  if (state == nullptr || state->proposals.empty() || refused_) return;
  if (state->own(VoteKind::Notarize)) return;
  const Want how{{}, {leader()}, false};
  want_header(wants, state->proposals.front(), how);
  Block* block = tree_.find(state->proposals.front());
  if (block == nullptr || !block->is_linked() || has_legal_parent(*block)) return;
  const Block& parent = tree_.parent_of(*block);
  want_path(wants, parent, how);
  want_nullifications(wants, parent.header.view, view_, how);
}

/// What keeps the leader from choosing a parent. It asks everybody.
void Simplex::want_for_proposal(Wants& wants) {
  if (building_ || !wants_to_propose() || choose_parent() != nullptr) return;
  const Want how{{}, {}, true};
  for (View view{view_.number - 1}; view > final_view(); view = View{view.number - 1}) {
    const ViewState* state = find_state(view);
    const bool is_nullified = has_certificate(view, VoteKind::Nullify);
    if (state != nullptr && state->parent_certificate()) {
      const crypto::Digest& digest = state->parent_certificate()->vote.block;
      want_header(wants, digest, how);
      const Block* block = tree_.find(digest);
      if (block != nullptr && block->is_linked()) want_path(wants, *block, how);
      if (!is_nullified) return;
    } else if (!is_nullified) {
      want_certificate(wants, view, VoteKind::Nullify, how);
    }
  }
}

void Simplex::want_header(Wants& wants, const crypto::Digest& block, const Want& how) const {
  const auto missing = tree_.missing_ancestor(block);
  if (!missing || wants.size() >= kWantsMax) return;
  const WantedItem item{*missing, {}, {}, VoteKind::Nullify};
  wants.try_emplace(item, Want{item, how.sources, how.ask_all});
}

/// The certificates back to the last final block. Requires a linked block.
void Simplex::want_path(Wants& wants, const Block& block, const Want& how) const {
  if (block.has_path) return;
  View previous = final_view();
  for (const crypto::Digest& digest : tree_.path_to(block.digest)) {
    const Block& at = *tree_.find(digest);
    if (!at.has_path) {
      const ViewState* state = find_state(at.header.view);
      const bool is_certified = state != nullptr && state->parent_certificate().has_value();
      if (!is_certified) want_certificate(wants, at.header.view, VoteKind::Notarize, how);
      want_nullifications(wants, previous, at.header.view, how);
    }
    previous = at.header.view;
  }
}

void Simplex::want_nullifications(Wants& wants, View after, View before, const Want& how) const {
  for (View view = after.next(); view < before; view = view.next()) {
    want_certificate(wants, view, VoteKind::Nullify, how);
  }
}

/// Adjoining views of one kind become one request.
void Simplex::want_certificate(Wants& wants, View view, VoteKind kind, const Want& how) const {
  if (has_certificate(view, kind)) return;
  for (auto& [item, want] : wants) {
    if (!item.header.is_zero() || item.kind != kind) continue;
    if (view >= want.item.first && view <= want.item.last) return;
    const View first = std::min(view, want.item.first);
    const View last = std::max(view, want.item.last);
    const bool adjoins = view.next() == want.item.first || view == want.item.last.next();
    if (!adjoins || last.number - first.number >= kProposalNullificationsMax) continue;
    Want joined{{{}, first, last, kind}, want.sources, want.ask_all || how.ask_all};
    wants.erase(item);
    wants.try_emplace(joined.item, joined);
    return;
  }
  if (wants.size() >= kWantsMax) return;
  const WantedItem item{{}, view, view, kind};
  wants.try_emplace(item, Want{item, how.sources, how.ask_all});
}

}  // namespace troupe::consensus
