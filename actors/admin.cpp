#include "actors/admin.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/base/match.hpp"

namespace troupe::actors {

namespace {

crypto::Digest to_digest(const ByteVector& bytes) {
  crypto::Digest digest;
  if (bytes.size() == digest.bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  }
  return digest;
}

ByteVector to_vector(const crypto::Digest& digest) {
  return {digest.bytes.begin(), digest.bytes.end()};
}

TransactionOutcome busy_outcome() {
  TransactionOutcome outcome;
  outcome.state = "refused";
  outcome.reason = {"busy",
                    "this node answers as many clients as it can",
                    "try again in a moment, or ask another node with --node"};
  return outcome;
}

Reason reason_of(ledger::AdmissionError error) {
  return {std::string(ledger::name(error)),
          std::string(ledger::describe(error)),
          std::string(ledger::hint(error))};
}

bool is_open(const TransactionOutcome& outcome) {
  return outcome.state == "accepted" || outcome.state == "unknown";
}

}  // namespace

std::vector<std::string> names_of(const NodeContext& context,
                                  const std::vector<ValidatorIndex>& validators) {
  std::vector<std::string> names;
  for (const ValidatorIndex validator : validators)
    names.push_back(context.name_of(validator));
  return names;
}

void describe_receipt(TransactionOutcome& outcome, const ledger::Receipt& receipt) {
  outcome.receipt = ledger::name(receipt.outcome);
  std::visit(Match{[&](const ledger::Applied& applied) { outcome.versions = applied.versions; },
                   [&](const ledger::DuplicateOf& duplicate) {
                     outcome.reason = {
                         "duplicate",
                         "it was decided in height " + std::to_string(duplicate.height.number),
                         "look there: troupe tx show " + receipt.transaction.hex()};
                   },
                   [&](const ledger::ExpiredBefore&) {
                     outcome.reason = {
                         "expired",
                         "it was ordered above its last valid height",
                         "sign it again: the new one lives for the next 1,000 heights"};
                   },
                   [&](const ledger::TooFarAheadOf&) {
                     outcome.reason = {"too-far-ahead",
                                       "its last valid height lies more than 1,000 above the block",
                                       "sign it with a lower last height"};
                   },
                   [&](const ledger::Refused& refused) {
                     outcome.reason = {std::string(ledger::name(refused.reason)),
                                       "operation " + std::to_string(refused.operation + 1) + ": " +
                                           std::string(ledger::describe(refused.reason)),
                                       "none of the transaction's operations took effect"};
                   }},
             receipt.outcome);
}

Admin::Admin(AdminCore::pointer self, SharedContext context, NodeActor node, Height height)
    : self_(self),
      context_(std::move(context)),
      node_(std::move(node)),
      height_(height),
      desk_(self, context_) {}

AdminCore::behavior_type Admin::make_behavior() {
  started_ = now();
  final_at_ = started_;
  desk_.begin();
  self_->set_down_handler([this](const caf::down_msg& down) { desk_.on_sink_down(down.source); });
  return {
      [this](submit_atom, const SubmitRequest& request) { return on_submit(request); },
      [this](outcome_atom, const OutcomeQuery& query) { return on_outcome_query(query); },
      [this](gettx_atom, const TransactionQuery& query) { return on_transaction(query); },
      [this](status_atom) { return on_status(); },
      [this](peerlist_atom) { return on_peers(); },
      [this](blocks_atom, const BlockQuery& query) { return on_blocks(query); },
      [this](records_atom records, const RecordQuery& query) -> caf::result<RecordsReport> {
        return self_->delegate(cast_->ledger_reader, records, query);
      },
      [this](prove_atom prove, const ProofQuery& query) -> caf::result<ProofReport> {
        return self_->delegate(cast_->ledger_reader, prove, query);
      },
      [this](scrub_atom scrub, const ScrubQuery& query) -> caf::result<ScrubReport> {
        return self_->delegate(cast_->scrubber, scrub, query);
      },
      [this](snapshot_atom op, const SnapshotQuery& query) -> caf::result<SnapshotReport> {
        return self_->delegate(cast_->archivist, op, query);
      },
      [this](stop_atom) {
        self_->send(node_, stop_atom_v);
        return true;
      },
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [this](actors_atom, const ActorsQuery& query) { return desk_.on_actors(query); },
      [this](lanes_atom op) -> caf::result<LanesReport> {
        return self_->delegate(cast_->mempool, op);
      },
      [this](votes_atom op, const VotesQuery& query) -> caf::result<VotesReport> {
        return self_->delegate(cast_->validator, op, query);
      },
      [this](facts_atom) { return on_facts(); },
      [this](proofs_atom op) -> caf::result<EvidenceReport> {
        return self_->delegate(cast_->accuser, op);
      },
      [this](config_atom) { return ConfigReport{context_->ports().settings}; },
      [this](log_atom, const LogRequest& request) { return desk_.on_log(request); },
      [this](events_atom, const EventsQuery& query) { return desk_.on_subscribe(query); },
      [this](credit_atom, std::uint64_t stream, std::uint32_t events) {
        desk_.on_credit(stream, events);
      },
      [this](ping_atom) { return static_cast<std::uint64_t>(desk_.age().count() / 1000); },
      [this](follow_atom, const std::string& peer, bool is_follower) {
        return on_follow(peer, is_follower);
      },
      [this](rejoin_atom op) -> caf::result<RejoinReport> {
        return self_->delegate(cast_->validator, op);
      },
      [this](cutoff_atom, const std::string& peer, bool is_cut_off) {
        return on_cutoff(peer, is_cut_off);
      },
      [this](hinder_atom, const Hindrance& hindrance) { return on_hindrance(hindrance); },
      [this](pause_atom, bool is_paused) { return on_pause(is_paused); },
      [this](enter_atom, const std::string&) {
        return caf::actor_cast<caf::strong_actor_ptr>(self_);
      },
      [this](final_atom, const BlockCommittedPointer& block) { on_final(block); },
      [this](tapped_atom, const TapBurstPointer& burst) { desk_.on_burst(*burst); },
      [this](logged_atom, const LogLinePointer& line) { desk_.on_line(*line); },
      [this](custody_atom, const CustodyNewsPointer& news) { desk_.on_custody(*news); },
      [this](pump_atom) { desk_.on_pump(); },
      [this](window_atom, std::uint64_t window) { desk_.on_window(window); },
      [this](revert_atom, const std::string& actor, std::uint64_t order) {
        desk_.on_revert(actor, order);
      },
      [this](tick_atom) { on_tick(); },
  };
}

bool Admin::is_busy() const {
  return waiting_.size() + block_waiting_.size() >= kClientRequestsMax;
}

caf::result<SubmitReply> Admin::on_submit(const SubmitRequest& request) {
  if (is_busy() || request.transactions.size() > kSubmissionTransactionsMax) {
    return SubmitReply{std::vector(request.transactions.size(), busy_outcome())};
  }
  RawSubmission submission;
  for (const ByteVector& encoded : request.transactions) {
    submission.transactions.push_back(share(encoded));
  }
  const std::uint64_t number = next_++;
  auto promise = self_->make_response_promise<SubmitReply>();
  waiting_.emplace(number,
                   Waiting{.promise = promise,
                           .reply = {},
                           .deadline = now() + std::chrono::milliseconds(request.deadline_ms)});
  self_->request(cast_->mempool, caf::infinite, submit_atom_v, std::move(submission))
      .then([this, number, wait = request.wait](
                const SubmissionVerdicts& verdicts) { on_verdicts(number, wait, verdicts); },
            [this, number](const caf::error& error) {
              waiting_.at(number).promise.deliver(error);
              waiting_.erase(number);
            });
  return promise;
}

void Admin::on_verdicts(std::uint64_t number, bool wait, const SubmissionVerdicts& verdicts) {
  Waiting& waiting = waiting_.at(number);
  bool is_any_known = false;
  for (std::size_t i = 0; i < verdicts.ids.size(); ++i) {
    TransactionOutcome outcome;
    outcome.state = "accepted";
    if (verdicts.ids[i]) outcome.id = to_vector(*verdicts.ids[i]);
    const auto& refusal = verdicts.refusals[i];
    const bool is_known = refusal == ledger::AdmissionError::Duplicate;
    is_any_known = is_any_known || is_known;
    if (refusal && !(is_known && wait)) {
      outcome.state = "refused";
      outcome.reason = reason_of(*refusal);
    }
    waiting.reply.outcomes.push_back(std::move(outcome));
  }
  if (!wait) return deliver(number);
  watch(number);
  // Whoever sends a transaction again wants to know what became of it, which may be decided.
  if (is_any_known && waiting_.count(number) > 0) ask_ledger(number);
}

/// Waits for every open outcome of a request; answers it if there is none.
void Admin::watch(std::uint64_t number) {
  Waiting& waiting = waiting_.at(number);
  for (const TransactionOutcome& outcome : waiting.reply.outcomes) {
    if (!is_open(outcome)) continue;
    ++waiting.open;
    watched_[to_digest(outcome.id)].insert(number);
  }
  if (waiting.open == 0) return deliver(number);
  set_timer(waiting.deadline);
}

void Admin::ask_ledger(std::uint64_t number) {
  Waiting& waiting = waiting_.at(number);
  waiting.is_asking = true;
  BatchDigests ids;
  for (const TransactionOutcome& outcome : waiting.reply.outcomes) {
    if (is_open(outcome)) ids.digests.push_back(to_digest(outcome.id));
  }
  self_->request(cast_->ledger_reader, caf::infinite, outcome_atom_v, std::move(ids))
      .then([this, number](const SubmitReply& known) { on_ledger(number, known); },
            [this, number](const caf::error&) { on_ledger(number, {}); });
}

/// The ledger has answered. Without it nobody is told that his transaction is unknown, however
/// short his deadline is.
void Admin::on_ledger(std::uint64_t number, const SubmitReply& known) {
  for (const TransactionOutcome& outcome : known.outcomes) {
    if (outcome.state == "final") settle(number, outcome);
  }
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  found->second.is_asking = false;
  if (found->second.deadline <= now()) return deliver(number);
  set_timer(found->second.deadline);
}

/// An outcome is known: fills it in wherever this request asked for it.
void Admin::settle(std::uint64_t number, const TransactionOutcome& outcome) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  Waiting& waiting = found->second;
  for (TransactionOutcome& open : waiting.reply.outcomes) {
    if (open.id != outcome.id || !is_open(open)) continue;
    open = outcome;
    --waiting.open;
  }
  if (waiting.open == 0) deliver(number);
}

