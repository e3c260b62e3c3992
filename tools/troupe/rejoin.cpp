#include "tools/troupe/rejoin.hpp"

#include <fmt/format.h>

#include "tools/troupe/submit.hpp"

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

Answer<actors::ByteVector> ask_for_rejoin(Context& context, const Net& net, const NodeFiles& node) {
  const auto client = connect_to(context, net, node);
  if (!client.ok()) return refuse(client.error());
  auto report =
      ask<actors::RejoinReport>([&](auto receive) { (*client)->rejoin(std::move(receive)); });
  if (!report.ok()) return refuse(report.error());
  if (!report->reason.code.empty()) {
    return refuse({ExitCode::Refused,
                   report->reason.code,
                   fmt::format("{}: {}", node.name, report->reason.message),
                   report->reason.hint});
  }
  return std::move(report->transaction);
}

/// The first other node that can be reached: a validator that does not vote has no lane of its own.
Answer<std::unique_ptr<NodeClient>> connect_to_another(Context& context,
                                                       const Net& net,
                                                       const std::string& name) {
  for (const NodeFiles& node : net.nodes) {
    if (node.name == name) continue;
    auto client = connect_to(context, net, node);
    if (!client.ok()) continue;
    const auto status =
        ask<actors::StatusReport>([&](auto receive) { (*client)->status(std::move(receive)); });
    if (status.ok() && status->role != "observer" && status->role != "follower") return client;
  }
  return refuse({ExitCode::Unreachable,
                 "no-other-node",
                 fmt::format("no other validator of net {} votes and can be reached", net.name),
                 "start the nodes that are missing: troupe up"});
}

}  // namespace

Answer<Report> run_net_rejoin(Context& context, const std::string& name) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto node = net->node(name);
  if (!node.ok()) return refuse(node.error());
  auto transaction = ask_for_rejoin(context, *net, *node);
  if (!transaction.ok()) return refuse(transaction.error());
  const auto other = connect_to_another(context, *net, name);
  if (!other.ok()) return refuse(other.error());
  actors::SubmitRequest request{
      {std::move(*transaction)}, true, static_cast<std::uint64_t>(context.globals.timeout.count())};
  const auto begin = Clock::now();
  const auto reply = ask<actors::SubmitReply>(
      [&](auto receive) { (*other)->submit(std::move(request), std::move(receive)); });
  if (!reply.ok()) return refuse(reply.error());
  const Fate fate{reply->outcomes.at(0),
                  std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin)};
  if (const auto applied = check_applied(fate.outcome, context.globals.timeout); !applied.ok())
    return refuse(applied.error());
  Report report;
  report.fields = fields_of(fate.outcome);
  report.fields["node"] = name;
  report.parts = {
      Line{finality_line(fate)},
      Line{fmt::format("{} votes again above view {}, once the others know of nothing that it "
                       "signed beyond: troupe status",
                       name,
                       fate.outcome.view)}};
  return report;
}

}  // namespace troupe::tools
