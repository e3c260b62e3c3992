#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "actors/console_messages.hpp"

namespace troupe::actors {

/// Events that wait for one console's credit; of more the oldest are shed. Small, because what a
/// person sees late is of no use: the age of what a slow console shows is this over the rate.
inline constexpr std::size_t kEventsQueuedMax = 512;
/// What a console may grant at most, however much it says.
inline constexpr std::uint32_t kEventCreditMax = 256;
/// Events in one message.
inline constexpr std::size_t kEventsPerBatchMax = 64;

/// The actor whose every log line is told as an event of custody.
inline constexpr std::string_view kCustodian = "scrubber";

/// What one console hears of a node. A slow console loses the oldest events and is told how many;
/// the node never waits for it. Invariants: (1) at most kEventsQueuedMax wait; (2) what is taken was
/// granted.
class EventStream {
 public:
  explicit EventStream(const EventsQuery& query);

  /// True if the console asked for an event like this one.
  [[nodiscard]] bool wants(const ConsoleEvent& event) const;

  /// Keeps an event that is wanted, at the cost of the oldest one if there is no room.
  void offer(const ConsoleEvent& event);

  /// So many were lost before they came here.
  void lose(std::uint64_t events) { dropped_ += events; }

  void grant(std::uint32_t events);

  /// What may be sent now; nothing if nothing waits or the console has granted nothing.
  [[nodiscard]] std::optional<EventBatch> take();

  [[nodiscard]] bool wants_blocks() const { return query_.blocks; }

  [[nodiscard]] bool wants_logs() const { return query_.logs; }

  [[nodiscard]] bool wants_messages() const { return query_.messages; }

  [[nodiscard]] const EventSink& sink() const { return query_.sink; }

 private:
  EventsQuery query_;
  std::uint32_t credit_ = 0;
  std::uint64_t dropped_ = 0;
  std::deque<ConsoleEvent> waiting_;
};

}  // namespace troupe::actors
