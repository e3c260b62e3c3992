#include "actors/ledger_audit.hpp"

#include <algorithm>
#include <utility>

#include "actors/block_writes.hpp"
#include "actors/chain_state.hpp"
#include "actors/history_log.hpp"
#include "actors/ledger_writer.hpp"
#include "actors/verified_state.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/ledger/lane.hpp"
#include "protocol/ledger/record.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "storage/keys.hpp"

namespace troupe::actors {

namespace {

using storage::KeyPrefix;

std::string name_of(ByteView key) {
  switch (static_cast<KeyPrefix>(key[0])) {
    case KeyPrefix::TreeNode: return "state node";
    case KeyPrefix::StateValue: return "state value";
    case KeyPrefix::StateKey: return "state key";
    case KeyPrefix::StaleNode: return "stale mark";
    case KeyPrefix::StateRoot: return "state root";
    case KeyPrefix::RecordIndex: return "record index";
    case KeyPrefix::Header: return "header";
    case KeyPrefix::Block: return "block record";
    case KeyPrefix::FinalHeader: return "header index";
    case KeyPrefix::HistoryNode: return "history node";
    case KeyPrefix::Certificate: return "certificate";
    case KeyPrefix::Batch: return "batch";
    case KeyPrefix::Lane: return "lane index";
    case KeyPrefix::Receipts: return "receipts";
    case KeyPrefix::Transaction: return "transaction index";
    case KeyPrefix::Evidence: return "evidence";
    case KeyPrefix::Commit: return "commit number";
    case KeyPrefix::Meta: return "meta value";
  }
  return "entry";
}

/// The index as it was before a height: what the height itself decided is not known yet. An entry
/// is believed if the receipts of its height, to which the state commits, bear it out: a damaged one
/// is compared like every other entry, but decides nothing.
class IndexBefore final : public ledger::TransactionIndex {
 public:
  IndexBefore(const storage::ChainStore& chain, const ledger::StateReader& state, Height height)
      : chain_(chain), state_(state), height_(height) {}

  [[nodiscard]] Result<std::optional<Height>, ledger::StateError> height_of(
      const crypto::Digest& id) const override {
    const auto place = chain_.transaction(id);
    if (!place || !*place || (*place)->height >= height_) return std::optional<Height>{};
    if (!is_decided_at(id, **place)) return std::optional<Height>{};
    return std::optional<Height>{(*place)->height};
  }

 private:
  [[nodiscard]] bool is_decided_at(const crypto::Digest& id,
                                   const storage::TransactionPosition& place) const {
    const auto stored = chain_.receipts(place.height);
    if (!stored || !*stored) return false;
    const auto receipts = ledger::decode_receipts(**stored);
    if (!receipts || place.position >= receipts->size()) return false;
    const ledger::Receipt& receipt = (*receipts)[place.position];
    if (receipt.transaction != id || !ledger::is_decision(receipt.outcome)) return false;
    const auto root = state_.value(ledger::receipts_state_key(place.height));
    return root && *root == to_bytes(ledger::receipts_root(*receipts).view());
  }

