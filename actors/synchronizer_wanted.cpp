#include <utility>

#include "actors/synchronizer.hpp"
#include "protocol/base/match.hpp"
#include "protocol/ledger/snapshot_fetch.hpp"

// Fetching what is damaged here: one peer is asked after the other, and what does not prove itself
// is as good as no answer. And giving to others what they lack.
namespace troupe::actors {

namespace {

/// How long one peer may take to answer.
constexpr Duration kWantedPatience = std::chrono::seconds(2);

/// The block of a height, if the run proves it: a quorum finalized its last block, and each is the
/// parent of the next.
std::optional<consensus::CertifiedBlock> proven(const consensus::RunAnswer& answer,
                                                Height height,
                                                const consensus::Electorate& electorate) {
  if (answer.run.empty() || answer.run.front().header.height != height) return std::nullopt;
  if (!consensus::check_run(answer.run, electorate)) return std::nullopt;
  return answer.run.front();
}

}  // namespace

caf::result<FetchedBlock> Synchronizer::fetch_block(const WantedBlock& wanted) {
  auto promise = self_->make_response_promise<FetchedBlock>();
  want({wanted, {}, std::nullopt, promise, {}});
  return promise;
}

caf::result<FetchedBatch> Synchronizer::fetch_batch(const WantedBatch& wanted) {
  auto promise = self_->make_response_promise<FetchedBatch>();
  want({wanted, {}, std::nullopt, promise, {}});
  return promise;
}

caf::result<FetchedAnswer> Synchronizer::fetch_answer(const WantedAnswer& wanted) {
  auto promise = self_->make_response_promise<FetchedAnswer>();
  want({wanted, {}, std::nullopt, promise, {}});
  return promise;
}

void Synchronizer::want(Wanted wanted) {
  for (const auto& [peer, number] : peers_)
    wanted.untried.push_back(peer);
  const std::uint64_t number = next_wanted_++;
  wanted_.emplace(number, std::move(wanted));
  ask_next(number);
}

/// Asks the next peer, or gives up when there is none left.
void Synchronizer::ask_next(std::uint64_t number) {
  Wanted& wanted = wanted_.at(number);
  if (wanted.untried.empty()) {
    std::visit(Match{[](caf::typed_response_promise<FetchedBlock>& promise) {
                       promise.deliver(FetchedBlock{});
                     },
                     [](caf::typed_response_promise<FetchedBatch>& promise) {
                       promise.deliver(FetchedBatch{});
                     },
                     [](caf::typed_response_promise<FetchedAnswer>& promise) {
                       promise.deliver(FetchedAnswer{});
                     }},
               wanted.promise);
    wanted_.erase(number);
    return;
  }
  wanted.asked = wanted.untried.back();
  wanted.untried.pop_back();
  wanted.deadline = now() + kWantedPatience;
  std::visit(Match{[&](const WantedBlock& block) {
                     send(*wanted.asked, consensus::RunRequest{number, block.height, block.height});
                   },
                   [&](const WantedBatch& batch) {
                     send(*wanted.asked, consensus::SyncBatchRequest{number, batch.digest});
                   },
                   [&](const WantedAnswer& answer) {
                     send(*wanted.asked, consensus::SnapshotRequest{number, answer.question});
                   }},
             wanted.what);
  self_->delayed_send(self_, kWantedPatience, tick_atom_v);
}

void Synchronizer::on_run(const network::PeerId& from, const consensus::RunAnswer& answer) {
  const auto found = wanted_.find(answer.request);
  if (found == wanted_.end() || found->second.asked != from) return;
  const auto* block = std::get_if<WantedBlock>(&found->second.what);
  if (block == nullptr) return;
  auto fetched = proven(answer, block->height, electorate_);
  if (!fetched) return ask_next(answer.request);
  std::get<caf::typed_response_promise<FetchedBlock>>(found->second.promise)
      .deliver(FetchedBlock{std::move(fetched)});
  wanted_.erase(found);
}

void Synchronizer::on_batch(const network::PeerId& from, const consensus::SyncBatchAnswer& answer) {
  const auto found = wanted_.find(answer.request);
  if (found == wanted_.end() || found->second.asked != from) return;
  const auto* wanted = std::get_if<WantedBatch>(&found->second.what);
  if (wanted == nullptr) return;
  auto batch = ledger::Batch::decode(ByteView(answer.batch));
  if (!batch || batch->digest() != wanted->digest || !ledger::is_signed(*batch)) {
    return ask_next(answer.request);
  }
  std::get<caf::typed_response_promise<FetchedBatch>>(found->second.promise)
      .deliver(FetchedBatch{std::make_shared<const ledger::Batch>(std::move(batch).value())});
  wanted_.erase(found);
}

void Synchronizer::on_answer(const network::PeerId& from, const consensus::SnapshotAnswer& answer) {
  const auto found = wanted_.find(answer.request);
  if (found == wanted_.end() || found->second.asked != from) return;
  const auto* wanted = std::get_if<WantedAnswer>(&found->second.what);
  if (wanted == nullptr) return;
  if (!wanted->is_right(answer.answer)) return ask_next(answer.request);
  std::get<caf::typed_response_promise<FetchedAnswer>>(found->second.promise)
      .deliver(FetchedAnswer{answer.answer});
  wanted_.erase(found);
}

void Synchronizer::on_batch_request(const network::PeerId& peer,
                                    const consensus::SyncBatchRequest& request) {
  if (!serving_.insert(peer).second) return;  // one at a time: the asker asks somebody else
  self_->request(cast_->batch_store, caf::infinite, load_atom_v, BatchRanges{{{request.digest, 1}}})
      .then(
          [this, peer, number = request.request](const BatchList& list) {
            serving_.erase(peer);
            consensus::SyncBatchAnswer answer{number, {}};
            if (!list.batches.empty()) answer.batch = to_bytes(list.batches.front()->encoded());
            send(peer, answer);
          },
          [this, peer](const caf::error&) { serving_.erase(peer); });
}

void Synchronizer::on_snapshot_request(const network::PeerId& peer,
                                       const consensus::SnapshotRequest& request) {
  if (serving_parts_[peer] >= ledger::kPartsPerPeerMax) return;  // the asker does not ask for more
  ++serving_parts_[peer];
  const auto served = [this, peer] {
    const auto found = serving_parts_.find(peer);
    if (found != serving_parts_.end() && found->second > 0) --found->second;
  };
  self_->request(cast_->archivist, caf::infinite, serve_atom_v, AskedOfSnapshot{request.question})
      .then(
          [this, peer, served, number = request.request](const SharedBytes& answer) {
            served();
            send(peer, consensus::SnapshotAnswer{number, *answer});
          },
          [served](const caf::error&) { served(); });
}

/// Turns to the next peer where the asked one is gone or too late.
void Synchronizer::ask_again_in_time() {
  std::vector<std::uint64_t> late;
  for (const auto& [number, wanted] : wanted_) {
    if (wanted.deadline <= now() || !peers_.contains(*wanted.asked)) late.push_back(number);
  }
  for (const std::uint64_t number : late)
    ask_next(number);
}

}  // namespace troupe::actors
