#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <caf/all.hpp>

#include "actors/node_options.hpp"
#include "actors/outlet.hpp"

namespace troupe::actors {

/// One line of a node's log on its way to who watches.
struct LogLine {
  LogLevel level = LogLevel::Info;
  std::string actor;
  std::string text;
};

using LogLinePointer = std::shared_ptr<const LogLine>;

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::LogLinePointer)

namespace troupe::actors {

using logged_atom = caf::atom_constant<caf::atom("logged")>;

/// Lines on their way to the observer; of more only the number is told.
inline constexpr std::size_t kLogLinesMax = 1024;

/// Who hears log lines, within kLogLinesMax: it gives each one's room back with took().
using LogObserver = caf::typed_actor<caf::reacts_to<logged_atom, LogLinePointer>>;

/// Which lines of a node's log are let through, and who hears them besides the log. Any thread may
/// use it; without an exception for an actor a line costs two relaxed reads.
class LogGate {
 public:
  explicit LogGate(LogLevel level) : level_(level) {}

  [[nodiscard]] bool admits(LogLevel level, std::string_view actor) const;

  /// An exception for one actor, in place of an earlier one.
  void set(const std::string& actor, LogLevel level);
  void revert(const std::string& actor);

  /// From now on every line that is let through goes to the observer too.
  void open(const LogObserver& observer) { outlet_.open(observer); }

  void close() { outlet_.close(); }

  /// A line was let through.
  void tell(LogLevel level, std::string_view actor, const std::string& text);

  /// The observer has dealt with one; returns how many it did not get since the last one.
  std::uint64_t took();

 private:
  const LogLevel level_;
  Outlet<LogObserver> outlet_{kLogLinesMax};
  std::atomic<bool> has_exceptions_{false};
  mutable std::mutex mutex_;  // of what follows
  std::map<std::string, LogLevel, std::less<>> exceptions_;
};

}  // namespace troupe::actors
