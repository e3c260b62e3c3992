#include "protocol/consensus/timers.hpp"

namespace troupe::consensus {

SetTimer Timers::set(Timer timer, Instant at) {
  Entry& slot = entry(timer);
  slot.at = at;
  return {timer, ++slot.generation, at};
}

std::optional<CancelTimer> Timers::cancel(Timer timer) {
  Entry& slot = entry(timer);
  if (!slot.at) return std::nullopt;
  slot.at.reset();
  ++slot.generation;
  return CancelTimer{timer};
}

bool Timers::accept(const TimerFired& fired) {
  Entry& slot = entry(fired.timer);
  if (!slot.at || slot.generation != fired.generation) return false;
  slot.at.reset();
  return true;
}

std::optional<Instant> Timers::armed_at(Timer timer) const {
  return entries_[static_cast<std::size_t>(timer)].at;
}

}  // namespace troupe::consensus
