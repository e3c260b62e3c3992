#include "actors/peer_book.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::actors {

namespace {

/// The head start of the peer with the smaller id; several round trips between continents.
constexpr Duration kHeadStart = std::chrono::milliseconds(150);

}  // namespace

PeerBook::PeerBook(network::PeerId own, std::set<network::PeerId> members)
    : own_(std::move(own)), members_(std::move(members)) {
  for (const auto& member : members_) {
    if (member != own_) contacts_.emplace(member, kMemberBackoff);
  }
}

void PeerBook::configure(const network::Multiaddr& address, Instant now) {
  const auto peer = address.peer_id();
  if (!peer || *peer == own_) return;
  const auto found = contacts_.try_emplace(*peer, kStrangerBackoff);
  auto& contact = found.first->second;
  if (contact.addresses.empty()) contact.due = now;
  add_address(contact, address);
}

void PeerBook::learn(const network::PeerId& peer,
                     const std::vector<network::Multiaddr>& addresses) {
  auto* contact = find(peer);
  if (contact == nullptr) return;
  for (const auto& address : addresses)
    add_address(*contact, address);
}

std::vector<PeerBook::Attempt> PeerBook::take_due(Instant now) {
  auto dialling = static_cast<std::size_t>(
      std::count_if(contacts_.begin(), contacts_.end(), [](const auto& item) {
        return item.second.state == State::Dialling;
      }));
  std::vector<Attempt> attempts;
  for (auto& [peer, contact] : contacts_) {
    if (dialling >= kDialsMax) break;
    if (contact.state != State::Waiting || contact.addresses.empty() || contact.due > now) continue;
    const auto index = contact.next_address++ % contact.addresses.size();
    attempts.push_back({peer, contact.addresses[index]});
    contact.state = State::Dialling;
    ++dialling;
  }
  check_invariants();
  return attempts;
}

std::optional<Instant> PeerBook::next_due() const {
  std::optional<Instant> earliest;
  for (const auto& [peer, contact] : contacts_) {
    if (contact.state != State::Waiting || contact.addresses.empty()) continue;
    if (!earliest || contact.due < *earliest) earliest = contact.due;
  }
  return earliest;
}

void PeerBook::failed(const network::PeerId& peer, Instant now) {
  auto* contact = find(peer);
  if (contact == nullptr || contact->state != State::Dialling) return;
  wait(peer, *contact, now);
}

void PeerBook::connected(const network::PeerId& peer) {
  if (auto* contact = find(peer)) contact->state = State::Connected;
}

void PeerBook::settled(const network::PeerId& peer) {
  auto* contact = find(peer);
  if (contact == nullptr) return;
  contact->backoff = Backoff{members_.contains(peer) ? kMemberBackoff : kStrangerBackoff};
  contact->fresh = true;
}

void PeerBook::lost(const network::PeerId& peer, Instant now) {
  auto* contact = find(peer);
  if (contact != nullptr && contact->state == State::Connected) wait(peer, *contact, now);
}

void PeerBook::admit(const network::PeerId& peer) {
  if (peer == own_) return;
  members_.insert(peer);
  contacts_.try_emplace(peer, kMemberBackoff);
}

void PeerBook::expel(const network::PeerId& peer) {
  members_.erase(peer);
  contacts_.erase(peer);
}

void PeerBook::retry(const network::PeerId& peer, Instant now) {
  auto* contact = find(peer);
  if (contact == nullptr) return;
  contact->backoff = Backoff{members_.contains(peer) ? kMemberBackoff : kStrangerBackoff};
  if (contact->state == State::Waiting) contact->due = now;
}

void PeerBook::distrust(const network::PeerId& peer) {
  auto* contact = find(peer);
  if (contact == nullptr || contact->backoff.is_at_least(kStrangerBackoff.first)) return;
  contact->backoff = Backoff{kStrangerBackoff};
}

void PeerBook::add_address(Contact& contact, const network::Multiaddr& address) {
  const auto bare = address.without_peer();
  auto& known = contact.addresses;
  if (!bare.tcp_endpoint() || known.size() >= kAddressesPerPeerMax) return;
  if (std::find(known.begin(), known.end(), bare) == known.end()) known.push_back(bare);
}

void PeerBook::wait(const network::PeerId& peer, Contact& contact, Instant now) {
  const bool has_head_start = own_ < peer;
  contact.state = State::Waiting;
  contact.due = now + contact.backoff.next();
  if (std::exchange(contact.fresh, false) && !has_head_start)
    contact.due = contact.due + kHeadStart;
}

PeerBook::Contact* PeerBook::find(const network::PeerId& peer) {
  const auto found = contacts_.find(peer);
  return found == contacts_.end() ? nullptr : &found->second;
}

void PeerBook::check_invariants() const {
  const auto dialling = std::count_if(contacts_.begin(), contacts_.end(), [](const auto& item) {
    return item.second.state == State::Dialling;
  });
  INVARIANT(static_cast<std::size_t>(dialling) <= kDialsMax);  // (1)
}

}  // namespace troupe::actors
