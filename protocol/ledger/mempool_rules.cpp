#include "protocol/ledger/mempool_rules.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/ledger/batch.hpp"

namespace troupe::ledger {

std::size_t WaitingTransactions::KeyHash::operator()(const crypto::PublicKey& key) const {
  std::size_t word = 0;
  std::memcpy(&word, key.bytes.data(), sizeof word);
  return word;
}

Result<Done, AdmissionError> WaitingTransactions::check(const Candidate& candidate,
                                                        Height next) const {
  const Transaction& transaction = candidate.transaction;
  if (candidate.ordered_at || waiting_.contains(transaction.id())) {
    return failure(AdmissionError::Duplicate);
  }
  if (const auto lifetime = check_lifetime(transaction.valid_through(), next); !lifetime) {
    return lifetime;
  }
  const std::size_t bytes = payload_bytes_of(transaction);
  if (const auto usage = usage_.find(transaction.account()); usage != usage_.end()) {
    const bool has_room = usage->second.transactions < kAccountTransactionsMax &&
                          usage->second.bytes + bytes <= kAccountWaitingBytesMax;
    if (!has_room) return failure(AdmissionError::AccountFull);
  }
  if (waiting_.size() >= kMempoolTransactionsMax || bytes_ + bytes > kMempoolBytesMax) {
    return failure(AdmissionError::MempoolFull);
  }
  return Done{};
}

std::optional<WaitingTransactions::Stage> WaitingTransactions::find(
    const crypto::Digest& id) const {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return std::nullopt;
  return found->second.is_sealed ? Stage::Sealed : Stage::Queued;
}

Result<Done, AdmissionError> WaitingTransactions::admit(Candidate candidate, Height next) {
  if (const auto checked = check(candidate, next); !checked) return checked;
  add(candidate.transaction, false);
  queue_.push_back(std::move(candidate.transaction));
  if (queue_.size() > queued_ + kMempoolTransactionsMax) drop_released_from_queue();
  return Done{};
}

std::vector<Transaction> WaitingTransactions::take(std::size_t payload_bytes_max, Height next) {
  std::vector<Transaction> taken;
  std::size_t payload_bytes = 0;
  while (!queue_.empty() && taken.size() < kBatchTransactionsMax) {
    const auto position = waiting_.find(queue_.front().id());
    const bool is_live = position != waiting_.end() && !position->second.is_sealed;
    if (is_live && queue_.front().valid_through() >= next) {
      Waiting& waiting = position->second;
      if (payload_bytes + waiting.payload_bytes > payload_bytes_max) break;
      payload_bytes += waiting.payload_bytes;
      waiting.is_sealed = true;
      --queued_;
      queued_bytes_ -= waiting.payload_bytes;
      taken.push_back(std::move(queue_.front()));
    } else if (is_live) {
      remove(position);
    }
    queue_.pop_front();
  }
  return taken;
}

void WaitingTransactions::readmit_sealed(std::span<const Transaction> transactions) {
  for (const Transaction& transaction : transactions) {
    if (!waiting_.contains(transaction.id())) add(transaction, true);
  }
}

void WaitingTransactions::release(std::span<const crypto::Digest> ids) {
  if (waiting_.empty()) return;
  for (const crypto::Digest& id : ids) {
    if (const auto position = waiting_.find(id); position != waiting_.end()) remove(position);
  }
}

void WaitingTransactions::release(std::span<const Transaction> transactions) {
  for (const Transaction& transaction : transactions) {
    const auto position = waiting_.find(transaction.id());
    if (position != waiting_.end()) remove(position);
  }
}

void WaitingTransactions::add(const Transaction& transaction, bool is_sealed) {
  const std::size_t bytes = payload_bytes_of(transaction);
  waiting_.emplace(transaction.id(),
                   Waiting{.account = transaction.account(),
                           .payload_bytes = static_cast<std::uint32_t>(bytes),
                           .is_sealed = is_sealed});
  Usage& usage = usage_[transaction.account()];
  usage.transactions += 1;
  usage.bytes += bytes;
  bytes_ += bytes;
  if (is_sealed) return;
  queued_ += 1;
  queued_bytes_ += bytes;
}

void WaitingTransactions::remove(WaitingMap::iterator position) {
  const Waiting& waiting = position->second;
  const auto usage = usage_.find(waiting.account);
  INVARIANT(usage != usage_.end());
  usage->second.transactions -= 1;
  usage->second.bytes -= waiting.payload_bytes;
  if (usage->second.transactions == 0) usage_.erase(usage);
  bytes_ -= waiting.payload_bytes;
  if (!waiting.is_sealed) {
    queued_ -= 1;
    queued_bytes_ -= waiting.payload_bytes;
  }
  waiting_.erase(position);
}

void WaitingTransactions::drop_released_from_queue() {
  std::deque<Transaction> live;
  for (Transaction& transaction : queue_) {
    const auto position = waiting_.find(transaction.id());
    const bool is_live = position != waiting_.end() && !position->second.is_sealed;
    if (is_live) live.push_back(std::move(transaction));
  }
  queue_ = std::move(live);
}

void WaitingTransactions::check_invariants() const {
  INVARIANT(queued_ <= kMempoolTransactionsMax);  // (1)
  INVARIANT(queued_bytes_ <= kMempoolBytesMax);   // (1)
  INVARIANT(queued_ <= waiting_.size());
  INVARIANT(queued_bytes_ <= bytes_);
  INVARIANT(usage_.size() <= waiting_.size());
  INVARIANT(queue_.size() <= 2 * kMempoolTransactionsMax);  // (3)
}

}  // namespace troupe::ledger
