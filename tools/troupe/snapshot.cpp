#include "tools/troupe/snapshot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace troupe::tools {

std::string size_text(std::uint64_t bytes) {
  constexpr double kKibi = 1024;
  const auto size = static_cast<double>(bytes);
  if (size < kKibi * kKibi) return fmt::format("{:.0f} KiB", size / kKibi);
  return fmt::format("{:.1f} MiB", size / kKibi / kKibi);
}

Answer<Report> run_net_snapshot(Context& context, const SnapshotOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto client = connect(context, *net);
  if (!client.ok()) return refuse(client.error());
  const auto found = ask<actors::SnapshotReport>([&](auto receive) {
    (*client)->snapshot(actors::SnapshotQuery{!options.list}, std::move(receive));
  });
  if (!found.ok()) return refuse(found.error());
  Report report;
  report.fields = {{"height", found->height},
                   {"root", found->root},
                   {"kept", found->kept},
                   {"newest", found->newest},
                   {"base", found->base},
                   {"pruned_below", found->pruned_below},
                   {"nodes_pruned", found->nodes_pruned}};
  report.fields["stored"] = Json::object();
  for (const auto& kind : found->stored)
    report.fields["stored"][kind.name] = kind.bytes;
  report.parts = {Line{found->kept.empty()
                           ? std::string("no snapshot is kept")
                           : fmt::format("snapshots of heights {}   newest root {}   states below "
                                         "height {} are pruned",
                                         fmt::join(found->kept, " "),
                                         found->root.substr(0, 12),
                                         found->pruned_below)}};
  if (!found->reason.code.empty()) {
    report.problem = CommandError{
        ExitCode::Refused, found->reason.code, found->reason.message, found->reason.hint};
  }
  return report;
}

}  // namespace troupe::tools
