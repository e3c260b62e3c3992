#include "protocol/consensus/catch_up.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/match.hpp"
#include "protocol/consensus/plant.hpp"

namespace troupe::consensus {

namespace {

/// After an empty answer a peer is left alone for a moment, in which it may come to have more.
constexpr Duration kEmptyAnswerPause = std::chrono::milliseconds(50);

Height last_height(const std::vector<CertifiedBlock>& run) {
  return run.back().header.height;
}

}  // namespace

CatchUpMachine::CatchUpMachine(CatchUpConfig config)
    : config_(std::move(config)),
      stored_(config_.final_header),
      delivered_(config_.final_header),
      frontier_(config_.frontier) {}

std::vector<CatchUpEffect> CatchUpMachine::step(const CatchUpInput& input, Instant now) {
  if (is_halted_) return {};
  std::visit(Match{[&](const PeerClaims& claim) { on_claim(claim, now); },
                   [&](const PeerLost& lost) { on_lost(lost); },
                   [&](const AncestorsMissing& missing) { on_missing(missing); },
                   [&](const RunReceived& received) { on_run(received, now); },
                   [&](const BlockStored& stored) { on_stored(stored); },
                   [&](const CatchUpTimerFired&) {}},
             input);
  expire(now);
  deliver_ready();
  if (is_halted_) return std::exchange(effects_, {});
  ask(now);
  schedule(now);
  check_invariants();
  return std::exchange(effects_, {});
}

Height CatchUpMachine::claimed() const {
  Height highest = delivered_.height;
  for (const auto& [number, peer] : peers_)
    highest = std::max(highest, peer.claimed);
  return highest;
}

void CatchUpMachine::on_claim(const PeerClaims& claim, Instant now) {
  const auto [place, is_new] = peers_.try_emplace(claim.peer, Peer{});
  Peer& peer = place->second;
  // The age of a claim counts from the first one above our own height, so that a peer that grows
  // steadily does not keep its claims young.
  if (is_new || peer.claimed <= stored_.height) peer.claimed_at = now;
  peer.claimed = claim.height;
}

void CatchUpMachine::on_lost(const PeerLost& lost) {
  peers_.erase(lost.peer);
  std::erase_if(requests_, [&](const auto& entry) { return entry.second.peer == lost.peer; });
}

void CatchUpMachine::on_missing(const AncestorsMissing& missing) {
  missing_ = std::max(missing_, missing.view);
}

void CatchUpMachine::on_run(const RunReceived& received, Instant now) {
  const auto found = requests_.find(received.request);
  if (found == requests_.end() || found->second.peer != received.peer) return;
  const Request request = found->second;
  requests_.erase(found);
  Peer& peer = peers_.at(received.peer);
  peer.request.reset();
  if (!received.run) return shun(received.peer, RunError::NotLinked, now);
  if (received.run->empty()) {  // it does not have them: its claim was wrong, or is out of date
    peer.claimed = Height{request.first.number - 1};
    peer.shunned_until = now + kEmptyAnswerPause;
    return;
  }
  if (received.run->front().header.height != request.first ||
      received.run->size() > kRunHeightsMax) {
    return shun(received.peer, RunError::NotLinked, now);
  }
  const auto proven = check_run(*received.run, config_.electorate);
  if (!proven && !planted(Plant::UnprovenRunStored)) {
    return shun(received.peer, proven.error(), now);
  }
  accept(request, *received.run);
}

void CatchUpMachine::accept(const Request& request, std::vector<CertifiedBlock> run) {
  if (last_height(run) <= delivered_.height) return;
  waiting_.insert_or_assign(request.first, std::move(run));
}

void CatchUpMachine::shun(SyncPeer number, RunError reason, Instant now) {
  peers_.at(number).shunned_until = now + config_.penalty;
  effects_.push_back(BlamePeer{number, reason});
}

void CatchUpMachine::on_stored(const BlockStored& stored) {
  if (stored.header.height <= stored_.height) return;
  INVARIANT(stored.header.height == stored_.height.next());
  stored_ = stored.header;
  if (stored_.height <= delivered_.height) return;
  delivered_ = stored_;
  append_to_history(frontier_, digest(stored_));
}

void CatchUpMachine::expire(Instant now) {
  for (auto entry = requests_.begin(); entry != requests_.end();) {
    if (entry->second.deadline > now) {
      ++entry;
      continue;
    }
    Peer& peer = peers_.at(entry->second.peer);
    peer.request.reset();
    peer.shunned_until = now + config_.timeout;  // let the others try first
    entry = requests_.erase(entry);
  }
}

void CatchUpMachine::deliver_ready() {
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    std::vector<CertifiedBlock>& run = entry->second;
    if (run.front().header.height > delivered_.height.next()) return;
    // A run may overlap what came meanwhile by another way.
    std::erase_if(
        run, [&](const CertifiedBlock& block) { return block.header.height <= delivered_.height; });
    if (!run.empty()) {
      if (run.front().header.parent != digest(delivered_)) {
        is_halted_ = true;
        effects_.push_back(AgreementBroken{run.front().header.height});
        return;
      }
      for (const CertifiedBlock& block : run)
        append_to_history(frontier_, digest(block.header));
      delivered_ = run.back().header;
      effects_.push_back(DeliverRun{std::move(run), frontier_});
    }
    entry = waiting_.erase(entry);
  }
}

