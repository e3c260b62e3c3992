#include "tools/bench/bench.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "protocol/network/multiaddr.hpp"
#include "tools/bench/crowd.hpp"
#include "tools/bench/idle_tap.hpp"
#include "tools/bench/measure.hpp"
#include "tools/bench/signer_pool.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/inbox.hpp"

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

/// Requests on their way at once; beyond it, several transactions ride in one request, whose answer
/// comes with the last of them. Latency is then that of the slowest of its request.
constexpr std::size_t kRequestsMax = 64;
/// Connections that a crowd makes in each of its seconds.
constexpr std::size_t kCrowd = 200;
/// Transactions in one request.
constexpr std::size_t kGroupMax = 64;
/// The game beside a tap that nobody opened: short turns, so that both of a pair meet one machine.
constexpr std::size_t kIdleTapPairs = 100;
constexpr std::uint64_t kIdleTapMessages = 20'000;

/// A node under load.
struct Target {
  std::string name;
  pid_t pid = 0;
  std::unique_ptr<NodeClient> client;
};

/// One request's answer.
struct Completion {
  std::size_t target = 0;
  std::size_t transactions = 0;
  Clock::time_point sent;
  Clock::time_point arrived;
  Answer<actors::SubmitReply> answer;
};

/// CPU seconds of the nodes and of this process together.
double cpu_seconds_of_all(const std::vector<Target>& targets, const Net& net) {
  double sum = cpu_seconds_of(getpid()).value_or(0);
  for (const auto& node : net.nodes)
    sum += cpu_seconds_of(find_process(node.folder).pid).value_or(0);
  INVARIANT(!targets.empty());
  return sum;
}

/// What the first node is made to bear in every other second, and what became final in each: a
/// console that hears its events, or a crowd at its doors.
class Burden {
 public:
  Burden(std::string kind, std::unique_ptr<NodeClient> client, std::unique_ptr<Crowd> crowd)
      : kind_(std::move(kind)), client_(std::move(client)), crowd_(std::move(crowd)) {}

  /// To be called often: begins and ends it when its second comes.
  void at(Clock::duration since_begin) {
    const bool is_borne = second_of(since_begin) % 2 == 1;
    ask(is_borne);
    if (std::exchange(is_borne_, is_borne) == is_borne) return;
    if (kind_ == "crowd") return crowd(is_borne);
    actors::EventsQuery query;
    query.logs = is_borne && kind_ == "logs";
    query.blocks = is_borne && kind_ == "blocks";
    query.messages = is_borne && kind_ == "messages";
    client_->watch(
        query,
        [heard = heard_](const Answer<actors::EventBatch>& batch) {
          if (batch.ok()) *heard += batch->events.size() + batch->dropped;
        },
        [](const Answer<Done>&) {});
  }

  void count(Clock::duration since_begin, std::uint64_t transactions) {
    const std::size_t second = second_of(since_begin);
    if (counts_.size() <= second) counts_.resize(second + 1);
    counts_[second] += transactions;
  }

  /// The report's part.
  [[nodiscard]] Json fields() const {
    const TurnRatio ratio = ratio_of_turns(counts_);
    Json fields = {{"kind", kind_},
                   {"seconds", counts_},
                   {"pairs", ratio.pairs},
                   {"ratio", ratio.median},
                   {"ratio_quartiles", {ratio.low, ratio.high}},
                   {"answer_ms", {{"borne", ms(true)}, {"calm", ms(false)}}}};
    fields[kind_ == "crowd" ? "connections" : "events"] = heard_->load();
    return fields;
  }

 private:
  static std::size_t second_of(Clock::duration since_begin) {
    return static_cast<std::size_t>(
        std::chrono::duration_cast<std::chrono::seconds>(since_begin).count());
  }

  /// A status asked for, and whether the burden was borne then.
  struct Answered {
    bool is_borne = false;
    std::chrono::microseconds after{0};
  };

  /// Asks for the node's status, one question at a time, as whoever sits at a console does.
  void ask(bool is_borne) {
    while (const auto answered = answers_->take_ready()) {
      waits_[answered->is_borne].add(answered->after, 1);
      is_asking_ = false;
    }
    if (std::exchange(is_asking_, true)) return;
    client_->status([=, sent = Clock::now(), answers = answers_](const auto&) {
      const auto after = Clock::now() - sent;
      answers->put({is_borne, std::chrono::duration_cast<std::chrono::microseconds>(after)});
    });
  }

