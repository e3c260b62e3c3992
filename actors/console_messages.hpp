#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/all.hpp>

// What a console asks a node beyond what a command asks (admin_messages.hpp): its actors, its votes
// and lanes, why it stands still, that it rejoins, and a stream of events. Every type crosses a process border, so
// each has inspect() and holds nothing that only this process understands.
namespace troupe::actors {

using ByteVector = std::vector<std::uint8_t>;

/// Why something was refused or is absent: `code` is one word for programs, empty if all is well.
struct Reason {
  std::string code;
  std::string message;
  std::string hint;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, Reason& x) {
  return f(caf::meta::type_name("Reason"), x.code, x.message, x.hint);
}

/// A validator that does not vote asks the ledger to let it vote again. `transaction` is signed with
/// its key and good for nothing else; whoever asked submits it to another node. Once it is final the
/// node votes again, unless it was started anew meanwhile. Empty with a reason if there is nothing to
/// rejoin.
struct RejoinReport {
  ByteVector transaction;
  ByteVector id;
  Reason reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, RejoinReport& x) {
  return f(caf::meta::type_name("RejoinReport"), x.transaction, x.id, x.reason);
}

/// Asks for the actors of the node and what they do in a window from now on.
struct ActorsQuery {
  std::uint64_t window_ms = 500;  ///< at most kActorsWindowMsMax
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ActorsQuery& x) {
  return f(caf::meta::type_name("ActorsQuery"), x.window_ms);
}

/// One actor, in the window that was asked for.
struct ActorReport {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t queue = 0;  ///< messages that wait for it
  std::uint64_t handled = 0;
  std::uint64_t busy_us = 0;
  std::uint64_t longest_us = 0;  ///< the longest handling of one message
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ActorReport& x) {
  return f(caf::meta::type_name("ActorReport"),
           x.id,
           x.name,
           x.queue,
           x.handled,
           x.busy_us,
           x.longest_us);
}

struct ActorsReport {
  std::uint64_t window_us = 0;
  std::vector<ActorReport> actors;  ///< by id
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ActorsReport& x) {
  return f(caf::meta::type_name("ActorsReport"), x.window_us, x.actors);
}

/// One lane as this node holds it.
struct LaneReport {
  std::string validator;
  std::uint64_t ordered = 0;       ///< the sequence up to which blocks have ordered it
  std::uint64_t held = 0;          ///< the end of what is on this node's disk
  std::uint64_t acknowledged = 0;  ///< what a quorum holds
  bool slow = false;
  bool equivocated = false;  ///< this node can prove that its validator forked it
  bool closed = false;       ///< the ledger records that: nothing of it is ordered any more
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, LaneReport& x) {
  return f(caf::meta::type_name("LaneReport"),
           x.validator,
           x.ordered,
           x.held,
           x.acknowledged,
           x.slow,
           x.equivocated,
           x.closed);
}

struct LanesReport {
  std::vector<LaneReport> lanes;
  std::uint64_t waiting_transactions = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t fetches = 0;         ///< requests for batches that are under way
  std::uint64_t payload_checks = 0;  ///< proposals whose batches are not all here
  bool own_lane_halted = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, LanesReport& x) {
  return f(caf::meta::type_name("LanesReport"),
           x.lanes,
           x.waiting_transactions,
           x.waiting_bytes,
           x.fetches,
           x.payload_checks,
           x.own_lane_halted);
}

/// Asks for the votes of a view above the final one; 0 for the current view.
struct VotesQuery {
  std::uint64_t view = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, VotesQuery& x) {
  return f(caf::meta::type_name("VotesQuery"), x.view);
}

/// What this node has verified of one validator's votes in one view.
struct VoteReport {
  std::string validator;
  bool proposed = false;
  bool notarize = false;
  bool nullify = false;
  bool finalize = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, VoteReport& x) {
  return f(caf::meta::type_name("VoteReport"),
           x.validator,
           x.proposed,
           x.notarize,
           x.nullify,
           x.finalize);
}

struct VotesReport {
  std::uint64_t view = 0;
  std::uint64_t current_view = 0;
  std::uint64_t final_view = 0;
  std::string leader;
  bool known = false;  ///< false for a final view and for one of which nothing was heard
  bool notarized = false;
  bool nullified = false;
  bool finalized = false;
  std::uint32_t quorum = 0;
  std::vector<VoteReport> votes;  ///< of every validator, in order
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, VotesReport& x) {
  return f(caf::meta::type_name("VotesReport"),
           x.view,
           x.current_view,
           x.final_view,
           x.leader,
           x.known,
           x.notarized,
           x.nullified,
           x.finalized,
           x.quorum,
           x.votes);
}

/// What one node knows of why nothing becomes final; troupe explain compares those of all nodes.
struct FactsReport {
  std::uint64_t wall_ms = 0;           ///< its wall clock at the answer
  std::uint64_t view_age_ms = 0;       ///< since it entered its view
  std::uint64_t block_age_ms = 0;      ///< since the last final block, or its start
  bool clock_running = false;          ///< there is something to decide, and it waits for the view
  std::string refused;                 ///< why it refuses the view's proposal, or empty
  std::uint64_t consensus_height = 0;  ///< final by consensus; the ledger may be behind it
  std::uint64_t drift_ms = 0;          ///< how far a proposal's time may lie ahead of its own
  std::uint64_t wrong_chain = 0;       ///< members that named another chain or version
  std::vector<std::string> connected;  ///< the other validators that it reaches
  std::vector<std::uint64_t> connected_ms;  ///< for how long each of these links lasts already
  VotesReport votes;                        ///< of its current view
  LanesReport lanes;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, FactsReport& x) {
  return f(caf::meta::type_name("FactsReport"),
           x.wall_ms,
           x.view_age_ms,
           x.block_age_ms,
           x.clock_running,
           x.refused,
           x.consensus_height,
           x.drift_ms,
           x.wrong_chain,
           x.connected,
           x.connected_ms,
           x.votes,
           x.lanes);
}

/// What validators were caught at, a sentence each, and whether the ledger says so.
struct EvidenceReport {
  std::vector<std::string> sentences;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, EvidenceReport& x) {
  return f(caf::meta::type_name("EvidenceReport"), x.sentences);
}

/// One key of the node's configuration as it runs with it. A secret is never among them.
struct SettingReport {
  std::string key;
  std::string value;
  std::string origin;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, SettingReport& x) {
  return f(caf::meta::type_name("SettingReport"), x.key, x.value, x.origin);
}

struct ConfigReport {
  std::vector<SettingReport> settings;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ConfigReport& x) {
  return f(caf::meta::type_name("ConfigReport"), x.settings);
}

/// Has a node of a development network suffer from within, until it is told otherwise or ends.
/// `kind` is clock (its wall clock is `amount` milliseconds ahead, or behind if that is negative),
/// mute (it sends nothing on the channel `target`: consensus, lanes or sync) or stall (it executes no
/// block); for the last two an amount of 1 begins it. An amount of 0 ends each.
struct Hindrance {
  std::string kind;
  std::string target;
  std::int64_t amount = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, Hindrance& x) {
  return f(caf::meta::type_name("Hindrance"), x.kind, x.target, x.amount);
}

/// Lets an actor say more or less for a while; afterwards it is as before.
struct LogRequest {
  std::string actor;
  std::string level;  ///< error, warn, info or debug
  std::uint64_t for_ms = 60'000;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, LogRequest& x) {
  return f(caf::meta::type_name("LogRequest"), x.actor, x.level, x.for_ms);
}

/// One thing that happened in the node. `kind` is block, log, custody (what the node found out about
/// its own copy of the ledger) or message, and says which of the rest is filled in.
struct ConsoleEvent {
  std::uint64_t at_us = 0;  ///< since the node's start
  std::string kind;
  std::string text;          ///< of all but a message, for people
  std::string level;         ///< of a log line or of custody
  std::uint64_t height = 0;  ///< of a block; of custody: of what was stored, 0 if it is the state
  std::uint64_t items = 0;   ///< transactions of a block; of custody: the entries that were written
  std::string from;          ///< who sent a message: an actor, or "-" for a client or a peer
  std::string to;            ///< who dealt with it, or who logged
  std::string message;      ///< its kind; of custody: altered, quarantined, mended, whole, unmended
  std::uint64_t bytes = 0;  ///< of a message's payload
  std::uint64_t queue = 0;  ///< what waited behind a message
  std::uint64_t waited_us = 0;
  std::uint64_t handling_us = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ConsoleEvent& x) {
  return f(caf::meta::type_name("ConsoleEvent"),
           x.at_us,
           x.kind,
           x.text,
           x.level,
           x.height,
           x.items,
           x.from,
           x.to,
           x.message,
           x.bytes,
           x.queue,
           x.waited_us,
           x.handling_us);
}

/// Events in order. `dropped` were shed before the first of them, because the console was slow.
struct EventBatch {
  std::vector<ConsoleEvent> events;
  std::uint64_t dropped = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, EventBatch& x) {
  return f(caf::meta::type_name("EventBatch"), x.events, x.dropped);
}

}  // namespace troupe::actors

