#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/admission.hpp"
#include "protocol/ledger/transaction.hpp"

// Which transactions a node takes in, and what it sheds (consensus.md, section 4).
//
// A transaction that passed the stateless checks is refused if the ledger or this node knows its id,
// if it cannot take effect in the next height, if its account has too much waiting, or if all
// accounts together have, in this order. Nothing that was accepted is pushed out by a newcomer: the
// newcomer is what is shed, and its client is told why. An accepted transaction waits, first in the
// queue, then in a sealed batch, until its id is released; it leaves the queue silently if its life
// ends before it is sealed. Transactions in other lanes are not looked at: sending the same one to
// several nodes is allowed, and execution lets it take effect once.
namespace troupe::ledger {

/// A transaction that passed check_stateless on a worker.
struct Candidate {
  Transaction transaction;
  /// The height that already carries this id, if the ledger knows one.
  std::optional<Height> ordered_at;
};

/// The transactions that this node accepted and that no final block ordered yet. Invariants:
///
///   (1) at most kMempoolTransactionsMax of them wait, and at most kMempoolBytesMax of payload;
///   (2) of one account at most kAccountTransactionsMax and kAccountWaitingBytesMax;
///   (3) the queue's length is at most twice that of (1).
class WaitingTransactions {
 public:
  /// Accepts a transaction that could take effect in height `next`, or says why not.
  /// Errors: Duplicate, Expired, TooFarAhead, AccountFull, MempoolFull.
  Result<Done, AdmissionError> admit(Candidate candidate, Height next);

  /// Takes transactions from the queue, oldest first, until the next would exceed the payload bound
  /// or kBatchTransactionsMax. Those that can no longer take effect in `next` are dropped. They go on
  /// waiting, so that they are not accepted twice, until they are released.
  [[nodiscard]] std::vector<Transaction> take(std::size_t payload_bytes_max, Height next);

  /// Counts transactions of an own batch that was sealed in an earlier life of the node.
  void readmit_sealed(std::span<const Transaction> transactions);

  /// Stops waiting for these ids, wherever they wait: a final block ordered them, or their batch is
  /// dead. Unknown ones are ignored.
  void release(std::span<const crypto::Digest> ids);
  void release(std::span<const Transaction> transactions);

  /// How a transaction waits; nothing if it does not.
  enum class Stage : std::uint8_t { Queued, Sealed };
  [[nodiscard]] std::optional<Stage> find(const crypto::Digest& id) const;

  /// Everything that waits, sealed or not.
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// What waits to be sealed, and how many bytes of payload that would be.
  [[nodiscard]] std::size_t queued() const { return queued_; }

  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }

  void check_invariants() const;

 private:
  struct Waiting {
    crypto::PublicKey account;
    std::uint32_t payload_bytes = 0;
    bool is_sealed = false;
  };

  struct Usage {
    std::size_t transactions = 0;
    std::size_t bytes = 0;
  };

  struct KeyHash {
    std::size_t operator()(const crypto::PublicKey& key) const;
  };

  using WaitingMap = std::unordered_map<crypto::Digest, Waiting, crypto::DigestHash>;

  [[nodiscard]] Result<Done, AdmissionError> check(const Candidate& candidate, Height next) const;
  void add(const Transaction& transaction, bool is_sealed);
  void remove(WaitingMap::iterator position);
  void drop_released_from_queue();

  WaitingMap waiting_;
  std::unordered_map<crypto::PublicKey, Usage, KeyHash> usage_;
  std::deque<Transaction> queue_;  // with some that were released meanwhile
  std::size_t bytes_ = 0;
  std::size_t queued_ = 0;
  std::size_t queued_bytes_ = 0;
};

}  // namespace troupe::ledger
