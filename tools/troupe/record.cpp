#include "tools/troupe/record.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "protocol/base/limits.hpp"
#include "protocol/ledger/admission.hpp"
#include "tools/troupe/prove.hpp"
#include "tools/troupe/submit.hpp"

namespace troupe::tools {

namespace {

using ledger::Operation;

/// How many records one question asks for; longer lists take several.
constexpr std::uint32_t kRecordsPerQuestion = 1000;

Bytes bytes_of(const std::string& text) {
  return to_bytes(as_bytes(text));
}

/// One operation from the command line to its receipt. `what` follows the line about finality and
/// may use the version that the operation gave its record.
Answer<Report> submit_one(Context& context,
                          const std::string& account,
                          Operation operation,
                          const std::function<std::string(std::uint64_t)>& what) {
  if (const auto checked = ledger::check_operation(operation); !checked.ok()) {
    return refuse({ExitCode::Refused,
                   std::string(ledger::name(checked.error())),
                   std::string(ledger::describe(checked.error())),
                   std::string(ledger::hint(checked.error()))});
  }
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto author = load_author(context, *net, account);
  if (!author.ok()) return refuse(author.error());
  const auto client = connect(context, *net);
  if (!client.ok()) return refuse(client.error());
  const auto fate = submit_and_wait(context, **client, *author, {std::move(operation)});
  if (!fate.ok()) return refuse(fate.error());
  const std::uint64_t version = fate->outcome.versions.empty() ? 0 : fate->outcome.versions.front();
  Report report;
  report.fields = fields_of(fate->outcome);
  report.fields["waited_ms"] = static_cast<double>(fate->waited.count()) / 1000.0;
  const std::string about = what(version);
  report.parts = {Line{about.empty() ? finality_line(*fate)
                                     : fmt::format("{}   {}", finality_line(*fate), about)}};
  return report;
}

std::string version_of(const std::string& key, std::uint64_t version) {
  return version == 0 ? key : fmt::format("{} version {}", key, version);
}

Answer<actors::RecordsReport> ask_records(Context& context,
                                          const Net& net,
                                          const actors::RecordQuery& query) {
  const auto client = connect(context, net);
  if (!client.ok()) return refuse(client.error());
  auto reply = ask<actors::RecordsReport>(
      [&](auto receive) { (*client)->records(query, std::move(receive)); });
  if (!reply.ok()) return reply;
  if (reply->reason.code.empty()) return reply;
  const bool is_absent = reply->reason.code == "no-record";
  return refuse(
      {is_absent ? ExitCode::NotFound : ExitCode::Refused,
       reply->reason.code,
       reply->reason.message,
       reply->reason.hint.empty() ? "correct the question and ask again" : reply->reason.hint});
}

Json fields_of(const actors::RecordReport& record, const Names& names) {
  const auto value = as_text(record.value);
  Json fields = {{"key", record.key},
                 {"version", record.version},
                 {"owner", names.of(record.owner)},
                 {"owner_key", to_hex(record.owner)},
                 {"retired", record.retired},
                 {"height", record.height},
                 {"transaction", to_hex(record.transaction)}};
  if (is_utf8(value)) {
    fields["value"] = value;
  } else {
    fields["value_hex"] = to_hex(record.value);
  }
  return fields;
}

std::string state_of(const actors::RecordReport& record) {
  return record.retired ? "retired" : "live";
}

std::vector<std::string> row_of(const actors::RecordReport& record, const Names& names) {
  return {record.key,
          std::to_string(record.version),
          names.of(record.owner),
          std::to_string(record.height),
          state_of(record),
          escaped(as_text(record.value))};
}

Report report_list(const actors::RecordsReport& reply, const Names& names) {
  Report report;
  report.rows = "records";
  report.fields = {{"height", reply.height}, {"more", reply.more}, {"records", Json::array()}};
  Table table{{"KEY", "VERSION", "OWNER", "HEIGHT", "STATE", "VALUE"}, {}};
  for (const auto& record : reply.records) {
    report.fields["records"].push_back(fields_of(record, names));
    table.rows.push_back(row_of(record, names));
  }
  report.parts = {std::move(table)};
  return report;
}

Failure<CommandError> no_record(const std::string& key,
                                const actors::RecordsReport& reply,
                                std::uint64_t at_height) {
  const std::uint64_t height = at_height == 0 ? reply.height : at_height;
  return refuse({ExitCode::NotFound,
                 "no-record",
                 fmt::format("there is no record '{}' at height {}", key, height),
                 fmt::format("list what there is with: troupe record list {}",
                             key.substr(0, key.find('/')))});
}

actors::RecordReport report_of(const proof::RecordClaim& claim) {
  const ledger::Record& record = claim.record;
  return {claim.key,
          record.version,
          to_bytes(record.owner.view()),
          record.value,
          record.status == ledger::RecordStatus::Retired,
          record.height.number,
          to_bytes(record.transaction.view())};
}

/// The record as the proof has it: what is printed is what is proved.
Answer<actors::RecordsReport> ask_proof(Context& context,
                                        const Net& net,
                                        const RecordGetOptions& options) {
  const auto client = connect(context, net);
  if (!client.ok()) return refuse(client.error());
  const auto proof =
      obtain_proof(context, net, **client, {"record", options.key, {}, options.at_height});
  if (!proof.ok()) return refuse(proof.error());
  if (const auto saved = save_proof(*proof, options.proof); !saved.ok())
    return refuse(saved.error());
  actors::RecordsReport reply;
  reply.height = proof->subject().executed_height.number;
  if (const auto* claim = std::get_if<proof::RecordClaim>(&proof->claim)) {
    reply.records.push_back(report_of(*claim));
  }
  return reply;
}

}  // namespace

Answer<Report> run_record_put(Context& context, const RecordPutOptions& options) {
  const auto value = read_argument(options.value, kRecordValueBytesMax);
  if (!value.ok()) return refuse(value.error());
  return submit_one(context,
                    options.account,
                    ledger::Put{options.key, bytes_of(*value)},
                    [&](std::uint64_t version) { return version_of(options.key, version); });
}

Answer<Report> run_record_get(Context& context, const RecordGetOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  actors::RecordQuery query;
  query.key = options.key;
  query.at_height = options.at_height;
  const auto reply =
      options.proof.empty() ? ask_records(context, *net, query) : ask_proof(context, *net, options);
  if (!reply.ok()) return refuse(reply.error());
  if (reply->records.empty()) return no_record(options.key, *reply, options.at_height);
  const auto& record = reply->records.front();
  const Names names(context.home, *net);
  Report report;
  report.fields = fields_of(record, names);
  if (options.raw) {
    report.parts = {Raw{std::string(as_text(record.value))}};
    return report;
  }
  report.parts = {
      Table{{"KEY", "VERSION", "OWNER", "HEIGHT", "STATE", "VALUE"}, {row_of(record, names)}}};
  return report;
}

Answer<Report> run_record_history(Context& context, const std::string& key) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  actors::RecordQuery query;
  query.key = key;
  query.history = true;
  const auto reply = ask_records(context, *net, query);
  if (!reply.ok()) return refuse(reply.error());
  if (reply->records.empty()) return no_record(key, *reply, 0);
  return report_list(*reply, Names(context.home, *net));
}

