#pragma once

#include <optional>
#include <variant>

#include "tools/scenario/scenario.hpp"
#include "tools/scenario/words.hpp"

// The keys of every table of a scenario file, once: reader, writer and the tests' random generator
// are visitors of these lists, so that none of them can know a key that another does not.
//
// A visitor V has
//   v(key, value)               a key that may be absent; value's type says how it is written
//   v.required(key, value)      one that may not
//   v.nodes(key, names)         names of nodes
//   v.kinds(key, names)         names of kinds of faults
//   v.fault(key, id)            the id of a fault, of which there must be one
//   v.files(key, patterns)      names of files below a node's data, with *
//   v.either_sign(key, span)    a duration that may be negative
//   v.chosen(key, variant, names)   the key that says which alternative of the variant it is
//   v.complain(key, message)    keys that do not go together
namespace troupe::scenario {

template <class V>
void describe(V& v, Links& links) {
  v("direction", links.direction);
  v("peers", links.peers);
}

template <class V>
void describe(V& v, Delay& fault) {
  describe(v, fault.links);
  v("delay", fault.delay);
  v("jitter", fault.jitter);
  v("law", fault.law);
}

template <class V>
void describe(V& v, Loss& fault) {
  describe(v, fault.links);
  v.required("ratio", fault.ratio);
}

template <class V>
void describe(V& v, Duplicate& fault) {
  describe(v, fault.links);
  v.required("ratio", fault.ratio);
  v("within", fault.within);
}

template <class V>
void describe(V& v, Replay& fault) {
  describe(v, fault.links);
  v.required("ratio", fault.ratio);
  v("age", fault.age);
}

template <class V>
void describe(V& v, Reorder& fault) {
  describe(v, fault.links);
  v.required("ratio", fault.ratio);
  v("window", fault.window);
}

template <class V>
void describe(V& v, Partition& fault) {
  v("direction", fault.direction);
  v("sides", fault.sides);
  v("cut", fault.cut);
}

template <class V>
void describe(V& v, Clog& fault) {
  describe(v, fault.links);
}

template <class V>
void describe(V& v, Rate& fault) {
  describe(v, fault.links);
  v.required("rate", fault.rate);
  v("queue", fault.queue);
}

template <class V>
void describe(V& v, Filter& fault) {
  describe(v, fault.links);
  v.required("messages", fault.messages);
  v("ratio", fault.ratio);
}

template <class V>
void describe(V& v, Corrupt& fault) {
  describe(v, fault.links);
  v("ratio", fault.ratio);
  v("mode", fault.mode);
}

template <class V>
void describe(V& v, Reset& fault) {
  describe(v, fault.links);
}

template <class V>
void describe(V& v, HalfOpen& fault) {
  describe(v, fault.links);
}

template <class V>
void describe(V& v, PowerCut& cut) {
  v("unsynced", cut.unsynced);
  v("torn", cut.torn);
  v("mode", cut.mode);
}

template <class V>
void describe(V& v, Crash& fault) {
  v("disk", fault.disk);
}

template <class V>
void describe(V&, Restart&) {}

template <class V>
void describe(V&, Pause&) {}

template <class V>
void describe(V&, Upgrade&) {}

template <class V>
void describe(V&, Join&) {}

template <class V>
void describe(V&, Wipe&) {}

template <class V>
void describe(V&, Rejoin&) {}

template <class V>
void describe(V& v, FileCorrupt& fault) {
  v.files("files", fault.files);
  v("mode", fault.mode);
  v("pattern", fault.pattern);
  v("places", fault.places);
}

template <class V>
void describe(V& v, Tamper& fault) {
  v("key", fault.key);
  v("value", fault.value);
}

template <class V>
void describe(V& v, BitRot& fault) {
  v("ratio", fault.ratio);
  v("unreadable", fault.unreadable);
  v.files("files", fault.files);
}

template <class V>
void describe(V& v, IoError& fault) {
  v.required("operation", fault.operation);
  v("errno", fault.error);
  v("ratio", fault.ratio);
  v.files("files", fault.files);
}

template <class V>
void describe(V&, DiskFull&) {}

template <class V>
void describe(V&, ReadOnly&) {}

template <class V>
void describe(V& v, FsyncError& fault) {
  v("errno", fault.error);
  v("then", fault.then);
  v.files("files", fault.files);
}

template <class V>
void describe(V& v, FsyncLie& fault) {
  v.files("files", fault.files);
}

template <class V>
void describe(V& v, SlowDisk& fault) {
  v("delay", fault.delay);
  v.files("files", fault.files);
}

template <class V>
void describe(V& v, ClockStep& step) {
  v.either_sign("by", step.by);
  v("every", step.every);
}

template <class V>
void describe(V& v, Clock& fault) {
  v.either_sign("offset", fault.offset);
  v("drift", fault.drift);
  v("jump", fault.jump);
  v("strobe", fault.strobe);
  v("freeze", fault.freeze);
}

template <class V>
void describe(V& v, Flood& fault) {
  v("rate", fault.rate);
  v("bytes", fault.bytes);
  v("invalid", fault.invalid);
}

template <class V>
void describe(V& v, SlowConsumer& fault) {
  describe(v, fault.links);
  v("rate", fault.rate);
}

template <class V>
void describe(V& v, FutureVotes& fault) {
  v("ahead", fault.ahead);
  v("per_second", fault.per_second);
}

template <class V>
void describe(V& v, Starve& fault) {
  v("what", fault.what);
  v("share", fault.share);
}

template <class V>
void describe(V& v, Churn& fault) {
  v("per_second", fault.per_second);
}

template <class V>
void describe(V&, CompactionStall&) {}

template <class V>
void describe(V& v, Garbage& fault) {
  v("where", fault.where);
  v("per_second", fault.per_second);
  v("bytes", fault.bytes);
}

template <class V>
void describe(V& v, HostileFile& fault) {
  v("what", fault.what);
  v("mode", fault.mode);
}

template <class V>
void describe(V& v, Span& span) {
  v("time", span.time);
  v("views", span.views);
}

template <class V>
void describe(V& v, Trigger& trigger) {
  v("time", trigger.time);
  v("view", trigger.view);
  v("height", trigger.height);
  v("after", trigger.after);
  std::optional<Event> event;
  std::optional<Range> nth;
  if (trigger.event) {
    event = trigger.event->event;
    if (trigger.event->nth != Range{}) nth = trigger.event->nth;
  }
  v("event", event);
  v("nth", nth);
  if (nth && !event) v.complain("nth", "'nth' counts an event, and there is none");
  trigger.event = event ? std::optional(EventAt{*event, nth.value_or(Range{})}) : std::nullopt;
}

template <class V>
void describe(V& v, Fault& fault) {
  v("id", fault.id);
  v.chosen("kind", fault.kind, kFaultKindNames);
  v("on", fault.on);
  v("at", fault.at);
  v("for", fault.lasts);
  v("every", fault.every);
  v("repeat", fault.repeat);
  v("stagger", fault.stagger);
  v("gap", fault.gap);
  v("restart_after", fault.restart_after);
  std::visit([&v](auto& kind) { describe(v, kind); }, fault.kind);
}

template <class V>
void describe(V& v, RuleWhen& when) {
  v("send", when.send);
  v("role", when.role);
  v("view", when.view);
}

template <class V>
void describe(V& v, RuleDo& action) {
  v.required("action", action.action);
  v.nodes("to", action.to);
  v("mutate", action.mutate);
  v("by", action.by);
}

template <class V>
void describe(V& v, Rule& rule) {
  v("when", rule.when);
  v.required("do", rule.action);
}

template <class V>
void describe(V& v, Byzantine& liar) {
  v("id", liar.id);
  v.required("on", liar.on);
  v("strategy", liar.strategy);
  v("coalition", liar.coalition);
  v("share", liar.share);
  v.nodes("victims", liar.victims);
  v("masks", liar.masks);
  v("at", liar.at);
  v("for", liar.lasts);
  v("rule", liar.rules);
}

template <class V>
void describe(V& v, Finalizes& check) {
  v("after", check.after);
  v("within", check.within);
}

template <class V>
void describe(V& v, Halts& check) {
  v.fault("during", check.during);
}

template <class V>
void describe(V& v, KeepsFinalizing& check) {
  v.fault("during", check.during);
}

template <class V>
void describe(V& v, ViewRateAfterHeal& check) {
  v.required("min_per_minute", check.min_per_minute);
}

template <class V>
void describe(V& v, Converges& check) {
  v("within", check.within);
}

template <class V>
void describe(V& v, ReachesHeight& check) {
  v.required("height", check.height);
}

template <class V>
void describe(V& v, Evidence& check) {
  v.nodes("against", check.against);
  v("within", check.within);
  v("survives_restart", check.survives_restart);
}

template <class V>
void describe(V& v, AccusedHonest& check) {
  v("max", check.max);
}

template <class V>
void describe(V& v, Culprits& check) {
  v("min", check.min);
}

template <class V>
void describe(V& v, Exits& check) {
  v.required("on", check.on);
  v.required("is", check.is);
}

template <class V>
void describe(V& v, StaysUp& check) {
  v("on", check.on);
}

template <class V>
void describe(V& v, Observes& check) {
  v.required("on", check.on);
}

template <class V>
void describe(V& v, RepairedFromPeers& check) {
  v("by", check.by);
  v("min", check.min);
}

template <class V>
void describe(V& v, AckedDurable& check) {
  v("min", check.min);
}

template <class V>
void describe(V& v, Bounded& check) {
  v("rss_growth_per_hour", check.rss_growth_per_hour);
  v("mailbox_max", check.mailbox_max);
  v("fds_max", check.fds_max);
  v("rss_max", check.rss_max);
}

template <class V>
void describe(V& v, AckLatency& check) {
  v("p50", check.p50);
  v("p99", check.p99);
  v("when", check.when);
}

template <class V>
void describe(V& v, Reconnects& check) {
  v("within", check.within);
}

template <class V>
void describe(V& v, Check& check) {
  v.chosen("check", check, kCheckNames);
  std::visit([&v](auto& kind) { describe(v, kind); }, check);
}

template <class V>
void describe(V& v, LinkLaw& link) {
  v("delay", link.delay);
  v("jitter", link.jitter);
  v("loss", link.loss);
  v("duplicate", link.duplicate);
  v("reorder", link.reorder);
  v("rate", link.rate);
}

template <class V>
void describe(V& v, Versions& versions) {
  v.required("start", versions.start);
  v.required("target", versions.target);
  v("talk", versions.talk);
}

template <class V>
void describe(V& v, Network& network) {
  v("validators", network.validators);
  v("observers", network.observers);
  v("link", network.link);
  v("versions", network.versions);
}

template <class V>
void describe(V& v, Load& load) {
  v.required("kind", load.kind);
  v("rate", load.rate);
  v("clients", load.clients);
  v("hostile", load.hostile);
  v("resent", load.resent);
  v("record_acks", load.record_acks);
}

template <class V>
void describe(V& v, SwarmBudget& budget) {
  v("byzantine", budget.byzantine);
  v("down", budget.down);
}

template <class V>
void describe(V& v, Swarm& swarm) {
  v("budget", swarm.budget);
  v("mean_interval", swarm.mean_interval);
  v.kinds("kinds", swarm.kinds);
}

template <class V>
void describe(V& v, Scenario& scenario) {
  v.required("schema", scenario.schema);
  v.required("name", scenario.name);
  v("shows", scenario.shows);
  v.required("engine", scenario.engines);
  v("seeds", scenario.seeds);
  v("duration", scenario.duration);
  v("storms", scenario.storms);
  v("network", scenario.network);
  v("load", scenario.load);
  v("expect", scenario.expectations);
  v("byzantine", scenario.byzantine);
  v("swarm", scenario.swarm);
  v("fault", scenario.faults);
}

}  // namespace troupe::scenario
