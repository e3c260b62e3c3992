#include "tools/troupe/doctor.hpp"

#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include "protocol/network/multiaddr.hpp"
#include "protocol/network/peer_id.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/ports.hpp"
#include "tools/troupe/snapshot.hpp"

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uintmax_t kSpaceBytesWanted = std::uintmax_t{1} << 30;
constexpr std::chrono::milliseconds kSyncWanted{10};
constexpr int kSyncSamples = 15;
constexpr rlim_t kDescriptorsWanted = 1024;

enum class Verdict : std::uint8_t { Fine, Warning, Broken };

struct Finding {
  Verdict verdict = Verdict::Fine;
  std::string check;
  std::string what;
  std::string fix;
};

std::string_view word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Fine: return "ok";
    case Verdict::Warning: return "warning";
    case Verdict::Broken: return "broken";
  }
  return "";
}

/// The nearest folder that exists, for asking about its disk.
fs::path existing(fs::path path) {
  std::error_code ignored;
  while (!fs::exists(path, ignored) && path.has_relative_path())
    path = path.parent_path();
  return path;
}

Finding check_space(const fs::path& folder) {
  std::error_code error;
  const auto space = fs::space(folder, error);
  const std::string what =
      fmt::format("{} MiB free in {}", error ? 0 : space.available >> 20, shown(folder));
  if (!error && space.available >= kSpaceBytesWanted)
    return {Verdict::Fine, "disk space", what, ""};
  return {
      Verdict::Warning, "disk space", what, "free at least 1 GiB, or use another disk with --home"};
}

/// The median time of a small synced write: what every final block waits for.
Finding check_sync(const fs::path& folder) {
  const fs::path path = folder / fmt::format(".troupe-doctor.{}", getpid());
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return {Verdict::Broken,
            "disk sync",
            fmt::format("cannot write in {}", shown(folder)),
            "check the folder's owner and mode"};
  std::vector<double> times;
  bool written = true;
  for (int i = 0; i < kSyncSamples; ++i) {
    const auto begin = Clock::now();
    written = written && write(fd, path.c_str(), 1) == 1 && fdatasync(fd) == 0;
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  close(fd);
  unlink(path.c_str());
  if (!written)
    return {Verdict::Broken,
            "disk sync",
            "a synced write failed",
            "the disk is full or failing: see dmesg"};
  std::sort(times.begin(), times.end());
  const double median = times[times.size() / 2];
  const std::string what = fmt::format("a synced write takes {:.2f} ms", median);
  const bool fast = median <= static_cast<double>(kSyncWanted.count());
  return {fast ? Verdict::Fine : Verdict::Warning,
          "disk sync",
          what,
          fast ? "" : "every block waits for it: use a faster disk with --home"};
}

Finding check_clock() {
  timex state{};
  const bool synchronized = adjtimex(&state) != TIME_ERROR;
  if (synchronized) return {Verdict::Fine, "clock", "synchronized", ""};
  return {Verdict::Warning,
          "clock",
          "not synchronized, as far as the kernel knows",
          "harmless for nodes on one machine; between machines run a time service, for example "
          "systemd-timesyncd"};
}

Finding check_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const std::string what = fmt::format("{} open files allowed", limit.rlim_cur);
  if (limit.rlim_cur >= kDescriptorsWanted) return {Verdict::Fine, "open files", what, ""};
  return {Verdict::Warning,
          "open files",
          what,
          fmt::format("allow more: ulimit -n {}", kDescriptorsWanted)};
}

Finding check_random_source() {
  const Seed first = random_seed();
  const Seed second = random_seed();
  if (first != second) return {Verdict::Fine, "random source", "answers", ""};
  return {Verdict::Broken,
          "random source",
          "gives the same bytes twice",
          "do not create keys on this machine"};
}

Finding check_mode(const fs::path& path, const std::string& node, unsigned open_bits) {
  const auto mode = mode_of(path);
  const std::string check = fmt::format("{} {}", node, path.filename().string());
  if (!mode)
    return {Verdict::Broken,
            check,
            fmt::format("{} is missing", shown(path)),
            "restore it from a copy"};
  if ((*mode & open_bits) == 0)
    return {Verdict::Fine, check, fmt::format("mode {:04o}", *mode), ""};
  return {Verdict::Broken,
          check,
          fmt::format("others may read {} (mode {:04o})", shown(path), *mode),
          fmt::format("chmod go= {}", shown(path))};
}

Finding check_port(const NodeConfig& config, bool running) {
  const std::string check = config.name + " port";
  const auto address = network::Multiaddr::parse(config.listen);
  const auto endpoint = address.ok() ? address->tcp_endpoint() : std::nullopt;
  if (!endpoint)
    return {Verdict::Broken,
            check,
            fmt::format("'{}' is no TCP multiaddr", config.listen),
            "write /ip4/ADDRESS/tcp/PORT"};
  const std::string place = fmt::format("{}:{}", endpoint->host, endpoint->port);
  if (running) return {Verdict::Fine, check, place + " is served", ""};
  if (is_free(endpoint->host, endpoint->port))
    return {Verdict::Fine, check, place + " is free", ""};
  const auto holder = find_holder(endpoint->port);
  return {Verdict::Broken,
          check,
          fmt::format("{} is held by {}", place, holder ? holder->text() : "an unknown process"),
          "stop that process, or choose another port with `listen` in the node's config.toml"};
}

Finding check_leftovers(const NodeFiles& node, const NodeConfig& config, bool running) {
  std::error_code ignored;
  const bool socket = fs::exists(config.admin_socket, ignored);
  if (running || !socket) return {Verdict::Fine, node.name + " leftovers", "none", ""};
  return {Verdict::Fine,
          node.name + " leftovers",
          "a socket that a crash left behind; the next start replaces it",
          ""};
}

