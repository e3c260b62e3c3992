#include "tools/troupe/import.hpp"

#include <algorithm>
#include <deque>
#include <set>

#include <fmt/format.h>

#include "protocol/base/limits.hpp"
#include "tools/troupe/inbox.hpp"
#include "tools/troupe/submit.hpp"

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kInputBytesMax = std::size_t{256} << 20;
/// Transactions on their way at once.
constexpr std::size_t kWindow = 8;
/// A chunk closes at this size, well within a transaction's bound.
constexpr std::size_t kChunkBytesMax = kTransactionBytesMax / 2;
/// How often one chunk is sent anew because the node was full or the transaction expired.
constexpr int kTriesMax = 20;

/// Neighbouring records that ride in one transaction: [first, last).
struct Chunk {
  std::size_t first = 0;
  std::size_t last = 0;
  int tries = 0;
};

std::deque<Chunk> split(const std::vector<InputRecord>& records) {
  std::deque<Chunk> chunks;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::size_t size = records[i].key.size() + records[i].value.size() + 16;
    const bool fits = !chunks.empty() &&
                      chunks.back().last - chunks.back().first < kTransactionOperationsMax &&
                      bytes + size <= kChunkBytesMax;
    if (!fits) {
      chunks.push_back({i, i, 0});
      bytes = 0;
    }
    chunks.back().last = i + 1;
    bytes += size;
  }
  return chunks;
}

/// One answered chunk, as it comes back from the client's thread.
struct Arrival {
  Chunk chunk;
  Answer<actors::SubmitReply> answer;
};

/// True if the same records may be sent again, signed anew: nothing of them took effect.
bool may_retry(const actors::TransactionOutcome& outcome) {
  const auto is = [&](std::string_view code) { return outcome.reason.code == code; };
  const bool full =
      outcome.state == "refused" && (is("mempool-full") || is("account-full") || is("busy"));
  const bool late = is("expired") || is("too-far-ahead") || outcome.receipt == "expired" ||
                    outcome.receipt == "too-far-ahead";
  return full || late;
}

class Import {
 public:
  Import(Context& context,
         NodeClient& client,
         Author author,
         std::vector<InputRecord> records,
         std::size_t unchanged)
      : context_(context),
        client_(client),
        author_(std::move(author)),
        records_(std::move(records)),
        unchanged_(unchanged),
        waiting_(split(records_)) {}

  Answer<Report> run() {
    const auto status =
        ask<actors::StatusReport>([&](auto receive) { client_.status(std::move(receive)); });
    if (!status.ok()) return refuse(status.error());
    height_ = status->height;
    std::optional<CommandError> problem;
    while (!waiting_.empty() || in_flight_ > 0) {
      while (!problem && may_send())
        send_next();
      if (in_flight_ == 0) break;
      const Arrival arrival = inbox_->take();
      --in_flight_;
      for (std::size_t i = arrival.chunk.first; i < arrival.chunk.last; ++i)
        keys_in_flight_.erase(records_[i].key);
      auto settled = settle(arrival);
      if (!settled.ok() && !problem) problem = with_lines(settled.error(), arrival.chunk);
      context_.printer.progress("importing", final_records_, records_.size());
    }
    return problem ? Answer<Report>(refuse(*problem)) : Answer<Report>(report());
  }

 private:
  /// A chunk waits for those under way that write one of its keys, so that the versions of a record
  /// keep the order of the input even if a chunk has to be sent again.
  [[nodiscard]] bool may_send() const {
    if (waiting_.empty() || in_flight_ >= kWindow) return false;
    const Chunk& chunk = waiting_.front();
    for (std::size_t i = chunk.first; i < chunk.last; ++i) {
      if (keys_in_flight_.contains(records_[i].key)) return false;
    }
    return true;
  }

  void send_next() {
    Chunk chunk = waiting_.front();
    waiting_.pop_front();
    ++chunk.tries;
    std::vector<ledger::Operation> operations;
    for (std::size_t i = chunk.first; i < chunk.last; ++i) {
      operations.emplace_back(ledger::Put{records_[i].key, to_bytes(as_bytes(records_[i].value))});
      keys_in_flight_.insert(records_[i].key);
    }
    const auto transaction = make_transaction(author_, std::move(operations), height_);
    actors::SubmitRequest request{{to_bytes(transaction.encoded())},
                                  true,
                                  static_cast<std::uint64_t>(context_.globals.timeout.count())};
    ++in_flight_;
    client_.submit(std::move(request), [inbox = inbox_, chunk](Answer<actors::SubmitReply> answer) {
      inbox->put({chunk, std::move(answer)});
    });
  }

  Answer<Done> settle(const Arrival& arrival) {
    if (!arrival.answer.ok()) return refuse(arrival.answer.error());
    if (arrival.answer->outcomes.size() != 1) {
      return refuse({ExitCode::Bug,
                     "bad-answer",
                     "the node answered something else than was asked",
                     "make sure that node and program are of one version: troupe --version"});
    }
    const auto& outcome = arrival.answer->outcomes.front();
    if (may_retry(outcome) && arrival.chunk.tries < kTriesMax &&
        (in_flight_ > 0 || refresh_height())) {
      waiting_.push_front(arrival.chunk);
      return Done{};
    }
    if (const auto applied = check_applied(outcome, context_.globals.timeout); !applied.ok())
      return applied;
    height_ = std::max(height_, outcome.height);
    ++transactions_;
    final_records_ += arrival.chunk.last - arrival.chunk.first;
    final_chunks_.push_back(arrival.chunk);
    return Done{};
  }

  /// Asks for the height anew, when no answer on its way would tell it.
  bool refresh_height() {
    const auto status =
        ask<actors::StatusReport>([&](auto receive) { client_.status(std::move(receive)); });
    if (status.ok()) height_ = status->height;
    return status.ok();
  }

