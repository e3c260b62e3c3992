// What the leader of a view does.
#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::consensus {

void Simplex::on(const WorkChanged& input) {
  is_work_held_ = input.held;
  nothing_on_.reset();
}

/// With something to decide at once, otherwise when the idle block is due.
bool Simplex::wants_to_propose() const {
  if (!may_vote_ || !is_own(leader()) || has_proposal()) return false;
  const ViewState* state = find_state(view_);
  if (state != nullptr && state->own(VoteKind::Nullify)) return false;
  return is_something_to_decide() || is_idle_due_;
}

void Simplex::propose() {
  if (building_ && !tree_.find(building_->parent)) building_.reset();
  if (building_ || !wants_to_propose()) return;
  const Block* parent = choose_parent();
  if (parent == nullptr) return;
  if (nothing_on_ == parent->digest && may_keep_back()) return;
  building_ = Building{view_, parent->digest};
  const std::uint64_t lag =
      parent->header.height.number + 1 - root_to_expose(parent->header).height.number;
  if (lag <= kExecutionLagHeightsMax) {
    return emit(BuildProposal{view_, parent->digest, parent->header});
  }
  if (may_keep_back()) return keep_back(*parent);
  finish_proposal(*parent, {view_, parent->header.tips, empty_transactions_root()});
}

/// True while a block that orders nothing would come too early.
bool Simplex::may_keep_back() const {
  return !is_idle_due_ && !is_view_contested() &&
         now_.instant < entered_at_ + config_.timing.delta;
}

/// More to order, another parent or the end of patience makes me ask again.
void Simplex::keep_back(const Block& parent) {
  building_.reset();
  nothing_on_ = parent.digest;
  arm(Timer::Patience, entered_at_ + config_.timing.delta);
}

void Simplex::on(const ProposalBuilt& input) {
  if (!building_ || building_->view != input.view || input.view != view_) return;
  const Block* parent = tree_.find(building_->parent);
  if (parent == nullptr || !wants_to_propose()) return;
  if (input.tips == parent->header.tips && may_keep_back()) return keep_back(*parent);
  finish_proposal(*parent, input);
}

/// The highest block that a child in this view may have, walking down over nullified views. A
/// notarized block that cannot be fetched in time is skipped with the nullification of its view.
Block* Simplex::choose_parent() {
  const bool is_late = now_.instant - entered_at_ >= config_.timing.delta;
  for (View view{view_.number - 1}; view > final_view(); view = View{view.number - 1}) {
    const ViewState* state = find_state(view);
    if (state == nullptr) return nullptr;
    const bool is_nullified = state->certificate(VoteKind::Nullify).has_value();
    if (const auto& certificate = state->parent_certificate()) {
      Block* block = tree_.find(certificate->vote.block);
      if (block != nullptr && block->is_linked() && has_path(*block)) return block;
      if (!is_late || !is_nullified) return nullptr;
    }
    if (!is_nullified) return nullptr;
  }
  return tree_.find(tree_.final_block().digest);
}

void Simplex::finish_proposal(const Block& parent, const ProposalBuilt& built) {
  const ExecutedRoot exposed = root_to_expose(parent.header);
  Header header;
  header.chain = binding().chain;
  header.epoch = binding().epoch;
  header.root = binding().root;
  header.view = view_;
  header.height = parent.header.height.next();
  header.parent = parent.digest;
  header.timestamp = std::max(Timestamp{parent.header.timestamp.milliseconds + 1}, now_.timestamp);
  header.tips = built.tips;
  header.transactions_root = built.transactions_root;
  header.executed_height = exposed.height;
  header.executed_root = exposed.root;
  header.history_root = parent.history->root();
  header.validators = config_.electorate.validators.digest();

  Block& block = tree_.insert(digest(header), header);
  INVARIANT(block.is_linked());  // the mempool continues the parent's tips within the lane bound
  block.payload = PayloadState::Valid;
  building_.reset();
  state_of(view_).proposals.push_back(block.digest);
  own_proposal_ = OwnProposal{block.digest, {header, {}, support_of(parent, view_)}};
  request_signature(make_vote(VoteKind::Notarize, view_, block.digest), basis_of(block));
}

/// The newest state that a child of this parent can expose; a lagging leader repeats its parent's.
ExecutedRoot Simplex::root_to_expose(const Header& parent) const {
  const bool is_newer =
      executed_.latest() > parent.executed_height && executed_.latest() <= parent.height;
  if (is_newer) return {executed_.latest(), executed_.latest_root()};
  return {parent.executed_height, parent.executed_root};
}

/// What a voter may lack to see that the parent is legal.
std::vector<Certificate> Simplex::support_of(const Block& parent, View view) const {
  std::vector<Certificate> support;
  const ViewState* state = find_state(parent.header.view);
  if (state != nullptr && state->parent_certificate()) {
    support.push_back(*state->parent_certificate());
  } else if (finalization_ && finalization_->view() == parent.header.view) {
    support.push_back(*finalization_);
  }
  for (View at{view.number - 1}; at > parent.header.view; at = View{at.number - 1}) {
    if (support.size() == kMessageCertificatesMax) break;
    if (const ViewState* between = find_state(at)) {
      const auto& nullification = between->certificate(VoteKind::Nullify);
      if (nullification) support.push_back(*nullification);
    }
  }
  return support;
}

}  // namespace troupe::consensus
