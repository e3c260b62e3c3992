#include "actors/synchronizer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/base/match.hpp"

namespace troupe::actors {

namespace {

/// Blocks whose payloads the mempool fetches at a time, so that fetching overlaps with storing and
/// the lanes stay within their bounds.
constexpr std::size_t kPayloadsAhead = 16;

/// How long the mempool has to make room for a block that it dropped.
constexpr Duration kAskAgainInterval = std::chrono::milliseconds(250);

/// How often the others hear of a height that grew.
constexpr Duration kAnnounceInterval = std::chrono::milliseconds(500);

std::vector<ValidatorIndex> signers_of(const consensus::CertifiedBlock& block) {
  std::vector<ValidatorIndex> signers;
  const auto& certificate = block.finalization ? block.finalization : block.notarization;
  if (!certificate) return signers;
  for (const auto& signature : certificate->signatures)
    signers.push_back(signature.signer);
  return signers;
}

}  // namespace

Synchronizer::Synchronizer(SynchronizerActor::pointer self,
                           SharedContext context,
                           std::shared_ptr<SynchronizerSeed> seed)
    : self_(self),
      context_(std::move(context)),
      electorate_(seed->config.electorate),
      machine_(seed->config),
      stored_(seed->config.final_header),
      delivered_(seed->config.final_header),
      last_ordering_(seed->last_ordering) {}

SynchronizerActor::behavior_type Synchronizer::make_behavior() {
  return {
      [this](deliver_atom, const Delivery& delivery) { on_delivery(delivery); },
      [this](peerup_atom, Channel, const network::PeerId& peer) { on_peer_up(peer); },
      [this](peerdown_atom, Channel, const network::PeerId& peer) { on_peer_down(peer); },
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [](start_atom) {},
      [this](payload_atom, const ledger::PayloadChecked& checked) { on_payload(checked); },
      [this](behind_atom, const consensus::CatchUp& missing) {
        on_input(consensus::AncestorsMissing{missing.finalization.view()});
      },
      [this](final_atom, const BlockCommittedPointer& block) { on_final(*block); },
      [this](tick_atom) { on_tick(); },
      [this](fetch_atom, const WantedBlock& wanted) { return fetch_block(wanted); },
      [this](fetch_atom, const WantedBatch& wanted) { return fetch_batch(wanted); },
      [this](fetch_atom, const WantedAnswer& wanted) { return fetch_answer(wanted); },
      [this](status_atom) { return SynchronizerStatus{machine_.claimed()}; },
  };
}

void Synchronizer::on_delivery(const Delivery& delivery) {
  const auto known = peers_.find(delivery.from);
  if (known == peers_.end()) return;
  const consensus::SyncPeer peer = known->second;
  auto message = consensus::decode_sync_message(*delivery.message);
  if (!message) {
    context_->log(LogLevel::Warn,
                  name,
                  context_->name_of(delivery.from) + " sent a malformed sync message: " +
                      std::string(codec::describe(message.error())));
    self_->send(cast_->swarm, hangup_atom_v, delivery.from);
    return;
  }
  std::visit(
      Match{[&](const consensus::SyncStatus& status) {
              on_input(consensus::PeerClaims{peer, status.height});
            },
            [&](const consensus::RunRequest& request) { on_request(delivery.from, request); },
            [&](consensus::RunAnswer& answer) {
              if (answer.request >= kFirstWanted) return on_run(delivery.from, answer);
              on_input(consensus::RunReceived{peer, answer.request, std::move(answer.run)});
            },
            [&](const consensus::SyncBatchRequest& request) {
              on_batch_request(delivery.from, request);
            },
            [&](const consensus::SyncBatchAnswer& answer) { on_batch(delivery.from, answer); },
            [&](const consensus::SnapshotRequest& request) {
              on_snapshot_request(delivery.from, request);
            },
            [&](const consensus::SnapshotAnswer& answer) { on_answer(delivery.from, answer); }},
      *message);
}

void Synchronizer::on_request(const network::PeerId& peer, const consensus::RunRequest& request) {
  if (!serving_.insert(peer).second) return;  // one at a time: the asker asks again
  const ServeBlocks serve{request.request, request.first, request.last};
  self_->request(cast_->ledger_reader, caf::infinite, serve_atom_v, serve)
      .then(
          [this, peer](const SharedBytes& answer) {
            serving_.erase(peer);
            self_->send(cast_->swarm, send_atom_v, peer, Channel::Sync, answer);
          },
          [this, peer](const caf::error&) { serving_.erase(peer); });
}

void Synchronizer::on_peer_up(const network::PeerId& peer) {
  const consensus::SyncPeer number{next_peer_++};
  peers_[peer] = number;
  ids_.insert_or_assign(number, peer);
  send(peer, consensus::SyncStatus{stored_.height});
}

void Synchronizer::on_peer_down(const network::PeerId& peer) {
  const auto known = peers_.find(peer);
  if (known == peers_.end()) return;
  const consensus::SyncPeer number = known->second;
  peers_.erase(known);
  ids_.erase(number);
  serving_.erase(peer);
  serving_parts_.erase(peer);
  ask_again_in_time();
  on_input(consensus::PeerLost{number});
}

void Synchronizer::on_final(const BlockCommitted& block) {
  stored_ = block.block.header;
  if (block.ordered_something) last_ordering_ = stored_.height;
  if (delivered_.height < stored_.height) delivered_ = stored_;
  while (!queue_.empty() && queue_.front().block.header.height <= stored_.height &&
         !queue_.front().is_committing) {
    queue_.pop_front();  // it came by another way
  }
  on_input(consensus::BlockStored{stored_});
  announce();
  ask_for_payloads();
  commit_ready();
}

void Synchronizer::announce() {
  if (announcing_ || announced_ >= stored_.height) return;
  announcing_ = true;
  self_->delayed_send(self_, kAnnounceInterval, tick_atom_v);
}

void Synchronizer::on_tick() {
  if (announcing_ && announced_ < stored_.height) {
    announced_ = stored_.height;
    self_->send(
        cast_->swarm,
        sendall_atom_v,
        Channel::Sync,
        share(consensus::encode(consensus::SyncMessage{consensus::SyncStatus{announced_}})));
  }
  announcing_ = false;
  if (wake_at_ && *wake_at_ <= now()) wake_at_.reset();
  if (ask_again_at_ && *ask_again_at_ <= now()) {
    ask_again_at_.reset();
    ask_for_payloads();
  }
  ask_again_in_time();
  on_input(consensus::CatchUpTimerFired{});
}

void Synchronizer::on_input(const consensus::CatchUpInput& input) {
  for (const consensus::CatchUpEffect& effect : machine_.step(input, now()))
    perform(effect);
}

void Synchronizer::perform(const consensus::CatchUpEffect& effect) {
  std::visit(Match{
                 [&](const consensus::RequestRun& request) {
                   const auto found = ids_.find(request.peer);
                   if (found == ids_.end()) return;
                   send(found->second,
                        consensus::RunRequest{request.request, request.first, request.last});
                 },
                 [&](const consensus::DeliverRun& run) { perform_deliver(run); },
                 [&](const consensus::BlamePeer& blame) {
                   const auto found = ids_.find(blame.peer);
                   const std::string who =
                       found == ids_.end() ? "a peer" : context_->name_of(found->second);
                   context_->log(LogLevel::Warn,
                                 name,
                                 who + " sent blocks that prove nothing: " +
                                     std::string(consensus::describe(blame.reason)));
                 },
                 [&](const consensus::AgreementBroken& broken) {
                   self_->quit(caf::make_error(
                       caf::sec::runtime_error,
                       "the final block of height " + std::to_string(broken.height.number) +
                           " does not follow ours: more validators lie than agreement bears"));
                 },
                 [&](const consensus::WakeAt& wake) {
                   if (wake_at_ && *wake_at_ <= wake.at) return;
                   wake_at_ = wake.at;
                   self_->delayed_send(self_, std::max(wake.at - now(), Duration{0}), tick_atom_v);
                 },
             },
             effect);
}

void Synchronizer::perform_deliver(const consensus::DeliverRun& run) {
  for (const consensus::CertifiedBlock& block : run.run) {
    queue_.push_back({block,
                      consensus::digest(block.header),
                      to_lane_tips(delivered_.tips),
                      std::nullopt,
                      false,
                      false,
                      false});
    delivered_ = block.header;
  }
  queue_.back().frontier = run.frontier;
  ask_for_payloads();
}

void Synchronizer::ask_for_payloads() {
  std::size_t ahead = 0;
  bool reaches_final = false;  // commits end with a directly final block, so asking must reach one
  for (Block& entry : queue_) {
    if (++ahead > kPayloadsAhead && reaches_final) return;
    reaches_final = reaches_final || entry.block.finalization.has_value();
    if (entry.is_asked) continue;
    entry.is_asked = true;
    const consensus::Header& header = entry.block.header;
    ledger::CheckPayload question{entry.digest,
                                  entry.parent_tips,
                                  to_lane_tips(header.tips),
                                  header.transactions_root,
                                  header.executed_height,
                                  signers_of(entry.block)};
    self_->send(cast_->mempool,
                payload_atom_v,
                PayloadQuestion{std::move(question), caf::actor_cast<PayloadSink>(self_)});
  }
}

void Synchronizer::on_payload(const ledger::PayloadChecked& checked) {
  if (checked.verdict == ledger::PayloadVerdict::Missing) return;
  if (checked.verdict == ledger::PayloadVerdict::Dropped) return on_dropped(checked.block);
  for (Block& entry : queue_) {
    if (entry.digest != checked.block) continue;
    if (checked.verdict == ledger::PayloadVerdict::Invalid) {
      // A quorum finalized what is wrong by our own rules: nothing this node does is safe now.
      self_->quit(caf::make_error(
          caf::sec::runtime_error,
          "the final block " + checked.block.hex() + " orders batches that are not valid"));
      return;
    }
    entry.is_held = true;
  }
  commit_ready();
}

/// Asks again in a while, unless the block came by another way until then.
void Synchronizer::on_dropped(const crypto::Digest& block) {
  const auto entry = std::find_if(
      queue_.begin(), queue_.end(), [&](const Block& one) { return one.digest == block; });
  if (entry == queue_.end() || entry->is_held) return;
  entry->is_asked = false;
  if (ask_again_at_) return;
  ask_again_at_ = now() + kAskAgainInterval;
  self_->delayed_send(self_, kAskAgainInterval, tick_atom_v);
}

/// Hands over what the mempool holds, up to a directly final block.
void Synchronizer::commit_ready() {
  if (!queue_.empty() && queue_.front().is_committing) return;
  std::size_t ready = 0;
  for (std::size_t i = 0; i < queue_.size() && queue_[i].is_held; ++i) {
    if (queue_[i].block.finalization) ready = i + 1;
  }
  if (ready == 0) return;
  CommitBlocks commit;
  for (std::size_t i = 0; i < ready; ++i) {
    queue_[i].is_committing = true;
    commit.blocks.push_back(queue_[i].block);
  }
  const Height last = commit.blocks.back().header.height;
  self_->request(cast_->ledger_writer, caf::infinite, commit_atom_v, std::move(commit))
      .then([this, last](bool) { on_committed(last); }, [](const caf::error&) {});
}

/// Tells consensus where the ledger stands, as of the last run that is stored whole.
void Synchronizer::on_committed(Height last) {
  std::optional<consensus::Synced> synced;
  while (!queue_.empty() && queue_.front().block.header.height <= last) {
    Block& entry = queue_.front();
    if (entry.frontier) {
      synced = consensus::Synced{
          entry.block.header, *entry.frontier, *entry.block.finalization, last_ordering_};
    }
    queue_.pop_front();
  }
  if (synced) self_->send(cast_->validator, synced_atom_v, *synced);
  ask_for_payloads();
  commit_ready();
}

void Synchronizer::send(const network::PeerId& peer, const consensus::SyncMessage& message) {
  self_->send(cast_->swarm, send_atom_v, peer, Channel::Sync, share(consensus::encode(message)));
}

Instant Synchronizer::now() const {
  return read_clocks(self_->clock(), *context_).instant;
}

}  // namespace troupe::actors
