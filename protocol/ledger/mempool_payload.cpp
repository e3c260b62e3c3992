#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/ledger/mempool.hpp"

// The part of the mempool that consensus asks: what is available, and what to propose.
namespace troupe::ledger {
namespace {

void add_new(std::vector<PeerNumber>& to, PeerNumber peer) {
  if (std::find(to.begin(), to.end(), peer) == to.end()) to.push_back(peer);
}

/// What a proposal does with one lane: the tip so far, and how far it may still go.
struct LaneChoice {
  LaneTip tip;
  Sequence last;  // the end of what is held
  bool is_unacknowledged = false;
};

}  // namespace

void Mempool::on(CheckPayload input, Now now) {
  const bool knows_lanes =
      std::all_of(input.tips.begin(), input.tips.end(), [this](const LaneTip& tip) {
        return tip.lane.number < config_.validator_count;
      });
  auto walks = knows_lanes ? plan_walks(input.parent_tips, input.tips, config_.root, config_.rules)
                           : std::nullopt;
  if (!walks || takes_from_closed(*walks, input.executed)) {
    effects_.push_back(PayloadChecked{.block = input.block, .verdict = PayloadVerdict::Invalid});
  } else if (is_stale(*walks)) {
    effects_.push_back(PayloadChecked{.block = input.block, .verdict = PayloadVerdict::Dropped});
  } else {
    start_check(std::move(input), std::move(*walks), now.instant);
  }
}

/// True if a final block already ordered past the parent. Whoever still asks learns of that block
/// soon, and then asks no more.
bool Mempool::is_stale(const std::vector<LaneWalk>& walks) const {
  return std::any_of(walks.begin(), walks.end(), [this](const LaneWalk& walk) {
    const LaneTip& base = lane(walk.lane()).base();
    const LaneTip& first = walk.first();
    return first.sequence < base.sequence ||
           (first.sequence == base.sequence && first.digest != base.digest);
  });
}

bool Mempool::takes_from_closed(const std::vector<LaneWalk>& walks, Height executed) const {
  return std::any_of(walks.begin(), walks.end(), [&](const LaneWalk& walk) {
    const auto closed = closed_.find(walk.lane());
    return closed != closed_.end() && closed->second <= executed;
  });
}

/// With no room left the newcomer is turned away: those who ask begin with what they need first,
/// and one that was here would lose what it has found so far.
void Mempool::start_check(CheckPayload request, std::vector<LaneWalk> walks, Instant now) {
  const crypto::Digest block = request.block;
  if (checks_.contains(block)) end_check(block);
  if (checks_.size() >= kPayloadChecksMax) {
    effects_.push_back(PayloadChecked{.block = block, .verdict = PayloadVerdict::Dropped});
    return;
  }
  Check& check = checks_[block];
  check.request = std::move(request);
  check.walks = std::move(walks);
  check_order_.push_back(block);
  const PayloadVerdict verdict = evaluate(check, now);
  if (verdict != PayloadVerdict::Missing) end_check(block);
  effects_.push_back(PayloadChecked{.block = block, .verdict = verdict});
}

void Mempool::recheck_waiting(Instant now) {
  const std::deque<crypto::Digest> blocks = check_order_;
  for (const crypto::Digest& block : blocks) {
    const PayloadVerdict verdict = evaluate(checks_.at(block), now);
    if (verdict == PayloadVerdict::Missing) continue;
    end_check(block);
    effects_.push_back(PayloadChecked{.block = block, .verdict = verdict});
  }
}

PayloadVerdict Mempool::evaluate(Check& check, Instant now) {
  bool is_complete = true;
  for (LaneWalk& walk : check.walks) {
    switch (walk.advance(lane(walk.lane()), condemned_, config_.rules)) {
      case WalkState::Complete: break;
      case WalkState::Invalid: return PayloadVerdict::Invalid;
      case WalkState::Waiting:
        is_complete = false;
        await_batch(check, walk, now);
        break;
    }
  }
  if (!is_complete) return PayloadVerdict::Missing;
  std::vector<Batch> batches;
  for (const LaneWalk& walk : check.walks) {
    for (Batch& batch : walk.batches())
      batches.push_back(std::move(batch));
  }
  return transactions_root(batches) == check.request.transactions_root ? PayloadVerdict::Valid
                                                                       : PayloadVerdict::Invalid;
}

/// Fetches what a walk waits for, unless it is here and on its way to disk.
void Mempool::await_batch(const Check& check, const LaneWalk& walk, Instant now) {
  const BatchRange next = walk.next();
  Lane& awaiting = lane(walk.lane());
  const LaneBatch* known = awaiting.find(next.tip);
  if (known != nullptr) {
    if (!known->is_witness) return;
    const bool is_authentic = known->is_authentic();
    awaiting.promote_witness(next.tip);
    if (is_authentic) store(awaiting, known->batch);
    return;
  }
  fetches_.order({.lane = walk.lane(),
                  .range = next,
                  .holders = holders_of(check, walk.lane()),
                  .block = check.request.block},
                 now);
}

/// Whom to ask: who was named, then the lane's author, then every other validator.
std::vector<PeerNumber> Mempool::holders_of(const Check& check, ValidatorIndex lane) const {
  std::vector<PeerNumber> holders;
  for (const ValidatorIndex holder : check.request.holders) {
    if (holder.number < config_.validator_count) add_new(holders, peer_of(holder));
  }
  add_new(holders, peer_of(lane));
  for (std::uint32_t i = 0; i < config_.validator_count; ++i) {
    add_new(holders, peer_of(ValidatorIndex{i}));
  }
  if (config_.self) std::erase(holders, peer_of(*config_.self));
  if (holders.empty()) return holders;
  const auto first = static_cast<std::ptrdiff_t>(check.rotation % holders.size());
  std::rotate(holders.begin(), holders.begin() + first, holders.end());
  return holders;
}

void Mempool::on(AbandonPayload input, Now) {
  if (checks_.contains(input.block)) end_check(input.block);
}

void Mempool::end_check(const crypto::Digest& block) {
  fetches_.abandon(block);
  checks_.erase(block);
  std::erase(check_order_, block);
}

void Mempool::drop_stale_checks() {
  const std::deque<crypto::Digest> blocks = check_order_;
  for (const crypto::Digest& block : blocks) {
    if (!is_stale(checks_.at(block).walks)) continue;
    end_check(block);
    effects_.push_back(PayloadChecked{.block = block, .verdict = PayloadVerdict::Dropped});
  }
}

void Mempool::on(BuildProposal input, Now) {
  ProposalBuilt built;
  built.view = input.view;
  built.tips = choose_tips(input);
  std::vector<Batch> batches;
  for (const LaneTip& tip : built.tips) {
    const Lane& from = lane(tip.lane);
    Sequence sequence = tip_of(input.parent_tips, tip.lane, config_.root).sequence;
    while (sequence < tip.sequence) {
      sequence = sequence.next();
      batches.push_back(*from.at(sequence).batch);
      built.transaction_count += batches.back().transactions().size();
    }
  }
  built.transactions_root = transactions_root(batches);
  effects_.push_back(std::move(built));
}

/// True if the followed branch goes on from this tip and may be proposed.
bool Mempool::may_extend(const Lane& lane, const LaneTip& tip) const {
  return !equivocated_.contains(tip.lane) && lane.digest_at(tip.sequence) == tip.digest &&
         lane.held().sequence > tip.sequence;
}

/// Takes every lane to what q validators hold. Then, batch by batch and beginning with another lane
/// in each view, on to what is held here, as long as the unacknowledged bytes last.
std::vector<LaneTip> Mempool::choose_tips(const BuildProposal& request) {
  std::vector<LaneChoice> choices;
  for (const Lane& each : lanes_) {
    LaneChoice choice;
    choice.tip = tip_of(request.parent_tips, each.base().lane, config_.root);
    choice.last = choice.tip.sequence;
    if (may_extend(each, choice.tip)) {
      const Sequence acknowledged = received_acks_.quorum_held(each);
      if (acknowledged > choice.tip.sequence) choice.tip = each.tip_at(acknowledged);
      const bool is_slow = slow_.contains(choice.tip.lane);
      choice.last = is_slow ? choice.tip.sequence : each.held().sequence;
    }
    choices.push_back(choice);
  }
  std::uint64_t bytes_left = config_.rules.unacknowledged_bytes_max;
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      LaneChoice& choice = choices[(request.view.number + i) % choices.size()];
      if (choice.tip.sequence >= choice.last) continue;
      const Lane& from = lane(choice.tip.lane);
      const std::size_t bytes = from.at(choice.tip.sequence.next()).bytes();
      if (bytes > bytes_left) continue;
      bytes_left -= bytes;
      choice.tip = from.tip_at(choice.tip.sequence.next());
      choice.is_unacknowledged = true;
      has_grown = true;
    }
  }
  OwnProposal proposal{.view = request.view, .unacknowledged = {}};
  std::vector<LaneTip> tips;
  for (const LaneChoice& choice : choices) {
    if (choice.tip.sequence > Sequence{0}) tips.push_back(choice.tip);
    if (choice.is_unacknowledged) proposal.unacknowledged.push_back(choice.tip.lane);
  }
  own_proposal_ = std::move(proposal);
  return tips;
}

