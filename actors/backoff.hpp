#pragma once

#include <algorithm>

#include "protocol/base/time.hpp"

namespace troupe::actors {

/// How long to wait before the next attempt: `first`, then twice as long each time, up to `longest`.
class Backoff {
 public:
  struct Bounds {
    Duration first;
    Duration longest;
  };

  explicit Backoff(Bounds bounds) : bounds_(bounds), next_(bounds.first) {}

  /// The wait before the next attempt; the one after it will be longer.
  [[nodiscard]] Duration next() {
    const auto wait = next_;
    next_ = std::min(next_ * 2, bounds_.longest);
    return wait;
  }

  /// True if the next wait has grown to this much.
  [[nodiscard]] bool is_at_least(Duration wait) const { return next_ >= wait; }

 private:
  Bounds bounds_;
  Duration next_;
};

/// A member is to be back within a second of its restart.
inline constexpr Backoff::Bounds kMemberBackoff{.first = std::chrono::milliseconds(50),
                                                .longest = std::chrono::seconds(5)};
/// Anybody else, and members that turned out to be of another chain.
inline constexpr Backoff::Bounds kStrangerBackoff{.first = std::chrono::seconds(5),
                                                  .longest = std::chrono::minutes(5)};

}  // namespace troupe::actors