  const storage::ChainStore& chain_;
  const ledger::StateReader& state_;
  Height height_;
};

bool is_io(const storage::StorageError& error) {
  return error.kind != storage::StorageErrorKind::Corrupt;
}

}  // namespace

void LedgerAudit::Walk::damage(std::string what) {
  audit.damages.push_back("height " + std::to_string(height.number) + ": " + std::move(what));
}

void LedgerAudit::Walk::on_error(const storage::StorageError& error) {
  if (is_io(error) && !io) io = error;
}

LedgerAudit::LedgerAudit(proof::Founding founding, std::shared_ptr<storage::ChainStore> chain)
    : founding_(std::move(founding)),
      chain_(std::move(chain)),
      states_(chain_->database()),
      modules_(modules_of(founding_.electorate)) {}

std::optional<consensus::Header> LedgerAudit::header_at(Height height) const {
  if (height.number == 0) return founding_.root;
  const auto record = actors::read_block(*chain_, height);
  if (!record) return std::nullopt;
  const auto block = to_block(*record);
  if (!block || block->header.height != height) return std::nullopt;
  return block->header;
}

storage::Stored<HeightAudit> LedgerAudit::check(Height height, const AuditParts& parts) const {
  const auto pruned_below = states_.pruned_below();
  if (!pruned_below) return failure(pruned_below.error());
  Walk walk;
  walk.height = height;
  if (read_block(walk, parts)) {
    read_history(walk);
    if (read_batches(walk, parts)) {
      // The block is executed upon the state before it.
      if (height > *pruned_below) {
        replay(walk);
      } else {
        check_decisions(walk, *pruned_below, parts);
      }
    }
  }
  if (walk.io) return failure(*walk.io);
  if (walk.audit.is_sound()) return std::move(walk.audit);
  // What was removed on purpose while it was looked at is not missing.
  const auto pruned_now = states_.pruned_below();
  if (pruned_now && *pruned_below < *pruned_now) return check(height, parts);
  return std::move(walk.audit);
}

bool LedgerAudit::read_block(Walk& walk, const AuditParts& parts) const {
  const auto before = header_at(Height{walk.height.number - 1});
  if (!before) {
    walk.damage("the block before it cannot be read");
    return false;
  }
  walk.before = *before;
  const auto record = actors::read_block(*chain_, walk.height);
  if (!record) walk.on_error(record.error());
  auto stored = record ? to_block(*record)
                       : storage::Stored<consensus::CertifiedBlock>(failure(record.error()));
  std::string fault = stored ? std::string() : stored.error().detail;
  if (stored) {
    walk.block = *stored;
    fault = block_fault(walk);
  }
  if (fault.empty()) return true;
  walk.damage("the block: " + fault);
  if (!parts.block) {
    walk.audit.wants_block = true;
    return false;
  }
  walk.block = *parts.block;
  return block_fault(walk).empty();
}

/// Why a block is not the final one of its height; empty if it is.
std::string LedgerAudit::block_fault(const Walk& walk) const {
  const consensus::Header& header = walk.block.header;
  if (header.height != walk.height) return "it is of another height";
  if (header.parent != consensus::digest(walk.before)) return "it is no child of the one before";
  if (header.chain != founding_.electorate.binding.chain) return "it is of another chain";
  const auto fault = run_fault(walk.block);
  return fault ? std::string(consensus::describe(*fault)) : std::string();
}

/// A block and those above it, as they are stored, up to the first that has its own finalization
/// or the last that can be read.
std::vector<consensus::CertifiedBlock> LedgerAudit::run_from(
    const consensus::CertifiedBlock& block) const {
  std::vector<consensus::CertifiedBlock> run{block};
  while (!run.back().finalization && run.size() < kRunHeightsMax) {
    const auto record = actors::read_block(*chain_, run.back().header.height.next());
    if (!record) break;
    auto next = to_block(*record);
    if (!next) break;
    run.push_back(std::move(next).value());
  }
  return run;
}

/// What the certificates of a block say against it: its own finalization, or that of the first
/// descendant that has one. If that one cannot be read, nothing is held against this block before
/// it can.
std::optional<consensus::RunError> LedgerAudit::run_fault(
    const consensus::CertifiedBlock& block) const {
  const auto run = run_from(block);
  if (!run.back().finalization) return std::nullopt;
  const auto checked = consensus::check_run(run, founding_.electorate);
  if (checked) return std::nullopt;
  return checked.error();
}

/// True if a quorum's signatures on it, or on a descendant, are stored and hold.
bool LedgerAudit::is_certified(const consensus::CertifiedBlock& block) const {
  const auto run = run_from(block);
  return run.back().finalization && consensus::check_run(run, founding_.electorate).ok();
}

/// The log over the headers before the block, from its stored nodes.
void LedgerAudit::read_history(Walk& walk) const {
  auto history = stored_history(*chain_, founding_.root, walk.height.number);
  if (history && history->root() == walk.block.header.history_root) {
    walk.history = *std::move(history);
    return;
  }
  walk.damage("the history before it is not the one that its header names");
  rebuild_history(walk);
}

/// Computes the log anew from all headers, and has the nodes that differ written.
void LedgerAudit::rebuild_history(Walk& walk) const {
  walk.history = {};
  const auto stored = history_nodes(*chain_);
  for (Height height{0}; height < walk.height; height = height.next()) {
    const auto header = header_at(height);
    if (!header) return;
    const crypto::Digest leaf = crypto::merkle_leaf(consensus::digest(*header).view());
    for (const crypto::MerkleNode& node : crypto::completed_by(walk.history, leaf)) {
      if (stored(node.place) != node.hash) storage::put_history_node(walk.audit.mending, node);
    }
    walk.history.append(leaf);
  }
}

/// Every batch that the block orders, in its order. False if one is missing.
bool LedgerAudit::read_batches(Walk& walk, const AuditParts& parts) const {
  for (const ledger::BatchRange& range : ordered_ranges(walk.before.tips, walk.block.header.tips)) {
    std::vector<ledger::Batch> lane;  // from the tip downwards
    crypto::Digest digest = range.tip;
    while (lane.size() < range.count) {
      const ledger::BatchPointer batch = read_batch(walk, digest, parts);
      if (!batch) return false;
      digest = batch->place().parent;
      lane.push_back(*batch);
    }
    walk.batches.insert(walk.batches.end(), lane.rbegin(), lane.rend());
  }
  if (ledger::transactions_root(walk.batches) == walk.block.header.transactions_root) return true;
  walk.damage("the batches do not have the transactions root of the header");
  return false;
}

/// True if the lane's author signed it. The digest covers neither the signature nor whose it must be.
bool LedgerAudit::is_genuine(const ledger::Batch& batch) const {
  const consensus::Electorate& electorate = founding_.electorate;
  return electorate.validators.contains(batch.place().lane) &&
         ledger::verify(batch.signed_header(),
                        electorate.binding.chain,
                        electorate.validators.key(batch.place().lane));
}

ledger::BatchPointer LedgerAudit::read_batch(Walk& walk,
                                             const crypto::Digest& digest,
                                             const AuditParts& parts) const {
  ++walk.audit.values;
  const auto stored = chain_->batch(digest);
  if (!stored) walk.on_error(stored.error());
  ledger::BatchPointer found;
  if (stored && *stored) {
    auto batch = ledger::Batch::decode(**stored);
    if (batch && batch->digest() == digest)
      found = std::make_shared<const ledger::Batch>(std::move(batch).value());
  }
  if (found && is_genuine(*found)) return found;
  // A node that stops between storing a batch of its own and keeping its signature has it without
  // one, while the others have it whole. What it says is what was agreed: the height is sound, and
  // until a peer gave the signature the batch is not handed out.
  const bool is_unsigned = found && !ledger::is_signed(*found);
  if (!is_unsigned) {
    found = nullptr;
    walk.damage("the batch " + digest.hex() + " is missing or altered");
  }
  const auto fetched = parts.batches.find(digest);
  if (fetched == parts.batches.end() || !is_genuine(*fetched->second)) {
    walk.audit.wants_batches.push_back(digest);
    return found;
  }
  storage::put_batch(walk.audit.mending,
                     {digest, std::nullopt, to_bytes(fetched->second->encoded())});
  return fetched->second;
}

/// Executes the block again and compares all that it left.
void LedgerAudit::replay(Walk& walk) const {
  const Height before{walk.height.number - 1};
  const auto tree_before = states_.state_at(before);
  if (!tree_before) return walk.damage("the state before it cannot be read");
  const storage::StoredTree tree(chain_->database());
  const VerifiedState values(states_, tree, before);
  const IndexBefore index(*chain_, values, walk.height);
  const auto execution = ledger::execute({values, index, modules_}, {walk.height, walk.batches});
  if (!execution) {
    if (values.error()) walk.on_error(*values.error());
    return walk.damage("the state before it cannot be read");
  }
  check_exposed(walk);
  const auto writes = ledger::tree_writes(*execution);
  const auto update = ledger::apply(tree, *tree_before, walk.height, writes);
  if (!update) return walk.damage("the state tree before it cannot be read");
  const crypto::Digest& root = update->state.root;
  if (is_refuted(walk.height, root)) {
    return walk.damage("what it is executed upon is not what the validators executed it upon");
  }
  storage::WriteSet expected;
  put_executed_block(expected, {walk.block, walk.batches, *execution, *update, root, walk.history});
  compare(walk, expected);
}

/// The state that the block's header names must be the one that is stored here.
void LedgerAudit::check_exposed(Walk& walk) const {
  const consensus::Header& header = walk.block.header;
  const auto exposed = states_.state_at(header.executed_height);
  if (exposed && exposed->root == header.executed_root) return;
  walk.damage("the state root after height " + std::to_string(header.executed_height.number) +
              " is " + (exposed ? exposed->root.hex() : std::string("not readable")) +
              " here, and the validators agreed on " + header.executed_root.hex());
}

/// True if a later block, signed by a quorum, names another root after this height: then something
/// below is damaged that executing the block again cannot see, and would only spread.
bool LedgerAudit::is_refuted(Height height, const crypto::Digest& root) const {
  for (Height above = height.next(); above.number <= height.number + kExecutionLagHeightsMax;
       above = above.next()) {
    const auto record = actors::read_block(*chain_, above);
    const auto block = record ? to_block(*record)
                              : storage::Stored<consensus::CertifiedBlock>(failure(record.error()));
    if (!block || block->header.executed_height > height) return false;
    if (block->header.executed_height < height) continue;
    return block->header.executed_root != root && is_certified(*block);
  }
  return false;
}

void LedgerAudit::compare(Walk& walk, const storage::WriteSet& expected) const {
  for (const storage::WriteSet::Change& change : expected.changes()) {
    ++walk.audit.values;
    const auto stored = chain_->database()->get(change.key);
    if (!stored) walk.on_error(stored.error());
    const std::optional<Bytes> found = stored ? *stored : std::nullopt;
    if (found == change.value || (stored && is_excused(walk, change, found))) continue;
    walk.damage("the " + name_of(change.key) + " under key " + to_hex(change.key) +
                (!stored ? " cannot be read"
                 : found ? " is another one"
                         : " is missing"));
    walk.audit.mending.put(change.key, *change.value);
  }
}

/// A name may have been listed anew by a later block.
bool LedgerAudit::is_excused(const Walk& walk,
                             const storage::WriteSet::Change& change,
                             const std::optional<Bytes>& stored) const {
  if (static_cast<KeyPrefix>(change.key[0]) != KeyPrefix::RecordIndex || !stored) return false;
  const auto listed = storage::read_index_height(*stored);
  return listed && *listed > walk.height && is_listed_at(*chain_, change.key, *listed);
}

bool is_listed_at(const storage::ChainStore& chain, ByteView index_key, Height height) {
  const auto newest = chain.last_height();
  if (!newest || !*newest || height > **newest) return false;
  const auto key = ledger::record_state_key(as_text(index_key.subspan(1)));
  const auto value = storage::keys::state_value(crypto::sha256(key), height);
  const auto is_there = chain.database()->contains(value);
  return is_there && *is_there;
}

storage::Stored<HeightAudit> LedgerAudit::check_values(Bytes& after, std::size_t count_max) const {
  HeightAudit audit;
  storage::RangeQuery query;
  query.first = after.empty() ? storage::keys::first_of(KeyPrefix::StateValue) : after;
  query.end = storage::keys::after_prefix(storage::keys::first_of(KeyPrefix::StateValue));
  query.entries_max = count_max;
  const auto entries = chain_->database()->range(query);
  if (!entries) {
    // One that cannot be read is found under its height.
    if (is_io(entries.error())) return failure(entries.error());
    after.clear();
    return audit;
  }
  after = entries->size() < count_max ? Bytes{} : entries->back().key;
  if (!after.empty()) after.push_back(0);
  const storage::StoredTree tree(chain_->database());
  const auto newest = chain_->last_height();
  const auto pruned_below = states_.pruned_below();
  for (const storage::Entry& entry : *entries) {
    ++audit.values;
    const auto version = storage::keys::read_state_value_version(entry.key);
    const auto key_digest = storage::keys::read_state_value_digest(entry.key);
    if (!version || !key_digest || !newest || !*newest || !pruned_below) continue;
    if (*version < *pruned_below) continue;
    const auto state = states_.state_at(*version);
    const auto way =
        state
            ? ledger::find_way(tree, *state, *key_digest)
            : Result<ledger::TreeWay, ledger::StateError>(failure(ledger::StateError::Unreadable));
    if (!way) continue;  // a node of the way is damaged, which its own height shows
    std::optional<crypto::Digest> named;
    if (way->leaf && way->leaf->key_digest == *key_digest) named = way->leaf->value_digest;
    std::optional<crypto::Digest> stored;
    if (!entry.value.empty() && entry.value[0] == 1) {
      stored = crypto::sha256(ByteView(entry.value).subspan(1));
    }
    if (*version <= **newest && stored == named) continue;
    audit.damages.push_back("the state value under key " + to_hex(entry.key) +
                            " was written by no block");
    audit.mending.remove(entry.key);
  }
  return audit;
}

}  // namespace troupe::actors