void Mempool::on(OwnViewFailed input, Now) {
  if (!own_proposal_ || own_proposal_->view != input.view) return;
  for (const ValidatorIndex index : own_proposal_->unacknowledged) {
    if (index != config_.self) slow_[index] = config_.policy.slow_lane_batches;
  }
  own_proposal_.reset();
}

void Mempool::on(TipsHinted input, Now now) {
  if (input.from.number >= config_.validator_count) return;
  for (const LaneTip& tip : input.tips) {
    if (tip.lane.number >= config_.validator_count || tip.lane == config_.self) continue;
    const Lane& hinted = lane(tip.lane);
    const Sequence end = hinted.end().sequence;
    const bool is_news = tip.sequence > end && hinted.find(tip.digest) == nullptr;
    const std::uint64_t last = hinted.base().sequence.number + config_.rules.batches_max;
    if (!is_news || tip.sequence.number > last || equivocated_.contains(tip.lane)) continue;
    if (fetches_.has_hint(tip.lane)) continue;
    fetches_.order({.lane = tip.lane,
                    .range = {.tip = tip.digest, .count = tip.sequence.number - end.number},
                    .holders = {peer_of(input.from)},
                    .block = std::nullopt},
                   now.instant);
  }
}

}  // namespace troupe::ledger
