#include "actors/event_desk.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "actors/alarm.hpp"

namespace troupe::actors {

namespace {

/// How long events are collected for one message: nobody sees the difference, and a busy node sends
/// full batches.
constexpr std::chrono::milliseconds kPumpInterval{10};

/// What observing itself makes the admin handle; shown, it would never end.
constexpr std::array<std::string_view, 6> kOwnTraffic{
    "credit", "events", "ping", "pump", "window", "logged"};

std::uint64_t microseconds(Duration duration) {
  return static_cast<std::uint64_t>(std::max(duration, Duration{0}).count());
}

std::optional<LogLevel> level_of(const std::string& word) {
  if (word == "error") return LogLevel::Error;
  if (word == "warn") return LogLevel::Warn;
  if (word == "info") return LogLevel::Info;
  if (word == "debug") return LogLevel::Debug;
  return std::nullopt;
}

std::string word_of(LogLevel level) {
  switch (level) {
    case LogLevel::Error: return "error";
    case LogLevel::Warn: return "warn";
    case LogLevel::Info: return "info";
    case LogLevel::Debug: return "debug";
  }
  return {};
}

std::string word_of(CustodyNews::What what) {
  switch (what) {
    case CustodyNews::What::Altered: return "altered";
    case CustodyNews::What::Quarantined: return "quarantined";
    case CustodyNews::What::Mended: return "mended";
    case CustodyNews::What::Whole: return "whole";
    case CustodyNews::What::Unmended: return "unmended";
  }
  return {};
}

/// What has come to an actor and is not dealt with, the message in its hands included. Of what came
/// before the window the message that was handled last knows. The admin has the question in its own.
std::uint64_t open_messages(const ActorMeter& meter,
                            std::uint64_t arrived_before,
                            std::uint64_t handled,
                            std::uint64_t admin) {
  const std::uint64_t arrived = meter.arrived - arrived_before;
  std::uint64_t open = arrived > handled ? arrived - handled : 0;
  if (meter.id == admin && open > 0) --open;
  return handled > 0 ? std::max<std::uint64_t>(meter.queue, open) : open;
}

}  // namespace

EventDesk::EventDesk(AdminCore::pointer self, SharedContext context)
    : self_(self), context_(std::move(context)) {}

EventDesk::~EventDesk() {
  context_->tap()->close();
  context_->gate().close();
}

void EventDesk::begin() {
  started_ = now();
}

caf::result<std::uint64_t> EventDesk::on_subscribe(const EventsQuery& query) {
  if (!query.sink) {
    return caf::make_error(caf::sec::runtime_error, "a stream of events needs somebody to hear it");
  }
  end_stream(query.sink);
  const bool is_for_nothing = !query.blocks && !query.logs && !query.custody && !query.messages;
  if (!is_for_nothing && streams_.size() >= kEventStreamsMax) {
    return caf::make_error(caf::sec::runtime_error,
                           "as many consoles as a node bears are attached");
  }
  const std::uint64_t number = ++last_number_;
  if (!is_for_nothing) {
    streams_.emplace(number, EventStream(query));
    self_->monitor(query.sink);
  }
  adjust();
  return number;
}

void EventDesk::on_credit(std::uint64_t stream, std::uint32_t events) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  found->second.grant(events);
  pump_soon();
}

void EventDesk::on_sink_down(const caf::actor_addr& sink) {
  std::erase_if(streams_, [&](const auto& entry) { return entry.second.sink() == sink; });
  adjust();
}

void EventDesk::end_stream(const EventSink& sink) {
  const auto erased =
      std::erase_if(streams_, [&](const auto& entry) { return entry.second.sink() == sink; });
  if (erased > 0) self_->demonitor(caf::actor_cast<caf::actor_addr>(sink));
}

void EventDesk::on_block(const BlockCommitted& block) {
  if (streams_.empty()) return;
  const consensus::Header& header = block.block.header;
  ConsoleEvent event;
  event.at_us = since_start_us(now());
  event.kind = "block";
  event.height = header.height.number;
  event.items = block.ids->size();
  event.text = "height " + std::to_string(header.height.number) + "  view " +
               std::to_string(header.view.number) + "  " + std::to_string(block.ids->size()) +
               (block.ids->size() == 1 ? " transaction" : " transactions");
  offer(std::move(event));
}

void EventDesk::on_line(const LogLine& line) {
  const std::uint64_t dropped = context_->gate().took();
  for (auto& [number, stream] : streams_) {
    if (stream.wants_logs()) stream.lose(dropped);
  }
  ConsoleEvent event;
  event.at_us = since_start_us(now());
  event.kind = "log";
  event.level = word_of(line.level);
  event.to = line.actor;
  event.text = line.text;
  offer(std::move(event));
}

void EventDesk::on_custody(const CustodyNews& news) {
  if (streams_.empty()) return;
  ConsoleEvent event;
  event.at_us = since_start_us(now());
  event.kind = "custody";
  event.level = word_of(level_of(news.what));
  event.message = word_of(news.what);
  event.height = news.height.number;
  event.items = news.entries;
  event.text = news.text;
  offer(std::move(event));
}

void EventDesk::on_burst(const TapBurst& burst) {
  context_->tap()->took(burst.messages.size());
  for (auto& [number, stream] : streams_) {
    if (stream.wants_messages()) stream.lose(burst.dropped);
  }
  for (const TappedMessage& message : burst.messages) {
    if (std::ranges::find(kOwnTraffic, message.kind) == kOwnTraffic.end()) {
      offer(event_of(message));
    }
  }
}