Answer<Report> run_record_transfer(Context& context, const RecordTransferOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto to = find_public_key(context.home, *net, options.to);
  if (!to.ok()) return refuse(to.error());
  return submit_one(
      context, options.account, ledger::Transfer{options.key, *to}, [&](std::uint64_t version) {
        return fmt::format("{} belongs to {}", version_of(options.key, version), options.to);
      });
}

Answer<Report> run_record_retire(Context& context,
                                 const std::string& key,
                                 const std::string& account) {
  return submit_one(context, account, ledger::Retire{key}, [&](std::uint64_t version) {
    return fmt::format("{} is retired", version_of(key, version));
  });
}

Answer<Report> run_record_list(Context& context, const RecordListOptions& options) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  actors::RecordQuery query;
  query.key = options.prefix;
  query.prefix = true;
  query.after = options.after;
  actors::RecordsReport all;
  do {
    query.count = std::min(kRecordsPerQuestion,
                           options.limit - static_cast<std::uint32_t>(all.records.size()));
    auto reply = ask_records(context, *net, query);
    if (!reply.ok()) return refuse(reply.error());
    all.height = reply->height;
    all.more = reply->more && !reply->records.empty();
    std::move(reply->records.begin(), reply->records.end(), std::back_inserter(all.records));
    if (!all.records.empty()) query.after = all.records.back().key;
  } while (all.more && all.records.size() < options.limit);
  Report report = report_list(all, Names(context.home, *net));
  if (all.more) {
    report.parts.emplace_back(Remark{
        fmt::format("there are more; go on with: --after '{}', or a higher --limit", query.after)});
  }
  return report;
}

Answer<Report> run_note(Context& context, const NoteOptions& options) {
  const auto content = read_argument(options.content, kNoteBytesMax);
  if (!content.ok()) return refuse(content.error());
  return submit_one(context, options.account, ledger::Note{bytes_of(*content)}, [](std::uint64_t) {
    return std::string();
  });
}

}  // namespace troupe::tools