  /// The index of the first record that is not known to be final.
  [[nodiscard]] std::size_t first_open() const {
    auto chunks = final_chunks_;
    std::sort(chunks.begin(), chunks.end(), [](const Chunk& left, const Chunk& right) {
      return left.first < right.first;
    });
    std::size_t open = 0;
    for (const auto& chunk : chunks) {
      if (chunk.first == open) open = chunk.last;
    }
    return open;
  }

  [[nodiscard]] CommandError with_lines(CommandError error, const Chunk& chunk) const {
    error.message = fmt::format("input lines {} to {}: {}",
                                records_[chunk.first].line,
                                records_[chunk.last - 1].line,
                                error.message);
    // Later chunks that are on their way may become final too, so this names the safe place.
    const std::size_t open = std::min(first_open(), chunk.first);
    error.hint = fmt::format("{}; everything before line {} is final, so go on with: --from {}",
                             error.hint,
                             records_[open].line,
                             records_[open].line);
    return error;
  }

  [[nodiscard]] Report report() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    Report report;
    const std::string left_out = unchanged_ == 0 ? "" : fmt::format("  {} unchanged", unchanged_);
    report.fields = {{"records", final_records_},
                     {"unchanged", unchanged_},
                     {"transactions", transactions_},
                     {"height", height_},
                     {"seconds", seconds}};
    report.parts = {Line{fmt::format(
        "final  {} records in {} transactions, up to height {}  {:.2f} s  {:.0f} records/s{}",
        final_records_,
        transactions_,
        height_,
        seconds,
        static_cast<double>(final_records_) / std::max(seconds, 1e-6),
        left_out)}};
    return report;
  }

  Context& context_;
  NodeClient& client_;
  Author author_;
  std::vector<InputRecord> records_;
  std::size_t unchanged_;
  std::deque<Chunk> waiting_;
  std::shared_ptr<Inbox<Arrival>> inbox_ = std::make_shared<Inbox<Arrival>>();
  std::size_t in_flight_ = 0;
  std::set<std::string_view> keys_in_flight_;  // of records_, which never changes
  std::size_t final_records_ = 0;
  std::size_t transactions_ = 0;
  std::vector<Chunk> final_chunks_;
  std::uint64_t height_ = 0;
  Clock::time_point begin_ = Clock::now();
};

/// Asks for the records' present values, several at once, and drops those that would not change.
class Comparison {
 public:
  Comparison(NodeClient& client, std::vector<InputRecord>& records)
      : client_(client), records_(records) {}

  Answer<std::size_t> run() {
    std::vector<bool> same(records_.size());
    std::optional<CommandError> problem;
    std::size_t in_flight = 0;
    for (std::size_t next = 0; next < records_.size() || in_flight > 0;) {
      while (next < records_.size() && in_flight < kQuestions && !problem) {
        question(next++);
        ++in_flight;
      }
      if (in_flight == 0) break;
      const auto [index, answer] = answers_->take();
      --in_flight;
      if (!answer.ok()) {
        problem = answer.error();
      } else {
        same[index] = holds(*answer, records_[index]);
      }
    }
    if (problem) return refuse(*problem);
    std::size_t at = 0;
    return std::erase_if(records_, [&](const InputRecord&) { return same[at++]; });
  }

 private:
  static constexpr std::size_t kQuestions = 32;

  void question(std::size_t index) {
    actors::RecordQuery query;
    query.key = records_[index].key;
    client_.records(std::move(query),
                    [answers = answers_, index](Answer<actors::RecordsReport> answer) {
                      answers->put({index, std::move(answer)});
                    });
  }

  static bool holds(const actors::RecordsReport& answer, const InputRecord& record) {
    return !answer.records.empty() && !answer.records.front().retired &&
           as_text(answer.records.front().value) == record.value;
  }

  NodeClient& client_;
  std::vector<InputRecord>& records_;
  std::shared_ptr<Inbox<std::pair<std::size_t, Answer<actors::RecordsReport>>>> answers_ =
      std::make_shared<Inbox<std::pair<std::size_t, Answer<actors::RecordsReport>>>>();
};

InputOptions input_options(const ImportOptions& options) {
  InputOptions input = options.input;
  const bool named_json = options.file.ends_with(".jsonl") || options.file.ends_with(".ndjson");
  const bool json = options.format.empty() ? named_json : options.format == "jsonl";
  input.format = json ? InputFormat::JsonLines : InputFormat::Csv;
  return input;
}

}  // namespace

Answer<Report> run_record_import(Context& context, const ImportOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  auto author = load_author(context, *net, options.account);
  if (!author.ok()) return refuse(author.error());
  const auto text =
      options.file == "-" ? read_stdin(kInputBytesMax) : read_file(options.file, kInputBytesMax);
  if (!text.ok()) return refuse(text.error());
  auto records = read_records(*text, input_options(options));
  if (!records.ok()) return refuse(records.error());
  std::erase_if(*records,
                [&](const InputRecord& record) { return record.line < options.from_line; });
  if (records->empty()) {
    return refuse({ExitCode::Usage,
                   "no-input",
                   "the input holds no record",
                   "check the file, --from and the command before the pipe"});
  }
  const auto client = connect(context, *net);
  if (!client.ok()) return refuse(client.error());
  std::size_t unchanged = 0;
  if (options.changed) {
    const auto dropped = Comparison(**client, *records).run();
    if (!dropped.ok()) return refuse(dropped.error());
    unchanged = *dropped;
  }
  return Import(context, **client, std::move(*author), std::move(*records), unchanged).run();
}

}  // namespace troupe::tools
