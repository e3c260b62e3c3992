#include "protocol/ledger/mempool.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::ledger {
namespace {

/// Bounds for the header and signature of a batch, beside its payload.
constexpr std::size_t kBatchOverheadBytes = kBatchBytesMax - kBatchPayloadBytesMax;
/// The payload that one transaction of the largest size makes.
constexpr std::size_t kLargestPayloadBytes = kTransactionBytesMax + 16;
/// Retry intervals without progress after which a stream starts again.
constexpr int kStallRetries = 4;

std::vector<Lane> make_lanes(const MempoolConfig& config, const std::vector<LaneTip>& tips) {
  std::vector<Lane> lanes;
  for (std::uint32_t i = 0; i < config.validator_count; ++i) {
    lanes.emplace_back(
        tip_of(tips, ValidatorIndex{i}, config.root), config.rules, config.incarnations[i]);
  }
  return lanes;
}

BatchPointer with_signature(const Batch& batch, const crypto::Signature& signature) {
  BatchDraft draft;
  draft.header = batch.header();
  const auto payload_bytes = static_cast<std::size_t>(draft.header.payload_bytes);
  draft.payload = to_bytes(batch.encoded().last(payload_bytes));
  return std::make_shared<const Batch>(Batch::assemble(draft, signature));
}

void keep_earlier(std::optional<Instant>& earliest, const std::optional<Instant>& other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

}  // namespace

Mempool::Mempool(MempoolConfig config, const MempoolRecovery& recovery)
    : config_(std::move(config)),
      height_(recovery.height),
      lanes_(make_lanes(config_, recovery.tips)),
      streams_(LaneStreams::Timing{.rewind_interval = config_.policy.retry_interval,
                                   .stall_timeout = kStallRetries * config_.policy.retry_interval}),
      received_acks_(config_.validator_count, config_.self),
      pending_acks_(config_.policy.ack_interval),
      fetches_(config_.policy.fetch_grace, config_.policy.retry_interval) {
  INVARIANT(config_.validator_count >= 1);
  INVARIANT(config_.validator_count <= kValidatorsMax);
  INVARIANT(config_.incarnations.size() == config_.validator_count);
  INVARIANT(!config_.self || config_.self->number < config_.validator_count);
  INVARIANT(config_.rules.batches_max <= kLaneBatchesMax);
  INVARIANT(config_.rules.bytes_max <= kLaneBytesMax);
  INVARIANT(config_.rules.bytes_max >= kBatchBytesMax);
  for (const Lane& each : lanes_)
    acknowledged_.push_back(each.base());
  equivocated_.insert(config_.forked.begin(), config_.forked.end());
  recover(recovery);
  for (const LaneClosing& closing : config_.closed)
    close(closing);
}

MempoolEffects Mempool::step(MempoolInput input, Now now) {
  std::visit([this, now](auto&& content) { on(std::move(content), now); }, std::move(input));
  settle(now.instant);
  check_invariants();
  return std::exchange(effects_, {});
}

/// Puts the stored batches back where they were. What no longer links to the tips stays on disk.
void Mempool::recover(const MempoolRecovery& recovery) {
  std::vector<BatchPointer> batches = recovery.batches;
  std::stable_sort(batches.begin(), batches.end(), [](const auto& left, const auto& right) {
    return left->place().sequence < right->place().sequence;
  });
  for (const BatchPointer& batch : batches) {
    const ValidatorIndex index = batch->place().lane;
    if (index.number >= config_.validator_count || !belongs(*batch, index)) continue;
    if (!is_of_a_known_life(*batch)) continue;
    if (lane(index).place(*batch) != Placement::Next) continue;
    const bool needs_signature = index == config_.self && !is_signed(*batch);
    lane(index).follow({.batch = batch,
                        .state = needs_signature ? BatchState::Signing : BatchState::Held,
                        .is_fetched = false,
                        .is_witness = false,
                        .is_stored_followed = true});
    if (index == config_.self) waiting_.readmit_sealed(batch->transactions());
    touch(index);
  }
}

void Mempool::on(Started, Now) {
  if (!config_.self) return;
  const Lane& own = lane(*config_.self);
  for (Sequence next = own.held().sequence; next < own.end().sequence;) {
    next = next.next();
    const LaneBatch& batch = own.at(next);
    effects_.push_back(SignBatch{.header = batch.batch->header(), .digest = batch.batch->digest()});
  }
}

void Mempool::on(TimerFired, Now) {}

void Mempool::on(Submission input, Now now) {
  SubmissionAnswered answer{.number = input.number, .verdicts = {}};
  answer.verdicts.reserve(input.candidates.size());
  const bool was_empty = waiting_.queued() == 0;
  for (Candidate& candidate : input.candidates) {
    if (!config_.self || is_halted_) {
      answer.verdicts.push_back(failure(AdmissionError::MempoolFull));
    } else {
      answer.verdicts.push_back(waiting_.admit(std::move(candidate), height_.next()));
    }
  }
  if (was_empty && waiting_.queued() > 0) queued_since_ = now.instant;
  effects_.push_back(std::move(answer));
}

/// A batch must at least be able to carry the largest transaction.
std::size_t Mempool::payload_bytes_max() const {
  return std::clamp(config_.policy.batch_bytes_full, kLargestPayloadBytes, kBatchPayloadBytesMax);
}

bool Mempool::may_seal() const {
  if (!config_.self || is_halted_ || waiting_.queued() == 0) return false;
  // Another process may lead a later life of this lane: nothing can follow it.
  if (lane(*config_.self).end().incarnation > config_.incarnations[config_.self->number])
    return false;
  const std::size_t payload_bytes = std::min(waiting_.queued_bytes(), payload_bytes_max());
  return lane(*config_.self).has_room(payload_bytes + kBatchOverheadBytes);
}

bool Mempool::should_seal(Instant now) const {
  if (!may_seal()) return false;
  const Lane& own = lane(*config_.self);
  if (own.is_empty()) return true;
  const bool is_full = waiting_.queued_bytes() >= config_.policy.batch_bytes_full ||
                       waiting_.queued() >= kBatchTransactionsMax;
  const bool is_due = now - *queued_since_ >= config_.policy.seal_delay;
  return is_full || (is_due && own.length() < config_.rules.batches_max / 2);
}

void Mempool::seal(Instant now) {
  Lane& own = lane(*config_.self);
  const std::vector<Transaction> transactions = waiting_.take(payload_bytes_max(), height_.next());
  queued_since_ = now;
  if (transactions.empty()) return;
  const LaneTip end = own.end();
  const BatchDraft draft = draft_batch({.epoch = config_.epoch,
                                        .root = config_.root,
                                        .lane = *config_.self,
                                        .incarnation = config_.incarnations[config_.self->number],
                                        .sequence = end.sequence.next(),
                                        .parent = end.digest},
                                       transactions);
  const auto batch = std::make_shared<const Batch>(Batch::assemble(draft, crypto::Signature{}));
  INVARIANT(own.place(*batch) == Placement::Next);  // (2)
  own.follow({.batch = batch, .state = BatchState::Storing, .is_stored_followed = true});
  effects_.push_back(StoreBatch{.batch = batch, .followed = true});
}

void Mempool::on(BatchStored input, Now) {
  Lane* const found = lane_with(input.digest);
  if (found == nullptr) return;
  const LaneBatch& batch = *found->find(input.digest);
  if (batch.state != BatchState::Storing || batch.is_witness) return;
  touch(found->base().lane);
  if (found->base().lane == config_.self && !is_signed(*batch.batch)) {
    if (batch.place().incarnation < config_.incarnations[config_.self->number])
      return forget_unsigned(input.digest);
    found->set_state(input.digest, BatchState::Signing);
    effects_.push_back(SignBatch{.header = batch.batch->header(), .digest = input.digest});
    return;
  }
  found->set_state(input.digest, BatchState::Held);
  is_recheck_due_ = true;
}

void Mempool::on(BatchSigned input, Now) {
  if (!config_.self) return;
  Lane& own = lane(*config_.self);
  const LaneBatch* batch = own.find(input.digest);
  if (batch == nullptr || batch->state != BatchState::Signing) return;
  const BatchPointer signed_batch = with_signature(*batch->batch, input.signature);
  INVARIANT(signed_batch->digest() == input.digest);
  own.replace(signed_batch);
  own.set_state(input.digest, BatchState::Held);
  effects_.push_back(StoreSignature{signed_batch});
  touch(*config_.self);
  is_recheck_due_ = true;
}

void Mempool::on(SignatureRefused input, Now) {
  if (!config_.self) return;
  const LaneBatch* batch = lane(*config_.self).find(input.digest);
  if (batch == nullptr || batch->state != BatchState::Signing) return;
  const Incarnation life = batch->place().incarnation;
  forget_unsigned(input.digest);
  // What a new journal refuses of an earlier life says nothing about this one.
  if (life == config_.incarnations[config_.self->number])
    halt_own_lane("the signer refused an own batch");
}

/// What was not signed never left this node, so it can be forgotten at once.
void Mempool::forget_unsigned(const crypto::Digest& digest) {
  ForgetBatches forget;
  for (const BatchPointer& removed : lane(*config_.self).remove(digest)) {
    waiting_.release(removed->transactions());
    forget.digests.push_back(removed->digest());
  }
  effects_.push_back(std::move(forget));
  touch(*config_.self);
}

void Mempool::halt_own_lane(std::string_view reason) {
  if (is_halted_) return;
  is_halted_ = true;
  effects_.push_back(OwnLaneHalted{reason});
}

void Mempool::on(Ordered input, Now) {
  if (input.height <= height_) return;
  height_ = input.height;
  if (input.ids) waiting_.release(*input.ids);
  for (const LaneTip& tip : input.tips) {
    INVARIANT(tip.lane.number < config_.validator_count);
    if (tip.sequence > lane(tip.lane).base().sequence) advance_lane(tip);
  }
  for (const LaneLife& life : input.lives)
    begin_life(life);
  for (const LaneClosing& closing : input.closed)
    close(closing);
  drop_stale_checks();
  is_recheck_due_ = true;
}

void Mempool::begin_life(const LaneLife& life) {
  INVARIANT(life.lane.number < config_.validator_count);
  Incarnation& known = config_.incarnations[life.lane.number];
  if (life.incarnation <= known) return;
  known = life.incarnation;
  lane(life.lane).begin_life(life.incarnation);
  overrun_.erase(life.lane);
  touch(life.lane);
  // What it held was dropped without a word of the signer, who has no journal for this life yet.
  if (life.lane == config_.self) is_halted_ = true;
}

/// What is left in the lane is never ordered; so it is no work, and the own lane takes no more in.
void Mempool::close(const LaneClosing& closing) {
  INVARIANT(closing.lane.number < config_.validator_count);
  closed_.try_emplace(closing.lane, closing.height);
  equivocated_.insert(closing.lane);
  touch(closing.lane);
  if (closing.lane == config_.self) halt_own_lane("the ledger records that this lane was forked");
}

void Mempool::on(Rejoined, Now now) {
  if (!config_.self || closed_.contains(*config_.self)) return;
  is_halted_ = false;
  queued_since_ = now.instant;
}

void Mempool::advance_lane(const LaneTip& tip) {
  LaneAdvance advance = lane(tip.lane).advance(tip);
  touch(tip.lane);
  note_ordered(tip.lane, advance.ordered);
  if (overrun_.erase(tip.lane) > 0) pending_acks_.add(tip.lane, true);
  const bool is_own = tip.lane == config_.self;
  // An own batch that this node has never seen: its disk is older than its lane (section 5). Only
  // of the life that it leads now: what an earlier one left behind may be ordered, or die.
  const Incarnation life = config_.incarnations[tip.lane.number];
  const bool is_foreign =
      tip.incarnation >= life &&
      (advance.ordered.empty() || advance.ordered.back().batch->digest() != tip.digest);
  const bool has_lost =
      std::any_of(advance.dead.begin(), advance.dead.end(), [life](const BatchPointer& batch) {
        return batch->place().incarnation >= life;
      });
  if (is_own && (is_foreign || has_lost))
    halt_own_lane("a block ordered another own batch than this node has");
  if (advance.dead.empty()) return;
  ForgetBatches forget;
  for (const BatchPointer& batch : advance.dead) {
    if (is_own) waiting_.release(batch->transactions());
    forget.digests.push_back(batch->digest());
  }
  effects_.push_back(std::move(forget));
}

/// A slow lane is trusted anew after enough batches that did not have to be fetched.
void Mempool::note_ordered(ValidatorIndex lane, const std::vector<LaneBatch>& ordered) {
  const auto slow = slow_.find(lane);
  if (slow == slow_.end()) return;
  for (const LaneBatch& batch : ordered) {
    slow->second = batch.is_fetched ? config_.policy.slow_lane_batches : slow->second - 1;
    if (slow->second > 0) continue;
    slow_.erase(slow);
    return;
  }
}

/// What follows from any step, in an order that lets what is written down precede what is sent.
void Mempool::settle(Instant now) {
  while (should_seal(now))
    seal(now);
  if (is_recheck_due_) recheck_waiting(now);
  is_recheck_due_ = false;
  send_fetches(now);
  if (config_.self) {
    for (StreamedBatch& streamed : streams_.pump(lane(*config_.self), now)) {
      effects_.push_back(StreamBatch{.to = streamed.to, .batch = std::move(streamed.batch)});
    }
  }
  settle_touched_lanes(now);
  send_acks(now);
}

void Mempool::settle_touched_lanes(Instant now) {
  bool has_grown = false;
  for (const ValidatorIndex index : std::exchange(touched_, {})) {
    Lane& touched = lane(index);
    for (const BatchPointer& batch : touched.take_adopted()) {
      effects_.push_back(StoreBatch{.batch = batch, .followed = true});
      touched.set_stored_followed(batch->digest());
    }
    const LaneTip held = touched.held();
    if (std::exchange(acknowledged_[index.number], held) != held) {
      pending_acks_.add(index, false);
      has_grown = true;
    }
    if (held.sequence > touched.base().sequence && !closed_.contains(index)) {
      working_.insert(index);
    } else {
      working_.erase(index);
    }
  }
  const bool has_work = !working_.empty();
  const bool has_changed = std::exchange(has_announced_work_, has_work) != has_work;
  if (has_changed && has_work) repeat_acks_at_ = now + config_.policy.retry_interval;
  if (!has_changed && !(has_work && has_grown)) return;
  effects_.push_back(WorkChanged{has_work});
}

void Mempool::send_acks(Instant now) {
  if (!config_.self) return;
  if (has_announced_work_ && now >= repeat_acks_at_) {
    repeat_acks_at_ = now + config_.policy.retry_interval;
    for (const Lane& each : lanes_)
      pending_acks_.add(each.base().lane, false);
  }
  const std::map<ValidatorIndex, bool> lanes = pending_acks_.take(now);
  if (lanes.empty()) return;
  std::vector<LaneAck> acks;
  for (const auto& [index, resume] : lanes)
    acks.push_back(ack_of(index, resume));
  for (const PeerNumber peer : connected_) {
    if (is_validator(peer)) effects_.push_back(SendAcks{.to = peer, .acks = acks});
  }
}

void Mempool::send_fetches(Instant now) {
  for (FetchRequest& request : fetches_.due(connected_, now)) {
    if (request.to) {
      effects_.push_back(RequestBatches{.to = *request.to, .ranges = std::move(request.ranges)});
    } else {
      effects_.push_back(LoadBatches{std::move(request.ranges)});
    }
  }
}

std::optional<Instant> Mempool::next_deadline() const {
  std::optional<Instant> earliest = fetches_.next_deadline();
  if (!config_.self) return earliest;
  keep_earlier(earliest, streams_.next_deadline());
  keep_earlier(earliest, pending_acks_.next_deadline());
  if (has_announced_work_) keep_earlier(earliest, repeat_acks_at_);
  if (may_seal() && lane(*config_.self).length() < config_.rules.batches_max / 2) {
    keep_earlier(earliest, *queued_since_ + config_.policy.seal_delay);
  }
  return earliest;
}

BatchPointer Mempool::held_batch(const crypto::Digest& digest) const {
  for (const Lane& each : lanes_) {
    const LaneBatch* batch = each.find(digest);
    if (batch != nullptr && batch->state == BatchState::Held) return batch->batch;
  }
  return nullptr;
}

MempoolStatus Mempool::status() const {
  return MempoolStatus{.waiting_transactions = waiting_.size(),
                       .waiting_bytes = waiting_.bytes(),
                       .fetches = fetches_.size(),
                       .payload_checks = checks_.size(),
                       .own_lane_halted = is_halted_};
}

std::vector<LaneStatus> Mempool::lane_statuses() const {
  std::vector<LaneStatus> statuses;
  for (const Lane& each : lanes_) {
    const ValidatorIndex index = each.base().lane;
    statuses.push_back(LaneStatus{.lane = index,
                                  .ordered = each.base(),
                                  .held = each.held().sequence,
                                  .acknowledged = received_acks_.quorum_held(each),
                                  .is_slow = slow_.contains(index),
                                  .has_equivocated = equivocated_.contains(index),
                                  .is_closed = closed_.contains(index)});
  }
  return statuses;
}

Lane* Mempool::lane_with(const crypto::Digest& digest) {
  const auto knows = [&digest](const Lane& each) { return each.find(digest) != nullptr; };
  const auto position = std::find_if(lanes_.begin(), lanes_.end(), knows);
  return position == lanes_.end() ? nullptr : &*position;
}

bool Mempool::is_validator(PeerNumber peer) const {
  return peer.number < config_.validator_count;
}

void Mempool::check_invariants() const {
  for (const Lane& each : lanes_)
    each.check_invariants();
  waiting_.check_invariants();
  if (config_.self) streams_.check_invariants(lane(*config_.self));
  INVARIANT(fetches_.size() <= kBatchFetchesMax);
  INVARIANT(checks_.size() <= kPayloadChecksMax);  // (3)
  INVARIANT(checks_.size() == check_order_.size());
  INVARIANT(connected_.size() <= kLanePeersMax);  // (3)
}

}  // namespace troupe::ledger
