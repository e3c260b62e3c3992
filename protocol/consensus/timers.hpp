#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "protocol/base/time.hpp"
#include "protocol/consensus/effect.hpp"
#include "protocol/consensus/input.hpp"

namespace troupe::consensus {

/// Which timers are armed, and under which generation: a timer that fires late, after it was set
/// anew or cancelled, is recognized and ignored.
class Timers {
 public:
  /// Arms the timer, in place of an armed one of the same name.
  [[nodiscard]] SetTimer set(Timer timer, Instant at);

  /// Nothing if the timer is not armed.
  [[nodiscard]] std::optional<CancelTimer> cancel(Timer timer);

  /// True if this firing is the one that was asked for; the timer is then not armed any more.
  [[nodiscard]] bool accept(const TimerFired& fired);

  [[nodiscard]] std::optional<Instant> armed_at(Timer timer) const;

 private:
  struct Entry {
    std::uint64_t generation = 0;
    std::optional<Instant> at;
  };

  [[nodiscard]] Entry& entry(Timer timer) { return entries_[static_cast<std::size_t>(timer)]; }

  std::array<Entry, 6> entries_;
};

}  // namespace troupe::consensus
