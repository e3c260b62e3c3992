#include "tools/troupe/observe.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/troupe/grammar.hpp"
#include "tools/troupe/inbox.hpp"

namespace troupe::tools {

namespace {

Answer<std::unique_ptr<NodeClient>> attach(Context& context) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  return connect(context, *net);
}

/// Batches of events that wait to be printed.
constexpr std::size_t kBatchesMax = 16;

std::string light(bool is_on) {
  return is_on ? "yes" : "-";
}

std::string milliseconds(std::uint64_t microseconds) {
  return fmt::format("{:.2f}", static_cast<double>(microseconds) / 1000);
}

void sort_by(std::vector<actors::ActorReport>& actors, const std::string& by) {
  std::ranges::stable_sort(actors, {}, &actors::ActorReport::name);
  if (by == "mailbox")
    std::ranges::stable_sort(actors, std::greater{}, &actors::ActorReport::queue);
  if (by == "time") std::ranges::stable_sort(actors, std::greater{}, &actors::ActorReport::busy_us);
}

/// The validators of which no vote that matters now is here.
std::vector<std::string> missing_of(const actors::VotesReport& votes) {
  std::vector<std::string> missing;
  for (const auto& vote : votes.votes) {
    const bool has_voted =
        votes.notarized ? vote.finalize || vote.nullify : vote.notarize || vote.nullify;
    if (!has_voted) missing.push_back(vote.validator);
  }
  return missing;
}

std::string votes_remark(const actors::VotesReport& votes) {
  if (!votes.known) {
    return votes.view <= votes.final_view
               ? fmt::format("view {} is final; troupe block tail shows its block", votes.view)
               : fmt::format("view {}: nothing was heard of it yet", votes.view);
  }
  const auto missing = missing_of(votes);
  return fmt::format(
      "view {} of leader {}: {}{}",
      votes.view,
      votes.leader,
      votes.finalized   ? "finalized"
      : votes.nullified ? "nullified"
      : votes.notarized ? "notarized"
                        : "open",
      missing.empty() ? std::string() : fmt::format(", missing {}", fmt::join(missing, " ")));
}

Json fields_of(const actors::ConsoleEvent& event) {
  Json fields = {{"at_us", event.at_us}, {"kind", event.kind}};
  if (event.kind == "block") {
    fields.update({{"height", event.height}, {"transactions", event.items}});
  } else if (event.kind == "log") {
    fields.update({{"level", event.level}, {"actor", event.to}, {"text", event.text}});
  } else if (event.kind == "custody") {
    fields.update({{"what", event.message},
                   {"level", event.level},
                   {"height", event.height},
                   {"entries", event.items},
                   {"text", event.text}});
  } else {
    fields.update({{"from", event.from},
                   {"to", event.to},
                   {"message", event.message},
                   {"bytes", event.bytes},
                   {"queue", event.queue},
                   {"waited_us", event.waited_us},
                   {"handling_us", event.handling_us}});
  }
  return fields;
}

/// What `tap` has shown so far, and what it shows in the end.
struct Tapped {
  Report report;
  std::uint64_t shown = 0;
  std::uint64_t dropped = 0;

  void show(Context& context, const actors::ConsoleEvent& event) {
    ++shown;
    const Json fields = fields_of(event);
    if (context.printer.options().format == Format::JsonObject) {
      report.fields["events"].push_back(fields);
    } else {
      context.printer.stream(fields, line_of(event));
    }
  }
};

Answer<Report> listen(Context& context, NodeClient& client, const TapOptions& options) {
  auto query = parse_filter(options.filter);
  if (!query.ok()) return refuse(query.error());
  query->blocks = options.blocks;
  query->logs = options.logs;
  query->custody = options.custody;
  query->messages = !options.blocks && !options.logs && !options.custody;
  // Who reads slowly lets it fill up; then no credit is given back, and the node sheds for us.
  auto inbox = std::make_shared<Inbox<Answer<actors::EventBatch>>>(kBatchesMax);
  const auto agreed = ask<Done>([&](auto receive) {
    client.watch(
        *query,
        [inbox](Answer<actors::EventBatch> batch) { inbox->put(std::move(batch)); },
        std::move(receive));
  });
  if (!agreed.ok()) return refuse(agreed.error());
  Tapped tapped;
  tapped.report.rows = "events";
  tapped.report.fields = {{"events", Json::array()}};
  while (options.count == 0 || tapped.shown < options.count) {
    const auto batch = inbox->take();
    if (!batch.ok()) return refuse(batch.error());
    if (batch->dropped > 0) {
      tapped.dropped += batch->dropped;
      context.printer.remark(fmt::format("{} more were not shown", batch->dropped));
    }
    for (const auto& event : batch->events) {
      if (options.count != 0 && tapped.shown == options.count) break;
      tapped.show(context, event);
    }
  }
  inbox->close();
  tapped.report.fields["dropped"] = tapped.dropped;
  if (context.printer.options().format == Format::JsonLines) tapped.report.fields["events"].clear();
  return std::move(tapped.report);
}

}  // namespace

