#pragma once

#include <chrono>
#include <optional>

#include <caf/all.hpp>

#include "protocol/base/time.hpp"

namespace troupe::actors {

/// The time on an actor's clock, the only clock there is for it.
template <class Self>
[[nodiscard]] Instant instant_of(Self* self) {
  const auto since = self->clock().now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

/// Sends an actor tick messages so that one arrives at or after every moment asked for. CAF cannot
/// take a delayed message back, so a tick may come early: whoever gets it looks what is due.
class Alarm {
 public:
  /// Makes sure that a tick comes at `due`, or soon after.
  template <class Self>
  void set(Self* self, Instant due) {
    const auto now = instant_of(self);
    if (armed_ && *armed_ <= due) return;
    armed_ = due;
    self->delayed_send(self, std::max(due - now, Duration{0}), caf::tick_atom::value);
  }

  /// To be called for every tick that arrives.
  void rang(Instant now) {
    if (armed_ && *armed_ <= now) armed_.reset();
  }

 private:
  std::optional<Instant> armed_;  // the earliest tick on its way
};

}  // namespace troupe::actors
