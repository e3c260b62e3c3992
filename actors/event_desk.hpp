#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/context.hpp"
#include "actors/event_stream.hpp"
#include "actors/messages.hpp"

namespace troupe::actors {

/// Consoles that hear events at a time; one more is refused.
inline constexpr std::size_t kEventStreamsMax = 32;
/// The longest window in which actors are watched for one question.
inline constexpr std::uint64_t kActorsWindowMsMax = 10'000;
/// Windows that are open at once; who asks for one more is refused.
inline constexpr std::size_t kActorsWindowsMax = 32;
/// A log level is changed for a day at most.
inline constexpr std::uint64_t kLogForMsMax = 86'400'000;

/// The admin's part that observes the node: opens tap and gate while somebody listens, turns what
/// they bring into events, and hands each console what it has granted. Lives in the admin's actor.
class EventDesk {
 public:
  EventDesk(AdminCore::pointer self, SharedContext context);
  ~EventDesk();

  EventDesk(const EventDesk&) = delete;
  EventDesk& operator=(const EventDesk&) = delete;

  void begin();

  caf::result<std::uint64_t> on_subscribe(const EventsQuery& query);
  void on_credit(std::uint64_t stream, std::uint32_t events);
  void on_sink_down(const caf::actor_addr& sink);
  void on_block(const BlockCommitted& block);
  void on_line(const LogLine& line);
  void on_custody(const CustodyNews& news);
  void on_burst(const TapBurst& burst);
  void on_pump();

  caf::result<ActorsReport> on_actors(const ActorsQuery& query);
  void on_window(std::uint64_t window);

  caf::result<bool> on_log(const LogRequest& request);
  void on_revert(const std::string& actor, std::uint64_t order);

  /// Since the node's start.
  [[nodiscard]] Duration age() const;

 private:
  /// How far one actor was when a window was opened.
  struct Start {
    std::uint64_t arrived = 0;
    std::uint64_t handled = 0;
    std::uint64_t busy_us = 0;
  };

  struct Window {
    caf::typed_response_promise<ActorsReport> promise;
    Instant opened;
    std::map<std::uint64_t, Start> starts;  // by actor
  };

  void end_stream(const EventSink& sink);
  void offer(ConsoleEvent event);
  /// Opens what somebody needs and closes the rest.
  void adjust();
  void pump_soon();
  void pump();
  [[nodiscard]] const std::string& name_of(std::uint64_t actor);
  [[nodiscard]] ConsoleEvent event_of(const TappedMessage& message);
  [[nodiscard]] std::uint64_t since_start_us(Instant at) const;
  [[nodiscard]] Instant now() const;

  AdminCore::pointer self_;
  SharedContext context_;
  Instant started_;
  std::map<std::uint64_t, EventStream> streams_;
  std::map<std::uint64_t, Window> windows_;
  std::map<std::string, std::uint64_t> log_orders_;  // the newest exception of an actor
  std::map<std::uint64_t, std::string> names_;       // actors seen so far
  std::uint64_t last_number_ = 0;
  bool pumping_ = false;  // a pump message is on its way
};

}  // namespace troupe::actors
