#include "tools/troupe/inspect.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "actors/chain_state.hpp"
#include "actors/ledger_audit.hpp"
#include "storage/keys.hpp"
#include "tools/tampering.hpp"
#include "tools/troupe/data_folder.hpp"

namespace troupe::tools {

namespace {

using storage::KeyPrefix;

constexpr std::size_t kEntriesAtOnce = 4096;
constexpr std::size_t kDamagesShown = 20;

struct Kind {
  KeyPrefix prefix;
  const char* name;
};

constexpr Kind kKinds[] = {{KeyPrefix::Block, "blocks"},
                           {KeyPrefix::FinalHeader, "header_index"},
                           {KeyPrefix::HistoryNode, "history_nodes"},
                           {KeyPrefix::Batch, "batches"},
                           {KeyPrefix::Receipts, "receipts"},
                           {KeyPrefix::Transaction, "transactions"},
                           {KeyPrefix::StateValue, "state_values"},
                           {KeyPrefix::StateKey, "state_keys"},
                           {KeyPrefix::TreeNode, "state_nodes"},
                           {KeyPrefix::StateRoot, "state_roots"},
                           {KeyPrefix::RecordIndex, "records"},
                           {KeyPrefix::Certificate, "certificates"},
                           {KeyPrefix::Evidence, "evidence"}};

/// One ledger under examination.
struct Subject {
  DataFolder folder;
  DatabaseCopy copy;
  OpenData open;
  std::shared_ptr<storage::ChainStore> chain;
  Height newest;
};

Answer<Subject> take(const std::string& path, const std::string& genesis) {
  auto folder = find_data(path, genesis);
  if (!folder.ok()) return refuse(folder.error());
  auto copy = DatabaseCopy::of(folder->data);
  if (!copy.ok()) return refuse(copy.error());
  auto open = open_data(copy->data(), folder->genesis);
  if (!open.ok()) return refuse(open.error());
  auto chain = std::make_shared<storage::ChainStore>(open->opened.database);
  const auto newest = chain->last_height();
  const Height height = newest ? newest->value_or(Height{0}) : Height{0};
  return Subject{std::move(*folder), std::move(copy).value(), std::move(*open), chain, height};
}

/// Visits every entry of a kind; the text of the error that ended it early.
template <class Visit>
std::string for_each(const storage::Database& database, KeyPrefix prefix, Visit visit) {
  storage::RangeQuery query;
  query.first = storage::keys::first_of(prefix);
  query.end = storage::keys::after_prefix(query.first);
  query.entries_max = kEntriesAtOnce;
  while (true) {
    const auto entries = database.range(query);
    if (!entries) return entries.error().detail;
    for (const storage::Entry& entry : *entries)
      visit(entry);
    if (entries->size() < kEntriesAtOnce) return {};
    query.first = entries->back().key;
    query.first.push_back(0);
  }
}

struct Findings {
  std::vector<std::string> damages;
  std::uint64_t values = 0;
  Json counts = Json::object();
};

void count_entries(const Subject& subject, Findings& findings) {
  for (const Kind& kind : kKinds) {
    std::uint64_t count = 0;
    const std::string error = for_each(
        *subject.open.opened.database, kind.prefix, [&](const storage::Entry&) { ++count; });
    findings.counts[kind.name] = count;
    if (!error.empty()) findings.damages.push_back(fmt::format("{}: {}", kind.name, error));
  }
}

void audit(const Subject& subject, Findings& findings) {
  auto founding = proof::found(subject.folder.genesis);
  INVARIANT(founding.ok());  // load_genesis checked it
  const actors::LedgerAudit audit(std::move(founding).value(), subject.chain);
  const auto add = [&](const storage::Stored<actors::HeightAudit>& checked) {
    if (!checked) {
      findings.damages.push_back(checked.error().detail);
      return;
    }
    findings.values += checked->values;
    findings.damages.insert(
        findings.damages.end(), checked->damages.begin(), checked->damages.end());
  };
  // What came as a snapshot has no blocks to compare with.
  const auto base = actors::read_base(*subject.chain);
  for (Height height = base ? base->next() : Height{1}; height <= subject.newest;
       height = height.next()) {
    add(audit.check(height, {}));
  }
  Bytes next;
  do {
    add(audit.check_values(next, kEntriesAtOnce));
  } while (!next.empty());
}

// --- two ledgers side by side

struct Difference {
  ExitCode exit = ExitCode::Done;
  std::string code;
  std::string what;
  Json fields = Json::object();
};

std::string printable(ByteView bytes) {
  const bool is_text =
      std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= 0x20 && byte <= 0x7e; });
  return is_text ? std::string(as_text(bytes)) : to_hex(bytes);
}

