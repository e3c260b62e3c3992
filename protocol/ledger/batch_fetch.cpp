#include "protocol/ledger/batch_fetch.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::ledger {
namespace {

template <class T>
void add_new(std::vector<T>& to, const std::vector<T>& more) {
  for (const T& item : more) {
    if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
  }
}

/// One request per peer, as long as its ranges fit.
void add_range(std::vector<FetchRequest>& requests,
               std::optional<PeerNumber> to,
               const BatchRange& range) {
  const auto fits = [&to](const FetchRequest& request) {
    return request.to == to && request.ranges.size() < kBatchRangesMax;
  };
  const auto request = std::find_if(requests.begin(), requests.end(), fits);
  if (request != requests.end()) {
    request->ranges.push_back(range);
  } else {
    requests.push_back(FetchRequest{.to = to, .ranges = {range}});
  }
}

}  // namespace

void BatchFetches::order(const FetchOrder& order, Instant now) {
  INVARIANT(order.range.count >= 1);
  auto position = fetches_.find(order.range.tip);
  if (position == fetches_.end()) {
    if (fetches_.size() >= kBatchFetchesMax) return;
    position = fetches_.emplace(order.range.tip, Fetch{}).first;
    position->second.lane = order.lane;
    position->second.due_at = now;
    position->second.ask_peers_at = now + grace_;
  }
  Fetch& fetch = position->second;
  fetch.count = std::max(fetch.count, order.range.count);
  add_new(fetch.holders, order.holders);
  if (order.block) add_new(fetch.blocks, {*order.block});
}

std::optional<ValidatorIndex> BatchFetches::lane_of(const crypto::Digest& digest) const {
  const auto position = fetches_.find(digest);
  if (position == fetches_.end()) return std::nullopt;
  return position->second.lane;
}

bool BatchFetches::has_hint(ValidatorIndex lane) const {
  return std::any_of(fetches_.begin(), fetches_.end(), [lane](const auto& entry) {
    return entry.second.lane == lane && entry.second.blocks.empty();
  });
}

void BatchFetches::arrived(const crypto::Digest& digest,
                           const std::optional<crypto::Digest>& parent) {
  auto node = fetches_.extract(digest);
  if (node.empty()) return;
  Fetch& fetch = node.mapped();
  if (!parent || fetch.count == 1) return;
  fetch.count -= 1;
  fetch.has_progressed = true;
  node.key() = *parent;
  auto inserted = fetches_.insert(std::move(node));
  if (inserted.inserted) return;
  Fetch& other = inserted.position->second;
  other.count = std::max(other.count, inserted.node.mapped().count);
  add_new(other.holders, inserted.node.mapped().holders);
  add_new(other.blocks, inserted.node.mapped().blocks);
}

void BatchFetches::answered(std::optional<PeerNumber> from,
                            const std::vector<crypto::Digest>& absent,
                            Instant now) {
  for (auto& [digest, fetch] : fetches_) {
    if (fetch.waits_for != from || fetch.asks_disk != !from.has_value()) continue;
    if (fetch.has_progressed) {
      fetch.has_progressed = false;
      fetch.asks_disk = false;
      fetch.refusals = 0;
      fetch.waits_for.reset();
      fetch.due_at = now;
    } else if (std::find(absent.begin(), absent.end(), digest) != absent.end()) {
      pass_on(fetch, now);
    }
  }
}

void BatchFetches::abandon(const crypto::Digest& block) {
  for (auto position = fetches_.begin(); position != fetches_.end();) {
    std::vector<crypto::Digest>& blocks = position->second.blocks;
    const bool is_last = std::erase(blocks, block) > 0 && blocks.empty();
    position = is_last ? fetches_.erase(position) : std::next(position);
  }
}

std::vector<FetchRequest> BatchFetches::due(const std::set<PeerNumber>& connected, Instant now) {
  std::erase_if(fetches_, [&](const auto& entry) {
    return entry.second.due_at <= now && is_over(entry.second);
  });
  std::vector<FetchRequest> requests;
  for (auto& [digest, fetch] : fetches_) {
    if (fetch.due_at > now) continue;
    fetch.due_at = now + retry_interval_;
    const BatchRange range{.tip = digest, .count = fetch.count};
    if (fetch.asks_disk && !fetch.has_asked_disk) {
      fetch.has_asked_disk = true;
      add_range(requests, std::nullopt, range);
      continue;
    }
    if (fetch.waits_for) ++fetch.turn;
    fetch.asks_disk = false;
    fetch.waits_for = next_holder(fetch, connected);
    if (fetch.waits_for) add_range(requests, fetch.waits_for, range);
  }
  return requests;
}

std::optional<Instant> BatchFetches::next_deadline() const {
  std::optional<Instant> earliest;
  for (const auto& [digest, fetch] : fetches_) {
    if (!earliest || fetch.due_at < *earliest) earliest = fetch.due_at;
  }
  return earliest;
}

/// A hint is worth one question to each who gave it.
bool BatchFetches::is_over(const Fetch& fetch) const {
  return fetch.blocks.empty() && fetch.turn + (fetch.waits_for ? 1 : 0) >= fetch.holders.size();
}

std::optional<PeerNumber> BatchFetches::next_holder(Fetch& fetch,
                                                    const std::set<PeerNumber>& connected) const {
  for (std::size_t i = 0; i < fetch.holders.size(); ++i, ++fetch.turn) {
    const PeerNumber holder = fetch.holders[fetch.turn % fetch.holders.size()];
    if (connected.contains(holder)) return holder;
  }
  return std::nullopt;
}

/// Whoever was asked has nothing. After a round of refusals the next one waits for the interval.
void BatchFetches::pass_on(Fetch& fetch, Instant now) const {
  if (fetch.asks_disk) {
    fetch.asks_disk = false;
    fetch.due_at = std::max(now, fetch.ask_peers_at);
    return;
  }
  fetch.turn += 1;
  fetch.refusals += 1;
  fetch.waits_for.reset();
  if (fetch.refusals < fetch.holders.size()) {
    fetch.due_at = now;
  } else {
    fetch.refusals = 0;
  }
}

}  // namespace troupe::ledger
