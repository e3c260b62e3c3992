#include "actors/swarm.hpp"
#include "protocol/base/invariant.hpp"

// Who belongs to the swarm while it runs: members that come and go, cables that are pulled, and
// a node that is made to hold its tongue.
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

bool Swarm::on_mute(Channel channel, bool is_muted) {
  const bool is_news = is_muted ? muted_.insert(channel).second : muted_.erase(channel) > 0;
  const auto& sink = sinks_[index_of(channel)];
  if (!is_news || is_muted || !sink) return is_news;
  // What was not sent meanwhile is lost: whoever sent it meets everybody anew.
  for (const auto& [peer, up] : announced_) {
    if (!up[index_of(channel)]) continue;
    self_->send(*sink, peerdown_atom{}, channel, peer);
    self_->send(*sink, peerup_atom{}, channel, peer);
  }
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
