#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace troupe {

using Duration = std::chrono::microseconds;

/// A moment on one node's monotonic clock. Only differences mean anything; it is never stored,
/// never sent and never compared between nodes.
struct Instant {
  Duration since_start{0};

  friend auto operator<=>(const Instant&, const Instant&) = default;
};

[[nodiscard]] constexpr Instant operator+(Instant instant, Duration duration) {
  return Instant{instant.since_start + duration};
}

[[nodiscard]] constexpr Duration operator-(Instant later, Instant earlier) {
  return later.since_start - earlier.since_start;
}

/// Wall-clock time in milliseconds since 1970-01-01T00:00:00Z, as block headers carry it.
struct Timestamp {
  std::uint64_t milliseconds = 0;

  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

/// What a pure machine is told about the time: both clocks of its node, read once per input.
struct Now {
  Instant instant;
  Timestamp timestamp;
};

}  // namespace troupe
