#include "tools/troupe/chain.hpp"

#include <charconv>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "tools/troupe/prove.hpp"
#include "tools/troupe/submit.hpp"

namespace troupe::tools {

namespace {

constexpr std::size_t kShortDigits = 12;
constexpr std::size_t kDigestBytes = 32;
/// One question of `block tail` waits this long for a block before it is asked again.
constexpr std::uint64_t kTailWaitMs = 5'000;

/// A client of the node that is meant, with the network it is of.
struct Attached {
  Net net;
  std::unique_ptr<NodeClient> client;
};

Answer<Attached> attach(Context& context) {
  auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  auto client = connect(context, *net);
  if (!client.ok()) return refuse(client.error());
  return Attached{std::move(*net), std::move(*client)};
}

Failure<CommandError> no_transaction(const std::string& id) {
  return refuse({ExitCode::NotFound,
                 "no-transaction",
                 fmt::format("the node knows no transaction {}", id),
                 "ask another node with -N, or send it again if it was refused or has expired"});
}

Json fields_of(const ledger::Operation& operation, const Names& names) {
  struct Describe {
    const Names& names;

    Json operator()(const ledger::Note& note) const {
      const auto text = as_text(note.content);
      if (!is_utf8(text)) return {{"kind", "note"}, {"content_hex", to_hex(note.content)}};
      return {{"kind", "note"}, {"content", text}};
    }

    Json operator()(const ledger::Put& put) const {
      const auto text = as_text(put.value);
      if (!is_utf8(text))
        return {{"kind", "put"}, {"key", put.key}, {"value_hex", to_hex(put.value)}};
      return {{"kind", "put"}, {"key", put.key}, {"value", text}};
    }

    Json operator()(const ledger::Transfer& transfer) const {
      return {{"kind", "transfer"}, {"key", transfer.key}, {"to", names.of(transfer.to)}};
    }

    Json operator()(const ledger::Retire& retire) const {
      return {{"kind", "retire"}, {"key", retire.key}};
    }

    Json operator()(const ledger::ModuleOperation& other) const {
      return {{"kind", "module"}, {"module", other.module}, {"content_hex", to_hex(other.content)}};
    }
  };

  return std::visit(Describe{names}, operation);
}

std::string line_of(const Json& operation) {
  std::string line = operation.at("kind");
  for (const auto& [name, value] : operation.items()) {
    if (name == "kind") continue;
    line += fmt::format(
        "  {} {}", name, escaped(value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return line;
}

std::string time_text(std::uint64_t milliseconds) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{
      std::chrono::milliseconds(milliseconds)};
  return fmt::format("{:%Y-%m-%d %H:%M:%S}Z", std::chrono::floor<std::chrono::seconds>(at));
}

Json fields_of(const actors::BlockReport& block) {
  Json fields = {{"height", block.height},
                 {"view", block.view},
                 {"epoch", block.epoch},
                 {"digest", to_hex(block.digest)},
                 {"parent", to_hex(block.parent)},
                 {"timestamp_ms", block.timestamp_ms},
                 {"leader", block.leader},
                 {"transactions", block.transactions},
                 {"batches", block.batches},
                 {"executed_height", block.executed_height},
                 {"executed_root", to_hex(block.executed_root)},
                 {"transactions_root", to_hex(block.transactions_root)},
                 {"history_root", to_hex(block.history_root)},
                 {"directly_final", block.directly_final},
                 {"signers", block.signers},
                 {"transaction_ids", Json::array()}};
  for (const auto& id : block.transaction_ids)
    fields["transaction_ids"].push_back(to_hex(id));
  return fields;
}

std::string line_of(const actors::BlockReport& block) {
  return fmt::format("height {}  view {}  leader {}  {} transactions  {}  by {}  {}",
                     block.height,
                     block.view,
                     block.leader,
                     block.transactions,
                     time_text(block.timestamp_ms),
                     fmt::join(block.signers, " "),
                     to_hex(block.digest).substr(0, kShortDigits));
}

Table table_of(const actors::BlockReport& block) {
  const std::vector<std::vector<std::string>> rows = {
      {"height", std::to_string(block.height)},
      {"view", std::to_string(block.view)},
      {"epoch", std::to_string(block.epoch)},
      {"digest", to_hex(block.digest)},
      {"parent", to_hex(block.parent)},
      {"time", time_text(block.timestamp_ms)},
      {"leader", block.leader},
      {"final", block.directly_final ? "by its own certificate" : "by a later block's certificate"},
      {"signers", fmt::format("{}", fmt::join(block.signers, " "))},
      {"batches", std::to_string(block.batches)},
      {"transactions", std::to_string(block.transactions)},
      {"transactions root", to_hex(block.transactions_root)},
      {"executed",
       fmt::format("height {}, root {}", block.executed_height, to_hex(block.executed_root))},
      {"history root", to_hex(block.history_root)},
  };
  return {{"FIELD", "VALUE"}, rows};
}

Failure<CommandError> damaged(const actors::Reason& reason) {
  return refuse({ExitCode::Refused, reason.code, reason.message, reason.hint});
}

Answer<actors::BlocksReport> ask_blocks(NodeClient& client, const actors::BlockQuery& query) {
  auto reply =
      ask<actors::BlocksReport>([&](auto receive) { client.blocks(query, std::move(receive)); });
  if (reply.ok() && !reply->reason.code.empty()) return damaged(reply->reason);
  return reply;
}

/// Gets a proof and writes it to a file.
Answer<Done> prove(Context& context,
                   const Attached& attached,
                   const actors::ProofQuery& query,
                   const std::string& path) {
  const auto proof = obtain_proof(context, attached.net, *attached.client, query);
  if (!proof.ok()) return refuse(proof.error());
  return save_proof(*proof, path);
}

/// The height after the newest final one.
Answer<std::uint64_t> next_height(NodeClient& client) {
  const auto status =
      ask<actors::StatusReport>([&](auto receive) { client.status(std::move(receive)); });
  if (!status.ok()) return refuse(status.error());
  return status->height + 1;
}

}  // namespace

Answer<Bytes> parse_id(const std::string& id) {
  auto bytes = from_hex(id);
  if (bytes && bytes->size() == kDigestBytes) return std::move(*bytes);
  return refuse(
      {ExitCode::Usage,
       "bad-id",
       fmt::format("'{}' is no transaction id", id),
       "an id is 64 hexadecimal digits, as `record put --json` and `block show` print it"});
}

Answer<Report> run_tx_wait(Context& context, const std::string& id) {
  const auto bytes = parse_id(id);
  if (!bytes.ok()) return refuse(bytes.error());
  const auto attached = attach(context);
  if (!attached.ok()) return refuse(attached.error());
  const auto begin = std::chrono::steady_clock::now();
  const actors::OutcomeQuery query{{*bytes},
                                   static_cast<std::uint64_t>(context.globals.timeout.count())};
  const auto reply = ask<actors::SubmitReply>(
      [&](auto receive) { attached->client->outcome(query, std::move(receive)); });
  if (!reply.ok()) return refuse(reply.error());
  if (reply->outcomes.empty() || reply->outcomes.front().state == "unknown")
    return no_transaction(id);
  const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  const Fate fate{reply->outcomes.front(), waited};
  if (const auto applied = check_applied(fate.outcome, context.globals.timeout); !applied.ok())
    return refuse(applied.error());
  Report report;
  report.fields = fields_of(fate.outcome);
  report.parts = {Line{finality_line(fate)}};
  return report;
}

Answer<Report> run_tx_show(Context& context, const std::string& id, const std::string& proof) {
  const auto bytes = parse_id(id);
  if (!bytes.ok()) return refuse(bytes.error());
  const auto attached = attach(context);
  if (!attached.ok()) return refuse(attached.error());
  const auto reply = ask<actors::TransactionReport>(
      [&](auto receive) { attached->client->transaction({*bytes}, std::move(receive)); });
  if (!reply.ok()) return refuse(reply.error());
  const std::string& code = reply->outcome.reason.code;
  if (code == "damaged" || code == "not-held") return damaged(reply->outcome.reason);
  if (reply->outcome.state == "unknown" && reply->bytes.empty()) return no_transaction(id);
  if (!proof.empty()) {
    const auto saved = prove(context, *attached, {"transaction", {}, *bytes, 0}, proof);
    if (!saved.ok()) return refuse(saved.error());
  }
  Report report;
  report.fields = fields_of(reply->outcome);
  const auto& outcome = reply->outcome;
  Table table{{"FIELD", "VALUE"}, {{"id", id}, {"state", outcome.state}}};
  if (outcome.state == "final") {
    table.rows.push_back({"receipt", outcome.receipt});
    table.rows.push_back(
        {"block",
         fmt::format(
             "height {}, view {}, position {}", outcome.height, outcome.view, outcome.position)});
  }
  if (const auto transaction = ledger::Transaction::decode(reply->bytes); transaction.ok()) {
    const Names names(context.home, attached->net);
    const auto body = transaction->body();
    report.fields["account"] = names.of(body.account);
    report.fields["account_key"] = body.account.hex();
    report.fields["valid_through"] = body.valid_through.number;
    report.fields["operations"] = Json::array();
    table.rows.push_back({"account", names.of(body.account)});
    table.rows.push_back({"valid through", std::to_string(body.valid_through.number)});
    for (const auto& operation : body.operations) {
      report.fields["operations"].push_back(fields_of(operation, names));
      table.rows.push_back({"operation", line_of(report.fields["operations"].back())});
    }
  }
  report.parts = {std::move(table)};
  return report;
}

Answer<Report> run_block_show(Context& context,
                              const std::string& height,
                              const std::string& proof) {
  actors::BlockQuery query;
  query.latest = height == "latest";
  const auto [end, error] =
      std::from_chars(height.data(), height.data() + height.size(), query.first);
  if (!query.latest && (error != std::errc{} || end != height.data() + height.size())) {
    return refuse({ExitCode::Usage,
                   "bad-height",
                   fmt::format("'{}' is no height", height),
                   "write a number, or: latest"});
  }
  const auto attached = attach(context);
  if (!attached.ok()) return refuse(attached.error());
  const auto reply = ask_blocks(*attached->client, query);
  if (!reply.ok()) return refuse(reply.error());
  if (reply->blocks.empty()) {
    return refuse({ExitCode::NotFound,
                   "no-block",
                   fmt::format("there is no final block at height {} yet", height),
                   "see how far the nodes are: troupe status"});
  }
  if (!proof.empty()) {
    const auto saved =
        prove(context, *attached, {"header", {}, {}, reply->blocks.front().height}, proof);
    if (!saved.ok()) return refuse(saved.error());
  }
  Report report;
  report.fields = fields_of(reply->blocks.front());
  report.parts = {table_of(reply->blocks.front())};
  for (const auto& id : reply->blocks.front().transaction_ids) {
    std::get<Table>(report.parts.front()).rows.push_back({"transaction", to_hex(id)});
  }
  return report;
}

Answer<Report> run_block_tail(Context& context, const BlockTailOptions& options) {
  const bool collect = context.printer.options().format == Format::JsonObject;
  if (collect && options.count == 0) {
    return refuse({ExitCode::Usage,
                   "endless",
                   "--json prints one object, and a tail without end never comes to it",
                   "say how many with --count N, or print one object per block with -o jsonl"});
  }
  const auto attached = attach(context);
  if (!attached.ok()) return refuse(attached.error());
  std::uint64_t next = options.from;
  if (next == 0) {
    const auto newest = next_height(*attached->client);
    if (!newest.ok()) return refuse(newest.error());
    next = *newest;
  }
  Report report;
  report.fields["blocks"] = Json::array();
  for (std::uint64_t seen = 0; options.count == 0 || seen < options.count;) {
    actors::BlockQuery query;
    query.first = next;
    query.count =
        options.count == 0
            ? 100
            : static_cast<std::uint32_t>(std::min<std::uint64_t>(100, options.count - seen));
    query.deadline_ms = kTailWaitMs;
    const auto reply = ask_blocks(*attached->client, query);
    if (!reply.ok()) return refuse(reply.error());
    for (const auto& block : reply->blocks) {
      if (collect) {
        report.fields["blocks"].push_back(fields_of(block));
      } else {
        context.printer.stream(fields_of(block), line_of(block));
      }
      next = block.height + 1;
      ++seen;
    }
  }
  report.rows = "blocks";
  return report;
}

Answer<Report> run_peers(Context& context) {
  const auto attached = attach(context);
  if (!attached.ok()) return refuse(attached.error());
  const auto reply =
      ask<actors::PeersReport>([&](auto receive) { attached->client->peers(std::move(receive)); });
  if (!reply.ok()) return refuse(reply.error());
  Report report;
  report.rows = "peers";
  report.fields["peers"] = Json::array();
  Table table{{"PEER", "DIRECTION", "ADDRESS", "RTT", "IN", "OUT", "AGENT", "PEER ID"}, {}};
  for (const auto& peer : reply->peers) {
    report.fields["peers"].push_back({{"name", peer.name},
                                      {"peer_id", peer.peer_id},
                                      {"address", peer.address},
                                      {"direction", peer.direction},
                                      {"agent", peer.agent},
                                      {"connected_ms", peer.connected_ms},
                                      {"rtt_us", peer.rtt_us},
                                      {"bytes_in", peer.bytes_in},
                                      {"bytes_out", peer.bytes_out},
                                      {"queued_bytes", peer.queued_bytes}});
    table.rows.push_back({peer.name.empty() ? "-" : peer.name,
                          peer.direction,
                          peer.address,
                          peer.rtt_us == 0
                              ? "-"
                              : fmt::format("{:.1f} ms", static_cast<double>(peer.rtt_us) / 1000.0),
                          std::to_string(peer.bytes_in),
                          std::to_string(peer.bytes_out),
                          escaped(peer.agent),
                          peer.peer_id});
  }
  report.parts = {std::move(table)};
  return report;
}

}  // namespace troupe::tools
