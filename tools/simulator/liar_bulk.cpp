// Lies on the channels of lanes and synchronizers.
#include <memory>
#include <span>
#include <utility>
#include <variant>

#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/lane_message.hpp"
#include "protocol/ledger/transaction.hpp"
#include "tools/simulator/liar.hpp"

namespace troupe::simulator {

using scenario::Strategy;

namespace {

bool carries_batches(const ledger::LaneMessage& message) {
  return std::holds_alternative<ledger::BatchMessage>(message) ||
         std::holds_alternative<ledger::BatchAnswer>(message);
}

}  // namespace

Liar::Said Liar::say_in_lanes(const Utterance& meant) {
  const auto message = ledger::decode_lane_message(meant.message);
  if (!message) return {meant};
  if (table_.strategy == Strategy::Withhold && carries_batches(*message)) return {};
  const auto* batch = std::get_if<ledger::BatchMessage>(&*message);
  if (batch == nullptr) return {meant};
  const bool forks = table_.strategy == Strategy::DoubleVote && sees_other(meant.to);
  if (table_.strategy != Strategy::InvalidBatch && !forks) return {meant};
  const auto other = spoilt_batch(batch->encoded);
  if (!other) return {meant};
  Utterance said = meant;
  said.message = ledger::encode(ledger::LaneMessage{ledger::BatchMessage{*other}});
  return {std::move(said)};
}

/// The batch with its first transaction twice and, from one that forges, its last signature broken;
/// signed by its author as a whole. Nothing if there is no room.
std::optional<Bytes> Liar::spoilt_batch(ByteView encoded) {
  const auto batch = ledger::Batch::decode(encoded);
  if (!batch || batch->place().lane.number != setting_.self) return std::nullopt;
  std::vector<ledger::Transaction> transactions = batch->transactions();
  if (table_.strategy == Strategy::InvalidBatch) {
    Bytes bytes = to_bytes(transactions.back().encoded());
    bytes.back() ^= 1;  // the end of its signature
    auto broken = ledger::Transaction::decode(bytes);
    if (!broken) return std::nullopt;
    transactions.back() = std::move(broken).value();
  } else {
    transactions.push_back(transactions.front());
  }
  ledger::BatchDraft draft = ledger::draft_batch(batch->place(), transactions);
  const crypto::Signature signature =
      coalition_->keys.at(setting_.self).sign(ledger::signed_bytes(draft.header, setting_.chain));
  return to_bytes(ledger::Batch::assemble(draft, signature).encoded());
}

void Liar::spoil(std::vector<consensus::CertifiedBlock>& run) {
  if (run.empty()) return;
  consensus::CertifiedBlock& block = run[random_.below(run.size())];
  switch (random_.below(5)) {
    case 0: block.header.timestamp.milliseconds += 1; break;
    case 1: block.finalization.reset(); break;
    case 2:
      if (block.notarization) block.notarization = forged(*block.notarization);
      break;
    case 3:
      if (run.back().finalization) run.back().finalization = forged(*run.back().finalization);
      break;
    default: run.pop_back(); break;
  }
}

Liar::Said Liar::say_in_sync(const Utterance& meant) {
  if (table_.strategy != Strategy::LyingSync) return {meant};
  auto message = consensus::decode_sync_message(meant.message);
  if (!message) return {meant};
  if (auto* status = std::get_if<consensus::SyncStatus>(&*message)) {
    status->height.number += random_.below(1000);
  } else if (auto* answer = std::get_if<consensus::RunAnswer>(&*message)) {
    spoil(answer->run);
  }
  Utterance said = meant;
  said.message = consensus::encode(*message);
  return {std::move(said)};
}

}  // namespace troupe::simulator
