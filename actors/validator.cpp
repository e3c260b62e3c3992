#include "actors/validator.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "actors/randomness.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/match.hpp"

namespace troupe::actors {

namespace {

consensus::PayloadVerdict to_consensus(ledger::PayloadVerdict verdict) {
  switch (verdict) {
    case ledger::PayloadVerdict::Valid: return consensus::PayloadVerdict::Valid;
    case ledger::PayloadVerdict::Missing: return consensus::PayloadVerdict::Missing;
    case ledger::PayloadVerdict::Invalid: return consensus::PayloadVerdict::Invalid;
    case ledger::PayloadVerdict::Dropped: return consensus::PayloadVerdict::Dropped;
  }
  return consensus::PayloadVerdict::Missing;
}

std::vector<consensus::CertifiedBlock> to_certified(const consensus::Commit& commit) {
  std::vector<consensus::CertifiedBlock> blocks;
  blocks.reserve(commit.blocks.size());
  for (const consensus::FinalBlock& block : commit.blocks) {
    blocks.push_back({block.header, std::nullopt, block.notarization, block.nullifications});
  }
  if (!blocks.empty()) blocks.back().finalization = commit.finalization;
  return blocks;
}

}  // namespace

Validator::Validator(ValidatorActor::pointer self,
                     SharedContext context,
                     std::shared_ptr<ValidatorSeed> seed)
    : self_(self),
      context_(std::move(context)),
      machine_(std::move(seed->config), seed->recovered) {
  status_.leader = ValidatorIndex{0};
}

ValidatorActor::behavior_type Validator::make_behavior() {
  return {
      [this](deliver_atom, const Delivery& delivery) { on_delivery(delivery); },
      [this](peerup_atom, Channel, const network::PeerId& peer) { on_peer_up(peer); },
      [this](peerdown_atom, Channel, const network::PeerId& peer) { on_peer_down(peer); },
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [this](start_atom) { on_start(); },
      [this](payload_atom, const ledger::PayloadChecked& checked) {
        on_input(consensus::PayloadChecked{checked.block, to_consensus(checked.verdict)});
      },
      [this](work_atom, bool held) { on_input(consensus::WorkChanged{held}); },
      [this](final_atom, const BlockCommittedPointer& block) { on_final(*block); },
      [this](synced_atom, const consensus::Synced& synced) { on_synced(synced); },
      [this](tick_atom) { on_tick(); },
      [this](status_atom) { return status(); },
      [this](votes_atom, const VotesQuery& query) {
        return votes(query.view == 0 ? machine_.view() : View{query.view});
      },
      [this](rejoin_atom) { return on_rejoin(); },
      [this](facts_atom) { return facts(); },
  };
}

void Validator::on_delivery(const Delivery& delivery) {
  const auto from = context_->validator_of(delivery.from);
  if (!from) return;  // a follower has no voice
  auto message = consensus::decode_message(*delivery.message);
  if (!message) {
    context_->log(LogLevel::Warn,
                  name,
                  context_->name_of(*from) + " sent a malformed message: " +
                      std::string(codec::describe(message.error())));
    self_->send(cast_->swarm, hangup_atom_v, delivery.from);
    return;
  }
  on_input(consensus::MessageReceived{*from, std::move(message).value()}, delivery.credit);
}

void Validator::on_peer_up(const network::PeerId& peer) {
  if (const auto validator = context_->validator_of(peer)) {
    context_->log(LogLevel::Info, name, context_->name_of(*validator) + " is connected");
    on_input(consensus::PeerConnected{*validator, 1});
  }
}

void Validator::on_peer_down(const network::PeerId& peer) {
  if (const auto validator = context_->validator_of(peer)) {
    context_->log(LogLevel::Info, name, context_->name_of(*validator) + " is gone");
    on_input(consensus::PeerDisconnected{*validator});
  }
}

void Validator::on_final(const BlockCommitted& block) {
  const consensus::Header& header = block.block.header;
  on_life(block);
  for (const proof::RecordedAccusation& recorded : block.accusations)
    accused_.insert(proof::lie_of(recorded.accusation).culprit);
  on_input(consensus::Committed{header.height, header.view});
  on_input(consensus::Executed{header.height, block.state_root});
  renew_journal();
}

void Validator::on_synced(const consensus::Synced& synced) {
  on_input(synced);
  renew_journal();
}

/// A rejoin of this validator took effect: the one that this process asked for, or another's.
void Validator::on_life(const BlockCommitted& block) {
  const auto mine = std::find_if(block.lives.begin(), block.lives.end(), [this](const auto& life) {
    return life.lane == context_->own();
  });
  if (mine == block.lives.end()) return;
  const View view = block.block.header.view;
  for (const ledger::Receipt& receipt : *block.receipts) {
    const bool is_asked_for = rejoin_ && receipt.transaction == rejoin_->id &&
                              std::holds_alternative<ledger::Applied>(receipt.outcome);
    if (!is_asked_for) continue;
    rejoin_.reset();
    new_life_ = NewLife{view, mine->incarnation};
    return;
  }
  new_life_.reset();
  on_input(consensus::RejoinedElsewhere{view});
}

caf::result<RejoinReport> Validator::on_rejoin() {
  RejoinReport report;
  const auto observer = machine_.observer();
  if (!cast_->signer || observer == consensus::ObserverReason::NotAValidator) {
    report.reason = {"not-a-validator",
                     "this node is not in the validator set",
                     "ask the validator that does not vote: troupe status shows it"};
    return report;
  }
  if (!observer) {
    report.reason = {"votes",
                     "nothing keeps this validator from voting",
                     "troupe status says what the network waits for"};
    return report;
  }
  const auto answered = [](const SignedTransaction& rejoin) {
    return RejoinReport{*rejoin.transaction, {rejoin.id.bytes.begin(), rejoin.id.bytes.end()}, {}};
  };
  const Height height = machine_.final_header().height;
  if (rejoin_ && height < rejoin_valid_through_) return answered(*rejoin_);
  rejoin_valid_through_ = Height{height.number + kValidThroughHeightsMax};
  auto promise = self_->make_response_promise<RejoinReport>();
  self_->request(cast_->signer, caf::infinite, sign_atom_v, SignRejoin{rejoin_valid_through_})
      .then(
          [this, promise, answered](const SignedTransaction& rejoin) mutable {
            rejoin_ = rejoin;
            promise.deliver(answered(rejoin));
          },
          [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  return promise;
}

/// Begins the new journal as soon as a finalization at or above the block that orders the rejoin is
/// this machine's too: the synchronizer's blocks are in the ledger before the machine hears of them.
void Validator::renew_journal() {
  const auto& finalization = machine_.finalization();
  if (!new_life_ || !finalization || finalization->view() < new_life_->view) return;
  const RenewJournal request{*finalization, new_life_->life};
  new_life_.reset();
  self_->request(cast_->signer, caf::infinite, renew_atom_v, request)
      .then([this, mark = request.finalization](bool) { on_renewed(mark); },
            // The signer lost its disk: the node stops.
            [](const caf::error&) {});
}

void Validator::on_renewed(const consensus::Certificate& finalization) {
  context_->log(LogLevel::Info,
                name,
                "rejoined: votes above view " + std::to_string(finalization.view().number) +
                    " once the others know nothing of this key beyond it");
  is_reborn_ = true;
  status_.trouble.clear();
  on_input(consensus::Rejoined{finalization, random_number(context_->ports().randomness)});
}

void Validator::on_input(consensus::Input input, std::shared_ptr<const void> credit) {
  if (!is_started_ || signing_ > 0) {
    waiting_.push_back({std::move(input), std::move(credit)});
    return;
  }
  step(input);
}

/// Fires what is due, in the order in which it became due.
void Validator::on_tick() {
  const Instant moment = instant_of(self_);
  alarm_.rang(moment);
  std::vector<consensus::SetTimer> due;
  for (const auto& entry : timers_) {
    if (entry.second.at <= moment) due.push_back(entry.second);
  }
  std::ranges::stable_sort(due, {}, &consensus::SetTimer::at);
  for (const consensus::SetTimer& timer : due) {
    const auto found = timers_.find(timer.timer);
    // One that fired before may have cancelled this one, or set it anew.
    if (found == timers_.end() || found->second.generation != timer.generation) continue;
    timers_.erase(found);
    on_input(consensus::TimerFired{timer.timer, timer.generation});
  }
  for (const auto& entry : timers_)
    alarm_.set(self_, entry.second.at);
}

void Validator::on_signed(const consensus::Vote& vote, const SignedOrRefused& answer) {
  INVARIANT(signing_ > 0);
  --signing_;
  if (const auto* signature = std::get_if<crypto::Signature>(&answer.answer)) {
    status_.last_vote =
        std::string(consensus::name(vote.kind)) + " " + std::to_string(vote.view.number);
    step(consensus::Signed{vote, *signature});
  } else {
    step(consensus::SigningRefused{vote, std::get<consensus::Refusal>(answer.answer)});
  }
  drain();
}

void Validator::on_start() {
  is_started_ = true;
  step(consensus::Started{});
  drain();
}

/// Takes up what waited for the start or for the signer.
void Validator::drain() {
  while (signing_ == 0 && !waiting_.empty()) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    step(next.input);
  }
}

void Validator::step(const consensus::Input& input) {
  for (const consensus::Effect& effect : machine_.step(input, now()))
    perform(effect);
}

void Validator::perform(const consensus::Effect& effect) {
  std::visit(Match{
                 [&](const consensus::Sign& sign) { perform_sign(sign); },
                 [&](const consensus::Broadcast& broadcast) { perform_broadcast(broadcast); },
                 [&](const consensus::Send& send) { perform_send(send); },
                 [&](const consensus::SetTimer& timer) { perform_timer(timer); },
                 [&](const consensus::CancelTimer& cancel) { timers_.erase(cancel.timer); },
                 [&](const consensus::CheckPayload& check) { perform_check(check); },
                 [&](const consensus::BuildProposal& build) { perform_build(build); },
                 // The mempool keeps what a question named until it is abandoned or ordered.
                 [&](const consensus::Retain&) {},
                 [&](const consensus::AbandonPayload& abandon) {
                   self_->send(cast_->mempool, abandon_atom_v, abandon);
                 },
                 [&](const consensus::OwnViewFailed& failed) {
                   self_->send(cast_->mempool, failed_atom_v, failed);
                 },
                 [&](const consensus::SendTips& tips) { perform_tips(tips); },
                 [&](const consensus::TipsHinted& hint) {
                   self_->send(cast_->mempool, hint_atom_v, hint);
                 },
                 [&](const consensus::Commit& commit) { perform_commit(commit); },
                 [&](const consensus::RaiseMark& mark) {
                   if (cast_->signer) self_->send(cast_->signer, mark_atom_v, mark.finalization);
                 },
                 [&](const consensus::CatchUp& catch_up) {
                   self_->send(cast_->synchronizer, behind_atom_v, catch_up);
                 },
                 [&](const consensus::EvidenceFound& found) {
                   accused_.insert(found.evidence.culprit());
                   self_->send(cast_->accuser, accuse_atom_v, proof::Accusation{found.evidence});
                 },
                 [&](const consensus::PeerFault& fault) {
                   context_->log(LogLevel::Warn,
                                 name,
                                 context_->name_of(fault.peer) + ": " + std::string(fault.reason));
                 },
                 [&](const consensus::Halt& halt) { perform_halt(halt); },
                 [&](const consensus::Observe& watched) { observe(watched.event); },
             },
             effect);
}

void Validator::perform_sign(const consensus::Sign& sign) {
  ++signing_;
  self_->request(cast_->signer, caf::infinite, sign_atom_v, SignVote{sign.vote, sign.basis})
      .then([this, vote = sign.vote](const SignedOrRefused& answer) { on_signed(vote, answer); },
            // The signer lost its disk: the node stops, and until then nothing is signed.
            [](const caf::error&) {});
}

SharedBytes Validator::encoded(const consensus::Message& message) const {
  return share(consensus::encode(message));
}

void Validator::perform_broadcast(const consensus::Broadcast& broadcast) {
  self_->send(cast_->swarm, sendall_atom_v, Channel::Consensus, encoded(broadcast.message));
}

void Validator::perform_send(const consensus::Send& send) {
  self_->send(cast_->swarm,
              send_atom_v,
              context_->peer_of(send.to),
              Channel::Consensus,
              encoded(send.message));
}

void Validator::perform_timer(const consensus::SetTimer& timer) {
  timers_[timer.timer] = timer;
  alarm_.set(self_, timer.at);
}

void Validator::perform_check(const consensus::CheckPayload& check) {
  ledger::CheckPayload question{check.block,
                                to_lane_tips(check.parent.tips),
                                to_lane_tips(check.header.tips),
                                check.header.transactions_root,
                                check.header.executed_height,
                                check.sources};
  self_->send(cast_->mempool,
              payload_atom_v,
              PayloadQuestion{std::move(question), caf::actor_cast<PayloadSink>(self_)});
}

void Validator::perform_build(const consensus::BuildProposal& build) {
  self_->request(cast_->mempool, caf::infinite, build_atom_v, build)
      .then([this](const consensus::ProposalBuilt& built) { on_input(built); },
            [](const caf::error&) {});
}

void Validator::perform_tips(const consensus::SendTips& tips) {
  self_->request(cast_->mempool, caf::infinite, tips_atom_v)
      .then(
          [this, tips](const LaneTips& held) {
            const consensus::Binding& binding = context_->electorate().binding;
            perform_send(
                {tips.to,
                 {binding.epoch, binding.root, consensus::TipsHint{tips.view, to_tips(held)}}});
          },
          [](const caf::error&) {});
}

void Validator::perform_commit(const consensus::Commit& commit) {
  self_
      ->request(
          cast_->ledger_writer, caf::infinite, commit_atom_v, CommitBlocks{to_certified(commit)})
      .then([](bool) {}, [](const caf::error&) {});
}

void Validator::perform_halt(const consensus::Halt& halt) {
  const std::string report = std::string(consensus::describe(halt.reason)) + " at height " +
                             std::to_string(halt.height.number) + ": ours " + halt.ours.hex() +
                             ", theirs " + halt.theirs.hex();
  status_.trouble = report;
  self_->quit(caf::make_error(caf::sec::runtime_error, report));
}

void Validator::observe(const consensus::Event& event) {
  if (const auto* entered = std::get_if<consensus::ViewEntered>(&event)) {
    status_.view = entered->view;
    status_.leader = entered->leader;
  } else if (const auto* observer = std::get_if<consensus::BecameObserver>(&event)) {
    if (observer->reason == consensus::ObserverReason::NotAValidator) return;
    status_.trouble = consensus::describe(observer->reason);
    context_->log(LogLevel::Error, name, "does not vote: " + status_.trouble);
  } else if (const auto* refused = std::get_if<consensus::ProposalRefused>(&event)) {
    context_->log(LogLevel::Warn,
                  name,
                  "refuses the proposal of view " + std::to_string(refused->view.number) + ": " +
                      std::string(refused->reason));
  } else if (const auto* late = std::get_if<consensus::TimedOut>(&event)) {
    context_->log(LogLevel::Info, name, "view " + std::to_string(late->view.number) + " timed out");
  } else if (std::holds_alternative<consensus::VotingAllowed>(event)) {
    context_->log(LogLevel::Info, name, "may vote");
    if (std::exchange(is_reborn_, false)) self_->send(cast_->mempool, rejoin_atom_v);
  }
}

Now Validator::now() const {
  return read_clocks(self_->clock(), *context_);
}

ValidatorStatus Validator::status() const {
  ValidatorStatus status = status_;
  status.final_height = machine_.final_header().height;
  status.voting = machine_.is_voting();
  status.accused.assign(accused_.begin(), accused_.end());
  return status;
}

/// Views that are final have no votes any more: their certificate says all.
VotesReport Validator::votes(View view) const {
  VotesReport report;
  report.view = view.number;
  report.current_view = machine_.view().number;
  report.final_view = machine_.final_header().view.number;
  report.quorum = context_->validators().quorum();
  const auto leader =
      consensus::LeaderOrder(context_->validators(), context_->electorate().binding.root)
          .leader(view);
  report.leader = context_->name_of(leader);
  const consensus::ViewState* state = machine_.known(view);
  report.known = state != nullptr;
  for (std::uint32_t i = 0; i < context_->validators().size(); ++i) {
    const ValidatorIndex validator{i};
    VoteReport votes;
    votes.validator = context_->name_of(validator);
    if (state != nullptr) {
      const auto said = [&](consensus::VoteKind kind) {
        return state->tally.find(kind, validator) != nullptr;
      };
      votes.proposed = validator == leader && !state->proposals.empty();
      votes.notarize = said(consensus::VoteKind::Notarize);
      votes.nullify = said(consensus::VoteKind::Nullify);
      votes.finalize = said(consensus::VoteKind::Finalize);
    }
    report.votes.push_back(std::move(votes));
  }
  if (state == nullptr) return report;
  report.notarized = state->certificate(consensus::VoteKind::Notarize).has_value();
  report.nullified = state->certificate(consensus::VoteKind::Nullify).has_value();
  report.finalized = state->certificate(consensus::VoteKind::Finalize).has_value();
  return report;
}

FactsReport Validator::facts() const {
  FactsReport facts;
  facts.view_age_ms =
      static_cast<std::uint64_t>((now().instant - machine_.entered_at()).count() / 1000);
  facts.clock_running = machine_.is_clock_running();
  if (machine_.refused()) facts.refused = *machine_.refused();
  facts.consensus_height = machine_.final_header().height.number;
  facts.drift_ms = static_cast<std::uint64_t>(context_->genesis().rules.clock_drift.count() / 1000);
  facts.votes = votes(machine_.view());
  return facts;
}

}  // namespace troupe::actors