  [[nodiscard]] double ms(bool is_borne) const { return waits_[is_borne].percentile(50); }

  void crowd(bool is_borne) {
    if (is_borne) *heard_ += crowd_->come(kCrowd);
    if (!is_borne) crowd_->leave();
  }

  std::string kind_;
  std::unique_ptr<NodeClient> client_;
  std::unique_ptr<Crowd> crowd_;
  std::shared_ptr<std::atomic<std::uint64_t>> heard_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::shared_ptr<Inbox<Answered>> answers_ = std::make_shared<Inbox<Answered>>();
  mutable std::array<Latencies, 2> waits_;  // for the status: in calm seconds, and in the others
  bool is_asking_ = false;
  bool is_borne_ = false;
  std::vector<std::uint64_t> counts_;  // by second
};

class Load {
 public:
  Load(const Context& context,
       const BenchOptions& options,
       std::vector<Target> targets,
       SignerPool& signers,
       std::optional<Burden> burden)
      : options_(options),
        timeout_(context.globals.timeout),
        targets_(std::move(targets)),
        signers_(signers),
        burden_(std::move(burden)) {
    group_ = std::clamp<std::size_t>(
        (options.outstanding + kRequestsMax - 1) / kRequestsMax, 1, kGroupMax);
  }

  /// Keeps the load up for the given time, then waits for what is on its way.
  void run(Printer& printer) {
    begin_ = Clock::now();
    const auto end = begin_ + std::chrono::seconds(options_.seconds);
    for (std::size_t sent = 0; sent < options_.outstanding; sent += group_) {
      send(in_flight_ % targets_.size(), std::min(group_, options_.outstanding - sent));
    }
    while (in_flight_ > 0) {
      Completion completion = completions_->take();
      --in_flight_;
      if (burden_) burden_->at(Clock::now() - begin_);
      settle(completion, end);
      if (!problem_ && Clock::now() < end) send(completion.target, completion.transactions);
      const auto passed =
          std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin_).count();
      if (passed / 250 != last_drawn_)
        printer.progress("measuring", static_cast<std::size_t>(passed), options_.seconds * 1000);
      last_drawn_ = passed / 250;
    }
  }

  [[nodiscard]] const std::optional<CommandError>& problem() const { return problem_; }

  [[nodiscard]] const std::vector<Target>& targets() const { return targets_; }

  [[nodiscard]] std::uint64_t final_in_time() const { return final_in_time_; }

  [[nodiscard]] std::uint64_t final_in_all() const { return final_in_all_; }

  [[nodiscard]] const std::map<std::string, std::uint64_t>& failures() const { return failures_; }

  [[nodiscard]] Latencies& latencies() { return latencies_; }

  [[nodiscard]] const std::optional<Burden>& burden() const { return burden_; }

 private:
  void send(std::size_t target, std::size_t transactions) {
    actors::SubmitRequest request;
    request.wait = true;
    request.deadline_ms = static_cast<std::uint64_t>(timeout_.count());
    for (std::size_t i = 0; i < transactions; ++i)
      request.transactions.push_back(signers_.take());
    ++in_flight_;
    const auto sent = Clock::now();
    targets_[target].client->submit(
        std::move(request), [=, completions = completions_](Answer<actors::SubmitReply> answer) {
          completions->put({target, transactions, sent, Clock::now(), std::move(answer)});
        });
  }

  void settle(const Completion& completion, Clock::time_point end) {
    if (!completion.answer.ok()) {
      if (!problem_) problem_ = completion.answer.error();
      return;
    }
    std::uint64_t height = 0;
    std::size_t done = 0;
    for (const auto& outcome : completion.answer->outcomes) {
      if (const auto applied = check_applied(outcome, timeout_); applied.ok()) {
        ++done;
        height = std::max(height, outcome.height);
      } else {
        ++failures_[applied.error().code];
      }
    }
    if (height > 0) signers_.set_height(height);
    final_in_all_ += done;
    if (completion.arrived > end) return;
    final_in_time_ += done;
    if (burden_) burden_->count(completion.arrived - begin_, done);
    latencies_.add(
        std::chrono::duration_cast<std::chrono::microseconds>(completion.arrived - completion.sent),
        done);
  }

  const BenchOptions& options_;
  std::chrono::milliseconds timeout_;
  std::vector<Target> targets_;
  SignerPool& signers_;
  std::optional<Burden> burden_;
  std::shared_ptr<Inbox<Completion>> completions_ = std::make_shared<Inbox<Completion>>();
  std::size_t group_ = 1;
  std::size_t in_flight_ = 0;
  Clock::time_point begin_;
  std::int64_t last_drawn_ = -1;
  std::uint64_t final_in_time_ = 0;
  std::uint64_t final_in_all_ = 0;
  std::map<std::string, std::uint64_t> failures_;
  Latencies latencies_;
  std::optional<CommandError> problem_;
};

