#include "actors/chain_state.hpp"

#include <algorithm>
#include <utility>

#include "protocol/codec/wire.hpp"

namespace troupe::actors {

namespace {

// The meta value `chain-state`:
//
//   chain-state := tree-version: varint  tree-root: fixed[32]  last-ordering: varint
//                  history: frontier  final-height: varint  final-history: frontier
//   frontier    := size: varint  nodes: list(fixed[32])
constexpr const char* kChainStateName = "chain-state";
constexpr const char* kJournalMarkName = "journal-mark";
constexpr const char* kBaseName = "base";

constexpr std::size_t kFrontierNodesMax = 64;

storage::StorageError corrupt(const storage::ChainStore& chain, std::string detail) {
  return {storage::StorageErrorKind::Corrupt, chain.database()->path(), std::move(detail)};
}

void write(codec::Writer& writer, const crypto::MerkleFrontier& frontier) {
  writer.varint(frontier.size()).varint(frontier.nodes().size());
  for (const crypto::Digest& node : frontier.nodes())
    writer.fixed(node.view());
}

crypto::MerkleFrontier read_frontier(codec::Reader& reader) {
  const std::uint64_t size = reader.varint();
  std::vector<crypto::Digest> nodes(reader.count(kFrontierNodesMax));
  for (crypto::Digest& node : nodes)
    node.bytes = reader.array<32>();
  auto frontier = crypto::MerkleFrontier::from(size, std::move(nodes));
  if (!frontier) {
    reader.fail(codec::WireError::OutOfRange);
    return {};
  }
  return *std::move(frontier);
}

struct StoredState {
  ledger::TreeState tree;
  Height last_ordering;
  crypto::MerkleFrontier history;
  Height final_height;
  crypto::MerkleFrontier final_history;
};

StoredState read_stored_state(codec::Reader& reader) {
  StoredState state;
  state.tree.version = Height{reader.varint()};
  state.tree.root.bytes = reader.array<32>();
  state.last_ordering = Height{reader.varint()};
  state.history = read_frontier(reader);
  state.final_height = Height{reader.varint()};
  state.final_history = read_frontier(reader);
  return state;
}

ChainState fresh_state(const NodeContext& context) {
  ChainState state;
  state.newest = context.root();
  consensus::append_to_history(state.history, consensus::digest(context.root()));
  state.final_header = state.newest;
  state.final_history = state.history;
  return state;
}

std::optional<consensus::Certificate> certificate_of(const Bytes& encoded, bool& is_bad) {
  if (encoded.empty()) return std::nullopt;
  auto certificate = consensus::decode_certificate(encoded);
  if (!certificate) {
    is_bad = true;
    return std::nullopt;
  }
  return std::move(certificate).value();
}

}  // namespace

ledger::BlockRecord to_record(const consensus::CertifiedBlock& block) {
  ledger::BlockRecord record;
  record.height = block.header.height;
  record.header = consensus::encode(block.header);
  if (block.notarization) record.notarization = consensus::encode(*block.notarization);
  if (block.finalization) record.finalization = consensus::encode(*block.finalization);
  for (const consensus::Certificate& nullification : block.nullifications) {
    record.nullifications.push_back(consensus::encode(nullification));
  }
  return record;
}

storage::Stored<consensus::CertifiedBlock> to_block(const ledger::BlockRecord& record) {
  const auto header = consensus::decode_header(record.header);
  bool is_bad = !header.ok();
  consensus::CertifiedBlock block;
  if (header) block.header = *header;
  block.notarization = certificate_of(record.notarization, is_bad);
  block.finalization = certificate_of(record.finalization, is_bad);
  for (const Bytes& encoded : record.nullifications) {
    if (auto certificate = certificate_of(encoded, is_bad)) {
      block.nullifications.push_back(*std::move(certificate));
    }
  }
  if (is_bad) {
    return failure(storage::StorageError{
        storage::StorageErrorKind::Corrupt,
        "database",
        "the block of height " + std::to_string(record.height.number) + " cannot be decoded"});
  }
  return block;
}

storage::Stored<ledger::BlockRecord> read_block(const storage::ChainStore& chain, Height height) {
  const auto stored = chain.block(height);
  if (!stored) return failure(stored.error());
  if (!*stored) {
    return failure(
        corrupt(chain, "the block of height " + std::to_string(height.number) + " is missing"));
  }
  auto record = ledger::decode_block_record(**stored);
  if (!record) {
    return failure(corrupt(
        chain, "the block of height " + std::to_string(height.number) + " cannot be decoded"));
  }
  return std::move(record).value();
}

storage::Stored<ChainState> read_chain_state(const storage::ChainStore& chain,
                                             const NodeContext& context) {
  const auto height = chain.last_height();
  if (!height) return failure(height.error());
  if (!*height) return fresh_state(context);
  const auto meta = chain.meta(kChainStateName);
  if (!meta) return failure(meta.error());
  if (!*meta) return failure(corrupt(chain, "the chain state is missing"));
  const auto stored = codec::decode(**meta, read_stored_state);
  if (!stored) return failure(corrupt(chain, "the chain state cannot be decoded"));
  const auto newest = read_block(chain, **height);
  if (!newest) return failure(newest.error());
  const auto block = to_block(*newest);
  if (!block) return failure(block.error());
  ChainState state = fresh_state(context);
  state.newest = block->header;
  state.history = stored->history;
  state.tree = stored->tree;
  state.last_ordering = stored->last_ordering;
  if (stored->final_height.number == 0) return state;
  const auto record = read_block(chain, stored->final_height);
  if (!record) return failure(record.error());
  const auto final_block = to_block(*record);
  if (!final_block) return failure(final_block.error());
  state.final_header = final_block->header;
  state.final_history = stored->final_history;
  state.finalization = final_block->finalization;
  return state;
}

void put_chain_state(storage::WriteSet& set, const ChainState& state) {
  codec::Writer writer;
  writer.varint(state.tree.version.number).fixed(state.tree.root.view());
  writer.varint(state.last_ordering.number);
  write(writer, state.history);
  writer.varint(state.final_header.height.number);
  write(writer, state.final_history);
  storage::put_meta(set, kChainStateName, writer.take());
}

storage::Stored<Height> read_base(const storage::ChainStore& chain) {
  const auto meta = chain.meta(kBaseName);
  if (!meta) return failure(meta.error());
  if (!*meta) return Height{0};
  const auto base =
      codec::decode(**meta, [](codec::Reader& reader) { return Height{reader.varint()}; });
  if (!base) return failure(corrupt(chain, "the height of the snapshot cannot be decoded"));
  return *base;
}

void put_base(storage::WriteSet& set, Height base) {
  storage::put_meta(set, kBaseName, codec::Writer().varint(base.number).take());
}

void put_journal_mark(storage::WriteSet& set, const storage::JournalMark& mark) {
  codec::Writer writer;
  writer.varint(mark.generation).varint(mark.ordinal);
  storage::put_meta(set, kJournalMarkName, writer.take());
}

storage::Stored<storage::JournalMark> read_journal_mark(const storage::ChainStore& chain) {
  const auto meta = chain.meta(kJournalMarkName);
  if (!meta) return failure(meta.error());
  if (!*meta) return storage::JournalMark{};
  const auto mark = codec::decode(**meta, [](codec::Reader& reader) {
    const std::uint64_t generation = reader.varint();
    return storage::JournalMark{generation, reader.varint()};
  });
  if (!mark) return failure(corrupt(chain, "the mark of the vote journal cannot be decoded"));
  return *mark;
}

storage::Stored<std::vector<consensus::ExecutedRoot>> read_executed_roots(
    const storage::ChainStore& chain, const NodeContext& context, const ChainState& state) {
  std::vector<consensus::ExecutedRoot> roots;
  const auto base = read_base(chain);
  if (!base) return failure(base.error());
  // What lies below a snapshot is exposed no more, except by blocks that expose nothing new.
  Height height = std::max(state.final_header.executed_height, *base);
  if (height.number == 0) {
    roots.push_back({Height{0}, context.root().executed_root});
    height = Height{1};
  }
  for (; height <= state.newest.height; height = height.next()) {
    const auto record = read_block(chain, height);
    if (!record) return failure(record.error());
    roots.push_back({height, record->state_root});
  }
  return roots;
}

}  // namespace troupe::actors
