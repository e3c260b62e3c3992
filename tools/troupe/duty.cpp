#include "tools/troupe/duty.hpp"

#include <fmt/format.h>

namespace troupe::tools {

Answer<Report> run_duty(Context& context, bool is_paused) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto client = connect(context, *net);
  if (!client.ok()) return refuse(client.error());
  const auto is_news =
      ask<bool>([&](auto receive) { (*client)->pause(is_paused, std::move(receive)); });
  if (!is_news.ok()) return refuse(is_news.error());
  const auto status =
      ask<actors::StatusReport>([&](auto receive) { (*client)->status(std::move(receive)); });
  if (!status.ok()) return refuse(status.error());
  const std::string already = *is_news ? "" : " already";
  Report report;
  report.fields = {{"node", status->node}, {"paused", is_paused}, {"news", *is_news}};
  report.parts = {Line{
      is_paused
          ? fmt::format("{} is paused{}: it follows the ledger, answers, and votes for nothing "
                        "until: troupe resume, or its next start",
                        status->node,
                        already)
          : fmt::format("{} takes part{}", status->node, *is_news ? " again" : already)}};
  return report;
}

}  // namespace troupe::tools