/// The values of the state as of the common height: by key digest, the newest.
std::map<crypto::Digest, Bytes> values_of(const Subject& subject, Height height) {
  std::map<crypto::Digest, Bytes> values;
  for_each(*subject.open.opened.database, KeyPrefix::StateValue, [&](const storage::Entry& entry) {
    const auto version = storage::keys::read_state_value_version(entry.key);
    const auto digest = storage::keys::read_state_value_digest(entry.key);
    if (version && digest && *version <= height) values.try_emplace(*digest, entry.value);
  });
  return values;
}

/// The first state key, in the order of key digests, that the two hold differently.
std::optional<crypto::Digest> first_difference(const std::map<crypto::Digest, Bytes>& one,
                                               const std::map<crypto::Digest, Bytes>& other) {
  auto left = one.begin();
  auto right = other.begin();
  while (left != one.end() && right != other.end() && *left == *right) {
    ++left;
    ++right;
  }
  if (left == one.end() && right == other.end()) return std::nullopt;
  if (left == one.end()) return right->first;
  if (right == other.end()) return left->first;
  return std::min(left->first, right->first);
}

std::string key_name(const Subject& one, const Subject& other, const crypto::Digest& digest) {
  for (const Subject* subject : {&one, &other}) {
    const auto key = storage::StateStore(subject->chain->database()).key_of(digest);
    if (key && *key && crypto::sha256(**key) == digest) return printable(**key);
  }
  return digest.hex();
}

Difference compare(const Subject& one, const Subject& other) {
  const Height common = std::min(one.newest, other.newest);
  Difference difference;
  for (Height height{1}; height <= common; height = height.next()) {
    const auto left = actors::read_block(*one.chain, height);
    const auto right = actors::read_block(*other.chain, height);
    if (!left || !right) continue;  // found as damage already
    if (left->header != right->header) {
      return {ExitCode::SafetyViolation,
              "fork",
              fmt::format("height {}: the two hold different final blocks", height.number),
              {{"height", height.number}}};
    }
    if (left->state_root != right->state_root) {
      difference = {ExitCode::No,
                    "roots-differ",
                    fmt::format("height {}: the state roots are {} and {}",
                                height.number,
                                left->state_root.hex(),
                                right->state_root.hex()),
                    {{"height", height.number},
                     {"root", left->state_root.hex()},
                     {"other_root", right->state_root.hex()}}};
      break;
    }
  }
  const auto digest = first_difference(values_of(one, common), values_of(other, common));
  if (!digest) return difference;
  const std::string key = key_name(one, other, *digest);
  if (difference.code.empty()) {
    difference.exit = ExitCode::No;
    difference.code = "values-differ";
    difference.what = "the state roots are the same, the stored values are not";
  }
  difference.what += fmt::format("; the first differing key is {}", key);
  difference.fields["first_key"] = key;
  return difference;
}

std::string state_text(storage::OpenState state) {
  switch (state) {
    case storage::OpenState::Created: return "empty";
    case storage::OpenState::Intact: return "intact";
    case storage::OpenState::TornTail: return "torn-tail";
    case storage::OpenState::Incomplete: return "incomplete";
  }
  return "unknown";
}

