#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/chain_state.hpp"
#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "protocol/ledger/execution.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// The only writer of the ledger. Takes final blocks in any order, executes them in height order,
/// and tells the cast of each when it is durable.
class LedgerWriter {
 public:
  static constexpr const char* name = "ledger_writer";

  LedgerWriter(LedgerWriterActor::pointer self,
               SharedContext context,
               std::shared_ptr<storage::ChainStore> chain,
               ChainState state);

  LedgerWriterActor::behavior_type make_behavior();

 private:
  /// Somebody who waits until everything up to a height is durable.
  struct Waiter {
    Height height;
    caf::typed_response_promise<bool> promise;
  };

  /// A final block and the certificate by which it is final: its own or a descendant's.
  struct Pending {
    consensus::CertifiedBlock block;
    std::vector<ValidatorIndex> signers;
  };

  caf::result<bool> on_commit(const CommitBlocks& commit);
  void on_accusation(const proof::Accusation& accusation);
  caf::result<bool> on_mending(const Mending& mending);
  void on_stall(bool is_stalled);
  void advance();
  void on_batches(const Pending& pending, const BatchList& list);
  void commit(const Pending& pending, const std::vector<ledger::Batch>& batches);
  /// Takes the block up again once something was mended.
  void wait_for_mending(const Pending& pending, const Bytes& key);
  void announce(const Pending& pending, ledger::Execution execution, bool ordered_something);
  void answer_waiters();
  /// Asks the signer how far its journal has come, for the next block to keep.
  void ask_journal_mark();
  void fail(const storage::StorageError& error);

  LedgerWriterActor::pointer self_;
  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::StoredTree tree_;
  ChainState state_;
  CastPointer cast_;
  std::map<Height, Pending> pending_;
  std::vector<Waiter> waiters_;
  std::optional<storage::JournalMark> journal_mark_;  // news that is not stored yet
  bool is_asking_signer_ = false;
  bool is_fetching_ = false;  // the batches of the next block
  bool is_stalled_ = false;   // by a fault
  bool is_waiting_ = false;   // for something altered to be mended
};

/// The batches that a block orders beyond its parent: one range per lane that advances, ascending.
[[nodiscard]] std::vector<ledger::BatchRange> ordered_ranges(
    const std::vector<consensus::Tip>& before, const std::vector<consensus::Tip>& tips);

}  // namespace troupe::actors