void Admin::deliver(std::uint64_t number) {
  const auto found = waiting_.find(number);
  for (const TransactionOutcome& outcome : found->second.reply.outcomes) {
    const auto watched = watched_.find(to_digest(outcome.id));
    if (watched == watched_.end()) continue;
    watched->second.erase(number);
    if (watched->second.empty()) watched_.erase(watched);
  }
  found->second.promise.deliver(std::move(found->second.reply));
  waiting_.erase(found);
}

caf::result<SubmitReply> Admin::on_outcome_query(const OutcomeQuery& query) {
  SubmitReply reply;
  for (const ByteVector& id : query.ids) {
    TransactionOutcome outcome;
    outcome.id = id;
    outcome.state = "unknown";
    reply.outcomes.push_back(std::move(outcome));
  }
  if (is_busy() || query.ids.size() > kSubmissionTransactionsMax) {
    return SubmitReply{std::vector(query.ids.size(), busy_outcome())};
  }
  const std::uint64_t number = next_++;
  auto promise = self_->make_response_promise<SubmitReply>();
  const Instant deadline = now() + std::chrono::milliseconds(query.deadline_ms);
  waiting_.emplace(number,
                   Waiting{.promise = promise, .reply = std::move(reply), .deadline = deadline});
  watch(number);
  if (waiting_.count(number) > 0) ask_ledger(number);
  return promise;
}

