#include "actors/swarm.hpp"
#include "protocol/base/invariant.hpp"

// Who belongs to the swarm while it runs: members that come and go, and cables that are pulled.
namespace troupe::actors {

bool Swarm::on_admit(const network::PeerId& peer, bool is_member) {
  if (peer == own_) return false;
  const bool is_news =
      is_member ? setup_.members.insert(peer).second : setup_.members.erase(peer) > 0;
  if (!is_news) return false;
  auto rules = std::make_shared<SessionRules>(*rules_);
  rules->members = setup_.members;
  rules_ = std::move(rules);
  if (is_member) {
    book_.admit(peer);
  } else {
    tell_down(peer);
    book_.expel(peer);
  }
  on_hangup(peer);
  set_alarm();
  return true;
}

bool Swarm::on_sever(const network::PeerId& peer, bool is_severed) {
  if (peer == own_) return false;
  const bool is_news = is_severed ? severed_.insert(peer).second : severed_.erase(peer) > 0;
  if (!is_news) return false;
  if (is_severed) {
    on_hangup(peer);
  } else {
    book_.retry(peer, instant_of(self_));
    dial_due();
  }
  set_alarm();
  return true;
}

bool Swarm::has_room(const SessionRecord& record) {
  if (record.is_console) return sessions_.open_to(*record.peer).size() <= kConsolesPerPeerMax;
  return sessions_.strangers() <= kStrangersMax;
}

/// For a peer that is about to be no member: from then on nothing of it is announced.
void Swarm::tell_down(const network::PeerId& peer) {
  const auto found = announced_.find(peer);
  if (found == announced_.end()) return;
  for (const auto channel : kChannels) {
    const auto& sink = sinks_[index_of(channel)];
    if (sink && found->second[index_of(channel)])
      self_->send(*sink, peerdown_atom{}, channel, peer);
  }
  announced_.erase(found);
}

}  // namespace troupe::actors