/// True while consensus waits for ancestors.
bool CatchUpMachine::is_pressed() const {
  return missing_ > delivered_.view;
}

Height CatchUpMachine::wanted(Instant now) const {
  Height highest = delivered_.height;
  if (is_pressed()) highest.number += kRunHeightsMax;
  for (const auto& [number, peer] : peers_) {
    if (is_pressed() || peer.claimed_at + config_.patience <= now)
      highest = std::max(highest, peer.claimed);
  }
  return std::min(highest, Height{stored_.height.number + kHeightsAheadMax});
}

/// The lowest height up to the given one that is neither delivered, waiting nor asked for.
std::optional<Height> CatchUpMachine::next_gap(Height up_to) const {
  Height height = delivered_.height.next();
  const auto skip_over = [&](Height first, Height last) {
    if (first > height || last < height) return false;
    height = last.next();
    return true;
  };
  bool moved = true;
  while (moved) {
    moved = false;
    for (const auto& [first, run] : waiting_)
      moved |= skip_over(first, last_height(run));
    for (const auto& [number, request] : requests_)
      moved |= skip_over(request.first, request.last);
  }
  if (height > up_to) return std::nullopt;
  return height;
}

Height CatchUpMachine::gap_end(Height first, Height up_to) const {
  Height last = std::min(up_to, Height{first.number + kRunHeightsMax - 1});
  for (const auto& [start, run] : waiting_) {
    if (start > first) last = std::min(last, Height{start.number - 1});
  }
  for (const auto& [number, request] : requests_) {
    if (request.first > first) last = std::min(last, Height{request.first.number - 1});
  }
  return last;
}

std::optional<SyncPeer> CatchUpMachine::choose_peer(Height first, Instant now) const {
  std::optional<SyncPeer> chosen;
  for (const auto& [number, peer] : peers_) {
    if (peer.request || peer.shunned_until > now) continue;
    if (peer.claimed < first && !is_pressed()) continue;
    if (number.number > last_served_) return number;
    if (!chosen) chosen = number;
  }
  return chosen;
}

void CatchUpMachine::ask(Instant now) {
  const Height up_to = wanted(now);
  while (requests_.size() < kRunsInFlightMax) {
    const auto first = next_gap(up_to);
    if (!first) return;
    const auto number = choose_peer(*first, now);
    if (!number) return;
    Peer& peer = peers_.at(*number);
    const Height last = gap_end(*first, is_pressed() ? up_to : std::min(up_to, peer.claimed));
    const std::uint64_t request = next_request_++;
    peer.request = request;
    last_served_ = number->number;
    requests_.emplace(request, Request{*number, *first, last, now + config_.timeout});
    effects_.push_back(RequestRun{*number, request, *first, last});
  }
}

void CatchUpMachine::schedule(Instant now) {
  std::optional<Instant> at;
  const auto consider = [&](Instant moment) {
    if (moment > now && (!at || moment < *at)) at = moment;
  };
  for (const auto& [number, request] : requests_)
    consider(request.deadline);
  for (const auto& [number, peer] : peers_) {
    if (peer.claimed <= delivered_.height && !is_pressed()) continue;
    consider(peer.claimed_at + config_.patience);
    consider(peer.shunned_until);
  }
  if (at) effects_.push_back(WakeAt{*at});
}

void CatchUpMachine::check_invariants() const {
  INVARIANT(stored_.height <= delivered_.height);               // (1)
  INVARIANT(frontier_.size() == delivered_.height.number + 1);  // (1)
  INVARIANT(requests_.size() <= kRunsInFlightMax);              // (2)
  for (const auto& [number, request] : requests_) {
    INVARIANT(peers_.at(request.peer).request == number);                        // (2)
    INVARIANT(request.last.number <= stored_.height.number + kHeightsAheadMax);  // (3)
  }
  for (const auto& [first, run] : waiting_)
    INVARIANT(run.back().finalization.has_value());  // (4)
}

}  // namespace troupe::consensus