CAF_BEGIN_TYPE_ID_BLOCK(troupe_console_sink, caf::first_custom_type_id + 300)
CAF_ADD_TYPE_ID(troupe_console_sink, (troupe::actors::ConsoleEvent))
CAF_ADD_TYPE_ID(troupe_console_sink, (std::vector<troupe::actors::ConsoleEvent>))
CAF_ADD_TYPE_ID(troupe_console_sink, (troupe::actors::EventBatch))
CAF_ADD_ATOM(troupe_console_sink, troupe::actors, event_atom, "event")
CAF_END_TYPE_ID_BLOCK(troupe_console_sink)

namespace troupe::actors {

/// Who hears a node's events. From the admin, never more of them than it has granted.
using EventSink = caf::typed_actor<caf::reacts_to<event_atom, EventBatch>>;

/// Asks for events from now on, for as long as the sink lives. What is asked for is shown in the
/// order in which the admin hears of it.
struct EventsQuery {
  EventSink sink;
  std::uint32_t credit = 0;  ///< how many may be sent at first; more with credit_atom
  bool blocks = false;
  bool logs = false;
  bool custody = false;
  bool messages = false;
  std::string actor;    ///< only messages from or to this one; empty: of all
  std::string message;  ///< only messages of this kind; empty: of all
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, EventsQuery& x) {
  return f(caf::meta::type_name("EventsQuery"),
           x.sink,
           x.credit,
           x.blocks,
           x.logs,
           x.custody,
           x.messages,
           x.actor,
           x.message);
}

}  // namespace troupe::actors

