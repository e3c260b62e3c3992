#include "actors/mempool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/base/match.hpp"

namespace troupe::actors {

namespace {

/// Transactions that one worker verifies at a time: about 3 ms of work.
constexpr std::size_t kVerifyPartTransactions = 64;

}  // namespace

Mempool::Mempool(MempoolActor::pointer self,
                 SharedContext context,
                 std::shared_ptr<MempoolSeed> seed)
    : self_(self),
      context_(std::move(context)),
      machine_(std::move(seed->config), seed->recovery),
      next_peer_number_(context_->validators().size()) {}

MempoolActor::behavior_type Mempool::make_behavior() {
  return {
      [this](deliver_atom, const Delivery& delivery) { on_delivery(delivery); },
      [this](peerup_atom, Channel, const network::PeerId& peer) { on_peer_up(peer); },
      [this](peerdown_atom, Channel, const network::PeerId& peer) { on_peer_down(peer); },
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [this](start_atom) { on_input(ledger::Started{}); },
      [this](submit_atom, const RawSubmission& submission) { return on_submission(submission); },
      [this](payload_atom, const PayloadQuestion& question) { on_question(question); },
      [this](build_atom, const consensus::BuildProposal& build) { return on_build(build); },
      [this](tips_atom) { return machine_.held_tips(); },
      [this](hint_atom, const consensus::TipsHinted& hint) {
        on_input(ledger::TipsHinted{hint.from, to_lane_tips(hint.tips)});
      },
      [this](abandon_atom, const consensus::AbandonPayload& abandoned) { on_abandon(abandoned); },
      [this](failed_atom, const consensus::OwnViewFailed& failed) {
        on_input(ledger::OwnViewFailed{failed.view});
      },
      [this](fetch_atom, const BatchRanges& request) { return on_fetch(request); },
      [this](final_atom, const BlockCommittedPointer& block) { on_final(*block); },
      [this](rejoin_atom) { on_input(ledger::Rejoined{}); },
      [this](tick_atom) {
        timer_at_.reset();
        on_input(ledger::TimerFired{});
      },
      [this](status_atom) { return machine_.status(); },
      [this](gettx_atom, const TransactionQuery& query) { return transaction(query); },
      [this](lanes_atom) { return lanes(); },
  };
}

void Mempool::on_delivery(const Delivery& delivery) {
  const auto from = number_of(delivery.from);
  if (!from) return;
  auto message = ledger::decode_lane_message(*delivery.message);
  if (!message) {
    context_->log(LogLevel::Warn,
                  name,
                  context_->name_of(delivery.from) + " sent a malformed lane message: " +
                      std::string(codec::describe(message.error())));
    self_->send(cast_->swarm, hangup_atom_v, delivery.from);
    return;
  }
  std::visit(Match{[&](const ledger::BatchMessage& batch) {
                     on_batches(*from, {batch.encoded}, {}, delivery);
                   },
                   [&](const ledger::BatchAnswer& answer) {
                     on_batches(*from, answer.batches, answer.absent, delivery);
                   },
                   [&](const ledger::AckMessage& acks) {
                     on_input(ledger::AcksReceived{*from, acks.acks});
                   },
                   [&](const ledger::BatchRequest& request) {
                     on_input(ledger::RequestReceived{*from, request.ranges});
                   }},
             *message);
}

/// Has batches decoded on the one worker that serves this peer, so that they stay in order.
void Mempool::on_batches(ledger::PeerNumber from,
                         std::vector<ByteView> encoded,
                         std::vector<crypto::Digest> absent,
                         const Delivery& delivery) {
  const bool is_stream = absent.empty() && encoded.size() == 1;
  RawBatches raw{delivery.message, std::move(encoded)};
  self_->request(worker_for(from.number), caf::infinite, decode_atom_v, std::move(raw))
      .then(
          [this, from, absent, is_stream, sender = delivery.from, credit = delivery.credit](
              const DecodedBatches& decoded) {
            if (!decoded.batches) {
              context_->log(
                  LogLevel::Warn, name, context_->name_of(sender) + " sent a malformed batch");
              self_->send(cast_->swarm, hangup_atom_v, sender);
            } else if (is_stream) {
              on_input(ledger::BatchReceived{from, decoded.batches->front()});
            } else {
              on_input(ledger::BatchesReceived{from, *decoded.batches, absent});
            }
          },
          [](const caf::error&) {});
}

void Mempool::on_peer_up(const network::PeerId& peer) {
  const auto validator = context_->validator_of(peer);
  const ledger::PeerNumber number =
      validator ? ledger::peer_of(*validator) : ledger::PeerNumber{next_peer_number_++};
  peers_[peer] = number;
  ids_.insert_or_assign(number, peer);
  on_input(ledger::PeerConnected{number});
}

void Mempool::on_peer_down(const network::PeerId& peer) {
  const auto number = number_of(peer);
  if (!number) return;
  peers_.erase(peer);
  ids_.erase(*number);
  on_input(ledger::PeerDisconnected{*number});
}

caf::result<SubmissionVerdicts> Mempool::on_submission(const RawSubmission& submission) {
  const std::uint64_t number = next_submission_++;
  auto promise = self_->make_response_promise<SubmissionVerdicts>();
  submissions_.emplace(number, Submission{promise, {}, {}});
  self_->request(worker_for(number), caf::infinite, examine_atom_v, submission)
      .then([this, number](const ExaminedSubmission& examined) { on_examined(number, examined); },
            [this, number](const caf::error& error) {
              submissions_.at(number).promise.deliver(error);
              submissions_.erase(number);
            });
  return promise;
}

void Mempool::on_examined(std::uint64_t number, ExaminedSubmission examined) {
  Submission& submission = submissions_.at(number);
  ledger::Submission input{number, {}};
  for (std::size_t i = 0; i < examined.items.size(); ++i) {
    auto& item = examined.items[i];
    if (auto* candidate = std::get_if<ledger::Candidate>(&item)) {
      submission.verdicts.ids.emplace_back(candidate->transaction.id());
      submission.verdicts.refusals.emplace_back();
      submission.candidates.push_back(i);
      input.candidates.push_back(std::move(*candidate));
    } else {
      submission.verdicts.ids.emplace_back();
      submission.verdicts.refusals.emplace_back(std::get<ledger::AdmissionError>(item));
    }
  }
  on_input(input);
}

void Mempool::perform_answer(const ledger::SubmissionAnswered& answered) {
  const auto found = submissions_.find(answered.number);
  INVARIANT(found != submissions_.end());
  Submission& submission = found->second;
  INVARIANT(answered.verdicts.size() == submission.candidates.size());
  for (std::size_t i = 0; i < answered.verdicts.size(); ++i) {
    if (!answered.verdicts[i]) {
      submission.verdicts.refusals[submission.candidates[i]] = answered.verdicts[i].error();
    }
  }
  submission.promise.deliver(std::move(submission.verdicts));
  submissions_.erase(found);
}

caf::result<consensus::ProposalBuilt> Mempool::on_build(const consensus::BuildProposal& build) {
  auto promise = self_->make_response_promise<consensus::ProposalBuilt>();
  building_ = promise;
  build_ = build;
  on_input(ledger::BuildProposal{build.view, to_lane_tips(build.parent.tips)});
  return promise;
}

void Mempool::on_question(const PayloadQuestion& question) {
  auto& askers = questions_[question.question.block];
  if (std::find(askers.begin(), askers.end(), question.asker) == askers.end())
    askers.push_back(question.asker);
  on_input(question.question);
}

/// Consensus asks no more. The machine looks on as long as somebody else does.
void Mempool::on_abandon(const consensus::AbandonPayload& abandoned) {
  const auto found = questions_.find(abandoned.block);
  if (found == questions_.end()) return;
  std::erase(found->second, caf::actor_cast<PayloadSink>(cast_->validator));
  if (!found->second.empty()) return;
  questions_.erase(found);
  on_input(ledger::AbandonPayload{abandoned.block});
}

void Mempool::perform_checked(const ledger::PayloadChecked& checked) {
  const auto found = questions_.find(checked.block);
  if (found == questions_.end()) return;
  const std::vector<PayloadSink> askers = found->second;
  if (checked.verdict != ledger::PayloadVerdict::Missing) questions_.erase(found);
  for (const PayloadSink& asker : askers)
    self_->send(asker, payload_atom_v, checked);
}

/// Serves the writer, mostly from memory: what a block orders was held before it was notarized.
caf::result<BatchList> Mempool::on_fetch(const BatchRanges& request) {
  BatchList list;
  for (const ledger::BatchRange& range : request.ranges) {
    crypto::Digest digest = range.tip;
    for (std::uint64_t i = 0; i < range.count; ++i) {
      const ledger::BatchPointer batch = machine_.held_batch(digest);
      if (!batch) return self_->delegate(cast_->batch_store, load_atom_v, request);
      digest = batch->place().parent;
      list.batches.push_back(batch);
    }
  }
  return list;
}

void Mempool::on_final(const BlockCommitted& block) {
  const consensus::Header& header = block.block.header;
  on_input(ledger::Ordered{header.height,
                           to_lane_tips(header.tips),
                           block.ids,
                           block.lives,
                           proof::closings_in(block.accusations)});
}

void Mempool::on_input(const ledger::MempoolInput& input) {
  for (const ledger::MempoolEffect& effect : machine_.step(input, now()))
    perform(effect);
  set_timer();
}

void Mempool::perform(const ledger::MempoolEffect& effect) {
  std::visit(
      Match{
          [&](const ledger::SubmissionAnswered& answered) { perform_answer(answered); },
          [&](const ledger::StoreBatch& store) {
            perform_store({store.batch, store.followed}, true);
          },
          [&](const ledger::StoreSignature& store) {
            perform_store({store.batch, true}, false);
          },
          [&](const ledger::SignBatch& sign) { perform_sign(sign); },
          [&](const ledger::VerifyBatch& verify) { perform_verify(verify); },
          [&](const ledger::StreamBatch& stream) {
            send(stream.to, ledger::BatchMessage{stream.batch->encoded()});
          },
          [&](const ledger::SendAcks& acks) { send(acks.to, ledger::AckMessage{acks.acks}); },
          [&](const ledger::RequestBatches& request) {
            send(request.to, ledger::BatchRequest{request.ranges});
          },
          [&](const ledger::LoadBatches& load) { perform_load(load); },
          [&](const ledger::ServeBatches& serve) { perform_serve(serve); },
          [&](const ledger::PayloadChecked& checked) { perform_checked(checked); },
          [&](const ledger::ProposalBuilt& built) {
            if (!building_ || built.view != build_.view) return;
            building_->deliver(
                consensus::ProposalBuilt{built.view, to_tips(built.tips), built.transactions_root});
            building_.reset();
          },
          [&](const ledger::EvidenceFound& found) {
            self_->send(cast_->accuser, accuse_atom_v, proof::Accusation{found.fork});
          },
          [&](const ledger::WorkChanged& work) {
            self_->send(cast_->validator, work_atom_v, work.present);
          },
          [&](const ledger::ForgetBatches& forget) {
            self_->send(cast_->batch_store, forget_atom_v, BatchDigests{forget.digests});
          },
          [&](const ledger::OwnLaneHalted& halted) {
            context_->log(LogLevel::Error,
                          name,
                          "this node takes no more transactions: " + std::string(halted.reason));
          },
      },
      effect);
}

/// Collects what is to be stored while a store is under way: one sync serves all of it.
void Mempool::perform_store(const BatchToStore& store, bool is_answered) {
  to_store_.push_back(store);
  if (is_answered) to_report_.push_back(store.batch->digest());
  if (!storing_) flush_store();
}

void Mempool::flush_store() {
  if (to_store_.empty()) return;
  storing_ = true;
  const auto report = std::exchange(to_report_, {});
  self_
      ->request(cast_->batch_store,
                caf::infinite,
                store_atom_v,
                StoreBatches{std::exchange(to_store_, {})})
      .then(
          [this, report](bool) {
            storing_ = false;
            for (const crypto::Digest& digest : report)
              on_input(ledger::BatchStored{digest});
            flush_store();
          },
          [](const caf::error&) {});  // the disk failed: the node stops
}

void Mempool::perform_sign(const ledger::SignBatch& sign) {
  if (!cast_->signer) return on_input(ledger::SignatureRefused{sign.digest});
  self_->request(cast_->signer, caf::infinite, sign_atom_v, SignBatchHeader{sign.header})
      .then(
          [this, digest = sign.digest](const SignedOrRefused& answer) {
            const auto* signature = std::get_if<crypto::Signature>(&answer.answer);
            if (!signature) return on_input(ledger::SignatureRefused{digest});
            on_input(ledger::BatchSigned{digest, *signature});
          },
          [](const caf::error&) {});
}

void Mempool::perform_verify(const ledger::VerifyBatch& verify) {
  const std::size_t count = verify.batch->transactions().size();
  Verification& verification = verifications_[verify.batch->digest()];
  for (std::size_t first = 0; first < count; first += kVerifyPartTransactions) {
    const std::size_t last = std::min(count, first + kVerifyPartTransactions);
    ++verification.parts;
    self_
        ->request(worker_for(verified_parts_++),
                  caf::infinite,
                  verify_atom_v,
                  VerifyPart{verify.batch, first, last})
        .then([this, batch = verify.batch](
                  const PartVerified& part) { on_part_verified(batch, part.verdict); },
              [](const caf::error&) {});
  }
}

void Mempool::on_part_verified(const ledger::BatchPointer& batch, ledger::BatchVerdict verdict) {
  const auto found = verifications_.find(batch->digest());
  INVARIANT(found != verifications_.end());
  Verification& verification = found->second;
  // A wrong author outweighs wrong content: then the content says nothing about anybody.
  if (verification.verdict == ledger::BatchVerdict::Valid ||
      verdict == ledger::BatchVerdict::NotOfAuthor) {
    verification.verdict = verdict;
  }
  if (--verification.parts > 0) return;
  const ledger::BatchVerified verified{batch, verification.verdict};
  verifications_.erase(found);
  on_input(verified);
}

void Mempool::perform_load(const ledger::LoadBatches& load) {
  self_->request(cast_->batch_store, caf::infinite, load_atom_v, BatchRanges{load.ranges})
      .then(
          [this, ranges = load.ranges](const BatchList& list) {
            ledger::BatchesLoaded loaded{list.batches, {}};
            for (const ledger::BatchRange& range : ranges) {
              const bool is_there = std::any_of(
                  list.batches.begin(), list.batches.end(), [&](const ledger::BatchPointer& batch) {
                    return batch->digest() == range.tip;
                  });
              if (!is_there) loaded.absent.push_back(range.tip);
            }
            on_input(loaded);
          },
          [](const caf::error&) {});
}

void Mempool::perform_serve(const ledger::ServeBatches& serve) {
  self_->request(cast_->batch_store, caf::infinite, serve_atom_v, BatchRanges{serve.ranges})
      .then(
          [this, to = serve.to](const SharedBytes& answer) {
            send(to, answer);
            on_input(ledger::BatchesServed{to});
          },
          [](const caf::error&) {});
}

void Mempool::send(ledger::PeerNumber to, const ledger::LaneMessage& message) {
  send(to, share(ledger::encode(message)));
}

void Mempool::send(ledger::PeerNumber to, SharedBytes message) {
  const auto found = ids_.find(to);
  if (found == ids_.end()) return;
  self_->send(cast_->swarm, send_atom_v, found->second, Channel::Lanes, std::move(message));
}

void Mempool::set_timer() {
  const auto deadline = machine_.next_deadline();
  if (!deadline || (timer_at_ && *timer_at_ <= *deadline)) return;
  timer_at_ = deadline;
  const Duration delay = std::max(*deadline - now().instant, Duration{0});
  self_->delayed_send(self_, delay, tick_atom_v);
}

LanesReport Mempool::lanes() const {
  const ledger::MempoolStatus status = machine_.status();
  LanesReport report;
  report.waiting_transactions = status.waiting_transactions;
  report.waiting_bytes = status.waiting_bytes;
  report.fetches = status.fetches;
  report.payload_checks = status.payload_checks;
  report.own_lane_halted = status.own_lane_halted;
  for (const ledger::LaneStatus& lane : machine_.lane_statuses()) {
    report.lanes.push_back({context_->name_of(lane.lane),
                            lane.ordered.sequence.number,
                            lane.held.number,
                            lane.acknowledged.number,
                            lane.is_slow,
                            lane.has_equivocated,
                            lane.is_closed});
  }
  return report;
}

TransactionReport Mempool::transaction(const TransactionQuery& query) const {
  TransactionReport report;
  report.outcome.id = query.id;
  report.outcome.state = "unknown";
  crypto::Digest id;
  if (query.id.size() != id.bytes.size()) return report;
  std::copy(query.id.begin(), query.id.end(), id.bytes.begin());
  const auto stage = machine_.find(id);
  if (!stage) return report;
  report.outcome.state = "accepted";
  report.outcome.receipt =
      *stage == ledger::WaitingTransactions::Stage::Queued ? "queued" : "sealed";
  return report;
}

Now Mempool::now() const {
  return read_clocks(self_->clock(), *context_);
}

std::optional<ledger::PeerNumber> Mempool::number_of(const network::PeerId& peer) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return std::nullopt;
  return found->second;
}

const WorkerActor& Mempool::worker_for(std::uint64_t number) const {
  return cast_->workers[number % cast_->workers.size()];
}

}  // namespace troupe::actors
