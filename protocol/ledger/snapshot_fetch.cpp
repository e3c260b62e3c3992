#include "protocol/ledger/snapshot_fetch.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/match.hpp"

namespace troupe::ledger {

namespace {

/// The share of the key space below a path, of 2^60; nothing below 15 nibbles counts.
std::uint64_t share_of(const NibblePath& path) {
  constexpr std::size_t kNibblesCounted = 15;
  if (path.size() > kNibblesCounted) return 0;
  return std::uint64_t{1} << 4 * (kNibblesCounted - path.size());
}

}  // namespace

std::string_view describe(PartFault fault) {
  switch (fault) {
    case PartFault::Wrong: return "sent what is no part of the snapshot";
    case PartFault::Empty: return "does not have the snapshot";
    case PartFault::Slow: return "did not answer in time";
  }
  return "unknown";
}

SnapshotFetch::SnapshotFetch(SnapshotFetchConfig config)
    : config_(std::move(config)), pending_(config_.pending) {}

std::vector<SnapshotEffect> SnapshotFetch::step(const SnapshotInput& input, Instant now) {
  effects_.clear();
  std::visit(Match{[&](const PartPeerFound& found) { peers_.try_emplace(found.peer); },
                   [&](const PartPeerLost& lost) { on_lost(lost.peer); },
                   [&](const PartReceived& received) { on_part(received, now); },
                   [&](const PartMalformed& malformed) { on_malformed(malformed, now); },
                   [&](const PartTimerFired&) {}},
             input);
  expire(now);
  ask(now);
  if (is_gone()) effects_.emplace_back(SnapshotGone{});
  schedule(now);
  check_invariants();
  return std::exchange(effects_, {});
}

std::uint32_t SnapshotFetch::progress() const {
  std::uint64_t open = 0;
  for (const NibblePath& path : pending_)
    open += share_of(path);
  const std::uint64_t all = share_of({});
  return static_cast<std::uint32_t>((all - std::min(open, all)) / (all / 1000));
}

void SnapshotFetch::on_lost(SnapshotPeer peer) {
  std::erase_if(requests_, [&](const auto& entry) { return entry.second.peer == peer; });
  peers_.erase(peer);
}

/// The path that was asked for. Nothing if the answer is late or was never asked for.
std::optional<NibblePath> SnapshotFetch::close(SnapshotPeer peer, std::uint64_t request) {
  const auto found = requests_.find(request);
  if (found == requests_.end() || found->second.peer != peer) return std::nullopt;
  const NibblePath path = found->second.path;
  requests_.erase(found);
  peers_.at(peer).requests.erase(request);
  return path;
}

void SnapshotFetch::on_part(const PartReceived& received, Instant now) {
  const auto path = close(received.peer, received.request);
  if (!path) return;
  if (!received.part) return drop(received.peer, PartFault::Empty, now);
  if (received.part->path != *path || !verify(*received.part, config_.root)) {
    return drop(received.peer, PartFault::Wrong, now);
  }
  peers_.at(received.peer).is_empty = false;
  store(*received.part);
}

void SnapshotFetch::on_malformed(const PartMalformed& malformed, Instant now) {
  if (close(malformed.peer, malformed.request)) drop(malformed.peer, PartFault::Wrong, now);
}

void SnapshotFetch::store(const StateChunk& part) {
  std::erase(pending_, part.path);
  if (const auto* node = std::get_if<InternalNode>(&part.content)) {
    for (unsigned nibble = InternalNode::kChildren; nibble > 0; --nibble) {
      if (node->child(nibble - 1)) pending_.push_back(part.path.child(nibble - 1));
    }
  }
  ++parts_stored_;
  effects_.emplace_back(StorePart{part, pending_});
}

void SnapshotFetch::drop(SnapshotPeer peer, PartFault fault, Instant now) {
  Peer& dropped = peers_.at(peer);
  for (const std::uint64_t request : dropped.requests)
    requests_.erase(request);
  dropped.requests.clear();
  dropped.shunned_until = now + config_.penalty;
  dropped.is_liar = dropped.is_liar || fault == PartFault::Wrong;
  dropped.is_empty = fault == PartFault::Empty;
  effects_.emplace_back(DropPartPeer{peer, fault});
}

void SnapshotFetch::expire(Instant now) {
  std::set<SnapshotPeer> late;
  for (const auto& [number, request] : requests_) {
    if (request.deadline <= now) late.insert(request.peer);
  }
  for (const SnapshotPeer peer : late)
    drop(peer, PartFault::Slow, now);
}

void SnapshotFetch::ask(Instant now) {
  std::set<NibblePath> asked;
  for (const auto& [number, request] : requests_)
    asked.insert(request.path);
  for (auto path = pending_.rbegin(); path != pending_.rend(); ++path) {
    if (requests_.size() >= kPartsAtOnceMax) return;
    if (asked.contains(*path)) continue;
    const auto peer = choose_peer(now);
    if (!peer) return;
    const std::uint64_t number = next_request_++;
    requests_[number] = {*peer, *path, now + config_.timeout};
    peers_.at(*peer).requests.insert(number);
    last_asked_ = peer->number;
    effects_.emplace_back(RequestPart{*peer, number, *path});
  }
}

/// The next peer after the one asked last that may be asked for one more part.
std::optional<SnapshotPeer> SnapshotFetch::choose_peer(Instant now) const {
  std::optional<SnapshotPeer> first;
  for (const auto& [peer, state] : peers_) {
    if (state.is_liar || state.shunned_until > now) continue;
    if (state.requests.size() >= kPartsPerPeerMax) continue;
    if (peer.number > last_asked_) return peer;
    if (!first) first = peer;
  }
  return first;
}

bool SnapshotFetch::is_gone() const {
  return !pending_.empty() && !peers_.empty() && std::ranges::all_of(peers_, [](const auto& entry) {
    return entry.second.is_liar || entry.second.is_empty;
  });
}

void SnapshotFetch::schedule(Instant now) {
  std::optional<Instant> next;
  const auto consider = [&](Instant at) {
    if (at > now && (!next || at < *next)) next = at;
  };
  for (const auto& [number, request] : requests_)
    consider(request.deadline);
  for (const auto& [peer, state] : peers_) {
    if (!state.is_liar && !pending_.empty()) consider(state.shunned_until);
  }
  if (next) effects_.emplace_back(WakePartTimer{*next});
}

void SnapshotFetch::check_invariants() const {
  for (const auto& [peer, state] : peers_)
    INVARIANT(state.requests.size() <= kPartsPerPeerMax);  // (2)
  INVARIANT(requests_.size() <= kPartsAtOnceMax);          // (2)
  INVARIANT(pending_.size() <= kPendingPathsMax);
  std::set<NibblePath> asked;
  for (const auto& [number, request] : requests_) {
    INVARIANT(std::ranges::find(pending_, request.path) != pending_.end());  // (1)
    INVARIANT(asked.insert(request.path).second);                            // (1)
  }
}

}  // namespace troupe::ledger
