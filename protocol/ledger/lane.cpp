#include "protocol/ledger/lane.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::ledger {

bool is_signed(const Batch& batch) {
  return batch.signed_header().signature != crypto::Signature{};
}

Lane::Lane(const LaneTip& base, const LaneRules& rules, Incarnation life)
    : base_(base), rules_(rules), life_(life) {}

LaneTip Lane::end() const {
  return tip_at(Sequence{base_.sequence.number + chain_.size()});
}

LaneTip Lane::held() const {
  return tip_at(Sequence{base_.sequence.number + held_});
}

std::uint64_t Lane::bytes() const {
  return chain_.empty() ? 0 : chain_.back().bytes_end - bytes_base_;
}

std::optional<crypto::Digest> Lane::digest_at(Sequence sequence) const {
  if (sequence == base_.sequence) return base_.digest;
  if (sequence < base_.sequence || sequence.number > base_.sequence.number + chain_.size()) {
    return std::nullopt;
  }
  return chain_[index_of(sequence)].digest;
}

const LaneBatch* Lane::find(const crypto::Digest& digest) const {
  const auto position = batches_.find(digest);
  return position == batches_.end() ? nullptr : &position->second;
}

const LaneBatch& Lane::at(Sequence sequence) const {
  const LaneBatch* batch = find(chain_[index_of(sequence)].digest);
  INVARIANT(batch != nullptr);
  return *batch;
}

LaneTip Lane::tip_at(Sequence sequence) const {
  if (sequence == base_.sequence) return base_;
  const LaneBatch& batch = at(sequence);
  return LaneTip{.lane = base_.lane,
                 .incarnation = batch.place().incarnation,
                 .sequence = sequence,
                 .digest = batch.batch->digest()};
}

std::uint64_t Lane::bytes_between(Sequence first, Sequence last) const {
  INVARIANT(first <= last);
  const auto bytes_end = [this](Sequence sequence) {
    return sequence == base_.sequence ? bytes_base_ : chain_[index_of(sequence)].bytes_end;
  };
  return bytes_end(last) - bytes_end(first);
}

bool Lane::has_room(std::size_t bytes) const {
  return chain_.size() < rules_.batches_max && this->bytes() + bytes <= rules_.bytes_max;
}

Placement Lane::place(const Batch& batch) const {
  const Sequence sequence = batch.place().sequence;
  if (sequence <= base_.sequence) return Placement::Old;
  if (find(batch.digest()) != nullptr) return Placement::Known;
  if (digest_at(sequence)) return Placement::Conflict;
  if (sequence.number > base_.sequence.number + rules_.batches_max) return Placement::Beyond;
  if (!continues(batch)) return Placement::Gap;
  return has_room(batch.encoded().size()) ? Placement::Next : Placement::Beyond;
}

void Lane::follow(LaneBatch batch) {
  INVARIANT(place(*batch.batch) == Placement::Next);
  const crypto::Digest digest = batch.batch->digest();
  batches_.emplace(digest, std::move(batch));
  push(digest);
  adopt_sides();
  advance_held();
}

void Lane::keep(LaneBatch batch) {
  INVARIANT(find(batch.batch->digest()) == nullptr);
  const crypto::Digest digest = batch.batch->digest();
  side_bytes_ += batch.bytes();
  batches_.emplace(digest, std::move(batch));
  sides_.push_back(digest);
  adopt_sides();
  advance_held();
  shed_sides();
}

void Lane::set_state(const crypto::Digest& digest, BatchState state) {
  const auto position = batches_.find(digest);
  INVARIANT(position != batches_.end());
  INVARIANT(position->second.state != BatchState::Held || state == BatchState::Held);
  position->second.state = state;
  advance_held();
}

void Lane::set_stored_followed(const crypto::Digest& digest) {
  const auto position = batches_.find(digest);
  INVARIANT(position != batches_.end());
  position->second.is_stored_followed = true;
}

void Lane::promote_witness(const crypto::Digest& digest) {
  const auto position = batches_.find(digest);
  INVARIANT(position != batches_.end());
  INVARIANT(position->second.is_witness);
  position->second.is_witness = false;
}

void Lane::replace(const BatchPointer& batch) {
  const auto position = batches_.find(batch->digest());
  INVARIANT(position != batches_.end());
  INVARIANT(position->second.bytes() == batch->encoded().size());
  position->second.batch = batch;
}

