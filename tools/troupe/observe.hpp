#pragma once

#include <cstdint>
#include <string>

#include "tools/troupe/context.hpp"

// One running node from inside: its actors and their messages, its votes, its lanes.
namespace troupe::tools {

struct ActorsOptions {
  std::string by = "name";       ///< name, mailbox or time
  std::string window = "500ms";  ///< how long they are watched
};

struct TapOptions {
  std::string filter;       ///< ACTOR, ACTOR:KIND or :KIND; empty: every message
  std::uint64_t count = 0;  ///< so many; 0: until Ctrl-C
  bool blocks = false;      ///< final blocks instead of messages
  bool logs = false;        ///< log lines instead of messages
  bool custody = false;     ///< what is found altered, and mended or not, instead of messages
};

struct LogOptions {
  std::string change;  ///< ACTOR=LEVEL
  std::string duration = "60s";
};

/// `troupe actors`: who plays, what waits for each, and what each did in a window.
[[nodiscard]] Answer<Report> run_actors(Context& context, const ActorsOptions& options);

/// `troupe votes [VIEW]`: who voted for what, and who is missing.
[[nodiscard]] Answer<Report> run_votes(Context& context, std::uint64_t view);

/// `troupe lanes`: how far each lane is ordered, held and acknowledged.
[[nodiscard]] Answer<Report> run_lanes(Context& context);

/// `troupe evidence`: what validators were caught at.
[[nodiscard]] Answer<Report> run_evidence(Context& context);

/// `troupe tap`: messages, blocks, log lines or custody as they happen; all at once under --json.
[[nodiscard]] Answer<Report> run_tap(Context& context, const TapOptions& options);

/// `troupe log validator=debug --for 60s`: more or less of one actor's log, for a while.
[[nodiscard]] Answer<Report> run_log(Context& context, const LogOptions& options);

/// `troupe config show --live`: the configuration that the running node runs with.
[[nodiscard]] Answer<Report> run_config_live(Context& context, bool origin);

/// What a filter of messages asks for. Error: bad-filter.
[[nodiscard]] Answer<actors::EventsQuery> parse_filter(const std::string& filter);

/// One event as a line for people.
[[nodiscard]] std::string line_of(const actors::ConsoleEvent& event);

}  // namespace troupe::tools
