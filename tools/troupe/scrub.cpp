#include "tools/troupe/scrub.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>

namespace troupe::tools {

namespace {

/// How often the progress is asked for.
constexpr std::chrono::milliseconds kProgressInterval{50};

Answer<actors::ScrubReport> ask_scrubber(NodeClient& client, bool now) {
  return ask<actors::ScrubReport>(
      [&](auto receive) { client.scrub(actors::ScrubQuery{now}, std::move(receive)); });
}

std::string progress_of(const actors::ScrubReport& scrub) {
  if (scrub.newest == 0) return "100 %";
  return fmt::format("{} %", 100 * scrub.height / scrub.newest);
}

Report report_of(const actors::ScrubReport& scrub) {
  Report report;
  report.fields = {{"walking", scrub.walking},
                   {"passes", scrub.passes},
                   {"height", scrub.height},
                   {"newest", scrub.newest},
                   {"entries", scrub.values},
                   {"damaged", scrub.damaged},
                   {"repaired", scrub.repaired},
                   {"quarantined", scrub.quarantined},
                   {"findings", scrub.findings}};
  report.fields["rested_ms"] = scrub.passes > 0 ? Json(scrub.rested_ms) : Json();
  report.parts = {Line{fmt::format(
      "{}   height {} of {}   {} entries compared   {} damaged   {} mended   {} in quarantine",
      scrub.walking ? fmt::format("walking, {}", progress_of(scrub))
                    : fmt::format("{} passes done", scrub.passes),
      scrub.height,
      scrub.newest,
      scrub.values,
      scrub.damaged,
      scrub.repaired,
      scrub.quarantined)}};
  for (const std::string& finding : scrub.findings)
    report.parts.emplace_back(Line{finding});
  if (scrub.quarantined == 0) return report;
  report.problem =
      CommandError{ExitCode::No,
                   "damaged",
                   fmt::format("{} heights are damaged and not mended", scrub.quarantined),
                   "no peer could give what is missing: see whether the others run, "
                   "then ask for another pass: troupe net scrub --now"};
  return report;
}

}  // namespace

Answer<Report> run_net_scrub(Context& context, const ScrubOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto client = connect(context, *net);
  if (!client.ok()) return refuse(client.error());
  auto scrub = ask_scrubber(**client, options.now);
  if (!scrub.ok()) return refuse(scrub.error());
  if (!options.now) return report_of(*scrub);
  const std::uint64_t passes = scrub->passes;
  const auto deadline = std::chrono::steady_clock::now() + context.globals.timeout;
  while (scrub->passes == passes && std::chrono::steady_clock::now() < deadline) {
    context.printer.progress("scrubbing", scrub->height, scrub->newest);
    std::this_thread::sleep_for(kProgressInterval);
    scrub = ask_scrubber(**client, false);
    if (!scrub.ok()) return refuse(scrub.error());
  }
  context.printer.end_progress();
  Report report = report_of(*scrub);
  if (scrub->passes == passes) {
    report.problem = CommandError{ExitCode::TimedOut,
                                  "timed-out",
                                  fmt::format("the pass is at {} only", progress_of(*scrub)),
                                  "it goes on: troupe net scrub shows how far; or --timeout 10m"};
  }
  return report;
}

}  // namespace troupe::tools