std::vector<BatchPointer> Lane::remove(const crypto::Digest& digest) {
  std::vector<BatchPointer> removed;
  const auto position = batches_.find(digest);
  if (position == batches_.end()) return removed;
  const Sequence sequence = position->second.place().sequence;
  if (digest_at(sequence) != digest) {
    side_bytes_ -= position->second.bytes();
    removed.push_back(position->second.batch);
    std::erase(sides_, digest);
    batches_.erase(position);
    return removed;
  }
  const std::size_t first = index_of(sequence);
  for (std::size_t i = first; i < chain_.size(); ++i) {
    const auto followed = batches_.find(chain_[i].digest);
    removed.push_back(followed->second.batch);
    batches_.erase(followed);
  }
  chain_.resize(first);
  held_ = std::min<std::uint64_t>(held_, first);
  adopt_sides();
  advance_held();
  return removed;
}

const LaneBatch* Lane::find_conflict(const LaneBatch& batch) const {
  const auto contradicts = [&batch](const LaneBatch& other) {
    return other.is_authentic() && conflict(other.batch->header(), batch.batch->header());
  };
  const Sequence sequence = batch.place().sequence;
  if (sequence > base_.sequence && digest_at(sequence)) {
    if (const LaneBatch& followed = at(sequence); contradicts(followed)) return &followed;
  }
  for (const crypto::Digest& digest : sides_) {
    if (const LaneBatch* side = find(digest); contradicts(*side)) return side;
  }
  return nullptr;
}

bool Lane::has_witness() const {
  return std::any_of(sides_.begin(), sides_.end(), [this](const crypto::Digest& digest) {
    return find(digest)->is_witness;
  });
}

void Lane::begin_life(Incarnation life) {
  life_ = std::max(life_, life);
  const auto is_of_this_life = [this](const Link& link) {
    return find(link.digest)->place().incarnation >= life_;
  };
  if (std::all_of(chain_.begin(), chain_.end(), is_of_this_life)) return;
  leave_branch();
  adopt_sides();
  advance_held();
  shed_sides();
}

LaneAdvance Lane::advance(const LaneTip& tip) {
  INVARIANT(tip.sequence > base_.sequence);
  LaneAdvance result;
  if (digest_at(tip.sequence) != tip.digest) leave_branch();
  if (chain_.empty()) {
    take_ordered_sides(tip, result.ordered);
  } else {
    take_ordered_links(tip, result.ordered);
  }
  const bool is_ancestry_known =
      !result.ordered.empty() && result.ordered.front().place().parent == base_.digest;
  base_ = tip;
  result.dead = drop_dead_sides(is_ancestry_known);
  adopt_sides();
  advance_held();
  return result;
}

std::vector<BatchPointer> Lane::take_adopted() {
  return std::exchange(adopted_, {});
}

std::size_t Lane::index_of(Sequence sequence) const {
  INVARIANT(sequence > base_.sequence);
  const std::uint64_t index = sequence.number - base_.sequence.number - 1;
  INVARIANT(index < chain_.size());
  return static_cast<std::size_t>(index);
}

bool Lane::continues(const Batch& batch) const {
  const LaneTip last = end();
  return batch.place().parent == last.digest && batch.place().sequence == last.sequence.next() &&
         batch.place().incarnation >= std::max(last.incarnation, life_);
}

void Lane::push(const crypto::Digest& digest) {
  const std::uint64_t bytes_before = chain_.empty() ? bytes_base_ : chain_.back().bytes_end;
  chain_.push_back(Link{.digest = digest, .bytes_end = bytes_before + find(digest)->bytes()});
}

/// Moves what continues the followed branch onto it. Newest first, because a fetch brings a missing
/// stretch from its tip downwards.
void Lane::adopt_sides() {
  const auto fits = [this](const crypto::Digest& digest) {
    const LaneBatch& side = *find(digest);
    return !side.is_witness && continues(*side.batch) && has_room(side.bytes());
  };
  while (!sides_.empty()) {
    const auto position = std::find_if(sides_.rbegin(), sides_.rend(), fits);
    if (position == sides_.rend()) return;
    const crypto::Digest digest = *position;
    sides_.erase(std::next(position).base());
    const LaneBatch& batch = *find(digest);
    side_bytes_ -= batch.bytes();
    push(digest);
    const bool is_on_disk = batch.state == BatchState::Held || batch.state == BatchState::Storing;
    if (is_on_disk && !batch.is_stored_followed) adopted_.push_back(batch.batch);
  }
}

