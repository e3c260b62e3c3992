#include "protocol/consensus/fetch_plan.hpp"

#include <algorithm>

namespace troupe::consensus {

namespace {

Body request_body(const WantedItem& item) {
  if (!item.header.is_zero()) return HeaderRequest{item.header};
  return MissingRequest{item.first, item.last, item.kind};
}

/// The connected sources first, then every other connected peer.
std::vector<ValidatorIndex> in_order(const Want& want,
                                     const std::vector<ValidatorIndex>& connected) {
  const auto is_connected = [&](ValidatorIndex peer) {
    return std::find(connected.begin(), connected.end(), peer) != connected.end();
  };
  std::vector<ValidatorIndex> order;
  const auto add = [&](ValidatorIndex peer) {
    if (std::find(order.begin(), order.end(), peer) == order.end()) order.push_back(peer);
  };
  for (const ValidatorIndex source : want.sources) {
    if (is_connected(source)) add(source);
  }
  for (const ValidatorIndex peer : connected)
    add(peer);
  return order;
}

}  // namespace

std::vector<Request> FetchPlan::update(const std::vector<Want>& wants,
                                       const std::vector<ValidatorIndex>& connected,
                                       Instant now,
                                       Duration retry_interval) {
  std::map<WantedItem, Asked> still_asked;
  std::vector<Request> requests;
  for (const Want& want : wants) {
    const auto known = asked_.find(want.item);
    const bool is_new = known == asked_.end();
    Asked state = is_new ? Asked{now, 0} : known->second;
    if (state.due <= now) {
      const std::vector<ValidatorIndex> order = in_order(want, connected);
      const std::size_t asked_now = want.ask_all ? order.size() : (is_new ? 1U : 2U);
      for (std::size_t i = 0; i < std::min(asked_now, order.size()); ++i) {
        requests.push_back({order[state.turn++ % order.size()], request_body(want.item)});
      }
      state.due = now + retry_interval;
    }
    still_asked[want.item] = state;
  }
  asked_ = std::move(still_asked);
  return requests;
}

std::optional<Instant> FetchPlan::next_due() const {
  std::optional<Instant> due;
  for (const auto& [item, asked] : asked_)
    due = due ? std::min(*due, asked.due) : asked.due;
  return due;
}

bool FetchPlan::wants_header(const crypto::Digest& digest) const {
  return asked_.contains(WantedItem{digest, {}, {}, VoteKind::Nullify});
}

}  // namespace troupe::consensus