Answer<actors::EventsQuery> parse_filter(const std::string& filter) {
  const std::size_t colon = filter.find(':');
  actors::EventsQuery query;
  query.actor = filter.substr(0, colon);
  if (colon != std::string::npos) query.message = filter.substr(colon + 1);
  if (query.message.find(':') != std::string::npos || filter == ":") {
    return refuse({ExitCode::Usage,
                   "bad-filter",
                   fmt::format("'{}' is no filter of messages", filter),
                   "write ACTOR, ACTOR:KIND or :KIND, for example validator:deliver"});
  }
  return query;
}

std::string line_of(const actors::ConsoleEvent& event) {
  const std::string at = fmt::format("{:.3f}", static_cast<double>(event.at_us) / 1'000'000);
  if (event.kind == "block") return fmt::format("{}  {}", at, event.text);
  if (event.kind == "log")
    return fmt::format("{}  {}  {}: {}", at, event.level, event.to, escaped(event.text));
  if (event.kind == "custody") return fmt::format("{}  {}", at, escaped(event.text));
  std::string line = fmt::format("{}  {} > {}  {}", at, event.from, event.to, event.message);
  if (event.bytes > 0) line += fmt::format("  {} B", event.bytes);
  line += fmt::format("  {} us", event.handling_us);
  if (event.queue > 0) line += fmt::format("  {} wait", event.queue);
  return line;
}

Answer<Report> run_actors(Context& context, const ActorsOptions& options) {
  const auto window = parse_duration(options.window);
  if (!window) {
    return refuse({ExitCode::Usage,
                   "bad-window",
                   fmt::format("'{}' is no time span", options.window),
                   "write for example --window 2s"});
  }
  const auto client = attach(context);
  if (!client.ok()) return refuse(client.error());
  auto answer = ask<actors::ActorsReport>([&](auto receive) {
    (*client)->cast({static_cast<std::uint64_t>(window->count())}, std::move(receive));
  });
  if (!answer.ok()) return refuse(answer.error());
  sort_by(answer->actors, options.by);
  Report report;
  report.rows = "actors";
  report.fields = {{"window_us", answer->window_us}, {"actors", Json::array()}};
  Table table{{"ACTOR", "ID", "QUEUE", "MESSAGES", "BUSY MS", "LONGEST MS"}, {}};
  for (const auto& actor : answer->actors) {
    report.fields["actors"].push_back({{"actor", actor.name},
                                       {"id", actor.id},
                                       {"queue", actor.queue},
                                       {"messages", actor.handled},
                                       {"busy_us", actor.busy_us},
                                       {"longest_us", actor.longest_us}});
    table.rows.push_back({actor.name,
                          std::to_string(actor.id),
                          std::to_string(actor.queue),
                          std::to_string(actor.handled),
                          milliseconds(actor.busy_us),
                          milliseconds(actor.longest_us)});
  }
  report.parts = {std::move(table), Remark{fmt::format("in {} ms", answer->window_us / 1000)}};
  return report;
}

Answer<Report> run_votes(Context& context, std::uint64_t view) {
  const auto client = attach(context);
  if (!client.ok()) return refuse(client.error());
  const auto votes =
      ask<actors::VotesReport>([&](auto receive) { (*client)->votes({view}, std::move(receive)); });
  if (!votes.ok()) return refuse(votes.error());
  Report report;
  report.rows = "votes";
  report.fields = {{"view", votes->view},
                   {"current_view", votes->current_view},
                   {"final_view", votes->final_view},
                   {"leader", votes->leader},
                   {"known", votes->known},
                   {"notarized", votes->notarized},
                   {"nullified", votes->nullified},
                   {"finalized", votes->finalized},
                   {"quorum", votes->quorum},
                   {"votes", Json::array()}};
  Table table{{"VALIDATOR", "PROPOSED", "NOTARIZE", "NULLIFY", "FINALIZE"}, {}};
  for (const auto& vote : votes->votes) {
    report.fields["votes"].push_back({{"validator", vote.validator},
                                      {"proposed", vote.proposed},
                                      {"notarize", vote.notarize},
                                      {"nullify", vote.nullify},
                                      {"finalize", vote.finalize}});
    table.rows.push_back({vote.validator,
                          light(vote.proposed),
                          light(vote.notarize),
                          light(vote.nullify),
                          light(vote.finalize)});
  }
  report.parts = {std::move(table), Remark{votes_remark(*votes)}};
  return report;
}

