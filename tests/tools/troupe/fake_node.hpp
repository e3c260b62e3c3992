#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/ledger/transaction.hpp"
#include "tools/troupe/client.hpp"

namespace troupe::tools {

/// A ledger of the tests' own behind the interface that commands use: every submission becomes the
/// next block at once. It checks what a node checks of the signature, and nothing of consensus.
struct FakeLedger {
  crypto::Digest chain;
  std::uint64_t height = 10;
  std::map<std::string, std::vector<actors::RecordReport>> records;
  std::vector<ledger::Transaction> transactions;
  std::size_t largest_request = 0;

  /// What the next submissions are answered instead of finality, one each.
  std::vector<actors::TransactionOutcome> refusals;
  std::map<std::string, Bytes> proofs;  ///< encoded, by the kind that is asked for
  std::size_t unproven = 0;             ///< so many questions come too early
  actors::ScrubReport scrub;
  actors::SnapshotReport snapshot;
  std::string waiting;  ///< how every transaction that is asked for waits: queued or sealed
  bool is_paused = false;
  bool is_lost = false;  ///< every question is answered with unreachable
  std::vector<std::string> peers = {"n2", "n3", "n4"};  ///< the validators it is connected to

  // What the node says of itself.
  actors::ActorsReport actors;
  actors::LanesReport lanes;
  actors::VotesReport votes;
  actors::FactsReport facts;
  actors::EvidenceReport evidence;
  actors::ConfigReport configuration;
  actors::RejoinReport rejoin;
  std::vector<actors::LogRequest> log_requests;
  std::vector<std::pair<std::string, std::string>> told;  ///< what about which peer id
  std::vector<actors::EventBatch> events;                 ///< told at once to who watches
};

class FakeClient final : public NodeClient {
 public:
  explicit FakeClient(FakeLedger& ledger) : ledger_(ledger) {}

  void submit(actors::SubmitRequest request, Receive<actors::SubmitReply> receive) override {
    ledger_.largest_request = std::max(ledger_.largest_request, request.transactions.size());
    actors::SubmitReply reply;
    for (const auto& bytes : request.transactions)
      reply.outcomes.push_back(admit(bytes));
    answer(std::move(receive), std::move(reply));
  }

  void outcome(actors::OutcomeQuery query, Receive<actors::SubmitReply> receive) override {
    actors::SubmitReply reply;
    for (const auto& id : query.ids)
      reply.outcomes.push_back(outcome_of(id));
    answer(std::move(receive), std::move(reply));
  }

  void transaction(actors::TransactionQuery query,
                   Receive<actors::TransactionReport> receive) override {
    actors::TransactionReport report{outcome_of(query.id), {}};
    if (!ledger_.waiting.empty()) {
      report.outcome.state = "accepted";
      report.outcome.receipt = ledger_.waiting;
    }
    for (const auto& one : ledger_.transactions) {
      if (to_bytes(one.id().view()) == query.id) report.bytes = to_bytes(one.encoded());
    }
    answer(std::move(receive), std::move(report));
  }

  void status(Receive<actors::StatusReport> receive) override {
    actors::StatusReport report;
    report.node = "n1";
    report.role = "leader";
    report.height = ledger_.height;
    report.peers = static_cast<std::uint32_t>(ledger_.peers.size());
    report.validators = 4;
    report.quorum = 3;
    report.validator_names = {"n1", "n2", "n3", "n4"};
    report.paused = ledger_.is_paused;
    answer(std::move(receive), std::move(report));
  }

  void peers(Receive<actors::PeersReport> receive) override {
    actors::PeersReport report;
    for (const auto& name : ledger_.peers) {
      actors::PeerReport peer;
      peer.name = name;
      peer.direction = "out";
      peer.agent = "troupe\x1b[31m";
      report.peers.push_back(peer);
    }
    answer(std::move(receive), std::move(report));
  }

