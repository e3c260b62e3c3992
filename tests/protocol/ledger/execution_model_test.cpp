#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "protocol/ledger/execution.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "tests/protocol/ledger/ledger_state.hpp"
#include "tests/protocol/ledger/naive_tree.hpp"

// Random blocks against a model of the ledger that is written down from the rules alone.
namespace troupe::ledger {

namespace {

using samples::below;
using samples::Random;

const std::vector<std::string> kAccounts{"alice", "bob", "carol"};
const std::vector<std::string> kKeys{"a", "a/1", "b", "b/1/2"};

/// A record as the model sees it: all its versions, the newest last.
struct ModelVersion {
  std::string owner;
  std::string value;
  bool retired = false;
};

using ModelRecords = std::map<std::string, std::vector<ModelVersion>>;

/// The ledger of the model: it copies everything before a transaction and puts it back if need be.
struct Model {
  ModelRecords records;
  std::map<crypto::Digest, std::uint64_t> decided;

  std::string run(const Transaction& transaction,
                  const std::string& account,
                  std::uint64_t height) {
    const std::uint64_t last = transaction.valid_through().number;
    if (last < height) return "expired";
    if (last > height + 1000) return "too-far-ahead";
    if (decided.contains(transaction.id())) {
      return "duplicate of " + std::to_string(decided.at(transaction.id()));
    }
    decided[transaction.id()] = height;
    const ModelRecords before = records;
    std::string versions;
    std::size_t number = 0;
    for (const Operation& operation : transaction.body().operations) {
      const std::string result = run(operation, account);
      if (result.starts_with("!")) {
        records = before;
        return "refused " + std::to_string(number) + " " + result.substr(1);
      }
      versions += result;
      ++number;
    }
    return "applied" + versions;
  }

  std::string run(const Operation& operation, const std::string& account) {
    if (std::holds_alternative<Note>(operation)) return "";
    const auto* put = std::get_if<Put>(&operation);
    const auto* transfer = std::get_if<Transfer>(&operation);
    const auto* retire = std::get_if<Retire>(&operation);
    const std::string& key = put ? put->key : transfer ? transfer->key : retire->key;
    std::vector<ModelVersion>& versions = records[key];
    if (versions.empty() && !put) return "!no-such-record";
    if (!versions.empty() && versions.back().owner != account) return "!not-owner";
    if (!versions.empty() && versions.back().retired) return "!retired";
    ModelVersion next = versions.empty() ? ModelVersion{account, "", false} : versions.back();
    if (put) next.value = std::string(as_text(put->value));
    if (retire) next.retired = true;
    for (const std::string& other : kAccounts) {
      if (transfer && transfer->to == samples::public_key_of(other)) next.owner = other;
    }
    versions.push_back(next);
    return " " + std::to_string(versions.size());
  }
};

struct Words {
  std::string operator()(const Applied& applied) const {
    std::string text = "applied";
    for (const std::uint64_t version : applied.versions)
      text += " " + std::to_string(version);
    return text;
  }

  std::string operator()(const DuplicateOf& duplicate) const {
    return "duplicate of " + std::to_string(duplicate.height.number);
  }

  std::string operator()(const ExpiredBefore&) const { return "expired"; }

  std::string operator()(const TooFarAheadOf&) const { return "too-far-ahead"; }