Report report_on(const Subject& subject, const Findings& findings) {
  const storage::OpenReport& opened = subject.open.opened.report;
  Report report;
  report.fields = {{"folder", subject.folder.data.string()},
                   {"chain", ledger::chain_id(subject.folder.genesis).hex()},
                   {"state", state_text(opened.state)},
                   {"height", subject.newest.number},
                   {"entries_checked", findings.values},
                   {"counts", findings.counts},
                   {"damages", findings.damages}};
  Table table{{"FIELD", "VALUE"},
              {{"folder", shown(subject.folder.data)},
               {"database", fmt::format("{}: {}", state_text(opened.state), opened.detail)},
               {"height", std::to_string(subject.newest.number)},
               {"entries checked", std::to_string(findings.values)}}};
  if (subject.newest.number > 0) {
    if (const auto tip = actors::read_block(*subject.chain, subject.newest)) {
      report.fields["state_root"] = tip->state_root.hex();
      report.fields["header"] = crypto::sha256(tip->header).hex();
      table.rows.push_back({"state root", tip->state_root.hex()});
      table.rows.push_back({"header", crypto::sha256(tip->header).hex()});
    }
  }
  for (const auto& [kind, count] : findings.counts.items())
    table.rows.push_back({kind, count.dump()});
  for (std::size_t i = 0; i < std::min(findings.damages.size(), kDamagesShown); ++i)
    table.rows.push_back({"ALTERED", findings.damages[i]});
  report.parts = {std::move(table)};
  return report;
}

std::optional<CommandError> verdict(const Subject& subject, const Findings& findings) {
  if (!subject.open.opened.report.is_complete()) {
    return CommandError{ExitCode::No,
                        "incomplete",
                        subject.open.opened.report.detail,
                        "start the node: it does not vote, and fetches what is missing"};
  }
  if (findings.damages.empty()) return std::nullopt;
  return CommandError{ExitCode::No,
                      "altered",
                      fmt::format("{} things are not what was agreed; the first: {}",
                                  findings.damages.size(),
                                  findings.damages.front()),
                      "start the node: its scrubber mends what it can, and names what it cannot"};
}

}  // namespace

Answer<Report> run_inspect(Context&, const InspectOptions& options) {
  const auto subject = take(options.folder, options.genesis);
  if (!subject.ok()) return refuse(subject.error());
  Findings findings;
  count_entries(*subject, findings);
  audit(*subject, findings);
  Report report = report_on(*subject, findings);
  report.problem = verdict(*subject, findings);
  if (options.against.empty()) return report;
  const auto other = take(options.against, options.genesis);
  if (!other.ok()) return refuse(other.error());
  const Difference difference = compare(*subject, *other);
  report.fields["against"] = {{"folder", other->folder.data.string()},
                              {"height", other->newest.number},
                              {"same", difference.code.empty()}};
  if (difference.code.empty()) return report;
  report.fields["against"].update(difference.fields);
  report.problem = CommandError{difference.exit,
                                difference.code,
                                difference.what,
                                "the one whose own check fails is the altered one: inspect both"};
  return report;
}

Answer<Report> run_tamper(Context&, const TamperOptions& options) {
  const auto folder = find_data(options.folder, options.genesis);
  if (!folder.ok()) return refuse(folder.error());
  if (!folder->genesis.development) {
    return refuse({ExitCode::Refused,
                   "not-a-development-network",
                   "this network is no development network: nothing is tampered with here",
                   "make one to play with: troupe init --nodes 4"});
  }
  const auto open = open_data(folder->data, folder->genesis);
  if (!open.ok()) return refuse(open.error());
  const auto done = tamper_with(*open->opened.database, options.key, as_bytes(options.value));
  if (!done) {
    return refuse({ExitCode::Bug,
                   std::string(storage::name(done.error().kind)),
                   storage::describe(done.error()),
                   std::string(storage::hint(done.error().kind))});
  }
  if (!*done) {
    return refuse({ExitCode::NotFound,
                   "no-record",
                   fmt::format("this node stores no record '{}'", options.key),
                   "list what there is while the network runs: troupe record list"});
  }
  const Tampering& tampering = **done;
  const std::string before = printable(tampering.was);
  Report report;
  report.fields = {{"key", options.key},
                   {"version", tampering.version},
                   {"height", tampering.height.number},
                   {"was", before},
                   {"is", options.value}};
  report.parts = {
      Line{fmt::format("{} version {} now says '{}' instead of '{}' on this disk, with "
                       "checksums to match",
                       options.key,
                       tampering.version,
                       options.value,
                       before)}};
  return report;
}

}  // namespace troupe::tools