void Lane::advance_held() {
  while (held_ < chain_.size() && find(chain_[held_].digest)->state == BatchState::Held)
    ++held_;
}

void Lane::shed_sides() {
  while (sides_.size() > rules_.batches_max || side_bytes_ > rules_.bytes_max) {
    const auto position = batches_.find(sides_.front());
    side_bytes_ -= position->second.bytes();
    batches_.erase(position);
    sides_.pop_front();
  }
}

/// A final block ordered another branch, or a life ended: nothing of this one is followed any more.
void Lane::leave_branch() {
  for (const Link& link : chain_) {
    sides_.push_back(link.digest);
    side_bytes_ += find(link.digest)->bytes();
  }
  chain_.clear();
  held_ = 0;
}

/// The base moves along the followed branch.
void Lane::take_ordered_links(const LaneTip& tip, std::vector<LaneBatch>& ordered) {
  const std::size_t count = index_of(tip.sequence) + 1;
  for (std::size_t i = 0; i < count; ++i) {
    const auto position = batches_.find(chain_.front().digest);
    ordered.push_back(std::move(position->second));
    batches_.erase(position);
    bytes_base_ = chain_.front().bytes_end;
    chain_.pop_front();
  }
  held_ -= std::min<std::uint64_t>(held_, count);
}

/// The base moves to a batch that was not followed, as far back as it is known here.
void Lane::take_ordered_sides(const LaneTip& tip, std::vector<LaneBatch>& ordered) {
  crypto::Digest digest = tip.digest;
  for (auto position = batches_.find(digest); position != batches_.end();
       position = batches_.find(digest)) {
    digest = position->second.place().parent;
    side_bytes_ -= position->second.bytes();
    std::erase(sides_, position->first);
    ordered.push_back(std::move(position->second));
    batches_.erase(position);
  }
  std::reverse(ordered.begin(), ordered.end());
}

/// Dead is what stands at or below the base without being its ancestor, and what descends from it
/// other than through the base. Where the base's ancestors are not known, those below may be among
/// them: they leave the memory without being called dead.
std::vector<BatchPointer> Lane::drop_dead_sides(bool is_ancestry_known) {
  std::vector<BatchPointer> sides;
  for (const crypto::Digest& digest : sides_)
    sides.push_back(find(digest)->batch);
  std::stable_sort(sides.begin(), sides.end(), [](const auto& left, const auto& right) {
    return left->place().sequence < right->place().sequence;
  });
  std::vector<BatchPointer> dead;
  std::set<crypto::Digest> dropped;
  for (const BatchPointer& side : sides) {
    const BatchPlace& place = side->place();
    const bool is_beside = place.sequence == base_.sequence.next() && place.parent != base_.digest;
    const bool leaves =
        place.sequence <= base_.sequence || is_beside || dropped.contains(place.parent);
    if (!leaves) continue;
    dropped.insert(side->digest());
    side_bytes_ -= side->encoded().size();
    batches_.erase(side->digest());
    if (is_ancestry_known || place.sequence >= base_.sequence) dead.push_back(side);
  }
  std::erase_if(sides_, [&](const crypto::Digest& digest) { return dropped.contains(digest); });
  return dead;
}

void Lane::check_invariants() const {
  INVARIANT(chain_.size() <= rules_.batches_max);  // (2)
  INVARIANT(bytes() <= rules_.bytes_max);          // (2)
  INVARIANT(sides_.size() <= rules_.batches_max);  // (3)
  INVARIANT(side_bytes_ <= rules_.bytes_max);      // (3)
  INVARIANT(batches_.size() == chain_.size() + sides_.size());
  INVARIANT(held_ <= chain_.size());  // (4)
  // Lives never fall along the branch, so its first batch speaks for all.
  INVARIANT(chain_.empty() || find(chain_.front().digest)->place().incarnation >= life_);  // (5)
}

}  // namespace troupe::ledger