/// What a running node stores, and how much for each block: what its disk must have room for.
std::optional<Finding> check_growth(Context& context, const Net& net, const NodeFiles& node) {
  const auto client = connect_to(context, net, node);
  if (!client.ok()) return std::nullopt;
  const auto found = ask<actors::SnapshotReport>(
      [&](auto receive) { (*client)->snapshot(actors::SnapshotQuery{}, std::move(receive)); });
  if (!found.ok()) return std::nullopt;
  std::uint64_t all = 0;
  std::uint64_t nodes = 0;
  for (const auto& kind : found->stored) {
    all += kind.bytes;
    if (kind.name.starts_with("state nodes")) nodes += kind.bytes;
  }
  const std::uint64_t blocks = std::max<std::uint64_t>(found->newest - found->base, 1);
  return Finding{Verdict::Fine,
                 node.name + " growth",
                 fmt::format("{} in {} blocks, {} for 1,000; {} of it state nodes, pruned below {}",
                             size_text(all),
                             found->newest - found->base,
                             size_text(all / blocks * 1000),
                             size_text(nodes),
                             found->pruned_below),
                 ""};
}

void check_node(Context& context,
                const Net& net,
                const NodeFiles& node,
                std::vector<Finding>& findings) {
  const auto loaded = load_config(node.config(), {{}, environment_variable});
  if (!loaded.ok()) {
    findings.push_back(
        {Verdict::Broken, node.name + " config", loaded.error().message, loaded.error().hint});
    return;
  }
  const auto& config = loaded->config;
  const bool running = find_process(node.folder).state != ProcessState::Stopped;
  findings.push_back(check_mode(node.folder, node.name, 077));
  findings.push_back(check_mode(config.node_key, node.name, 077));
  if (config.validator_key) findings.push_back(check_mode(*config.validator_key, node.name, 077));
  findings.push_back(check_port(config, running));
  findings.push_back(check_leftovers(node, config, running));
  if (find_process(node.folder).state != ProcessState::Running) return;
  if (auto growth = check_growth(context, net, node)) findings.push_back(*std::move(growth));
}

Finding check_genesis_file(const Net& net) {
  const auto genesis = load_genesis(net.genesis());
  if (!genesis.ok())
    return {Verdict::Broken, "genesis", genesis.error().message, genesis.error().hint};
  return {Verdict::Fine,
          "genesis",
          fmt::format("{} validators, chain {}",
                      genesis->validators.size(),
                      ledger::chain_id(*genesis).hex().substr(0, 12)),
          ""};
}

std::vector<Finding> examine(Context& context) {
  const auto net = chosen_net(context);
  const fs::path folder = existing(net.ok() ? net->folder : context.home.nets);
  std::vector<Finding> findings = {check_space(folder),
                                   check_sync(folder),
                                   check_clock(),
                                   check_descriptors(),
                                   check_random_source()};
  if (!net.ok()) {
    findings.push_back({Verdict::Warning, "network", net.error().message, net.error().hint});
    return findings;
  }
  findings.push_back(check_genesis_file(*net));
  for (const auto& node : net->nodes)
    check_node(context, *net, node, findings);
  return findings;
}

}  // namespace

Answer<Report> run_doctor(Context& context) {
  const auto findings = examine(context);
  Report report;
  report.rows = "findings";
  report.fields["findings"] = Json::array();
  Table table{{"STATE", "CHECK", "FINDING", "FIX"}, {}};
  const Finding* worst = nullptr;
  for (const auto& finding : findings) {
    const std::string word(word_of(finding.verdict));
    report.fields["findings"].push_back({{"state", word},
                                         {"check", finding.check},
                                         {"finding", finding.what},
                                         {"fix", finding.fix}});
    table.rows.push_back({word, finding.check, finding.what, finding.fix});
    if (finding.verdict == Verdict::Broken && worst == nullptr) worst = &finding;
  }
  report.parts = {std::move(table)};
  if (worst != nullptr) {
    report.problem = CommandError{
        ExitCode::No, "broken", fmt::format("{}: {}", worst->check, worst->what), worst->fix};
  }
  return report;
}

Answer<Report> run_config_show(Context& context, const std::string& file, bool origin) {
  fs::path path = file;
  if (file.empty()) {
    const auto net = chosen_net(context);
    if (!net.ok()) return refuse(net.error());
    const auto node =
        net->node(context.globals.node.empty() && !net->nodes.empty() ? net->nodes.front().name
                                                                      : context.globals.node);
    if (!node.ok()) return refuse(node.error());
    path = node->config();
  }
  const auto loaded = load_config(path, {{}, environment_variable});
  if (!loaded.ok()) return refuse(loaded.error());
  Report report;
  report.rows = "settings";
  report.fields = {{"file", path.string()}, {"settings", Json::array()}};
  Table table{{"KEY", "VALUE"}, {}};
  if (origin) table.columns.emplace_back("ORIGIN");
  for (const auto& setting : loaded->settings) {
    report.fields["settings"].push_back(
        {{"key", setting.key}, {"value", setting.value}, {"origin", setting.origin}});
    table.rows.push_back({setting.key, text_of(setting.value)});
    if (origin) table.rows.back().push_back(setting.origin);
  }
  report.parts = {std::move(table)};
  // The key says who the node is; a file without its key still has settings to show.
  if (const auto key = load_key(loaded->config.node_key, KeyKind::Node); key.ok()) {
    const auto peer = network::PeerId::from_public_key(key->pair().public_key());
    const std::string address = fmt::format("{}/p2p/{}", loaded->config.listen, peer.text());
    report.fields["address"] = address;
    report.parts.emplace_back(Remark{fmt::format("others reach it at {}", address)});
  }
  return report;
}

}  // namespace troupe::tools
