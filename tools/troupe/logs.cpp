#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tools/troupe/network.hpp"

namespace troupe::tools {

namespace {

/// How much of a log's end is looked at for its last lines.
constexpr std::size_t kTailBytesMax = 4u << 20;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// The file's last bytes, from the beginning of a line on, and where they end.
Answer<std::pair<std::string, std::size_t>> read_tail(const fs::path& path) {
  if (!mode_of(path)) {
    return refuse({ExitCode::NotFound,
                   "no-log",
                   fmt::format("there is no log {}", shown(path)),
                   "a node writes one from its first start on: troupe up"});
  }
  auto content = read_file(path, std::size_t{1} << 31);
  if (!content.ok()) return refuse(content.error());
  const std::size_t end = content->size();
  if (end > kTailBytesMax) *content = content->substr(end - kTailBytesMax);
  return std::pair(std::move(*content), end);
}

/// Prints what is appended to the log until the program is interrupted. The kernel wakes it up.
Answer<Report> follow(Context& context,
                      const std::string& node,
                      const fs::path& path,
                      std::size_t from) {
  const int watch = inotify_init1(IN_CLOEXEC);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (watch < 0 || file < 0 || inotify_add_watch(watch, path.c_str(), IN_MODIFY) < 0) {
    return refuse({ExitCode::Usage,
                   "unreadable",
                   fmt::format("cannot follow {}", shown(path)),
                   "check its owner and mode"});
  }
  lseek(file, static_cast<off_t>(from), SEEK_SET);
  std::string rest;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t size = read(file, chunk.data(), chunk.size());
    if (size < 0 && errno != EINTR) return Report{};
    if (size > 0) rest.append(chunk.data(), static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = rest.find('\n')) != std::string::npos;
         rest.erase(0, end + 1)) {
      const std::string line = rest.substr(0, end);
      context.printer.stream({{"node", node}, {"line", line}}, line);
    }
    if (size == 0) static_cast<void>(!read(watch, chunk.data(), chunk.size()));
  }
}

}  // namespace

Answer<Report> run_net_logs(Context& context, const LogsOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const std::string name = options.node.empty() ? context.globals.node : options.node;
  if (name.empty()) {
    return refuse({ExitCode::Usage,
                   "which-node",
                   "it is not said whose log is meant",
                   "name a node: troupe net logs n1"});
  }
  if (options.follow && context.printer.options().format == Format::JsonObject) {
    return refuse({ExitCode::Usage,
                   "endless",
                   "--json prints one object, and a log that is followed never comes to it",
                   "print one object per line with -o jsonl, or leave --follow out"});
  }
  const auto node = net->node(name);
  if (!node.ok()) return refuse(node.error());
  const auto tail = read_tail(node->log());
  if (!tail.ok()) return refuse(tail.error());
  auto lines = lines_of(tail->first);
  if (lines.size() > options.lines)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(options.lines));
  Report report;
  report.rows = "lines";
  report.fields = {{"node", name}, {"file", node->log().string()}, {"lines", Json::array()}};
  for (const auto& line : lines) {
    if (options.follow) {
      context.printer.stream({{"node", name}, {"line", line}}, line);
    } else {
      report.fields["lines"].push_back({{"node", name}, {"line", line}});
      report.parts.emplace_back(Line{line});
    }
  }
  return options.follow ? follow(context, name, node->log(), tail->second)
                        : Answer<Report>(std::move(report));
}

}  // namespace troupe::tools