caf::result<TransactionReport> Admin::on_transaction(const TransactionQuery& query) {
  auto promise = self_->make_response_promise<TransactionReport>();
  const auto fail = [promise](caf::error& error) mutable { promise.deliver(std::move(error)); };
  const auto ask_mempool = [this, promise, fail, query] {
    self_->request(cast_->mempool, caf::infinite, gettx_atom_v, query)
        .then([promise](const TransactionReport& waiting) mutable { promise.deliver(waiting); },
              fail);
  };
  self_->request(cast_->ledger_reader, caf::infinite, gettx_atom_v, query)
      .then(
          [promise, ask_mempool](const TransactionReport& known) mutable {
            const bool is_news = known.outcome.state == "unknown";
            if (is_news && known.outcome.reason.code.empty()) return ask_mempool();
            promise.deliver(known);
          },
          fail);
  return promise;
}

caf::result<BlocksReport> Admin::on_blocks(const BlockQuery& query) {
  const bool is_there = query.latest || query.first <= height_.number;
  if (is_there || query.deadline_ms == 0 || is_busy()) {
    return self_->delegate(cast_->ledger_reader, blocks_atom_v, query);
  }
  auto promise = self_->make_response_promise<BlocksReport>();
  const Instant deadline = now() + std::chrono::milliseconds(query.deadline_ms);
  block_waiting_.emplace(next_++, BlockWaiting{promise, query, deadline});
  set_timer(deadline);
  return promise;
}