CAF_BEGIN_TYPE_ID_BLOCK(troupe_console, caf::first_custom_type_id + 400)
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::EventSink))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::EventsQuery))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::ActorsQuery))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::ActorReport))
CAF_ADD_TYPE_ID(troupe_console, (std::vector<troupe::actors::ActorReport>))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::ActorsReport))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::LaneReport))
CAF_ADD_TYPE_ID(troupe_console, (std::vector<troupe::actors::LaneReport>))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::LanesReport))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::VotesQuery))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::VoteReport))
CAF_ADD_TYPE_ID(troupe_console, (std::vector<troupe::actors::VoteReport>))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::VotesReport))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::FactsReport))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::EvidenceReport))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::SettingReport))
CAF_ADD_TYPE_ID(troupe_console, (std::vector<troupe::actors::SettingReport>))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::ConfigReport))
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::LogRequest))
CAF_ADD_ATOM(troupe_console, troupe::actors, actors_atom, "actors")
CAF_ADD_ATOM(troupe_console, troupe::actors, lanes_atom, "lanes")
CAF_ADD_ATOM(troupe_console, troupe::actors, votes_atom, "votes")
CAF_ADD_ATOM(troupe_console, troupe::actors, facts_atom, "facts")
CAF_ADD_ATOM(troupe_console, troupe::actors, proofs_atom, "evidence")
CAF_ADD_ATOM(troupe_console, troupe::actors, config_atom, "config")
CAF_ADD_ATOM(troupe_console, troupe::actors, log_atom, "log")
CAF_ADD_ATOM(troupe_console, troupe::actors, events_atom, "events")
CAF_ADD_ATOM(troupe_console, troupe::actors, credit_atom, "credit")
CAF_ADD_ATOM(troupe_console, troupe::actors, ping_atom, "ping")
CAF_ADD_ATOM(troupe_console, troupe::actors, enter_atom, "enter")
CAF_ADD_TYPE_ID(troupe_console, (troupe::actors::Hindrance))
CAF_ADD_ATOM(troupe_console, troupe::actors, hinder_atom, "hinder")
CAF_ADD_ATOM(troupe_console, troupe::actors, pause_atom, "pause")
CAF_END_TYPE_ID_BLOCK(troupe_console)
