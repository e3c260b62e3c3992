#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/base/bytes.hpp"
#include "tools/troupe/chain.hpp"
#include "tools/troupe/explain.hpp"
#include "tools/troupe/fault.hpp"
#include "tools/troupe/submit.hpp"

// What can be explained beside a halt: where a transaction is, and what a fault does.
namespace troupe::tools {

namespace {

/// What one node says of a transaction.
struct Testimony {
  std::string node;
  Answer<actors::TransactionReport> report = refuse({});
};

void question(NodeClient& client, const Bytes& id, Testimony& testimony) {
  testimony.report = ask<actors::TransactionReport>(
      [&](auto receive) { client.transaction({id}, std::move(receive)); });
}

/// Every node that runs, each from a thread of its own; with --via that one node alone.
std::vector<Testimony> question_all(Context& context, const Net& net, const Bytes& id) {
  std::vector<Testimony> all;
  if (!context.globals.via.empty()) {
    all.push_back({"the node", refuse({})});
    const auto client = connect(context, net);
    if (client.ok()) question(**client, id, all.front());
    if (!client.ok()) all.front().report = refuse(client.error());
    return all;
  }
  for (const NodeFiles& node : net.nodes)
    all.push_back({node.name, refuse({})});
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < all.size(); ++i) {
    threads.emplace_back([&context, &net, &id, &testimony = all[i], &files = net.nodes[i]] {
      const auto client = connect_to(context, net, files);
      if (client.ok()) question(**client, id, testimony);
      if (!client.ok()) testimony.report = refuse(client.error());
    });
  }
  for (auto& thread : threads)
    thread.join();
  return all;
}

/// The nodes that answer like this: final, accepted, unknown, or "" for those that do not answer.
std::vector<std::string> who_says(const std::vector<Testimony>& all, const std::string& state) {
  std::vector<std::string> names;
  for (const Testimony& one : all) {
    if ((one.report.ok() ? one.report->outcome.state : std::string()) == state)
      names.push_back(one.node);
  }
  return names;
}

const actors::TransactionOutcome* outcome_in(const std::vector<Testimony>& all,
                                             const std::string& state) {
  for (const Testimony& one : all) {
    if (one.report.ok() && one.report->outcome.state == state) return &one.report->outcome;
  }
  return nullptr;
}

std::string short_id(const std::string& id) {
  return id.substr(0, 12) + "..";
}

/// A sentence about a transaction that a block orders.
std::string decided(const std::string& id,
                    const actors::TransactionOutcome& outcome,
                    const std::vector<Testimony>& all) {
  const std::string where = fmt::format("{} is final in height {} (view {}), signed by {}",
                                        short_id(id),
                                        outcome.height,
                                        outcome.view,
                                        fmt::join(outcome.signers, " "));
  const auto behind = who_says(all, "unknown");
  const std::string rest = behind.empty() ? ""
                                          : fmt::format("; {} {} that block not yet",
                                                        fmt::join(behind, " "),
                                                        behind.size() == 1 ? "has" : "have");
  if (outcome.receipt == "applied") return where + ", and took effect" + rest;
  return fmt::format("{}, and took no effect ({}): {}{}",
                     where,
                     outcome.receipt,
                     outcome.reason.message.empty() ? outcome.reason.code : outcome.reason.message,
                     rest);
}

/// Where a transaction waits, and what for.
std::string waiting(const std::string& id, const std::vector<Testimony>& all) {
  std::vector<std::string> sealed;
  std::vector<std::string> queued;
  for (const Testimony& one : all) {
    if (!one.report.ok() || one.report->outcome.state != "accepted") continue;
    (one.report->outcome.receipt == "sealed" ? sealed : queued).push_back(one.node);
  }
  std::string text = short_id(id) + " is not final:";
  if (!sealed.empty()) {
    text +=
        fmt::format(" {} holds it in a sealed batch of its lane, which no final block orders yet",
                    fmt::join(sealed, " "));
  }
  if (!queued.empty()) {
    text += fmt::format("{} {} keeps it in its queue until the batches before it are acknowledged",
                        sealed.empty() ? "" : ", and",
                        fmt::join(queued, " "));
  }
  return text;
}

/// Nobody who answers knows it.
CommandError unheard_of(const std::string& id, const std::vector<Testimony>& all) {
  const auto silent = who_says(all, "");
  return {ExitCode::NotFound,
          "no-transaction",
          fmt::format("no node that answers knows {}{}",
                      short_id(id),
                      silent.empty() ? ""
                                     : fmt::format(", and {} {} not answer",
                                                   fmt::join(silent, " "),
                                                   silent.size() == 1 ? "does" : "do")),
          silent.empty()
              ? "it was never submitted here, was refused, or expired before a batch took it: "
                "submit it again (twice does no harm)"
              : "whoever does not answer may hold it: start those first (troupe up), or submit it "
                "again (twice does no harm)"};
}

/// What the network as a whole is doing now.
Answer<Diagnosis> diagnosis_now(Context& context, const Net& net) {
  const auto facts = gather_facts(context, net);
  if (!facts.ok()) return refuse(facts.error());
  return diagnose(*facts);
}

std::string state_of(const Diagnosis& diagnosis) {
  return (diagnosis.is_halt() ? "The network stands still: " : "No halt: ") + diagnosis.sentence;
}

}  // namespace

