#include "actors/joining.hpp"

#include <utility>

#include "actors/chain_state.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/ledger/block_record.hpp"
#include "storage/keys.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

namespace {

// The meta values of a snapshot on its way in:
//
//   joining          := offer: bytes  block: bytes      of protocol/ledger and storage
//   joining-pending  := list(path)
//   joining-given-up := 1: u8                           while what was stored of it is removed
constexpr const char* kJoiningName = "joining";
constexpr const char* kPendingName = "joining-pending";
constexpr const char* kGivenUpName = "joining-given-up";
/// A sync takes the longer the more it writes, but hardly longer for little than for nothing.
constexpr std::size_t kGatheredBytes = 4 * 1024 * 1024;
constexpr std::size_t kRemovedAtOnce = 4096;
constexpr std::size_t kReadAtOnceBytes = 4 * 1024 * 1024;

struct Stored {
  Bytes offer;
  Bytes block;
};

Stored read_stored(codec::Reader& reader) {
  Stored stored;
  stored.offer = to_bytes(reader.bytes(SIZE_MAX));
  stored.block = to_bytes(reader.bytes(SIZE_MAX));
  return stored;
}

std::vector<ledger::NibblePath> read_pending(codec::Reader& reader) {
  std::vector<ledger::NibblePath> pending(reader.count(ledger::kPendingPathsMax));
  for (ledger::NibblePath& path : pending)
    path = ledger::read_nibble_path(reader);
  return pending;
}

storage::StorageError corrupt(const storage::ChainStore& chain) {
  return {storage::StorageErrorKind::Corrupt,
          chain.database()->path(),
          "what was stored of a snapshot cannot be decoded; remove the database, and begin anew"};
}

}  // namespace

std::string offer_fault(const ledger::SnapshotOffer& offer,
                        const std::vector<consensus::CertifiedBlock>& run,
                        const consensus::Electorate& electorate) {
  if (run.size() < 2 || run.front().header.height != offer.height) {
    return "did not give the blocks of its snapshot";
  }
  if (const auto checked = consensus::check_run(run, electorate); !checked) {
    return "sent blocks that prove nothing: " + std::string(consensus::describe(checked.error()));
  }
  if (!run.front().finalization) return "offers the state of a block that is not directly final";
  if (run[1].header.history_root != offer.history.root()) return "sent another history";
  for (const consensus::CertifiedBlock& block : run) {
    if (block.header.executed_height != offer.height) continue;
    return block.header.executed_root == offer.root ? "" : "offers another state than was agreed";
  }
  return "offers a state that no block of its proof names";
}

void put_joining(storage::WriteSet& set, const Joining& joining) {
  codec::Writer writer;
  writer.bytes(ledger::encode(joining.offer)).bytes(ledger::encode(to_record(joining.block)));
  storage::put_meta(set, kJoiningName, writer.take());
  put_joining_pending(set, joining.pending);
}

void put_joining_pending(storage::WriteSet& set, const std::vector<ledger::NibblePath>& pending) {
  codec::Writer writer;
  writer.varint(pending.size());
  for (const ledger::NibblePath& path : pending)
    ledger::write(writer, path);
  storage::put_meta(set, kPendingName, writer.take());
}

void GatheredParts::add(const ledger::StorePart& part) {
  storage::put_snapshot_part(set_, part.part, height_);
  pending_ = part.pending;
}

bool GatheredParts::is_full() const {
  return set_.size() >= kGatheredBytes;
}

storage::Stored<Done> GatheredParts::commit(storage::Database& database) {
  if (set_.empty()) return Done{};
  put_joining_pending(set_, pending_);
  auto done = database.commit(set_);
  set_ = {};
  return done;
}

storage::Stored<bool> has_joining(const storage::ChainStore& chain) {
  const auto joining = chain.meta(kJoiningName);
  if (!joining) return failure(joining.error());
  const auto given_up = chain.meta(kGivenUpName);
  if (!given_up) return failure(given_up.error());
  return !joining->value_or(Bytes{}).empty() || !given_up->value_or(Bytes{}).empty();
}

