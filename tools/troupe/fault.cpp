#include "tools/troupe/fault.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tools/troupe/accounts.hpp"
#include "tools/troupe/child.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/fault_means.hpp"
#include "tools/troupe/grammar.hpp"
#include "tools/troupe/processes.hpp"

namespace troupe::tools {

namespace {

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The network, if it is one for play.
Answer<Net> development_net(const Context& context) {
  const auto net = chosen_net(context);
  if (!net.ok()) return net;
  const auto genesis = load_genesis(net->genesis());
  if (!genesis.ok()) return refuse(genesis.error());
  if (genesis->development) return net;
  return refuse(
      {ExitCode::Refused,
       "not-development",
       fmt::format("net {} is no development network, and faults are for play", net->name),
       "make one: troupe up --net NAME"});
}

Answer<std::vector<std::string>> validators_of(const Net& net) {
  const auto genesis = load_genesis(net.genesis());
  if (!genesis.ok()) return refuse(genesis.error());
  std::vector<std::string> names;
  for (const auto& validator : genesis->validators)
    names.push_back(validator.name);
  return names;
}

Answer<Done> check_running(const Net& net, const std::vector<std::string>& nodes) {
  for (const auto& name : nodes) {
    const auto node = net.node(name);
    if (!node.ok()) return refuse(node.error());
    if (find_process(node->folder).state != ProcessState::Stopped) continue;
    return refuse({ExitCode::Unreachable,
                   "not-running",
                   fmt::format("node {} of net {} does not run", name, net.name),
                   fmt::format("start it with: troupe net restart {}", name)});
  }
  return Done{};
}

Answer<Done> clear(Context& context, const Net& net, const ActiveFault& fault) {
  if (const auto undone = undo_fault(context, net, fault); !undone.ok()) return undone;
  return forget_fault(net, fault.id);
}

void leave_keeper(const Context& context, const Net& net, const ActiveFault& fault) {
  Globals globals = context.globals;
  globals.net = net.folder.string();
  globals.node.clear();
  auto words = global_words(globals);
  words.insert(words.end(), {"fault", "expire", fault.id});
  start_detached(context.program, words);
}

std::string how_long(const ActiveFault& fault) {
  if (!fault.until_ms) return "";
  return fmt::format(" for {:g} s", static_cast<double>(*fault.until_ms - fault.since_ms) / 1000);
}

Json fields_of(const ActiveFault& fault) {
  Json fields{{"id", fault.id},
              {"kind", word_of(fault.kind)},
              {"sides", fault.sides},
              {"since_ms", fault.since_ms},
              {"until_ms", nullptr}};
  if (fault.until_ms) fields["until_ms"] = *fault.until_ms;
  if (fault.kind == FaultKind::Clock) fields["ahead_ms"] = fault.ahead_ms;
  if (fault.kind == FaultKind::Mute) fields["channel"] = fault.channel;
  return fields;
}

Answer<Report> begin(Context& context, const Net& net, ActiveFault fault) {
  const auto validators = validators_of(net);
  if (!validators.ok()) return refuse(validators.error());
  const auto recorded = record_fault(net, std::move(fault));
  if (!recorded.ok()) return refuse(recorded.error());
  if (const auto done = inject_fault(context, net, *recorded); !done.ok()) {
    static_cast<void>(clear(context, net, *recorded));
    return refuse(done.error());
  }
  if (recorded->until_ms) leave_keeper(context, net, *recorded);
  const auto active = read_faults(net);
  if (!active.ok()) return refuse(active.error());
  const auto prediction = predict(*validators, *active);
  Report report;
  report.fields = fields_of(*recorded);
  report.fields["live"] = prediction.is_live();
  report.fields["prediction"] = describe(prediction, validators->size());
  report.parts = {Line{fmt::format("{}  {}{}. {}   undo: troupe fault clear {}",
                                   recorded->id,
                                   describe(*recorded),
                                   how_long(*recorded),
                                   describe(prediction, validators->size()),
                                   recorded->id)}};
  return report;
}

/// A fault of that kind from now on, for as long as the options say.
Answer<ActiveFault> draft(FaultKind kind, const FaultOptions& options) {
  ActiveFault fault;
  fault.kind = kind;
  fault.since_ms = now_ms();
  if (options.duration.empty()) return fault;
  const auto duration = parse_duration(options.duration);
  if (!duration) {
    return refuse({ExitCode::Usage,
                   "usage",
                   fmt::format("'{}' is no duration", options.duration),
                   "for example: --for 20s, --for 500ms, --for 2m"});
  }
  fault.until_ms = fault.since_ms + duration->count();
  return fault;
}

/// A fault of some nodes, each for itself. `shape` adds what its kind has beyond that.
template <class Shape>
Answer<Report> strike(Context& context, FaultKind kind, const FaultOptions& options, Shape shape) {
  const auto net = development_net(context);
  if (!net.ok()) return refuse(net.error());
  auto fault = draft(kind, options);
  if (!fault.ok()) return refuse(fault.error());
  if (const auto shaped = shape(*fault); !shaped.ok()) return refuse(shaped.error());
  fault->sides = {options.words};
  if (const auto runs = check_running(*net, options.words); !runs.ok()) return refuse(runs.error());
  return begin(context, *net, std::move(*fault));
}

Answer<Report> strike(Context& context, FaultKind kind, const FaultOptions& options) {
  return strike(context, kind, options, [](ActiveFault&) { return Answer<Done>(Done{}); });
}

/// By how much a clock is off: one of --ahead and --behind. Error: usage.
Answer<Done> set_shift(ActiveFault& fault, const FaultOptions& options) {
  const bool is_behind = options.ahead.empty();
  const auto shift = parse_duration(is_behind ? options.behind : options.ahead);
  if (!shift || options.ahead.empty() == options.behind.empty()) {
    return refuse({ExitCode::Usage,
                   "usage",
                   "a clock is off by a time, in one direction",
                   "for example: --ahead 1h, --behind 30s"});
  }
  fault.ahead_ms = is_behind ? -shift->count() : shift->count();
  return Done{};
}

/// Wakes when a file of a folder is removed.
class FolderWatch {
 public:
  explicit FolderWatch(const fs::path& folder) : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    ::inotify_add_watch(fd_, folder.c_str(), IN_DELETE | IN_DELETE_SELF);
  }

  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  ~FolderWatch() { ::close(fd_); }

