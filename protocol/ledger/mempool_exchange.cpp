#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/ledger/mempool.hpp"

// The part of the mempool that talks to peers and keeps the batches of other lanes.
namespace troupe::ledger {

void Mempool::on(PeerConnected input, Now) {
  const bool has_room = connected_.size() < kLanePeersMax;
  if (!has_room || !connected_.insert(input.peer).second) return;
  if (!config_.self || !is_validator(input.peer)) return;
  streams_.connected(input.peer);
  effects_.push_back(SendAcks{.to = input.peer, .acks = all_acks()});
}

void Mempool::on(PeerDisconnected input, Now) {
  connected_.erase(input.peer);
  serving_.erase(input.peer);
  streams_.disconnected(input.peer);
}

void Mempool::on(BatchReceived input, Now) {
  const ValidatorIndex index = input.batch->place().lane;
  if (index.number >= config_.validator_count || !belongs(*input.batch, index)) return;
  if (fetches_.lane_of(input.batch->digest()) == index) {
    take_awaited(index, input.batch, false);
  } else if (input.from == peer_of(index) && index != config_.self &&
             is_of_a_known_life(*input.batch)) {
    take_streamed(input.batch);
  }
}

/// True if the batch is of this epoch and of this lane.
bool Mempool::belongs(const Batch& batch, ValidatorIndex lane) const {
  const BatchPlace& place = batch.place();
  return place.epoch == config_.epoch && place.root == config_.root && place.lane == lane;
}

/// True if the life of the lane that it names has begun as far as this node knows. One that a block
/// references may be of a life that begins in a block which this node has not executed yet; its
/// author's stream can wait until it has.
bool Mempool::is_of_a_known_life(const Batch& batch) const {
  return batch.place().incarnation <= config_.incarnations[batch.place().lane.number];
}

void Mempool::take_streamed(const BatchPointer& batch) {
  const ValidatorIndex index = batch->place().lane;
  if (equivocated_.contains(index)) return;
  Lane& streamed = lane(index);
  switch (streamed.place(*batch)) {
    case Placement::Old:
    case Placement::Known: return;
    case Placement::Next:
      streamed.follow({.batch = batch});
      effects_.push_back(VerifyBatch{batch});
      touch(index);
      return;
    case Placement::Conflict: take_witness(batch); return;
    case Placement::Gap:
      // Beyond the bounds everything that follows is a gap too: no use in asking for it yet.
      if (!overrun_.contains(index)) pending_acks_.add(index, true);
      return;
    case Placement::Beyond: overrun_.insert(index); return;
  }
}

/// Another batch for a place of the followed branch: worth one check of its author's signature.
void Mempool::take_witness(const BatchPointer& batch) {
  Lane& streamed = lane(batch->place().lane);
  if (streamed.has_witness()) return;
  streamed.keep({.batch = batch, .is_witness = true});
  effects_.push_back(VerifyBatch{batch});
}

void Mempool::on(BatchesReceived input, Now now) {
  for (const BatchPointer& batch : input.batches) {
    const auto index = fetches_.lane_of(batch->digest());
    if (index) take_awaited(*index, batch, false);
  }
  fetches_.answered(input.from, input.absent, now.instant);
}

void Mempool::on(BatchesLoaded input, Now now) {
  for (const BatchPointer& batch : input.batches) {
    const auto index = fetches_.lane_of(batch->digest());
    if (index && is_signed(*batch)) take_awaited(*index, batch, true);
  }
  fetches_.answered(std::nullopt, input.absent, now.instant);
}

/// A batch that a block references, or that a hint led to. Its digest proves that it is the one that
/// was asked for, not that it is valid.
void Mempool::take_awaited(ValidatorIndex index, const BatchPointer& batch, bool is_from_disk) {
  Lane& awaiting = lane(index);
  if (!belongs(*batch, index)) {
    condemn(index, batch->digest());
    fetches_.arrived(batch->digest(), std::nullopt);
    return;
  }
  const Placement placement = awaiting.place(*batch);
  end_fetch(awaiting, *batch);
  if (placement == Placement::Old || placement == Placement::Known) return;
  LaneBatch entry{.batch = batch,
                  .state = is_from_disk ? BatchState::Held : BatchState::Checking,
                  .is_fetched = !is_from_disk};
  if (placement == Placement::Next) {
    awaiting.follow(std::move(entry));
  } else {
    awaiting.keep(std::move(entry));
  }
  touch(index);
  if (!is_from_disk) effects_.push_back(VerifyBatch{batch});
  // It is held now, or it took the room of one that a check waits for.
  is_recheck_due_ = true;
}

/// The fetch goes on with the parent unless that is known, or lies at or below the base.
void Mempool::end_fetch(const Lane& lane, const Batch& batch) {
  const BatchPlace& place = batch.place();
  const bool goes_on =
      place.sequence > lane.base().sequence.next() && lane.find(place.parent) == nullptr;
  fetches_.arrived(batch.digest(), goes_on ? std::optional(place.parent) : std::nullopt);
}

void Mempool::on(BatchVerified input, Now) {
  const crypto::Digest digest = input.batch->digest();
  Lane* const found = lane_with(digest);
  if (found == nullptr) return;
  const LaneBatch batch = *found->find(digest);
  // Another copy under the same digest may carry another signature: the verdict is not about it.
  if (batch.state != BatchState::Checking || batch.batch != input.batch) return;
  const ValidatorIndex index = found->base().lane;
  touch(index);
  switch (input.verdict) {
    case BatchVerdict::Valid: accept_verified(*found, batch); return;
    case BatchVerdict::NotOfAuthor:
      for (auto& [block, check] : checks_)
        ++check.rotation;
      remove(*found, digest);
      return;
    case BatchVerdict::InvalidContent:
      report_conflict(*found, batch);
      condemn(index, digest);
      remove(*found, digest);
      return;
  }
}

void Mempool::accept_verified(Lane& lane, const LaneBatch& batch) {
  const crypto::Digest digest = batch.batch->digest();
  lane.set_state(digest, BatchState::Storing);
  // The author is this node, yet the batch is news to it: its disk is older than its lane.
  if (lane.base().lane == config_.self)
    halt_own_lane("another process signed a batch of this lane");
  report_conflict(lane, batch);
  if (!batch.is_witness) store(lane, batch.batch);
}

void Mempool::report_conflict(const Lane& lane, const LaneBatch& batch) {
  const ValidatorIndex index = lane.base().lane;
  if (index == config_.self || equivocated_.contains(index)) return;
  const LaneBatch* other = lane.find_conflict(batch);
  if (other == nullptr) return;
  equivocated_.insert(index);
  effects_.push_back(
      EvidenceFound{make_fork(other->batch->signed_header(), batch.batch->signed_header())});
}

void Mempool::store(Lane& lane, const BatchPointer& batch) {
  const bool followed = lane.digest_at(batch->place().sequence) == batch->digest();
  if (followed) lane.set_stored_followed(batch->digest());
  effects_.push_back(StoreBatch{.batch = batch, .followed = followed});
}

/// What follows a removed batch goes too; those who wait for it will fetch it again.
void Mempool::remove(Lane& lane, const crypto::Digest& digest) {
  const auto removed = lane.remove(digest);
  INVARIANT(!removed.empty());
  is_recheck_due_ = true;
}

void Mempool::condemn(ValidatorIndex lane, const crypto::Digest& digest) {
  if (!condemned_.insert({lane, digest}).second) return;
  condemned_order_.emplace_back(lane, digest);
  if (condemned_order_.size() > kCondemnedBatchesMax) {
    condemned_.erase(condemned_order_.front());
    condemned_order_.pop_front();
  }
  is_recheck_due_ = true;
}

void Mempool::on(AcksReceived input, Now now) {
  if (!config_.self || !is_validator(input.from)) return;
  const ValidatorIndex from{static_cast<std::uint32_t>(input.from.number)};
  if (from == config_.self) return;
  for (const LaneAck& ack : input.acks) {
    if (ack.lane.number >= config_.validator_count) return;
    received_acks_.note(from, ack);
    if (ack.lane == config_.self) {
      streams_.acknowledged(input.from, ack, lane(*config_.self), now.instant);
    }
    // An author that is ahead of everything known here may have missed this node's first word.
    const bool is_author_ahead = ack.lane == from && ack.sequence > lane(from).end().sequence;
    if (is_author_ahead) pending_acks_.add(from, false);
  }
}

std::vector<LaneTip> Mempool::held_tips() const {
  std::vector<LaneTip> tips;
  for (const Lane& each : lanes_) {
    if (each.held().sequence.number > 0) tips.push_back(each.held());
  }
  return tips;
}

std::vector<LaneAck> Mempool::all_acks() const {
  std::vector<LaneAck> acks;
  for (const Lane& each : lanes_)
    acks.push_back(ack_of(each.base().lane, false));
  return acks;
}

LaneAck Mempool::ack_of(ValidatorIndex index, bool resume) const {
  const LaneTip held = lane(index).held();
  return LaneAck{.lane = index,
                 .incarnation = held.incarnation,
                 .sequence = held.sequence,
                 .digest = held.digest,
                 .resume = resume};
}

void Mempool::on(RequestReceived input, Now) {
  if (!connected_.contains(input.from) || input.ranges.empty()) return;
  if (input.ranges.size() > kBatchRangesMax) return;
  std::size_t& serving = serving_[input.from];
  if (serving >= kBatchRequestsServedMax) return;
  ++serving;
  effects_.push_back(ServeBatches{.to = input.from, .ranges = std::move(input.ranges)});
}

void Mempool::on(BatchesServed input, Now) {
  const auto serving = serving_.find(input.to);
  if (serving == serving_.end()) return;
  if (--serving->second == 0) serving_.erase(serving);
}

}  // namespace troupe::ledger