TransactionOutcome Admin::outcome_of(const BlockCommitted& block, std::size_t place) const {
  TransactionOutcome outcome;
  outcome.id = to_vector((*block.ids)[place]);
  outcome.state = "final";
  outcome.height = block.block.header.height.number;
  outcome.view = block.block.header.view.number;
  outcome.position = static_cast<std::uint32_t>(place);
  outcome.signers = names_of(*context_, block.signers);
  outcome.validators = context_->validators().size();
  describe_receipt(outcome, (*block.receipts)[place]);
  return outcome;
}

void Admin::on_final(const BlockCommittedPointer& block) {
  height_ = block->block.header.height;
  final_at_ = now();
  desk_.on_block(*block);
  for (std::size_t i = 0; i < block->ids->size() && !watched_.empty(); ++i) {
    const auto found = watched_.find((*block->ids)[i]);
    if (found == watched_.end()) continue;
    if (std::holds_alternative<ledger::DuplicateOf>((*block->receipts)[i].outcome)) continue;
    const TransactionOutcome outcome = outcome_of(*block, i);
    const std::set<std::uint64_t> numbers = found->second;
    for (const std::uint64_t number : numbers)
      settle(number, outcome);
  }
  for (auto entry = block_waiting_.begin(); entry != block_waiting_.end();) {
    if (entry->second.query.first > height_.number) {
      ++entry;
      continue;
    }
    self_->request(cast_->ledger_reader, caf::infinite, blocks_atom_v, entry->second.query)
        .then([promise = entry->second.promise](
                  const BlocksReport& report) mutable { promise.deliver(report); },
              [promise = entry->second.promise](caf::error& error) mutable {
                promise.deliver(std::move(error));
              });
    entry = block_waiting_.erase(entry);
  }
}

void Admin::on_tick() {
  timer_at_.reset();
  std::vector<std::uint64_t> due;
  std::optional<Instant> next;
  const auto consider = [&](Instant deadline) {
    if (!next || deadline < *next) next = deadline;
  };
  for (const auto& [number, waiting] : waiting_) {
    if (waiting.open == 0 || waiting.is_asking) continue;  // mempool or ledger will answer
    if (waiting.deadline <= now()) {
      due.push_back(number);
    } else {
      consider(waiting.deadline);
    }
  }
  for (const std::uint64_t number : due)
    deliver(number);
  for (auto entry = block_waiting_.begin(); entry != block_waiting_.end();) {
    if (entry->second.deadline > now()) {
      consider(entry->second.deadline);
      ++entry;
      continue;
    }
    entry->second.promise.deliver(BlocksReport{});
    entry = block_waiting_.erase(entry);
  }
  if (next) set_timer(*next);
}

void Admin::set_timer(Instant deadline) {
  if (timer_at_ && *timer_at_ <= deadline) return;
  timer_at_ = deadline;
  self_->delayed_send(self_, std::max(deadline - now(), Duration{0}), tick_atom_v);
}

Instant Admin::now() const {
  return read_clocks(self_->clock(), *context_).instant;
}

}  // namespace troupe::actors
