#include "protocol/consensus/signer_rules.hpp"

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"

namespace troupe::consensus {

std::string_view describe(Refusal refusal) {
  switch (refusal) {
    case Refusal::AnotherNotarize: return "another block is notarized or proposed in this view";
    case Refusal::AnotherFinalize: return "another block is finalized in this view";
    case Refusal::NullifiedBefore: return "this view was nullified";
    case Refusal::FinalizedBefore: return "a block was finalized in this view";
    case Refusal::AtOrBelowFinal: return "the view is at or below the last final one";
    case Refusal::AnotherBatch: return "another batch has this place in the lane";
    case Refusal::BatchBehind: return "a later batch of this lane is signed";
    case Refusal::JournalUnusable: return "the vote journal is damaged or missing";
  }
  return "unknown refusal";
}

const VoteRecord* SignerRules::find(const ViewKey& key, VoteKind kind) const {
  const auto view = votes_.find(key);
  if (view == votes_.end()) return nullptr;
  const auto record = view->second.find(kind);
  return record == view->second.end() ? nullptr : &record->second;
}

bool SignerRules::is_at_or_below_mark(const Vote& vote) const {
  if (!mark_) return false;
  return ViewKey{vote.epoch, vote.view} <= ViewKey{mark_->vote.epoch, mark_->vote.view};
}

Decision SignerRules::decide(const Vote& vote) const {
  if (is_at_or_below_mark(vote)) return Refused{Refusal::AtOrBelowFinal};
  if (planted(Plant::SignerForgetsVotes)) return MaySign{};
  const ViewKey key{vote.epoch, vote.view};
  if (const VoteRecord* same_kind = find(key, vote.kind)) {
    if (same_kind->vote.vote == vote) return SameAgain{same_kind->vote.signature};
    const bool is_notarize = vote.kind == VoteKind::Notarize;
    return Refused{is_notarize ? Refusal::AnotherNotarize : Refusal::AnotherFinalize};
  }
  if (vote.kind == VoteKind::Finalize && find(key, VoteKind::Nullify) != nullptr &&
      !planted(Plant::FinalizeAfterNullify)) {
    return Refused{Refusal::NullifiedBefore};
  }
  if (vote.kind == VoteKind::Nullify && find(key, VoteKind::Finalize) != nullptr &&
      !planted(Plant::NullifyAfterFinalize)) {
    return Refused{Refusal::FinalizedBefore};
  }
  return MaySign{};
}

Decision SignerRules::decide(const BatchIdentity& batch) const {
  const auto lane = batches_.find({batch.epoch, batch.lane});
  if (lane == batches_.end()) return MaySign{};
  const BatchKey place{batch.incarnation, batch.sequence};
  if (const auto known = lane->second.find(place); known != lane->second.end()) {
    if (known->second.batch == batch) return SameAgain{known->second.signature};
    return Refused{Refusal::AnotherBatch};
  }
  if (place < lane->second.rbegin()->first) return Refused{Refusal::BatchBehind};
  return MaySign{};
}

bool SignerRules::take(const VoteRecord& record) {
  const Vote& vote = record.vote.vote;
  if (is_at_or_below_mark(vote)) return true;
  const Decision decision = decide(vote);
  if (std::holds_alternative<Refused>(decision)) return false;
  votes_[{vote.epoch, vote.view}].insert_or_assign(vote.kind, record);
  return true;
}

bool SignerRules::take(const BatchRecord& record) {
  if (std::holds_alternative<Refused>(decide(record.batch))) return false;
  auto& lane = batches_[{record.batch.epoch, record.batch.lane}];
  lane.insert_or_assign({record.batch.incarnation, record.batch.sequence}, record);
  if (lane.size() > kLaneBatchesMax) lane.erase(lane.begin());
  return true;
}

bool SignerRules::remember(const JournalRecord& record) {
  bool is_consistent = true;
  if (const auto* vote = std::get_if<VoteRecord>(&record)) is_consistent = take(*vote);
  if (const auto* batch = std::get_if<BatchRecord>(&record)) is_consistent = take(*batch);
  if (const auto* mark = std::get_if<MarkRecord>(&record)) raise_mark(mark->finalization);
  check_invariants();
  return is_consistent;
}

void SignerRules::raise_mark(const Certificate& finalization) {
  INVARIANT(finalization.is(VoteKind::Finalize));
  const ViewKey raised{finalization.vote.epoch, finalization.vote.view};
  if (mark_ && raised <= ViewKey{mark_->vote.epoch, mark_->vote.view}) return;
  mark_ = finalization;
  votes_.erase(votes_.begin(), votes_.upper_bound(raised));
  if (planted(Plant::MarkForgetsVotesAbove)) votes_.clear();
  check_invariants();
}

std::vector<JournalRecord> SignerRules::live_records() const {
  std::vector<JournalRecord> records;
  if (mark_) records.emplace_back(MarkRecord{*mark_});
  for (const auto& [key, kinds] : votes_) {
    for (const auto& [kind, record] : kinds)
      records.emplace_back(record);
  }
  for (const auto& [key, lane] : batches_) {
    for (const auto& [place, record] : lane)
      records.emplace_back(record);
  }
  return records;
}

void SignerRules::check_invariants() const {
  for (const auto& [key, kinds] : votes_) {
    const bool both = kinds.contains(VoteKind::Nullify) && kinds.contains(VoteKind::Finalize);
    const bool is_planted = planted(Plant::SignerForgetsVotes) ||
                            planted(Plant::FinalizeAfterNullify) ||
                            planted(Plant::NullifyAfterFinalize);
    INVARIANT(!both || is_planted);  // (2); (1) holds by the map's shape
  }
  if (mark_ && !votes_.empty()) {
    INVARIANT(votes_.begin()->first > ViewKey(mark_->vote.epoch, mark_->vote.view));  // (3)
  }
  for (const auto& [key, lane] : batches_)
    INVARIANT(lane.size() <= kLaneBatchesMax);  // (4)
}

}  // namespace troupe::consensus
