// How what one node says reaches another: whole messages with their fates, or pipes.
#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "tools/simulator/world.hpp"

namespace troupe::simulator {

namespace {

constexpr Duration kReconnectMax = std::chrono::milliseconds(300);

}  // namespace

bool World::is_cut_off(std::size_t left, std::size_t right) const {
  if (!options_.versions_talk && is_upgraded_[left] != is_upgraded_[right]) return true;
  return links_.is_cut({left, right}) || links_.is_cut({right, left});
}

/// Others know of one session with a validator, whose halves share it; these do not know each other.
void World::tell_link(std::size_t node, std::size_t about, bool is_up) {
  if (pipes_ || owners_[node] == owners_[about] || owners_[about] != about) return;
  nodes_[node]->link(nodes_[about]->peer_id(), is_up);
}

void World::connect(std::size_t left, std::size_t right, bool is_up) {
  tell_link(left, right, is_up);
  tell_link(right, left, is_up);
}

void World::meet_others(std::size_t index) {
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other != index && nodes_[other]->is_up() && is_met_[other] && !is_cut_off(index, other))
      connect(index, other, true);
  }
}

void World::begin_fault(const std::string& id,
                        const LinkFault& fault,
                        const std::vector<Link>& links) {
  note(as_bytes(id));
  links_.begin(id, fault, links);
  if (fault.kind != LinkFault::Kind::Cut) return;
  std::erase_if(events_, [&](const auto& entry) {
    return entry.second.kind == EventKind::Arrives && links_.is_cut(entry.second.link);
  });
}

void World::end_fault(const std::string& id, std::optional<Link> link) {
  note(as_bytes(id));
  if (link) {
    links_.end(id, *link);
  } else {
    links_.end(id);
  }
  auto waiting = std::exchange(clogged_[id], {});
  for (Outgoing& one : waiting) {
    if (link && one.link != *link) {
      clogged_[id].push_back(std::move(one));
    } else {
      dispatch(one, now_);
    }
  }
  for (std::size_t left = 0; left < nodes_.size(); ++left) {
    if (is_met_[left] && nodes_[left]->is_up()) meet_others(left);
  }
}

void World::reset(std::size_t left, std::size_t right) {
  note(left * 64 + right);
  if (pipes_) return pipes_->reset(left, right);
  connect(left, right, false);
  const auto is_between = [&](const Link& link) {
    return (link.from == left && link.to == right) || (link.from == right && link.to == left);
  };
  std::erase_if(events_, [&](const auto& entry) { return is_between(entry.second.link); });
  const auto after = static_cast<Duration::rep>(
      1000 + random_.below(static_cast<std::uint64_t>(kReconnectMax.count())));
  schedule_event(now_ + Duration{after}, {EventKind::Meet, {left, right}, 0, nullptr});
}

void World::heal() {
  links_.end_all();
  schedule_.calm();
  // A slow disk held back more than a process that waits for it could have had under way.
  std::fill(busy_until_.begin(), busy_until_.end(), now_);
  for (const auto& [id, waiting] : std::exchange(clogged_, {})) {
    for (const Outgoing& one : waiting)
      dispatch(one, now_);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (is_met_[i] && nodes_[i]->is_up()) meet_others(i);
  }
}

void World::schedule_event(Instant at, Event event) {
  events_.emplace(std::make_pair(at, next_order_++), std::move(event));
}

void World::post(std::size_t from,
                 const network::PeerId& to,
                 std::uint8_t channel,
                 const Bytes& message) {
  const auto found = by_peer_.find(to);
  INVARIANT(found != by_peer_.end());
  const Utterance meant{found->second, channel, message, {}};
  if (pipes_) return overhear(from, meant);
  if (liars_[from] != nullptr) {
    for (const Utterance& said : liars_[from]->say(meant, now_))
      speak(from, said);
    return;
  }
  speak(from, meant);
  Liar* const rushing = liars_[meant.to];
  if (rushing == nullptr) return;
  for (const Utterance& said : rushing->rush(*last_spoken_, now_))
    speak(meant.to, said);
}

const std::shared_ptr<const Spoken>& World::understood(const Utterance& said) {
  note(said.message);
  if (!last_spoken_ || last_message_ != said.message) {
    last_message_ = said.message;
    last_spoken_ = std::make_shared<const Spoken>(understand(said.channel, said.message));
  }
  return last_spoken_;
}

/// Before the swarm seals it. When it arrives, only the receiver knows.
void World::overhear(std::size_t from, const Utterance& said) {
  note(from * 64 + said.to * 8 + said.channel);
  const Passage passage{{now_}, std::nullopt, false, {}};
  const Link link{from, said.to};
  const Sent sent{now_, link, said.channel, said.message, *understood(said), passage};
  for (Witness* const witness : witnesses_)
    witness->on_sent(sent);
}

void World::speak(std::size_t from, const Utterance& said) {
  note(from * 64 + said.to * 8 + said.channel);
  const auto spoken = understood(said);
  for (std::size_t to = 0; to < nodes_.size(); ++to) {
    const Link link{from, to};
    if (owners_[to] != said.to || owners_[from] == said.to || (mask_ && !mask_(link, now_)))
      continue;
    Outgoing outgoing{link, said.channel, said.message, spoken, said.later};
    if (is_in_job_) {
      outgoing_.push_back(std::move(outgoing));
    } else {
      dispatch(outgoing, now_ + said.later);
    }
  }
}

void World::insinuate(const Link& link, std::uint8_t channel, const Bytes& message) {
  INVARIANT(!pipes_);
  const bool is_met = is_met_[link.from] && is_met_[link.to] && !is_cut_off(link.from, link.to);
  if (!is_met || !nodes_[link.from]->is_up() || !nodes_[link.to]->is_up()) return;
  note(message);
  schedule_event(now_ + Duration{1000},
                 {EventKind::Arrives, link, channel, std::make_shared<const Bytes>(message)});
}

void World::dispatch(const Outgoing& outgoing, Instant at) {
  const Passage passage =
      links_.pass({at, outgoing.link, outgoing.spoken->kind, outgoing.message.size()});
  const Sent sent{at, outgoing.link, outgoing.channel, outgoing.message, *outgoing.spoken, passage};
  for (Witness* const witness : witnesses_)
    witness->on_sent(sent);
  if (passage.ends_connection) return reset(outgoing.link.from, outgoing.link.to);
  if (passage.clogged_by) {
    clogged_[*passage.clogged_by].push_back(outgoing);
    return;
  }
  const auto message = std::make_shared<const Bytes>(outgoing.message);
  for (const Instant arrival : passage.arrivals)
    schedule_event(arrival, {EventKind::Arrives, outgoing.link, outgoing.channel, message});
}

void World::set_full(std::size_t node, bool is_full) {
  INVARIANT(pipes_ || !is_full);
  if (pipes_) pipes_->set_full(node, is_full);
}

}  // namespace troupe::simulator