Answer<Report> run_lanes(Context& context) {
  const auto client = attach(context);
  if (!client.ok()) return refuse(client.error());
  const auto lanes =
      ask<actors::LanesReport>([&](auto receive) { (*client)->lanes(std::move(receive)); });
  if (!lanes.ok()) return refuse(lanes.error());
  Report report;
  report.rows = "lanes";
  report.fields = {{"waiting_transactions", lanes->waiting_transactions},
                   {"waiting_bytes", lanes->waiting_bytes},
                   {"fetches", lanes->fetches},
                   {"payload_checks", lanes->payload_checks},
                   {"own_lane_halted", lanes->own_lane_halted},
                   {"lanes", Json::array()}};
  Table table{{"LANE OF", "ORDERED", "HELD", "QUORUM HOLDS", "STATE"}, {}};
  for (const auto& lane : lanes->lanes) {
    const std::string state = lane.closed        ? "forked, closed"
                              : lane.equivocated ? "forked"
                              : lane.slow        ? "slow"
                                                 : "fine";
    report.fields["lanes"].push_back({{"validator", lane.validator},
                                      {"ordered", lane.ordered},
                                      {"held", lane.held},
                                      {"acknowledged", lane.acknowledged},
                                      {"state", state}});
    table.rows.push_back({lane.validator,
                          std::to_string(lane.ordered),
                          std::to_string(lane.held),
                          std::to_string(lane.acknowledged),
                          state});
  }
  report.parts = {
      std::move(table),
      Remark{fmt::format("{} transactions wait here, {} batches are being fetched{}",
                         lanes->waiting_transactions,
                         lanes->fetches,
                         lanes->own_lane_halted ? "; this node's lane is halted" : "")}};
  return report;
}

Answer<Report> run_evidence(Context& context) {
  const auto client = attach(context);
  if (!client.ok()) return refuse(client.error());
  const auto evidence =
      ask<actors::EvidenceReport>([&](auto receive) { (*client)->evidence(std::move(receive)); });
  if (!evidence.ok()) return refuse(evidence.error());
  Report report;
  report.rows = "evidence";
  report.fields = {{"evidence", evidence->sentences}};
  for (const auto& sentence : evidence->sentences)
    report.parts.emplace_back(Line{sentence});
  if (evidence->sentences.empty())
    report.parts.emplace_back(Remark{"no validator was caught at a lie"});
  return report;
}

Answer<Report> run_tap(Context& context, const TapOptions& options) {
  if (context.printer.options().format == Format::JsonObject && options.count == 0) {
    return refuse({ExitCode::Usage,
                   "endless",
                   "one JSON object cannot hold what never ends",
                   "say how many with --count 100, or stream them with -o jsonl"});
  }
  const auto client = attach(context);
  if (!client.ok()) return refuse(client.error());
  return listen(context, **client, options);
}

Answer<Report> run_log(Context& context, const LogOptions& options) {
  const std::size_t equals = options.change.find('=');
  const auto duration = parse_duration(options.duration);
  if (equals == std::string::npos || equals == 0 || !duration) {
    return refuse({ExitCode::Usage,
                   "bad-log",
                   fmt::format("'{}' for '{}' changes no log", options.change, options.duration),
                   "write for example: troupe log validator=debug --for 60s"});
  }
  const auto client = attach(context);
  if (!client.ok()) return refuse(client.error());
  const actors::LogRequest request{options.change.substr(0, equals),
                                   options.change.substr(equals + 1),
                                   static_cast<std::uint64_t>(duration->count())};
  const auto done =
      ask<bool>([&](auto receive) { (*client)->set_log(request, std::move(receive)); });
  if (!done.ok()) return refuse(done.error());
  Report report;
  report.fields = {{"actor", request.actor}, {"level", request.level}, {"for_ms", request.for_ms}};
  report.parts = {Line{fmt::format("{} logs {} for {} s, then as before",
                                   request.actor,
                                   request.level,
                                   static_cast<double>(request.for_ms) / 1000)}};
  return report;
}

Answer<Report> run_config_live(Context& context, bool origin) {
  const auto client = attach(context);
  if (!client.ok()) return refuse(client.error());
  const auto live = ask<actors::ConfigReport>(
      [&](auto receive) { (*client)->configuration(std::move(receive)); });
  if (!live.ok()) return refuse(live.error());
  Report report;
  report.rows = "settings";
  report.fields = {{"settings", Json::array()}};
  Table table{{"KEY", "VALUE"}, {}};
  if (origin) table.columns.emplace_back("ORIGIN");
  for (const auto& setting : live->settings) {
    report.fields["settings"].push_back(
        {{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}});
    table.rows.push_back({setting.key, setting.value});
    if (origin) table.rows.back().push_back(setting.origin);
  }
  report.parts = {std::move(table)};
  return report;
}

}  // namespace troupe::tools