void EventDesk::on_pump() {
  pumping_ = false;
  pump();
}

ConsoleEvent EventDesk::event_of(const TappedMessage& message) {
  ConsoleEvent event;
  event.at_us = since_start_us(message.received);
  event.kind = "message";
  event.from = name_of(message.sender);
  event.to = name_of(message.receiver);
  event.message = message.kind;
  event.bytes = message.bytes;
  event.queue = message.queue;
  event.waited_us = microseconds(message.waited);
  event.handling_us = microseconds(message.handling);
  return event;
}

/// Names of actors that have ended stay known for as long as somebody listens: what they did may be
/// told after their end.
const std::string& EventDesk::name_of(std::uint64_t actor) {
  static const std::string nobody = "-";
  auto found = names_.find(actor);
  if (found == names_.end()) {
    for (const MeterPointer& meter : context_->tap()->roster()) {
      names_.try_emplace(meter->id, meter->name);
    }
    found = names_.find(actor);
  }
  return found == names_.end() ? nobody : found->second;
}

void EventDesk::offer(ConsoleEvent event) {
  for (auto& [number, stream] : streams_)
    stream.offer(event);
  pump_soon();
}

void EventDesk::pump_soon() {
  if (std::exchange(pumping_, true)) return;
  self_->delayed_send(self_, kPumpInterval, pump_atom_v);
}

/// Hands every console what it has granted. One that grants no more is looked at again when it does.
void EventDesk::pump() {
  for (auto& [number, stream] : streams_) {
    while (auto batch = stream.take())
      caf::anon_send(stream.sink(), event_atom_v, std::move(*batch));
  }
}

void EventDesk::adjust() {
  const auto any = [&](bool (EventStream::*wants)() const) {
    return std::ranges::any_of(streams_,
                               [&](const auto& entry) { return (entry.second.*wants)(); });
  };
  if (any(&EventStream::wants_messages) || !windows_.empty()) {
    context_->tap()->open(caf::actor_cast<TapSink>(self_));
  } else {
    context_->tap()->close();
    names_.clear();
  }
  if (any(&EventStream::wants_logs)) {
    context_->gate().open(caf::actor_cast<LogObserver>(self_));
  } else {
    context_->gate().close();
  }
}

caf::result<ActorsReport> EventDesk::on_actors(const ActorsQuery& query) {
  if (windows_.size() >= kActorsWindowsMax) {
    return caf::make_error(caf::sec::runtime_error, "as many windows as a node bears are open");
  }
  Window window{self_->make_response_promise<ActorsReport>(), now(), {}};
  for (const MeterPointer& meter : context_->tap()->roster()) {
    window.starts[meter->id] = {meter->arrived, meter->handled, meter->busy_us};
    meter->longest_us = 0;
  }
  const std::uint64_t number = ++last_number_;
  const auto promise = window.promise;
  windows_.emplace(number, std::move(window));
  adjust();
  const std::chrono::milliseconds length(std::min(query.window_ms, kActorsWindowMsMax));
  self_->delayed_send(self_, length, window_atom_v, number);
  return promise;
}

void EventDesk::on_window(std::uint64_t number) {
  const auto found = windows_.find(number);
  if (found == windows_.end()) return;
  Window window = std::move(found->second);
  windows_.erase(found);
  ActorsReport report;
  report.window_us = microseconds(now() - window.opened);
  for (const MeterPointer& meter : context_->tap()->roster()) {
    const Start& start = window.starts[meter->id];
    ActorReport actor;
    actor.id = meter->id;
    actor.name = meter->name;
    actor.handled = meter->handled - start.handled;
    actor.busy_us = meter->busy_us - start.busy_us;
    actor.longest_us = meter->longest_us;
    actor.queue = open_messages(*meter, start.arrived, actor.handled, self_->id());
    report.actors.push_back(std::move(actor));
  }
  window.promise.deliver(std::move(report));
  adjust();
}

caf::result<bool> EventDesk::on_log(const LogRequest& request) {
  const auto level = level_of(request.level);
  if (!level) {
    return caf::make_error(caf::sec::runtime_error,
                           "'" + request.level + "' is no log level: error, warn, info, debug");
  }
  // Only who plays: the exceptions are thus no more than the cast.
  const auto cast = context_->tap()->roster();
  if (std::ranges::none_of(cast, [&](const auto& meter) { return meter->name == request.actor; })) {
    return caf::make_error(caf::sec::runtime_error,
                           "there is no actor '" + request.actor + "' here; see: troupe actors");
  }
  context_->gate().set(request.actor, *level);
  const std::uint64_t order = ++last_number_;
  log_orders_[request.actor] = order;
  self_->delayed_send(self_,
                      std::chrono::milliseconds(std::min(request.for_ms, kLogForMsMax)),
                      revert_atom_v,
                      request.actor,
                      order);
  return true;
}

void EventDesk::on_revert(const std::string& actor, std::uint64_t order) {
  const auto found = log_orders_.find(actor);
  if (found == log_orders_.end() || found->second != order) return;  // a later order holds
  log_orders_.erase(found);
  context_->gate().revert(actor);
}

Duration EventDesk::age() const {
  return now() - started_;
}

std::uint64_t EventDesk::since_start_us(Instant at) const {
  return microseconds(at - started_);
}

Instant EventDesk::now() const {
  return instant_of(self_);
}

}  // namespace troupe::actors
