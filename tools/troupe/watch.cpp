#include "tools/troupe/watch.hpp"

#include <algorithm>
#include <clocale>

#include <fmt/format.h>
#include <ncursesw/curses.h>
#include <unistd.h>

#include "tools/troupe/explain.hpp"

namespace troupe::tools {

namespace {

/// A node that has not answered by then is shown as one that does not.
constexpr std::chrono::milliseconds kAnswerTimeout{700};
constexpr int kRedrawMs = 1'000;

std::string word_of(const NodeFacts& node) {
  switch (node.state) {
    case NodeState::Stopped: return "stopped";
    case NodeState::Paused: return "paused";
    case NodeState::Silent: return "silent";
    case NodeState::Linked: return "connected";
    case NodeState::Unlinked: return "unreached";
    case NodeState::Answering: break;
  }
  return node.status.role;
}

std::string node_row(const NodeFacts& node) {
  if (node.state != NodeState::Answering)
    return fmt::format("{:<8}{:<11}", node.name, word_of(node));
  return fmt::format("{:<8}{:<11}{:>8}{:>9}{:>7}{:>7}{:>7}  {:<16}",
                     node.name,
                     word_of(node),
                     node.status.height,
                     node.facts.votes.view,
                     node.status.behind,
                     node.facts.connected.size(),
                     node.status.mempool_transactions,
                     node.status.last_vote);
}

/// What nodes found altered on their disks since they started.
std::vector<std::string> alarms_of(const NetFacts& facts) {
  std::vector<std::string> alarms;
  for (const NodeFacts& node : facts.nodes) {
    if (node.state != NodeState::Answering || node.status.damaged == 0) continue;
    alarms.push_back(fmt::format("ALTERED DATA on {}: {} found, {} mended, {} in quarantine",
                                 node.name,
                                 node.status.damaged,
                                 node.status.repaired,
                                 node.status.quarantined));
  }
  return alarms;
}

std::string light(bool is_on) {
  return is_on ? "yes" : "-";
}

/// The votes of the highest view, as the first node that is in it has them.
std::vector<std::string> vote_rows(const NetFacts& facts) {
  const NodeFacts* newest = nullptr;
  for (const NodeFacts& node : facts.nodes) {
    if (node.state != NodeState::Answering) continue;
    if (newest == nullptr || node.facts.votes.view > newest->facts.votes.view) newest = &node;
  }
  if (newest == nullptr) return {};
  const auto& votes = newest->facts.votes;
  std::vector<std::string> rows{
      fmt::format("view {} of leader {} for {:.1f} s, as {} sees it{}",
                  votes.view,
                  votes.leader,
                  static_cast<double>(newest->facts.view_age_ms) / 1000,
                  newest->name,
                  newest->facts.clock_running ? "" : " (nothing to decide)"),
      fmt::format("{:<11}{:<10}{:<10}{:<9}{:<9}",
                  "VALIDATOR",
                  "PROPOSED",
                  "NOTARIZE",
                  "NULLIFY",
                  "FINALIZE")};
  for (const auto& vote : votes.votes) {
    rows.push_back(fmt::format("{:<11}{:<10}{:<10}{:<9}{:<9}",
                               vote.validator,
                               light(vote.proposed),
                               light(vote.notarize),
                               light(vote.nullify),
                               light(vote.finalize)));
  }
  return rows;
}

/// Breaks a text at blanks into lines of at most this many cells.
std::vector<std::string> wrapped(std::string text, std::size_t columns) {
  std::vector<std::string> lines;
  while (text.size() > columns) {
    std::size_t at = text.rfind(' ', columns);
    if (at == std::string::npos || at == 0) at = columns;
    lines.push_back(text.substr(0, at));
    text.erase(0, at);
    text.erase(0, text.find_first_not_of(' '));
  }
  lines.push_back(text);
  return lines;
}

/// The terminal while the screen is shown; as it was before afterwards.
class Screen {
 public:
  Screen() {
    std::setlocale(LC_ALL, "");
    ::initscr();
    ::cbreak();
    ::noecho();
    ::curs_set(0);
    ::timeout(kRedrawMs);
  }

  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  ~Screen() { ::endwin(); }

  [[nodiscard]] static std::size_t columns() { return static_cast<std::size_t>(::getmaxx(stdscr)); }

  [[nodiscard]] static std::size_t rows() { return static_cast<std::size_t>(::getmaxy(stdscr)); }

  static void draw(const std::vector<std::string>& lines) {
    ::erase();
    for (std::size_t i = 0; i < lines.size(); ++i)
      ::mvaddstr(static_cast<int>(i), 0, lines[i].c_str());
    ::refresh();
  }

  /// The key that was pressed within the time of one picture, or ERR.
  static int key() { return ::getch(); }
};

}  // namespace

std::vector<std::string> screen_of(const std::string& net,
                                   const NetFacts& facts,
                                   std::size_t columns,
                                   std::size_t rows) {
  const Diagnosis diagnosis = diagnose(facts);
  std::vector<std::string> lines{fmt::format(
      "net {}   {}   quorum {} of {}   q leaves{}",
      net,
      diagnosis.is_halt() ? "HALTED" : "LIVE",
      facts.quorum,
      facts.validators.size(),
      facts.view_of.empty() ? "" : fmt::format("   one node's view: {}", facts.view_of))};
  for (const std::string& fault : facts.faults) {
    for (const std::string& line : wrapped("fault: " + fault, columns))
      lines.push_back(line);
  }
  for (const std::string& alarm : alarms_of(facts)) {
    for (const std::string& line : wrapped(alarm, columns))
      lines.push_back(line);
  }
  for (const std::string& line : wrapped(diagnosis.sentence, columns))
    lines.push_back(line);
  if (!diagnosis.fix.empty()) {
    for (const std::string& line : wrapped("fix: " + diagnosis.fix, columns))
      lines.push_back(line);
  }
  lines.emplace_back();
  lines.push_back(fmt::format("{:<8}{:<11}{:>8}{:>9}{:>7}{:>7}{:>7}  {:<16}",
                              "NODE",
                              "STATE",
                              "HEIGHT",
                              "VIEW",
                              "BEHIND",
                              "PEERS",
                              "QUEUED",
                              "LAST VOTE"));
  for (const NodeFacts& node : facts.nodes)
    lines.push_back(node_row(node));
  lines.emplace_back();
  for (const std::string& row : vote_rows(facts))
    lines.push_back(row);
  if (lines.size() > rows) lines.resize(rows);
  for (std::string& line : lines)
    line.resize(std::min(line.size(), columns));
  return lines;
}

Answer<Report> run_watch(Context& context) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    return refuse({ExitCode::Usage,
                   "no-terminal",
                   "watch draws on a terminal, and this is none",
                   "for scripts: troupe status --json, troupe explain --json"});
  }
  context.globals.timeout = std::min(context.globals.timeout, kAnswerTimeout);
  auto facts = gather_facts(context, *net);
  if (!facts.ok()) return refuse(facts.error());
  const Screen screen;
  for (int key = ERR; key != 'q'; key = Screen::key()) {
    Screen::draw(screen_of(net->name, *facts, Screen::columns(), Screen::rows()));
    facts = gather_facts(context, *net);
    if (!facts.ok()) return refuse(facts.error());
  }
  Report report;
  report.said = ExitCode::Done;
  return report;
}

}  // namespace troupe::tools