/// The nodes to load: --node alone, else all that run.
Answer<std::vector<Target>> find_targets(Context& context, const Net& net) {
  std::vector<Target> targets;
  for (const auto& node : net.nodes) {
    const NodeProcess process = find_process(node.folder);
    const bool wanted = context.globals.node.empty() ? process.state == ProcessState::Running
                                                     : node.name == context.globals.node;
    if (!wanted) continue;
    auto client = connect_to(context, net, node);
    if (!client.ok()) return refuse(client.error());
    targets.push_back({node.name, process.pid, std::move(*client)});
  }
  if (targets.empty()) {
    auto client = connect(context, net);
    if (!client.ok()) return refuse(client.error());
  }
  return targets;
}

/// Who would stand before the doors of this node.
Answer<std::unique_ptr<Crowd>> crowd_at(const NodeFiles& node) {
  const auto loaded = load_config(node.config(), {{}, environment_variable});
  if (!loaded.ok()) return refuse(loaded.error());
  const auto endpoint = network::Multiaddr::parse(loaded->config.listen)->tcp_endpoint();
  return std::make_unique<Crowd>(
      loaded->config.admin_socket.string(), endpoint->host, endpoint->port);
}

SignerPool::MakeOperations operations_of(const BenchOptions& options) {
  const std::string run = to_hex(random_seed()).substr(0, 8);
  return [options, run](std::uint64_t number) {
    std::vector<ledger::Operation> operations;
    for (std::size_t i = 0; i < options.operations; ++i) {
      Bytes content(options.bytes, static_cast<std::uint8_t>('a' + i % 26));
      if (options.kind == "put") {
        operations.emplace_back(
            ledger::Put{fmt::format("bench/{}/{}/{}", run, number, i), std::move(content)});
      } else {
        operations.emplace_back(ledger::Note{std::move(content)});
      }
    }
    return operations;
  };
}

/// The other half of what observing costs: nothing is attached.
void add_idle_tap(Report& report, Table& table) {
  const TurnRatio ratio = ratio_of_turns(play_beside_idle_tap(kIdleTapPairs, kIdleTapMessages));
  report.fields["idle_tap"] = {{"pairs", ratio.pairs},
                               {"ratio", ratio.median},
                               {"ratio_quartiles", {ratio.low, ratio.high}}};
  table.rows.push_back(
      {"unwatched",
       fmt::format("actors that only pass messages on do {:.3f} of it beside a closed tap "
                   "(quartiles {:.3f} to {:.3f} of {} pairs of turns)",
                   ratio.median,
                   ratio.low,
                   ratio.high,
                   ratio.pairs)});
}