storage::Stored<std::optional<Joining>> read_joining(const storage::ChainStore& chain) {
  const auto given_up = chain.meta(kGivenUpName);
  if (!given_up) return failure(given_up.error());
  if (!given_up->value_or(Bytes{}).empty()) {
    if (const auto done = forget_joining(chain); !done) return failure(done.error());
  }
  const auto meta = chain.meta(kJoiningName);
  if (!meta) return failure(meta.error());
  if (!*meta || (*meta)->empty()) return std::optional<Joining>{};
  const auto stored = codec::decode(**meta, read_stored);
  if (!stored) return failure(corrupt(chain));
  auto offer = ledger::decode_snapshot_offer(stored->offer);
  const auto record = ledger::decode_block_record(stored->block);
  if (!offer || !record) return failure(corrupt(chain));
  auto block = to_block(*record);
  if (!block) return failure(block.error());
  const auto encoded = chain.meta(kPendingName);
  if (!encoded) return failure(encoded.error());
  auto pending = codec::decode(encoded->value_or(Bytes{}), read_pending);
  if (!pending) return failure(corrupt(chain));
  return std::optional<Joining>{
      {std::move(offer).value(), std::move(block).value(), std::move(pending).value()}};
}

storage::Stored<Done> forget_joining(const storage::ChainStore& chain) {
  storage::WriteSet begin;
  storage::put_meta(begin, kGivenUpName, Bytes{1});
  if (const auto done = chain.database()->commit(begin); !done) return done;
  for (const storage::KeyPrefix kind : {storage::KeyPrefix::StateValue,
                                        storage::KeyPrefix::StateKey,
                                        storage::KeyPrefix::TreeNode,
                                        storage::KeyPrefix::RecordIndex,
                                        storage::KeyPrefix::Receipts,
                                        storage::KeyPrefix::Transaction}) {
    storage::RangeQuery query;
    query.first = storage::keys::first_of(kind);
    query.end = storage::keys::after_prefix(query.first);
    query.entries_max = kRemovedAtOnce;
    query.bytes_max = kReadAtOnceBytes;
    while (true) {
      const auto entries = chain.database()->range(query);
      if (!entries) return failure(entries.error());
      if (entries->empty()) break;
      storage::WriteSet set;
      for (const storage::Entry& entry : *entries)
        set.remove(entry.key);
      if (const auto done = chain.database()->commit(set); !done) return done;
    }
  }
  storage::WriteSet end;
  storage::put_meta(end, kJoiningName, {});
  storage::put_meta(end, kPendingName, {});
  storage::put_meta(end, kGivenUpName, {});
  return chain.database()->commit(end);
}

void put_decisions(storage::WriteSet& set,
                   Height height,
                   const std::vector<ledger::Receipt>& receipts) {
  storage::put_receipts(set, height, ledger::encode(receipts));
  std::uint32_t position = 0;
  for (const ledger::Receipt& receipt : receipts) {
    if (ledger::is_decision(receipt.outcome)) {
      storage::put_transaction(set, receipt.transaction, {height, position});
    }
    ++position;
  }
}

void put_joined(storage::WriteSet& set, const NodeContext& context, const Joined& joined) {
  const consensus::Header& header = joined.block.header;
  const crypto::Digest digest = consensus::digest(header);
  ledger::BlockRecord record = to_record(joined.block);
  record.state_root = joined.offer.root;
  storage::put_final_block(set, {header.height, digest, ledger::encode(record), std::nullopt});
  storage::put_snapshot_root(set, {header.height, joined.offer.root});

  ChainState state;
  state.newest = header;
  state.history = joined.offer.history;
  state.tree = {header.height, joined.offer.root};
  state.last_ordering = joined.last_ordering;
  state.final_header = header;
  state.final_history = joined.offer.history;
  state.finalization = joined.block.finalization;
  put_chain_state(set, state);
  put_base(set, header.height);

  // Nodes of the history below the snapshot's end are what its frontier holds.
  std::uint64_t first = 0;
  std::size_t next = 0;
  const std::uint64_t size = joined.offer.history.size();
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    storage::put_history_node(
        set,
        {{static_cast<std::uint8_t>(level), first >> level}, joined.offer.history.nodes()[next++]});
    first += std::uint64_t{1} << level;
  }
  storage::put_history_node(
      set, {{0, 0}, crypto::merkle_leaf(consensus::digest(context.root()).view())});
  storage::put_history_node(set, {{0, header.height.number}, crypto::merkle_leaf(digest.view())});
  storage::put_meta(set, kJoiningName, {});
  storage::put_meta(set, kPendingName, {});
}

}  // namespace troupe::actors
