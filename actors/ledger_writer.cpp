#include "actors/ledger_writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/block_writes.hpp"
#include "actors/checked_reads.hpp"
#include "actors/failure.hpp"
#include "actors/ledger_audit.hpp"
#include "protocol/consensus/plant.hpp"
#include "protocol/ledger/membership.hpp"

namespace troupe::actors {

namespace {

Sequence sequence_before(const std::vector<consensus::Tip>& before, ValidatorIndex lane) {
  const auto found = std::find_if(
      before.begin(), before.end(), [&](const consensus::Tip& tip) { return tip.lane == lane; });
  return found == before.end() ? Sequence{0} : found->sequence;
}

std::vector<ValidatorIndex> signers_of(const consensus::Certificate& certificate) {
  std::vector<ValidatorIndex> signers;
  for (const auto& signature : certificate.signatures)
    signers.push_back(signature.signer);
  return signers;
}

/// True if a block listed the name anew since its entry was compared.
bool is_overtaken(const storage::ChainStore& chain,
                  const storage::WriteSet::Change& mended,
                  const Bytes& stored) {
  const auto height = storage::read_index_height(stored);
  const auto older = storage::read_index_height(*mended.value);
  return height && older && *height > *older && is_listed_at(chain, mended.key, *height);
}

storage::StorageError unreadable(const std::optional<storage::StorageError>& cause) {
  if (cause) return *cause;
  return {storage::StorageErrorKind::Corrupt, "database", "the state contradicts itself"};
}

}  // namespace

std::vector<ledger::BatchRange> ordered_ranges(const std::vector<consensus::Tip>& before,
                                               const std::vector<consensus::Tip>& tips) {
  std::vector<ledger::BatchRange> ranges;
  for (const consensus::Tip& tip : tips) {
    const Sequence last = sequence_before(before, tip.lane);
    if (tip.sequence > last) ranges.push_back({tip.digest, tip.sequence.number - last.number});
  }
  return ranges;
}

LedgerWriter::LedgerWriter(LedgerWriterActor::pointer self,
                           SharedContext context,
                           std::shared_ptr<storage::ChainStore> chain,
                           ChainState state)
    : self_(self),
      context_(std::move(context)),
      chain_(std::move(chain)),
      tree_(chain_->database(), storage::kWriterTreeCache),
      state_(std::move(state)) {}

LedgerWriterActor::behavior_type LedgerWriter::make_behavior() {
  return {
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [](start_atom) {},
      [this](commit_atom, const CommitBlocks& commit) { return on_commit(commit); },
      [this](accuse_atom, const proof::Accusation& accusation) { on_accusation(accusation); },
      [this](stall_atom, bool is_stalled) { on_stall(is_stalled); },
      [this](mend_atom, const Mending& mending) { return on_mending(mending); },
  };
}

caf::result<bool> LedgerWriter::on_commit(const CommitBlocks& commit) {
  INVARIANT(!commit.blocks.empty() && commit.blocks.back().finalization.has_value());
  const Height last = commit.blocks.back().header.height;
  if (last <= state_.newest.height) return true;
  const auto signers = signers_of(*commit.blocks.back().finalization);
  for (const consensus::CertifiedBlock& block : commit.blocks) {
    if (block.header.height <= state_.newest.height) continue;
    pending_.try_emplace(block.header.height, Pending{block, signers});
    // The highest goes: a lower one may be what all of the others wait for.
    if (pending_.size() > kBlocksWaitingMax) pending_.erase(std::prev(pending_.end()));
  }
  auto promise = self_->make_response_promise<bool>();
  waiters_.push_back({last, promise});
  advance();
  return promise;
}

void LedgerWriter::on_stall(bool is_stalled) {
  is_stalled_ = is_stalled;
  advance();
}

/// Takes up the next block, if it is there and nothing else is under way.
void LedgerWriter::advance() {
  while (!is_fetching_ && !is_stalled_ && !is_waiting_) {
    // Both consensus and the synchronizer hand a block over, the second perhaps while the first is
    // being fetched for.
    pending_.erase(pending_.begin(), pending_.upper_bound(state_.newest.height));
    if (pending_.empty()) return;
    const auto next = pending_.begin();
    if (next->first != state_.newest.height.next()) return;
    const Pending pending = std::move(next->second);
    pending_.erase(next);
    const consensus::Header& header = pending.block.header;
    if (header.parent != consensus::digest(state_.newest)) {
      // Both are final: (1) of consensus.md does not hold, and nothing that this node does is safe.
      pending_.clear();
      self_->quit(caf::make_error(caf::sec::runtime_error,
                                  "the final block of height " +
                                      std::to_string(header.height.number) +
                                      " does not follow ours: more validators lie than agreement "
                                      "bears"));
      return;
    }
    const auto ranges = ordered_ranges(state_.newest.tips, header.tips);
    if (ranges.empty()) {
      commit(pending, {});
      continue;
    }
    is_fetching_ = true;
    self_->request(cast_->mempool, caf::infinite, fetch_atom_v, BatchRanges{ranges})
        .then(
            [this, pending](const BatchList& list) {
              is_fetching_ = false;
              on_batches(pending, list);
              advance();
            },
            [](const caf::error&) {});
  }
}

/// Puts the batches of a block into its order: lane by lane, ascending in sequence.
void LedgerWriter::on_batches(const Pending& pending, const BatchList& list) {
  std::vector<ledger::Batch> batches;
  std::size_t first = 0;
  for (const ledger::BatchRange& range :
       ordered_ranges(state_.newest.tips, pending.block.header.tips)) {
    const std::size_t end = first + range.count;
    if (end > list.batches.size() || list.batches[first]->digest() != range.tip) {
      fail({storage::StorageErrorKind::Corrupt,
            chain_->database()->path(),
            "a batch that a final block orders is missing"});
      return;
    }
    for (std::size_t i = end; i > first; --i)
      batches.push_back(*list.batches[i - 1]);
    first = end;
  }
  commit(pending, batches);
}

void LedgerWriter::commit(const Pending& pending, const std::vector<ledger::Batch>& batches) {
  const consensus::Header& header = pending.block.header;
  const storage::StoredTransactions index(*chain_);
  const storage::StateView before(storage::StateStore(chain_->database()), state_.newest.height);
  const CheckedReads reads(before);
  auto execution = ledger::execute({reads, index, context_->modules()}, {header.height, batches});
  if (!execution) return fail(unreadable(before.error() ? before.error() : index.error()));
  const auto altered = reads.first_altered(tree_, state_.tree);
  if (!altered) return fail(unreadable(tree_.error()));
  if (*altered) return wait_for_mending(pending, **altered);
  const auto writes = ledger::tree_writes(*execution);
  const auto update = ledger::apply(tree_, state_.tree, header.height, writes);
  if (!update) return fail(unreadable(tree_.error()));

  storage::WriteSet set;
  put_executed_block(
      set, {pending.block, batches, *execution, *update, update->state.root, state_.history});
  state_.newest = header;
  consensus::append_to_history(state_.history, consensus::digest(header));
  state_.tree = update->state;
  if (!batches.empty()) state_.last_ordering = header.height;
  if (pending.block.finalization) {
    state_.final_header = header;
    state_.final_history = state_.history;
    state_.finalization = pending.block.finalization;
  }
  put_chain_state(set, state_);
  if (const auto mark = std::exchange(journal_mark_, std::nullopt)) put_journal_mark(set, *mark);
  if (const auto done = chain_->database()->commit(set); !done) return fail(done.error());
  tree_.adopt(*update);
  announce(pending, std::move(*execution), !batches.empty());
  answer_waiters();
  if (const auto done = chain_->database()->catch_up_mark(); !done) return fail(done.error());
  ask_journal_mark();
}

/// What somebody altered on this disk is mended first: a block executed upon it would give a state that
/// nobody else has.
void LedgerWriter::wait_for_mending(const Pending& pending, const Bytes& key) {
  context_->log(LogLevel::Error,
                name,
                "height " + std::to_string(pending.block.header.height.number) +
                    " waits to be executed until this is mended: the value of state key " +
                    to_hex(key) + " is not the one that the state root names");
  is_waiting_ = true;
  pending_.insert_or_assign(pending.block.header.height, pending);
  self_->send(cast_->scrubber, suspect_atom_v, Height{0});
}

void LedgerWriter::ask_journal_mark() {
  if (!cast_->signer || std::exchange(is_asking_signer_, true)) return;
  self_->request(cast_->signer, caf::infinite, mark_atom_v)
      .then(
          [this](const storage::JournalMark& mark) {
            is_asking_signer_ = false;
            journal_mark_ = mark;
          },
          [](const caf::error&) {});
}

void LedgerWriter::announce(const Pending& pending,
                            ledger::Execution execution,
                            bool ordered_something) {
  auto ids = std::make_shared<std::vector<crypto::Digest>>();
  ids->reserve(execution.receipts.size());
  for (const ledger::Receipt& receipt : execution.receipts)
    ids->push_back(receipt.transaction);
  const auto block = std::make_shared<const BlockCommitted>(BlockCommitted{
      pending.block,
      consensus::digest(pending.block.header),
      state_.tree.root,
      ordered_something,
      std::move(ids),
      std::make_shared<const std::vector<ledger::Receipt>>(std::move(execution.receipts)),
      pending.signers,
      ledger::lives_begun(execution.writes),
      proof::accusations_in(execution.writes)});
  self_->send(cast_->admin, final_atom_v, block);
  // The mempool hears of a height before the validator can ask it about a block that states it.
  self_->send(cast_->mempool, final_atom_v, block);
  self_->send(cast_->validator, final_atom_v, block);
  self_->send(cast_->accuser, final_atom_v, block);
  self_->send(cast_->synchronizer, final_atom_v, block);
}

void LedgerWriter::answer_waiters() {
  for (Waiter& waiter : waiters_) {
    if (waiter.height <= state_.newest.height) waiter.promise.deliver(true);
  }
  std::erase_if(waiters_,
                [&](const Waiter& waiter) { return waiter.height <= state_.newest.height; });
}

void LedgerWriter::on_accusation(const proof::Accusation& accusation) {
  if (planted(consensus::Plant::EvidenceNotKept)) return;
  const Bytes encoded = proof::encode(accusation);
  storage::WriteSet set;
  storage::put_evidence(set, crypto::sha256(encoded), encoded);
  if (const auto done = chain_->database()->commit(set); !done) fail(done.error());
}

/// The entries are of heights that are stored already. A name that was listed anew since they were
/// compared stays as it is.
caf::result<bool> LedgerWriter::on_mending(const Mending& mending) {
  storage::WriteSet set;
  for (const storage::WriteSet::Change& change : mending.entries->changes()) {
    if (!change.value) {
      set.remove(change.key);
      continue;
    }
    const bool is_name =
        change.key[0] == static_cast<std::uint8_t>(storage::KeyPrefix::RecordIndex);
    const auto stored = is_name ? chain_->database()->get(change.key)
                                : storage::Stored<std::optional<Bytes>>(std::optional<Bytes>{});
    if (stored && *stored && is_overtaken(*chain_, change, **stored)) continue;
    set.put(change.key, *change.value);
  }
  if (const auto done = chain_->database()->commit(set); !done) {
    fail(done.error());
    return disk_failure(done.error());
  }
  if (std::exchange(is_waiting_, false)) advance();
  return true;
}

void LedgerWriter::fail(const storage::StorageError& error) {
  pending_.clear();
  self_->quit(disk_failure(error));
}

}  // namespace troupe::actors