  std::string operator()(const Refused& refused) const {
    return "refused " + std::to_string(refused.operation) + " " + std::string(name(refused.reason));
  }
};

Operation random_operation(Random& random) {
  const std::string& key = kKeys[below(random, kKeys.size())];
  switch (below(random, 12)) {
    case 0: return Note{samples::random_bytes(random, 5)};
    case 1: return Retire{key};
    case 2:
    case 3: return Transfer{key, samples::public_key_of(kAccounts[below(random, 3)])};
    default: return Put{key, samples::bytes_of(std::to_string(below(random, 100)))};
  }
}

struct Sent {
  std::string account;
  Transaction transaction;
};

Sent random_transaction(Random& random, std::uint64_t height) {
  const std::string& account = kAccounts[below(random, kAccounts.size())];
  std::vector<Operation> operations;
  const std::size_t count = 1 + below(random, 3);
  for (std::size_t i = 0; i < count; ++i)
    operations.push_back(random_operation(random));
  Body body = samples::body_of(account, std::move(operations));
  // Around both ends of the life time: from one height too late to one too far ahead.
  const std::uint64_t offset = below(random, 4) == 0 ? 1000 + below(random, 3) : below(random, 6);
  body.valid_through = Height{height + offset - 1};
  body.memo = std::to_string(random());
  // Execution does not look at signatures.
  return {account, Transaction(body, {crypto::Signature{}})};
}

void check_records(const samples::LedgerState& ledger, const ModelRecords& records) {
  for (const auto& [key, versions] : records) {
    const auto history = read_history(ledger.values, key, {});
    BOOST_REQUIRE(history.ok());
    BOOST_REQUIRE(history->size() == versions.size());
    for (std::size_t i = 0; i < versions.size(); ++i) {
      const Record& record = (*history)[versions.size() - 1 - i];
      BOOST_TEST(record.version == i + 1);
      BOOST_TEST((record.owner == samples::public_key_of(versions[i].owner)));
      BOOST_TEST(as_text(record.value) == versions[i].value);
      BOOST_TEST((record.status == RecordStatus::Retired) == versions[i].retired);
    }
  }
}

void check_root(const samples::LedgerState& ledger) {
  samples::NaiveTree naive;
  for (const auto& [key, value] : ledger.values.values) {
    naive[crypto::sha256(key)] = crypto::sha256(value);
  }
  BOOST_TEST((ledger.tree.state.root == samples::naive_root(naive)));
}

/// Every value of the state can be proved against its root.
void check_proofs(const samples::LedgerState& ledger) {
  for (const auto& [key, value] : ledger.values.values) {
    const auto way = find_way(ledger.tree, ledger.tree.state, crypto::sha256(key));
    BOOST_REQUIRE(way.ok());
    BOOST_TEST(verify(PresenceProof{key, value, way->siblings}, ledger.tree.state.root));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(execution_model_test)

BOOST_AUTO_TEST_CASE(random_blocks_do_what_the_rules_say) {
  Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  samples::LedgerState ledger;
  Model model;
  std::vector<Sent> sent;

  for (std::uint64_t height = 1; height <= 200; ++height) {
    std::vector<Transaction> transactions;
    std::vector<std::string> expected;
    const std::size_t count = below(random, 8);
    for (std::size_t i = 0; i < count; ++i) {
      const bool repeats = !sent.empty() && below(random, 5) == 0;
      // One of the last few again, now and then: late, early or a duplicate.
      const std::size_t back = 1 + below(random, 12);
      const Sent next = repeats ? sent[sent.size() - std::min(back, sent.size())]
                                : random_transaction(random, height);
      if (!repeats) sent.push_back(next);
      transactions.push_back(next.transaction);
      expected.push_back(model.run(next.transaction, next.account, height));
    }
    const Execution execution = ledger.execute(transactions);
    BOOST_REQUIRE(execution.receipts.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      BOOST_TEST(std::visit(Words{}, execution.receipts[i].outcome) == expected[i]);
    }
  }

  check_records(ledger, model.records);
  check_root(ledger);
  check_proofs(ledger);
}

BOOST_AUTO_TEST_CASE(how_a_block_is_cut_into_batches_does_not_matter) {
  Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  samples::LedgerState whole;
  samples::LedgerState cut;

  for (std::uint64_t height = 1; height <= 30; ++height) {
    std::vector<Transaction> transactions;
    std::vector<Batch> batches;
    for (std::uint64_t i = 1; i <= 10; ++i) {
      transactions.push_back(random_transaction(random, height).transaction);
      batches.push_back(samples::batch_of({transactions.back()}, i));
    }
    BOOST_TEST((whole.execute(transactions) == cut.execute(batches)));
  }

  BOOST_TEST((whole.tree.state == cut.tree.state));
}

BOOST_AUTO_TEST_CASE(a_node_that_remembers_only_the_window_of_ids_decides_alike) {
  Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  samples::LedgerState all;
  samples::LedgerState window;
  std::vector<Transaction> sent;

  for (std::uint64_t height = 1; height <= 60; ++height) {
    // Blocks are sparse in height, so that the window passes over them.
    all.height = window.height = Height{height * 97};
    std::vector<Transaction> transactions;
    for (int i = 0; i < 4; ++i) {
      if (!sent.empty() && below(random, 2) == 0) {
        transactions.push_back(sent[below(random, sent.size())]);
        continue;
      }
      Body body = samples::body_of("alice", {random_operation(random)});
      body.valid_through = Height{all.height.number + below(random, 1100)};
      body.memo = std::to_string(random());
      sent.emplace_back(body, std::vector<crypto::Signature>{crypto::Signature{}});
      transactions.push_back(sent.back());
    }
    BOOST_TEST((all.execute(transactions) == window.execute(transactions)));
    std::erase_if(window.index.heights, [&window](const auto& entry) {
      return entry.second.number + kValidThroughHeightsMax < window.height.number;
    });
  }

  BOOST_TEST((all.tree.state == window.tree.state));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
