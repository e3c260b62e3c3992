#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/scenario/byzantine.hpp"
#include "tools/scenario/expectation.hpp"
#include "tools/scenario/fault_kinds.hpp"
#include "tools/scenario/values.hpp"

// A scenario: a network, what happens to it, and what must hold. The simulator and the engine for
// real processes execute the same struct; neither shows here. Files are called NAME.scenario.toml:
//
//   schema   = 1                     required
//   name     = "deaf-leader"         required; [a-z0-9-]
//   shows    = "One sentence."       what somebody learns from it
//   engine   = ["sim", "proc"]       which engines can run it; required
//   seeds    = "1..200"              default 1
//   duration = "60s"                 of storm and load; default: until all faults are over
//   storms   = 1                     how often the faults come (1 to 100); above 1 in the simulator only
//   network  = { validators = 4, observers = 0, link = LINK, versions = { start, target, talk = true } }
//   load     = { kind = "transfer", rate = 100, clients = 4, hostile = 0, resent = 0, record_acks = true }
//   expect   = [ { check = "finalizes", within = { views = "f+2" } } ]       or [[expect]]
//   fault    = [ ... ]                                                       or [[fault]]
//   byzantine = [ ... ]                                                      or [[byzantine]]
//   [swarm]                          background faults, drawn from the seed
//
//   LINK  = { delay = "20ms", jitter = "10ms", loss = 0.01, duplicate = 0, reorder = 0, rate }
//
//   FAULT = { id, kind, on, at, for, every, repeat, stagger, gap, restart_after } and its kind's own
//           keys (fault_kinds.hpp). `on` defaults to "all", `at` to the start.
//
//   `at`      TRIGGER: "5s", or a table of time, view, height, event (and nth), after
//   `for`     SPAN: "5s", or { views = 2 }
//   `every`   SPAN: begins again so long after each beginning; with `for`, the whole series lasts
//             that long, and each occurrence until the next; else until `repeat` ran out
//   `repeat`  how many times at all (default 1; with `every` and no `repeat`: no end of its own).
//             Without `every`, an occurrence begins when the trigger holds anew after the last
//             occurrence ended (and, if it restarts nodes, they are back)
//   `stagger` between one link or node and the next, both when it begins and when it ends
//   `gap`     between one node and the next of "each"
//
// Durations: us, ms, s, m, h. Anything unknown is an error with FILE:LINE:COLUMN and a suggestion.
// Words are in words.hpp; fields.hpp lists the keys of every table once, for reader and writer.
namespace troupe::scenario {

enum class Engine : std::uint8_t { Sim, Proc };

/// What a sound link does to messages.
struct LinkLaw {
  Duration delay{0};
  Duration jitter{0};
  Ratio loss;
  Ratio duplicate;
  Ratio reorder;
  std::optional<ByteRate> rate;
  friend bool operator==(const LinkLaw&, const LinkLaw&) = default;
};

/// Programs by the names that the engine knows them by: "N" is the one at hand, everything else the
/// other one.
struct Versions {
  std::string start = "N";
  std::string target = "N";
  bool talk = true;  ///< a node of one version talks to one of the other
  friend bool operator==(const Versions&, const Versions&) = default;
};

struct Network {
  std::uint32_t validators = 4;
  std::uint32_t observers = 0;
  LinkLaw link;
  std::optional<Versions> versions;
  friend bool operator==(const Network&, const Network&) = default;
};

enum class LoadKind : std::uint8_t { None, Transfer, Note, Put, Mixed };

struct Load {
  LoadKind kind = LoadKind::None;
  LoadRate rate{10, false};
  std::uint32_t clients = 1;
  Ratio hostile;  ///< part that no node may admit
  Ratio resent;   ///< part that a client sends through a second node too
  bool record_acks = true;
  friend bool operator==(const Load&, const Load&) = default;
};

/// One [[fault]] table.
struct Fault {
  std::string id;  ///< never empty once read: "f1", "f2", ... by place where the file gives none
  FaultKind kind;
  Selector on;
  Trigger at;
  std::optional<Span> lasts;  ///< key: for
  std::optional<Span> every;
  std::optional<std::uint32_t> repeat;
  std::optional<Duration> stagger;
  std::optional<Duration> gap;
  std::optional<Duration> restart_after;
  friend bool operator==(const Fault&, const Fault&) = default;
};

/// How many nodes may be bad at once while the swarm works.
struct SwarmBudget {
  Count byzantine;
  Count down{Count::Base::F, 0};
  friend bool operator==(const SwarmBudget&, const SwarmBudget&) = default;
};

/// Faults of these kinds, at drawn instants, on drawn nodes, with drawn parameters.
struct Swarm {
  SwarmBudget budget;
  Duration mean_interval{30'000'000};
  std::vector<std::string> kinds;  ///< names of fault kinds; empty: all that the engine has
  friend bool operator==(const Swarm&, const Swarm&) = default;
};

struct Scenario {
  std::uint32_t schema = 1;
  std::string name;
  std::string shows;
  std::vector<Engine> engines;  ///< key: engine
  Range seeds;
  std::optional<Duration> duration;
  /// How often the faults come: each time all heals, and the network must show that it goes on.
  std::uint32_t storms = 1;
  Network network;
  Load load;
  std::vector<Fault> faults;         ///< key: fault
  std::vector<Byzantine> byzantine;  ///< key: byzantine
  std::vector<Check> expectations;   ///< key: expect
  std::optional<Swarm> swarm;
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

}  // namespace troupe::scenario
