#include "actors/event_stream.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

EventStream::EventStream(const EventsQuery& query) : query_(query) {
  grant(query.credit);
}

bool EventStream::wants(const ConsoleEvent& event) const {
  if (event.kind == "block") return query_.blocks;
  if (event.kind == "custody") return query_.custody;
  // What is told of custody is in the log too; nobody is told twice.
  if (event.kind == "log") return query_.logs && !(query_.custody && event.to == kCustodian);
  if (!query_.messages) return false;
  const bool is_of_actor =
      query_.actor.empty() || event.from == query_.actor || event.to == query_.actor;
  return is_of_actor && (query_.message.empty() || event.message == query_.message);
}

void EventStream::offer(const ConsoleEvent& event) {
  if (!wants(event)) return;
  if (waiting_.size() == kEventsQueuedMax) {
    waiting_.pop_front();
    ++dropped_;
  }
  waiting_.push_back(event);
}

void EventStream::grant(std::uint32_t events) {
  credit_ = events >= kEventCreditMax - credit_ ? kEventCreditMax : credit_ + events;
}

std::optional<EventBatch> EventStream::take() {
  const std::size_t count = std::min({waiting_.size(), std::size_t{credit_}, kEventsPerBatchMax});
  if (count == 0) return std::nullopt;
  EventBatch batch;
  batch.dropped = std::exchange(dropped_, 0);
  for (std::size_t i = 0; i < count; ++i) {
    batch.events.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  credit_ -= static_cast<std::uint32_t>(count);
  return batch;
}

}  // namespace troupe::actors