Report report_of(Load& load, const BenchOptions& options, const Net& net, double cpu_seconds) {
  const double seconds = static_cast<double>(options.seconds);
  const double rate = static_cast<double>(load.final_in_time()) / seconds;
  const double operations = rate * static_cast<double>(options.operations);
  const double per_thousand = load.final_in_all() == 0
                                  ? 0
                                  : cpu_seconds * 1000.0 / static_cast<double>(load.final_in_all());
  auto& latencies = load.latencies();
  const double p50 = latencies.percentile(50), p95 = latencies.percentile(95),
               p99 = latencies.percentile(99);
  Report report;
  report.fields = {{"kind", options.kind},
                   {"outstanding", options.outstanding},
                   {"operations_per_transaction", options.operations},
                   {"bytes", options.bytes},
                   {"seconds", options.seconds},
                   {"final", load.final_in_time()},
                   {"transactions_per_second", rate},
                   {"operations_per_second", operations},
                   {"latency_ms", {{"p50", p50}, {"p95", p95}, {"p99", p99}}},
                   {"cpu_seconds_per_1000_transactions", per_thousand},
                   {"failures", load.failures()},
                   {"resident_bytes", Json::object()}};
  Table table{{"MEASURE", "VALUE"}, {}};
  table.rows = {
      {"load",
       fmt::format("{} outstanding, {} x {} of {} bytes, {} s, {} nodes",
                   options.outstanding,
                   options.operations,
                   options.kind,
                   options.bytes,
                   options.seconds,
                   load.targets().size())},
      {"final", fmt::format("{} transactions", load.final_in_time())},
      {"throughput", fmt::format("{:.0f} tx/s  {:.0f} op/s", rate, operations)},
      {"latency", fmt::format("p50 {:.1f} ms  p95 {:.1f} ms  p99 {:.1f} ms", p50, p95, p99)},
      {"cpu", fmt::format("{:.3f} s per 1,000 transactions, all processes", per_thousand)}};
  std::string memory;
  for (const auto& node : net.nodes) {
    const auto resident = resident_bytes_of(find_process(node.folder).pid);
    if (!resident) continue;
    report.fields["resident_bytes"][node.name] = *resident;
    memory += fmt::format("{} {} MiB  ", node.name, *resident >> 20);
  }
  table.rows.push_back({"memory", memory});
  if (load.burden()) {
    const Json watched = load.burden()->fields();
    report.fields["watched"] = watched;
    const auto quartiles = watched.at("ratio_quartiles");
    const bool is_crowd = options.watch == "crowd";
    table.rows.push_back(
        {"burdened",
         fmt::format(
             "{:.3f} of the throughput (quartiles {:.3f} to {:.3f} of {} pairs of seconds), "
             "{} {}",
             watched.at("ratio").get<double>(),
             quartiles.at(0).get<double>(),
             quartiles.at(1).get<double>(),
             watched.at("pairs").get<std::size_t>(),
             watched.at(is_crowd ? "connections" : "events").get<std::uint64_t>(),
             is_crowd ? "connections that were silent or talked nonsense"
                      : "events of " + options.watch)});
    const auto& waits = watched.at("answer_ms");
    table.rows.push_back(
        {"console",
         fmt::format("has its answer after {:.1f} ms then, after {:.1f} ms else (p50)",
                     waits.at("borne").get<double>(),
                     waits.at("calm").get<double>())});
    add_idle_tap(report, table);
  }
  for (const auto& [code, count] : load.failures())
    table.rows.push_back({"failed", fmt::format("{} {}", count, code)});
  report.parts = {std::move(table)};
  if (load.final_in_all() == 0) {
    report.problem = CommandError{ExitCode::TimedOut,
                                  "nothing-final",
                                  "no transaction became final",
                                  "see whether the network has a quorum: troupe status"};
  }
  return report;
}

}  // namespace

Answer<Report> run_bench(Context& context, const BenchOptions& options) {
  if (!options.watch.empty() && options.seconds < 2) {
    return refuse({ExitCode::Usage,
                   "too-short",
                   "a second with a console and one without it take two",
                   "write for example: --seconds 20 --watch messages"});
  }
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  auto author = load_author(context, *net, options.account);
  if (!author.ok()) return refuse(author.error());
  auto targets = find_targets(context, *net);
  if (!targets.ok()) return refuse(targets.error());
  auto& first = *targets->front().client;
  const auto status =
      ask<actors::StatusReport>([&](auto receive) { first.status(std::move(receive)); });
  if (!status.ok()) return refuse(status.error());
  SignerPool signers(
      std::move(*author), operations_of(options), std::max<std::size_t>(4, options.outstanding), 1);
  signers.set_height(status->height);
  std::optional<Burden> burden;
  if (!options.watch.empty()) {
    const auto node = net->node(targets->front().name);
    if (!node.ok()) return refuse(node.error());
    auto client = connect_to(context, *net, *node);
    if (!client.ok()) return refuse(client.error());
    auto crowd = crowd_at(*node);
    if (!crowd.ok()) return refuse(crowd.error());
    burden.emplace(options.watch, std::move(*client), std::move(*crowd));
  }
  Load load(context, options, std::move(*targets), signers, std::move(burden));
  const double cpu_before = cpu_seconds_of_all(load.targets(), *net);
  load.run(context.printer);
  const double cpu = cpu_seconds_of_all(load.targets(), *net) - cpu_before;
  if (load.problem()) return refuse(*load.problem());
  return report_of(load, options, *net, cpu);
}

}  // namespace troupe::tools