  void blocks(actors::BlockQuery query, Receive<actors::BlocksReport> receive) override {
    actors::BlocksReport report;
    const std::uint64_t first = query.latest ? ledger_.height : query.first;
    for (std::uint64_t height = first;
         height <= ledger_.height && report.blocks.size() < query.count;
         ++height) {
      actors::BlockReport block;
      block.height = height;
      block.digest = actors::ByteVector(32, static_cast<std::uint8_t>(height));
      report.blocks.push_back(block);
    }
    answer(std::move(receive), std::move(report));
  }

  void records(actors::RecordQuery query, Receive<actors::RecordsReport> receive) override {
    actors::RecordsReport report;
    report.height = ledger_.height;
    for (const auto& [key, versions] : ledger_.records) {
      if (query.prefix ? !key.starts_with(query.key) || key <= query.after : key != query.key)
        continue;
      if (report.records.size() == query.count) {
        report.more = true;
        break;
      }
      if (query.history) {
        report.records = versions;
      } else {
        report.records.push_back(versions.back());
      }
    }
    answer(std::move(receive), std::move(report));
  }

  void admit(std::string peer, bool is_follower, Receive<bool> receive) override {
    ledger_.told.emplace_back(is_follower ? "admit" : "expel", peer);
    answer(std::move(receive), true);
  }

  void rejoin(Receive<actors::RejoinReport> receive) override {
    answer(std::move(receive), ledger_.rejoin);
  }

  void sever(std::string peer, bool is_severed, Receive<bool> receive) override {
    ledger_.told.emplace_back(is_severed ? "sever" : "mend", peer);
    answer(std::move(receive), true);
  }

  void hinder(actors::Hindrance hindrance, Receive<bool> receive) override {
    ledger_.told.emplace_back(hindrance.kind, std::to_string(hindrance.amount));
    answer(std::move(receive), true);
  }

  void pause(bool is_paused, Receive<bool> receive) override {
    ledger_.told.emplace_back(is_paused ? "pause" : "resume", "");
    answer(std::move(receive), std::exchange(ledger_.is_paused, is_paused) != is_paused);
  }

  void cast(actors::ActorsQuery, Receive<actors::ActorsReport> receive) override {
    answer(std::move(receive), ledger_.actors);
  }

  void lanes(Receive<actors::LanesReport> receive) override {
    answer(std::move(receive), ledger_.lanes);
  }

  void votes(actors::VotesQuery query, Receive<actors::VotesReport> receive) override {
    if (query.view != 0) ledger_.votes.view = query.view;
    answer(std::move(receive), ledger_.votes);
  }

  void facts(Receive<actors::FactsReport> receive) override {
    answer(std::move(receive), ledger_.facts);
  }

  void evidence(Receive<actors::EvidenceReport> receive) override {
    answer(std::move(receive), ledger_.evidence);
  }

  void configuration(Receive<actors::ConfigReport> receive) override {
    answer(std::move(receive), ledger_.configuration);
  }

  void set_log(actors::LogRequest request, Receive<bool> receive) override {
    ledger_.log_requests.push_back(std::move(request));
    answer(std::move(receive), true);
  }

  void watch(actors::EventsQuery, HearEvents hear, Receive<Done> receive) override {
    answer(std::move(receive), Done{});
    for (const auto& batch : ledger_.events)
      hear(batch);
    hear(refuse({ExitCode::Unreachable, "unreachable", "node n1 went away", "troupe up"}));
  }

  void prove(actors::ProofQuery query, Receive<actors::ProofReport> receive) override {
    actors::ProofReport report;
    report.height = ledger_.height;
    if (ledger_.unproven > 0) {
      --ledger_.unproven;
      ++ledger_.height;
      report.reason = {"not-proven-yet", "no header exposes that yet", "ask again"};
    } else {
      report.proof = ledger_.proofs[query.kind];
    }
    answer(std::move(receive), std::move(report));
  }

  void snapshot(actors::SnapshotQuery query, Receive<actors::SnapshotReport> receive) override {
    if (query.take) ledger_.snapshot.kept.push_back(ledger_.snapshot.newest);
    receive(ledger_.snapshot);
  }