  /// Until a removal since the last call, or for so many milliseconds.
  void wait(std::int64_t milliseconds) const {
    pollfd removed{fd_, POLLIN, 0};
    ::poll(&removed, 1, static_cast<int>(std::min<std::int64_t>(milliseconds, 60'000)));
    std::array<char, 4096> events{};
    while (::read(fd_, events.data(), events.size()) > 0) {
    }
  }

 private:
  int fd_;
};

CommandError no_fault(const Net& net, const std::string& id) {
  return {ExitCode::NotFound,
          "no-fault",
          fmt::format("net {} has no fault {}", net.name, id),
          "see which there are: troupe fault list"};
}

}  // namespace

std::string left_of(const ActiveFault& fault) {
  if (!fault.until_ms) return "until cleared";
  return fmt::format("{} s left",
                     std::max<std::int64_t>(0, *fault.until_ms - now_ms() + 999) / 1000);
}

Answer<ActiveFault> find_fault(const Net& net, const std::string& id) {
  const auto faults = read_faults(net);
  if (!faults.ok()) return refuse(faults.error());
  for (const auto& fault : *faults) {
    if (fault.id == id) return fault;
  }
  return refuse(no_fault(net, id));
}

Answer<std::string> expectation_of(const Net& net) {
  const auto validators = validators_of(net);
  if (!validators.ok()) return refuse(validators.error());
  const auto active = read_faults(net);
  if (!active.ok()) return refuse(active.error());
  return describe(predict(*validators, *active), validators->size());
}

Answer<Report> run_fault_crash(Context& context, const FaultOptions& options) {
  return strike(context, FaultKind::Crash, options);
}

Answer<Report> run_fault_pause(Context& context, const FaultOptions& options) {
  return strike(context, FaultKind::Pause, options);
}

Answer<Report> run_fault_clock(Context& context, const FaultOptions& options) {
  return strike(context, FaultKind::Clock, options, [&](ActiveFault& fault) {
    return set_shift(fault, options);
  });
}

Answer<Report> run_fault_mute(Context& context, const FaultOptions& options) {
  return strike(context, FaultKind::Mute, options, [&](ActiveFault& fault) {
    fault.channel = options.channel;
    return Answer<Done>(Done{});
  });
}

Answer<Report> run_fault_stall(Context& context, const FaultOptions& options) {
  return strike(context, FaultKind::Stall, options);
}

Answer<Report> run_fault_partition(Context& context, const FaultOptions& options) {
  const auto net = development_net(context);
  if (!net.ok()) return refuse(net.error());
  auto fault = draft(FaultKind::Partition, options);
  if (!fault.ok()) return refuse(fault.error());
  auto sides = parse_sides(options.words, *net);
  if (!sides.ok()) return refuse(sides.error());
  fault->sides = std::move(*sides);
  return begin(context, *net, std::move(*fault));
}

Answer<Report> run_fault_isolate(Context& context, const FaultOptions& options) {
  const auto net = development_net(context);
  if (!net.ok()) return refuse(net.error());
  auto fault = draft(FaultKind::Partition, options);
  if (!fault.ok()) return refuse(fault.error());
  // Each alone on a side, and the rest on one of its own.
  std::vector<std::string> words;
  for (const auto& name : options.words)
    words.insert(words.end(), {name, "/"});
  for (const auto& node : net->nodes) {
    if (std::find(words.begin(), words.end(), node.name) == words.end()) words.push_back(node.name);
  }
  if (words.back() == "/") words.pop_back();
  auto sides = parse_sides(words, *net);
  if (!sides.ok()) return refuse(sides.error());
  fault->sides = std::move(*sides);
  return begin(context, *net, std::move(*fault));
}

Answer<Report> run_fault_list(Context& context) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto faults = read_faults(*net);
  if (!faults.ok()) return refuse(faults.error());
  Report report;
  report.rows = "faults";
  report.fields = {{"net", net->name}, {"faults", Json::array()}};
  Table table{{"ID", "FAULT", "LEFT"}, {}};
  for (const auto& fault : *faults) {
    report.fields["faults"].push_back(fields_of(fault));
    table.rows.push_back({fault.id, describe(fault), left_of(fault)});
  }
  report.parts = {std::move(table)};
  if (faults->empty()) report.parts.emplace_back(Remark{"no fault is active"});
  return report;
}

Answer<Report> run_fault_clear(Context& context, const std::string& id) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto faults = read_faults(*net);
  if (!faults.ok()) return refuse(faults.error());
  Report report;
  report.rows = "cleared";
  report.fields = {{"net", net->name}, {"cleared", Json::array()}};
  Table table{{"ID", "UNDONE"}, {}};
  for (const auto& fault : *faults) {
    if (!id.empty() && fault.id != id) continue;
    if (const auto cleared = clear(context, *net, fault); !cleared.ok())
      return refuse(cleared.error());
    report.fields["cleared"].push_back(fields_of(fault));
    table.rows.push_back({fault.id, describe(fault)});
  }
  if (!id.empty() && table.rows.empty()) return refuse(no_fault(*net, id));
  if (table.rows.empty()) report.parts.emplace_back(Remark{"no fault was active"});
  report.parts.emplace_back(std::move(table));
  return report;
}

Answer<Report> run_fault_expire(Context& context, const std::string& id) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto find = [&]() -> std::optional<ActiveFault> {
    const auto found = find_fault(*net, id);
    return found.ok() ? std::optional{*found} : std::nullopt;
  };
  const auto fault = find();
  if (!fault || !fault->until_ms) return refuse(no_fault(*net, id));
  const FolderWatch records(net->folder / "faults");
  // Whoever clears it meanwhile removes its record, and nothing is left to wait for.
  for (auto left = *fault->until_ms - now_ms(); left > 0 && find() == fault;
       left = *fault->until_ms - now_ms())
    records.wait(left);
  Report report;
  report.fields = {{"net", net->name}, {"id", id}, {"expired", false}};
  // Cleared meanwhile, and perhaps another fault has the id.
  if (find() != fault) return report;
  if (const auto cleared = clear(context, *net, *fault); !cleared.ok())
    return refuse(cleared.error());
  report.fields["expired"] = true;
  return report;
}

void forget_ended_faults(const Net& net) {
  if (net.is_running()) return;
  const auto faults = read_faults(net);
  if (!faults.ok()) return;
  for (const auto& fault : *faults)
    static_cast<void>(forget_fault(net, fault.id));
}

std::vector<std::string> active_faults(const Net& net) {
  const auto faults = read_faults(net);
  if (!faults.ok()) return {faults.error().message};
  std::vector<std::string> items;
  for (const auto& fault : *faults)
    items.push_back(fmt::format("{} ({}, {})", describe(fault), fault.id, left_of(fault)));
  return items;
}

std::string faults_line(const Net& net) {
  const auto items = active_faults(net);
  if (items.empty()) return "";
  return fmt::format("{} fault{} active: {}   undo: troupe fault clear",
                     items.size(),
                     items.size() == 1 ? "" : "s",
                     fmt::join(items, ", "));
}

}  // namespace troupe::tools
