#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/consensus/message.hpp"

namespace troupe::consensus {

/// One thing that this node needs and lacks: a header by its digest, or the certificates of a range
/// of views.
struct WantedItem {
  crypto::Digest header;  ///< zero if certificates are wanted
  View first;
  View last;
  VoteKind kind = VoteKind::Nullify;

  friend auto operator<=>(const WantedItem&, const WantedItem&) = default;
};

struct Want {
  WantedItem item;
  /// Who is likely to have it, the likeliest first. Anybody may be asked after them.
  std::vector<ValidatorIndex> sources;
  bool ask_all = false;  ///< a leader asks everybody at once
};

struct Request {
  ValidatorIndex to;
  Body body;
};

/// Whom to ask for what, and when again: the first source at once, then two others every retry
/// interval, in rotation over all connected peers. What is no longer wanted is forgotten.
class FetchPlan {
 public:
  /// The requests to send now. Requires wants without duplicates of one item.
  [[nodiscard]] std::vector<Request> update(const std::vector<Want>& wants,
                                            const std::vector<ValidatorIndex>& connected,
                                            Instant now,
                                            Duration retry_interval);

  /// When `update` should be called again although nothing happened.
  [[nodiscard]] std::optional<Instant> next_due() const;

  /// True if this header is asked for: others are not taken from strangers.
  [[nodiscard]] bool wants_header(const crypto::Digest& digest) const;

  [[nodiscard]] std::size_t size() const { return asked_.size(); }

 private:
  struct Asked {
    Instant due;
    std::size_t turn = 0;  ///< how many were asked so far
  };

  std::map<WantedItem, Asked> asked_;
};

}  // namespace troupe::consensus
