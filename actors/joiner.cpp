#include "actors/joiner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/chain_state.hpp"
#include "actors/failure.hpp"
#include "actors/snapshots.hpp"
#include "protocol/base/match.hpp"

namespace troupe::actors {

namespace {

constexpr Duration kTick = std::chrono::milliseconds(250);
/// How long further offers are waited for after the first one.
constexpr Duration kOfferPatience = std::chrono::milliseconds(500);
/// How often peers that offered nothing are asked again.
constexpr Duration kOfferInterval = std::chrono::seconds(2);
constexpr Duration kAnswerPatience = std::chrono::seconds(5);

}  // namespace

Joiner::Joiner(JoinerActor::pointer self,
               SharedContext context,
               SwarmActor swarm,
               std::shared_ptr<storage::ChainStore> chain)
    : self_(self),
      context_(std::move(context)),
      swarm_(std::move(swarm)),
      chain_(std::move(chain)),
      states_(chain_->database()) {}

JoinerActor::behavior_type Joiner::make_behavior() {
  return {
      [this](deliver_atom, const Delivery& delivery) { on_delivery(delivery); },
      [this](peerup_atom, Channel, const network::PeerId& peer) { on_peer_up(peer); },
      [this](peerdown_atom, Channel, const network::PeerId& peer) { on_peer_down(peer); },
      [this](join_atom) { return join(); },
      [this](tick_atom) { on_tick(); },
  };
}

caf::result<bool> Joiner::join() {
  promise_ = self_->make_response_promise<bool>();
  self_->delayed_send(self_, kTick, tick_atom_v);
  resume();
  self_->send(swarm_, route_atom_v, Channel::Sync, caf::actor_cast<ChannelSink>(self_));
  return promise_;
}

void Joiner::on_delivery(const Delivery& delivery) {
  if (!peers_.contains(delivery.from)) return;
  const auto message = consensus::decode_sync_message(*delivery.message);
  if (!message) return blame(delivery.from, "sent a malformed sync message");
  std::visit(
      Match{[&](const consensus::SyncStatus&) {},
            [&](const consensus::RunRequest& request) {
              send(delivery.from, consensus::RunAnswer{request.request, {}});
            },
            [&](const consensus::RunAnswer& answer) { on_run(delivery.from, answer); },
            [&](const consensus::SyncBatchRequest& request) {
              send(delivery.from, consensus::SyncBatchAnswer{request.request, {}});
            },
            [&](const consensus::SyncBatchAnswer&) {},
            [&](const consensus::SnapshotRequest& request) {
              send(delivery.from, consensus::SnapshotAnswer{request.request, {}});
            },
            [&](const consensus::SnapshotAnswer& answer) { on_part(delivery.from, answer); }},
      *message);
}

void Joiner::on_peer_up(const network::PeerId& peer) {
  const ledger::SnapshotPeer number{next_peer_++};
  peers_[peer] = number;
  ids_.insert_or_assign(number, peer);
  if (fetch_ && !forgers_.contains(peer)) return on_input(ledger::PartPeerFound{number});
  if (!target_ && !liars_.contains(peer)) {
    const std::uint64_t request = next_request_++;
    offers_asked_.insert_or_assign(request, peer);
    ask(peer, request, ledger::OfferQuestion{});
  }
}

void Joiner::on_peer_down(const network::PeerId& peer) {
  const auto known = peers_.find(peer);
  if (known == peers_.end()) return;
  const ledger::SnapshotPeer number = known->second;
  peers_.erase(known);
  ids_.erase(number);
  offers_.erase(peer);
  if (candidate_ && candidate_->peer == peer) candidate_.reset();
  if (receipts_asked_ && receipts_asked_->peer == peer) receipts_asked_.reset();
  forget_parts_of(peer);
  if (fetch_) on_input(ledger::PartPeerLost{number});
}

void Joiner::on_tick() {
  if (!promise_.pending()) return;
  self_->delayed_send(self_, kTick, tick_atom_v);
  if (fetch_) {
    if (store_gathered()) on_input(ledger::PartTimerFired{});
    return;
  }
  if (target_) {
    if (receipts_asked_ && receipts_asked_->deadline <= now()) {
      blame(receipts_asked_->peer, "did not answer in time");
      receipts_asked_.reset();
    }
    return ask_for_receipts();
  }
  if (candidate_ && candidate_->deadline <= now()) {
    blame(candidate_->peer, "did not prove its snapshot in time");
    candidate_.reset();
  }
  if (candidate_) return;
  if (choose_at_ && *choose_at_ <= now()) return choose_offer();
  if (offers_.empty() && ask_again_at_ <= now()) ask_for_offers();
}

// --- offers, and the proof of one

void Joiner::ask_for_offers() {
  ask_again_at_ = now() + kOfferInterval;
  offers_asked_.clear();
  const bool has_failed_all =
      std::ranges::all_of(peers_, [&](const auto& entry) { return liars_.contains(entry.first); });
  if (has_failed_all) liars_.clear();
  for (const auto& [peer, number] : peers_) {
    if (liars_.contains(peer)) continue;
    const std::uint64_t request = next_request_++;
    offers_asked_.insert_or_assign(request, peer);
    ask(peer, request, ledger::OfferQuestion{});
  }
}

void Joiner::on_offer(const network::PeerId& peer, const Bytes& answer) {
  if (answer.empty()) return;
  auto offer = ledger::decode_snapshot_offer(answer);
  if (!offer) return blame(peer, "sent a malformed offer");
  offers_.insert_or_assign(peer, std::move(offer).value());
  if (!choose_at_) choose_at_ = now() + kOfferPatience;
}

/// Asks for the blocks that prove the highest offer.
void Joiner::choose_offer() {
  choose_at_.reset();
  if (offers_.empty()) return;
  const auto best =
      std::ranges::max_element(offers_, {}, [](const auto& entry) { return entry.second.height; });
  candidate_ = Candidate{best->first, best->second, next_request_++, now() + kAnswerPatience};
  offers_.erase(best);
  if (!offers_.empty()) choose_at_ = now();  // should this one fail
  const Height first = candidate_->offer.height;
  send(candidate_->peer,
       consensus::RunRequest{
           candidate_->request, first, Height{first.number + kSnapshotProofHeights}});
}

void Joiner::on_run(const network::PeerId& peer, const consensus::RunAnswer& answer) {
  if (!candidate_ || candidate_->peer != peer || candidate_->request != answer.request) return;
  const ledger::SnapshotOffer offer = candidate_->offer;
  candidate_.reset();
  const std::string fault = offer_fault(offer, answer.run, context_->electorate());
  if (!fault.empty()) return blame(peer, fault);
  target_ = Target{offer, answer.run.front()};
  storage::WriteSet set;
  put_joining(set, {offer, answer.run.front(), {ledger::NibblePath{}}});
  if (commit(set)) begin_parts();
}

// --- the state

/// Goes on with what an earlier life of this node had begun.
void Joiner::resume() {
  const auto joining = read_joining(*chain_);
  if (!joining) return fail(joining.error());
  if (!*joining) return;
  target_ = Target{(*joining)->offer, (*joining)->block};
  fetch_.emplace(ledger::SnapshotFetchConfig{(*joining)->offer.root, (*joining)->pending});
  gathered_.emplace(target_->offer.height);
  context_->log(
      LogLevel::Info,
      name,
      "goes on with the snapshot of height " + std::to_string(target_->offer.height.number));
  if (fetch_->is_done()) begin_receipts();
}

void Joiner::begin_parts() {
  context_->log(LogLevel::Info,
                name,
                "fetches the snapshot of height " + std::to_string(target_->offer.height.number));
  fetch_.emplace(ledger::SnapshotFetchConfig{target_->offer.root, {ledger::NibblePath{}}});
  gathered_.emplace(target_->offer.height);
  const auto peers = peers_;
  for (const auto& [peer, number] : peers) {
    if (fetch_ && !forgers_.contains(peer)) on_input(ledger::PartPeerFound{number});
  }
}

/// The snapshot is gone everywhere: another one is looked for, and nothing of this one remains.
void Joiner::begin_anew() {
  context_->log(LogLevel::Warn, name, "nobody has the snapshot any more: looks for another one");
  fetch_.reset();
  gathered_.reset();
  parts_asked_.clear();
  target_.reset();
  if (const auto done = forget_joining(*chain_); !done) return fail(done.error());
  ask_for_offers();
}

void Joiner::on_part(const network::PeerId& peer, const consensus::SnapshotAnswer& answer) {
  const auto offered = offers_asked_.find(answer.request);
  if (offered != offers_asked_.end() && offered->second == peer) {
    offers_asked_.erase(offered);
    return on_offer(peer, answer.answer);
  }
  if (receipts_asked_ && receipts_asked_->request == answer.request) {
    return on_receipts(peer, answer.answer);
  }
  const auto asked = parts_asked_.find(answer.request);
  if (!fetch_ || asked == parts_asked_.end() || asked->second.peer != peer) return;
  const std::uint64_t request = asked->second.request;
  parts_asked_.erase(asked);
  const ledger::SnapshotPeer number = peers_.at(peer);
  if (answer.answer.empty()) return on_input(ledger::PartReceived{number, request, std::nullopt});
  auto part = ledger::decode_state_chunk(answer.answer);
  if (!part) return on_input(ledger::PartMalformed{number, request});
  on_input(ledger::PartReceived{number, request, std::move(part).value()});
}

void Joiner::on_input(const ledger::SnapshotInput& input) {
  for (const ledger::SnapshotEffect& effect : fetch_->step(input, now())) {
    perform(effect);
    if (!fetch_) return;
  }
  if (fetch_->is_done() && store_gathered()) begin_receipts();
}

void Joiner::perform(const ledger::SnapshotEffect& effect) {
  std::visit(Match{[&](const ledger::RequestPart& request) {
                     const std::uint64_t number = next_request_++;
                     const network::PeerId& peer = ids_.at(request.peer);
                     parts_asked_.insert_or_assign(number, PartAsked{peer, request.request});
                     ask(peer, number, ledger::PartQuestion{target_->offer.height, request.path});
                   },
                   [&](const ledger::StorePart& part) { store(part); },
                   [&](const ledger::DropPartPeer& dropped) { drop(dropped); },
                   [&](const ledger::SnapshotGone&) { begin_anew(); },
                   [&](const ledger::WakePartTimer&) {}},  // the tick is often enough
             effect);
}

/// The machine has asked others for what it was asked for: its answers come too late.
void Joiner::drop(const ledger::DropPartPeer& dropped) {
  const network::PeerId& peer = ids_.at(dropped.peer);
  forget_parts_of(peer);
  if (dropped.fault == ledger::PartFault::Wrong) forgers_.insert(peer);
  blame(peer, ledger::describe(dropped.fault));
}

void Joiner::forget_parts_of(const network::PeerId& peer) {
  std::erase_if(parts_asked_, [&](const auto& entry) { return entry.second.peer == peer; });
}

void Joiner::store(const ledger::StorePart& part) {
  gathered_->add(part);
  if (gathered_->is_full() && !store_gathered()) return;
  context_->ports().progress("snapshot", fetch_->progress());
}

bool Joiner::store_gathered() {
  const auto done = gathered_->commit(*chain_->database());
  if (!done) fail(done.error());
  return done.ok();
}

// --- the decisions of the last heights

void Joiner::begin_receipts() {
  fetch_.reset();
  gathered_.reset();
  parts_asked_.clear();
  next_receipts_ = ledger::first_decision(target_->offer.height);
  last_ordering_ = Height{0};
  ask_for_receipts();
}

void Joiner::ask_for_receipts() {
  if (receipts_asked_ || peers_.empty()) return;
  // Whoever proved a liar or failed is asked only if there is nobody else.
  auto chosen = std::ranges::find_if(
      peers_, [&](const auto& entry) { return !liars_.contains(entry.first); });
  if (chosen == peers_.end()) {
    liars_.clear();
    chosen = peers_.begin();
  }
  receipts_asked_ = ReceiptsAsked{chosen->first, next_request_++, now() + kAnswerPatience};
  ask(chosen->first,
      receipts_asked_->request,
      ledger::ReceiptsQuestion{target_->offer.height, next_receipts_});
}

void Joiner::on_receipts(const network::PeerId& peer, const Bytes& answer) {
  if (receipts_asked_->peer != peer) return;
  receipts_asked_.reset();
  const auto lists = ledger::decode_receipt_lists(answer);
  if (!lists || !take_receipts(*lists)) {
    blame(peer, answer.empty() ? "does not have the receipts" : "sent wrong receipts");
    return;  // the next tick asks somebody else
  }
  if (next_receipts_ > target_->offer.height) return finish();
  ask_for_receipts();
}

/// False if they are not those that the state commits to.
bool Joiner::take_receipts(const ledger::ReceiptLists& lists) {
  const Height end = target_->offer.height;
  if (lists.empty() || lists.size() > end.number - next_receipts_.number + 1) return false;
  storage::WriteSet set;
  Height height = next_receipts_;
  Height last_ordering = last_ordering_;
  for (const std::vector<ledger::Receipt>& list : lists) {
    const auto root = states_.value_at(ledger::receipts_state_key(height), end);
    if (!root) {
      fail(root.error());
      return false;
    }
    const bool is_right =
        *root ? **root == to_bytes(ledger::receipts_root(list).view()) : list.empty();
    if (!is_right) return false;
    put_decisions(set, height, list);
    if (!list.empty()) last_ordering = height;
    height = height.next();
  }
  if (!commit(set)) return false;
  next_receipts_ = height;
  last_ordering_ = last_ordering;
  return true;
}

void Joiner::finish() {
  storage::WriteSet set;
  put_joined(set, *context_, {target_->offer, target_->block, last_ordering_});
  if (!commit(set)) return;
  context_->log(
      LogLevel::Info, name, "joined at height " + std::to_string(target_->offer.height.number));
  promise_.deliver(true);
}

// --- means

void Joiner::blame(const network::PeerId& peer, std::string_view why) {
  liars_.insert(peer);
  context_->log(LogLevel::Warn, name, context_->name_of(peer) + " " + std::string(why));
}

void Joiner::ask(const network::PeerId& peer,
                 std::uint64_t request,
                 const ledger::SnapshotQuestion& question) {
  send(peer, consensus::SnapshotRequest{request, ledger::encode(question)});
}

void Joiner::send(const network::PeerId& peer, const consensus::SyncMessage& message) {
  self_->send(swarm_, send_atom_v, peer, Channel::Sync, share(consensus::encode(message)));
}

bool Joiner::commit(const storage::WriteSet& set) {
  const auto done = chain_->database()->commit(set);
  if (!done) fail(done.error());
  return done.ok();
}

Instant Joiner::now() const {
  return read_clocks(self_->clock(), *context_).instant;
}

void Joiner::fail(const storage::StorageError& error) {
  promise_.deliver(disk_failure(error));
  self_->quit(disk_failure(error));
}

}  // namespace troupe::actors
