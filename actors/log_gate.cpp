#include "actors/log_gate.hpp"

#include <utility>

namespace troupe::actors {

bool LogGate::admits(LogLevel level, std::string_view actor) const {
  if (!has_exceptions_.load(std::memory_order_relaxed)) return level <= level_;
  const std::lock_guard lock(mutex_);
  const auto found = exceptions_.find(actor);
  return level <= (found == exceptions_.end() ? level_ : found->second);
}

void LogGate::set(const std::string& actor, LogLevel level) {
  const std::lock_guard lock(mutex_);
  exceptions_.insert_or_assign(actor, level);
  has_exceptions_.store(true, std::memory_order_relaxed);
}

void LogGate::revert(const std::string& actor) {
  const std::lock_guard lock(mutex_);
  exceptions_.erase(actor);
  has_exceptions_.store(!exceptions_.empty(), std::memory_order_relaxed);
}

void LogGate::tell(LogLevel level, std::string_view actor, const std::string& text) {
  const auto observer = outlet_.reserve(1);
  if (!observer) return;
  caf::anon_send(*observer,
                 logged_atom::value,
                 std::make_shared<const LogLine>(LogLine{level, std::string(actor), text}));
}

std::uint64_t LogGate::took() {
  outlet_.release(1);
  return outlet_.take_dropped();
}

}  // namespace troupe::actors
