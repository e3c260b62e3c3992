#pragma once

#include <cstdint>
#include <string>

#include "tools/troupe/init.hpp"

// The local network as a whole: up, down, status; and its nodes one by one: net add, rm, restart,
// pause, resume, logs.
namespace troupe::tools {

struct LogsOptions {
  std::string node;
  std::uint64_t lines = 50;
  bool follow = false;
};

/// `troupe up`: makes the network if there is none, starts the nodes that do not run, and waits
/// until each is connected to a quorum. Nodes that run are left alone.
[[nodiscard]] Answer<Report> run_up(Context& context, const InitOptions& options);

/// `troupe down`: asks every node to end, and kills those that do not.
[[nodiscard]] Answer<Report> run_down(Context& context);

/// `troupe status`: every node at once, one table. With --via that one node, and whom it reaches.
[[nodiscard]] Answer<Report> run_status(Context& context);

[[nodiscard]] Answer<Report> run_net_add(Context& context, const AddOptions& options);
[[nodiscard]] Answer<Report> run_net_rm(Context& context, const std::string& node);
[[nodiscard]] Answer<Report> run_net_restart(Context& context, const std::string& node);
[[nodiscard]] Answer<Report> run_net_pause(Context& context, const std::string& node);
[[nodiscard]] Answer<Report> run_net_resume(Context& context, const std::string& node);
[[nodiscard]] Answer<Report> run_net_logs(Context& context, const LogsOptions& options);

}  // namespace troupe::tools
