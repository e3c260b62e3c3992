#include "protocol/consensus/peers.hpp"

#include <algorithm>

#include "protocol/base/limits.hpp"

namespace troupe::consensus {

Peers::Peers(std::uint32_t validator_count, std::optional<ValidatorIndex> own)
    : peers_(validator_count), own_(own) {}

void Peers::connect(ValidatorIndex peer, std::uint32_t sessions) {
  peers_[peer.number].sessions = std::max(1U, sessions);
}

void Peers::disconnect(ValidatorIndex peer) {
  peers_[peer.number].sessions = 0;
}

bool Peers::is_connected(ValidatorIndex peer) const {
  return peers_[peer.number].sessions > 0;
}

bool Peers::has_twin(ValidatorIndex peer) const {
  return peers_[peer.number].sessions > 1;
}

std::vector<ValidatorIndex> Peers::connected() const {
  std::vector<ValidatorIndex> list;
  for (std::uint32_t i = 0; i < peers_.size(); ++i) {
    if (peers_[i].sessions > 0 && ValidatorIndex{i} != own_) list.push_back(ValidatorIndex{i});
  }
  return list;
}

void Peers::hear(ValidatorIndex validator, View view) {
  View& heard = peers_[validator.number].heard;
  heard = std::max(heard, view);
}

void Peers::hear_all(View view) {
  for (Peer& peer : peers_)
    peer.heard = std::max(peer.heard, view);
}

bool Peers::is_heard_since(ValidatorIndex validator, View view) const {
  return peers_[validator.number].heard >= view;
}

std::uint32_t Peers::heard_since(View view) const {
  return static_cast<std::uint32_t>(std::count_if(
      peers_.begin(), peers_.end(), [&](const Peer& peer) { return peer.heard >= view; }));
}

bool Peers::may(Courtesy courtesy, ValidatorIndex peer, Instant now, Duration interval) {
  Peer& entry = peers_[peer.number];
  std::optional<Instant>& last =
      courtesy == Courtesy::AnswerNullify ? entry.nullify_answered : entry.best_asked;
  if (last && now - *last < interval) return false;
  last = now;
  return true;
}

bool Peers::may_answer(ValidatorIndex peer, Instant now, Duration interval) {
  Peer& entry = peers_[peer.number];
  if (now - entry.allowance_since >= interval) {
    entry.allowance_since = now;
    entry.answers = 0;
  }
  return ++entry.answers <= kAnswersPerRetryMax;
}

}  // namespace troupe::consensus
