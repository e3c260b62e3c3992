#include "tools/troupe/trace.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "tools/troupe/child.hpp"

namespace troupe::tools {

namespace {

/// What a node tells of the last messages comes within this time; see the admin's pump.
constexpr std::uint64_t kLastWordsMs = 100;

/// Where events are gathered, from the client's thread.
struct Gathered {
  std::mutex mutex;
  std::vector<actors::ConsoleEvent> events;
  std::uint64_t dropped = 0;

  void add(const Answer<actors::EventBatch>& batch) {
    if (!batch.ok()) return;
    const std::lock_guard lock(mutex);
    events.insert(events.end(), batch->events.begin(), batch->events.end());
    dropped += batch->dropped;
  }
};

Report report_of(const std::vector<TraceStep>& steps, std::uint64_t dropped) {
  Report report;
  report.rows = "steps";
  report.fields = {{"dropped", dropped}, {"steps", Json::array()}};
  Table table{{"AFTER MS", "FROM", "TO", "MESSAGE", "TIMES", "HANDLING US"}, {}};
  for (const TraceStep& step : steps) {
    report.fields["steps"].push_back({{"after_us", step.first_us},
                                      {"from", step.from},
                                      {"to", step.to},
                                      {"message", step.message},
                                      {"times", step.count},
                                      {"handling_us", step.handling_us}});
    table.rows.push_back({fmt::format("{:.2f}", static_cast<double>(step.first_us) / 1000),
                          step.from,
                          step.to,
                          step.message,
                          std::to_string(step.count),
                          std::to_string(step.handling_us)});
  }
  report.parts = {std::move(table)};
  if (dropped > 0)
    report.parts.emplace_back(Remark{fmt::format("{} more messages were not shown", dropped)});
  return report;
}

}  // namespace

std::vector<TraceStep> steps_of(const std::vector<actors::ConsoleEvent>& events) {
  std::vector<TraceStep> steps;
  if (events.empty()) return steps;
  const std::uint64_t begin =
      std::ranges::min_element(events, {}, &actors::ConsoleEvent::at_us)->at_us;
  for (const auto& event : events) {
    const auto found = std::ranges::find_if(steps, [&](const TraceStep& step) {
      return step.from == event.from && step.to == event.to && step.message == event.message;
    });
    TraceStep& step = found != steps.end()
                          ? *found
                          : steps.emplace_back(TraceStep{
                                event.from, event.to, event.message, event.at_us - begin, 0, 0});
    step.first_us = std::min(step.first_us, event.at_us - begin);
    ++step.count;
    step.handling_us += event.handling_us;
  }
  std::ranges::stable_sort(steps, {}, &TraceStep::first_us);
  return steps;
}

Answer<Report> run_trace(Context& context, const std::vector<std::string>& words) {
  if (words.empty()) {
    return refuse({ExitCode::Usage,
                   "no-verb",
                   "it is not said what to trace",
                   "write for example: troupe trace record put bike/1 red --as alice"});
  }
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto client = connect(context, *net);
  if (!client.ok()) return refuse(client.error());
  auto gathered = std::make_shared<Gathered>();
  actors::EventsQuery query;
  query.messages = true;
  const auto agreed = ask<Done>([&](auto receive) {
    (*client)->watch(
        query,
        [gathered](const Answer<actors::EventBatch>& batch) { gathered->add(batch); },
        std::move(receive));
  });
  if (!agreed.ok()) return refuse(agreed.error());
  // Under --json stdout is for the one object of this verb.
  const Format format = context.printer.options().format;
  const bool is_json = format == Format::JsonObject || format == Format::JsonLines;
  std::vector<std::string> all = global_words(context.globals);
  all.insert(all.end(), words.begin(), words.end());
  const auto code = run_child(context.program, all, {.input = true, .output = !is_json});
  if (!code.ok()) return refuse(code.error());
  // An answer that takes this long comes after everything that was said before it.
  const auto last = ask<actors::ActorsReport>(
      [&](auto receive) { (*client)->cast({kLastWordsMs}, std::move(receive)); });
  if (!last.ok()) return refuse(last.error());
  const std::lock_guard lock(gathered->mutex);
  Report report = report_of(steps_of(gathered->events), gathered->dropped);
  report.fields["exit"] = *code;
  if (*code != 0) {
    report.problem = CommandError{static_cast<ExitCode>(*code),
                                  "verb-failed",
                                  fmt::format("the traced verb ended with exit code {}", *code),
                                  "what it said stands above"};
  }
  return report;
}

}  // namespace troupe::tools
