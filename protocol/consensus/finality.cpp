// What becomes final, what executing it gave, and catching up when ancestors are missing.
#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::consensus {

/// Commits the highest finalization whose block can be handed over with all its ancestors. They are
/// walked once, from below: whoever is far behind holds hundreds of finalizations, one above the
/// other.
void Simplex::commit_what_is_final() {
  std::optional<Certificate> highest;  // whose headers are all here
  for (auto view = finalizations_.rbegin(); view != finalizations_.rend() && !highest; ++view) {
    const Certificate& finalization = *find_state(*view)->certificate(VoteKind::Finalize);
    const Block* block = tree_.find(finalization.vote.block);
    if (block == nullptr) continue;
    if (block->fault)
      return halt({HaltReason::InvalidFinalBlock, block->header.height, {}, block->digest});
    if (block->is_linked()) highest = finalization;
  }
  if (!highest) return;
  Block* last = nullptr;
  bool is_complete = true;
  for (const crypto::Digest& digest : tree_.path_to(highest->vote.block)) {
    Block& at = *tree_.find(digest);
    is_complete = is_committable(at, *highest) && is_complete;
    if (is_halted_) return;
    // Without room for one question there is none for those above it.
    if (!is_complete && at.payload == PayloadState::Unasked) break;
    const ViewState* state = find_state(at.header.view);
    const bool is_final = state != nullptr && state->certificate(VoteKind::Finalize).has_value();
    if (is_complete && is_final) last = &at;
  }
  if (last == nullptr) return;
  commit(*last, Certificate(*find_state(last->header.view)->certificate(VoteKind::Finalize)));
}

/// Asks for a linked block's payload. True if the block can be handed over once its parent can.
bool Simplex::is_committable(Block& block, const Certificate& finalization) {
  request_payload(block, finalization.signers());
  if (block.payload == PayloadState::Invalid) {
    halt({HaltReason::InvalidFinalBlock, block.header.height, {}, block.digest});
    return false;
  }
  if (planted(Plant::CommitWithoutCertificates)) return block.payload == PayloadState::Valid;
  // Each final block is stored with its notarization, not only with what made it final.
  return block.payload == PayloadState::Valid &&
         has_certificate(block.header.view, VoteKind::Notarize) && has_path(block);
}

FinalBlock Simplex::final_block_of(const Block& block) const {
  FinalBlock final_block{block.digest, block.header, {}, {}};
  const ViewState* state = find_state(block.header.view);
  if (state != nullptr && state->certificate(VoteKind::Notarize)) {
    final_block.notarization = *state->certificate(VoteKind::Notarize);
  }
  const View parent = tree_.parent_of(block).header.view;
  for (View view = parent.next(); view < block.header.view; view = view.next()) {
    if (!has_certificate(view, VoteKind::Nullify)) continue;
    final_block.nullifications.push_back(*find_state(view)->certificate(VoteKind::Nullify));
  }
  return final_block;
}

void Simplex::commit(const Block& block, const Certificate& finalization) {
  Commit handed{{}, finalization};
  for (const crypto::Digest& digest : tree_.path_to(block.digest)) {
    const Block& at = *tree_.find(digest);
    INVARIANT(at.header.height == tree_.parent_of(at).header.height.next());
    handed.blocks.push_back(final_block_of(at));
    if (orders_something(at.header, tree_.parent_of(at).header)) last_ordering_ = at.header.height;
    check_claim(at.header);
    if (is_halted_) return;
    recent_.emplace_back(digest, at.header);
    if (recent_.size() > kRecentFinalHeadersMax) recent_.pop_front();
  }
  commits_.push_back({block.header.height, finalization});
  if (commits_.size() > kCommitsInFlightMax) commits_.pop_front();
  finalization_ = finalization;
  emit(std::move(handed));
  become_final(tree_.finalize(block.digest));
}

/// Forgets what lies at or below the new final block.
void Simplex::become_final(const std::vector<crypto::Digest>& abandoned) {
  const View final = final_view();
  for (const crypto::Digest& block : abandoned)
    emit(AbandonPayload{block});
  std::erase_if(payloads_asked_,
                [this](const auto& asked) { return tree_.find(asked.first) == nullptr; });
  views_.erase(views_.begin(), views_.upper_bound(final));
  finalizations_.erase(finalizations_.begin(), finalizations_.upper_bound(final));
  notarized_.erase(notarized_.begin(), notarized_.upper_bound(final));
  journaled_.erase(journaled_.begin(), journaled_.lower_bound({final.next(), VoteKind{}}));
  executed_.forget_below(final_header().executed_height);
  catch_up_due_.reset();
}

/// Only a notarized or final header that disagrees with my own state stops me; a proposal that does
/// is merely invalid.
void Simplex::check_claim(const Header& header) {
  if (planted(Plant::FinalHeaderCannotHalt)) return;
  const auto conflict = executed_.claim({header.executed_height, header.executed_root});
  if (!conflict) return;
  halt({HaltReason::StateDiverged, conflict->height, conflict->ours, conflict->theirs});
}

void Simplex::on(const Executed& input) {
  const auto conflict = executed_.add({input.height, input.root});
  if (!conflict) return;
  halt({HaltReason::StateDiverged, conflict->height, conflict->ours, conflict->theirs});
}

/// What is durable in the ledger need not be in the journal any more.
void Simplex::on(const Committed& input) {
  std::optional<Certificate> durable;
  while (!commits_.empty() && commits_.front().height <= input.height) {
    durable = std::move(commits_.front().finalization);
    commits_.pop_front();
  }
  if (!durable) return;
  signer_mark_ = std::max(signer_mark_, durable->view());
  emit(RaiseMark{*durable});
}

void Simplex::on(const Synced& input) {
  if (input.header.height <= final_header().height) return;
  INVARIANT(input.finalization.vote.block == digest(input.header));
  finalization_ = input.finalization;
  last_ordering_ = input.last_ordering;
  newest_finalization_ = std::max(newest_finalization_, input.header.view);
  entered_since_finalization_ = 0;
  std::erase_if(commits_, [&](const auto& one) { return one.height <= input.header.height; });
  become_final(tree_.jump(input.header, input.history));
  signer_mark_ = std::max(signer_mark_, input.header.view);
  emit(RaiseMark{input.finalization});
  if (input.header.view >= view_) enter(input.finalization);
}

/// A finalization that stays incomplete for long means that peers have forgotten what is missing:
/// the synchronizer fetches it from their ledgers.
void Simplex::catch_up() {
  if (finalizations_.empty()) return;
  const Certificate& target = *latest_finalization();
  const Duration patience = 2 * config_.timing.retry_interval;
  if (!catch_up_due_) {
    const Block* block = tree_.find(target.vote.block);
    constexpr std::uint64_t kWalkHeightsMax = 16;
    const bool is_far = block != nullptr && block->header.height.number >
                                                final_header().height.number + kWalkHeightsMax;
    catch_up_due_ = is_far ? now_.instant : now_.instant + patience;
  }
  if (*catch_up_due_ > now_.instant) return;
  catch_up_due_ = now_.instant + 2 * patience;
  emit(CatchUp{target});
}

}  // namespace troupe::consensus