Answer<Report> explain_transaction(Context& context, const std::string& id) {
  const auto bytes = parse_id(id);
  if (!bytes.ok()) return refuse(bytes.error());
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  context.globals.timeout = std::min(context.globals.timeout, kFactsTimeout);
  const auto all = question_all(context, *net, *bytes);
  Report report;
  report.fields = {{"net", net->name}, {"transaction", id}, {"nodes", Json::array()}};
  for (const Testimony& one : all) {
    report.fields["nodes"].push_back(
        {{"node", one.node}, {"state", one.report.ok() ? one.report->outcome.state : "silent"}});
  }
  if (const auto* outcome = outcome_in(all, "final")) {
    report.fields.update(fields_of(*outcome));
    report.fields["sentence"] = decided(id, *outcome, all);
    report.parts = {Line{report.fields["sentence"].get<std::string>()}};
    return report;
  }
  const auto* accepted = outcome_in(all, "accepted");
  if (accepted == nullptr && all.size() == 1 && !all.front().report.ok())
    return refuse(all.front().report.error());
  if (accepted == nullptr) return refuse(unheard_of(id, all));
  const auto now = diagnosis_now(context, *net);
  if (!now.ok()) return refuse(now.error());
  report.fields["state"] = "accepted";
  report.fields["cause"] = now->code;
  report.fields["sentence"] = waiting(id, all) + ". " + state_of(*now);
  if (now->is_halt()) {
    report.problem = CommandError{
        ExitCode::NoQuorum, now->code, report.fields["sentence"].get<std::string>(), now->fix};
  } else {
    report.parts = {Line{report.fields["sentence"].get<std::string>()}};
  }
  return report;
}

Answer<Report> explain_fault(Context& context, const std::string& id) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto fault = find_fault(*net, id);
  if (!fault.ok()) return refuse(fault.error());
  const auto expected = expectation_of(*net);
  if (!expected.ok()) return refuse(expected.error());
  context.globals.timeout = std::min(context.globals.timeout, kFactsTimeout);
  const auto now = diagnosis_now(context, *net);
  if (!now.ok()) return refuse(now.error());
  Report report;
  report.fields = {{"net", net->name},
                   {"id", id},
                   {"fault", describe(*fault)},
                   {"expected", *expected},
                   {"halted", now->is_halt()},
                   {"cause", now->code},
                   {"sentence", now->sentence}};
  report.parts = {Line{fmt::format("{}: {}, {}. Expected of all active faults: {}",
                                   id,
                                   describe(*fault),
                                   left_of(*fault),
                                   *expected)},
                  Line{state_of(*now)},
                  Line{fmt::format("undo: troupe fault clear {}", id)}};
  return report;
}

}  // namespace troupe::tools