  void scrub(actors::ScrubQuery query, Receive<actors::ScrubReport> receive) override {
    if (query.now) ledger_.scrub.walking = true;
    auto report = ledger_.scrub;
    if (report.walking && ++ledger_.scrub.height == ledger_.scrub.newest) {
      ledger_.scrub.walking = false;
      ++ledger_.scrub.passes;
    }
    answer(std::move(receive), std::move(report));
  }

 private:
  template <class T>
  void answer(Receive<T> receive, T reply) const {
    if (ledger_.is_lost) {
      receive(refuse({ExitCode::Unreachable, "unreachable", "node n1 went away", "troupe up"}));
    } else {
      receive(std::move(reply));
    }
  }

  actors::TransactionOutcome admit(const actors::ByteVector& bytes) {
    const auto transaction = ledger::Transaction::decode(bytes);
    INVARIANT(transaction.ok());
    INVARIANT(crypto::verify(transaction->account(),
                             ledger::signed_bytes(transaction->body()),
                             transaction->signatures().front()));
    INVARIANT(transaction->chain() == ledger_.chain);
    if (!ledger_.refusals.empty()) {
      auto refusal = ledger_.refusals.front();
      ledger_.refusals.erase(ledger_.refusals.begin());
      refusal.id = to_bytes(transaction->id().view());
      return refusal;
    }
    ++ledger_.height;
    ledger_.transactions.push_back(*transaction);
    auto outcome = final_at(transaction->id());
    for (const auto& operation : transaction->body().operations)
      outcome.versions.push_back(apply(*transaction, operation));
    return outcome;
  }

  std::uint64_t apply(const ledger::Transaction& transaction, const ledger::Operation& operation) {
    const auto* put = std::get_if<ledger::Put>(&operation);
    const auto* transfer = std::get_if<ledger::Transfer>(&operation);
    const auto* retire = std::get_if<ledger::Retire>(&operation);
    if (put == nullptr && transfer == nullptr && retire == nullptr) return 0;
    auto& versions = ledger_.records[put != nullptr        ? put->key
                                     : transfer != nullptr ? transfer->key
                                                           : retire->key];
    actors::RecordReport record = versions.empty() ? actors::RecordReport{} : versions.back();
    if (put != nullptr) {
      record.key = put->key;
      record.value = put->value;
      record.owner = to_bytes(transaction.account().view());
    }
    if (transfer != nullptr) record.owner = to_bytes(transfer->to.view());
    record.retired = retire != nullptr;
    record.version = versions.size() + 1;
    record.height = ledger_.height;
    record.transaction = to_bytes(transaction.id().view());
    versions.push_back(record);
    return record.version;
  }

  [[nodiscard]] actors::TransactionOutcome final_at(const crypto::Digest& id) const {
    actors::TransactionOutcome outcome;
    outcome.id = to_bytes(id.view());
    outcome.state = "final";
    outcome.receipt = "applied";
    outcome.height = ledger_.height;
    outcome.view = ledger_.height;
    outcome.signers = {"n1", "n2", "n4"};
    outcome.validators = 4;
    return outcome;
  }

  [[nodiscard]] actors::TransactionOutcome outcome_of(const actors::ByteVector& id) const {
    for (const auto& transaction : ledger_.transactions) {
      if (to_bytes(transaction.id().view()) == id) return final_at(transaction.id());
    }
    actors::TransactionOutcome outcome;
    outcome.id = id;
    outcome.state = "unknown";
    return outcome;
  }

  FakeLedger& ledger_;
};

class FakeFactory final : public ClientFactory {
 public:
  explicit FakeFactory(FakeLedger& ledger) : ledger_(ledger) {}

  Answer<std::unique_ptr<NodeClient>> attach(const std::string& node,
                                             const NodeAddress&,
                                             std::chrono::milliseconds,
                                             Access) override {
    if (ledger_.is_lost)
      return refuse(
          {ExitCode::Unreachable, "unreachable", "cannot attach to node " + node, "troupe up"});
    return std::unique_ptr<NodeClient>(std::make_unique<FakeClient>(ledger_));
  }

 private:
  FakeLedger& ledger_;
};

}  // namespace troupe::tools
