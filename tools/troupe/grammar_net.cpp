#include "tools/troupe/network.hpp"
#include "tools/troupe/rejoin.hpp"
#include "tools/troupe/scrub.hpp"
#include "tools/troupe/snapshot.hpp"
#include "tools/troupe/verbs.hpp"

namespace troupe::tools {

void add_net(Verbs verbs) {
  auto [add, added] = verbs.add<AddOptions>("add", "add an observer and start it", run_net_add);
  add->add_flag("--from-snapshot",
                added->from_snapshot,
                "fetch the state of a snapshot instead of every block");
  const auto add_named = [&](const std::string& name,
                             const std::string& help,
                             Answer<Report> (*run)(Context&, const std::string&)) {
    auto [verb, options] = verbs.add<One>(
        name, help, [run](Context& context, const One& one) { return run(context, one.text); });
    verb->add_option("node", options->text, "the node")->required();
  };
  add_named("rm", "remove an observer with its data", run_net_rm);
  add_named("restart", "stop and start one node", run_net_restart);
  add_named("pause", "freeze one node (SIGSTOP)", run_net_pause);
  add_named("resume", "let a paused node go on", run_net_resume);
  add_named("rejoin", "have a validator that lost its vote journal vote again", run_net_rejoin);
  auto [logs, options] = verbs.add<LogsOptions>("logs", "print a node's log", run_net_logs);
  logs->add_option("node", options->node, "the node");
  logs->add_option("--lines", options->lines, "how many of the last lines");
  logs->add_flag("-f,--follow", options->follow, "go on until Ctrl-C");
  auto [scrub, walk] =
      verbs.add<ScrubOptions>("scrub", "what a node's scrubber found and mended", run_net_scrub);
  scrub->add_flag("--now", walk->now, "walk the whole ledger now, and wait for the end of it");
  auto [snapshot, list] = verbs.add<SnapshotOptions>(
      "snapshot", "have a node keep a snapshot of its newest state", run_net_snapshot);
  snapshot->add_flag("--list", list->list, "take none; say which there are");
}

}  // namespace troupe::tools
