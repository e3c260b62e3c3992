#include "actors/session_table.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::actors {

SessionRecord& SessionTable::add(SessionRecord record) {
  const auto [place, is_new] = records_.emplace(record.id, std::move(record));
  INVARIANT(is_new);
  return place->second;
}

SessionRecord* SessionTable::find(SessionId id) {
  const auto found = records_.find(id);
  return found == records_.end() ? nullptr : &found->second;
}

SessionRecord SessionTable::remove(SessionId id) {
  auto node = records_.extract(id);
  INVARIANT(!node.empty());
  return std::move(node.mapped());
}

SessionRecord* SessionTable::route_to(const network::PeerId& peer) {
  SessionRecord* best = nullptr;
  for (auto& [id, record] : records_) {
    if (record.peer != peer || record.is_closing) continue;
    if (best == nullptr || is_better(record, *best)) best = &record;
  }
  return best;
}

std::vector<SessionRecord*> SessionTable::open_to(const network::PeerId& peer) {
  std::vector<SessionRecord*> open;
  for (auto& [id, record] : records_) {
    if (record.peer == peer && !record.is_closing) open.push_back(&record);
  }
  return open;
}

SessionTable::Surplus SessionTable::surplus_to(const network::PeerId& peer, Instant now) {
  Surplus surplus;
  const auto* kept = route_to(peer);
  const auto open = open_to(peer);
  for (const auto* record : open) {
    if (record == kept) continue;
    const auto later = std::max(record->secured, kept->secured);
    const auto apart = later - std::min(record->secured, kept->secured);
    const auto until = later + kSimultaneousWithin;
    if (apart > kSimultaneousWithin || until <= now || open.size() > kConnectionsPerPeerMax) {
      surplus.close_now.push_back(record->id);
    } else {
      surplus.look_again = until;
    }
  }
  return surplus;
}

bool SessionTable::is_up(const network::PeerId& peer, Channel channel) {
  const auto open = open_to(peer);
  return std::any_of(open.begin(), open.end(), [channel](const auto* record) {
    return record->up[index_of(channel)];
  });
}

std::size_t SessionTable::strangers() const {
  return static_cast<std::size_t>(
      std::count_if(records_.begin(), records_.end(), [](const auto& item) {
        const SessionRecord& record = item.second;
        return record.peer && !record.is_member && !record.is_console;
      }));
}

bool SessionTable::is_better(const SessionRecord& one, const SessionRecord& other) const {
  const bool is_newer = std::pair{one.secured, one.id} > std::pair{other.secured, other.id};
  const auto apart = is_newer ? one.secured - other.secured : other.secured - one.secured;
  if (apart > kSimultaneousWithin || one.direction == other.direction) return is_newer;
  return opener_of(one) < opener_of(other);
}

const network::PeerId& SessionTable::opener_of(const SessionRecord& record) const {
  return record.direction == network::Direction::Outbound ? own_ : *record.peer;
}

}  // namespace troupe::actors
