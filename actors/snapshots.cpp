#include "actors/snapshots.hpp"

#include <algorithm>
#include <utility>

#include "actors/chain_state.hpp"
#include "actors/history_log.hpp"
#include "protocol/base/match.hpp"
#include "protocol/codec/wire.hpp"

namespace troupe::actors {

namespace {

// The meta value `snapshots`: list(height: varint), ascending.
constexpr const char* kSnapshotsName = "snapshots";
constexpr std::size_t kSnapshotsKept = 3;

/// Heights below the wanted one at which a snapshot is looked for: blocks that order something are
/// exposed within a few.
constexpr std::uint64_t kSearchHeights = 128;

std::vector<Height> read_heights(codec::Reader& reader) {
  std::vector<Height> heights(reader.count(kSnapshotsKept));
  for (Height& height : heights)
    height = Height{reader.varint()};
  return heights;
}

}  // namespace

Snapshots::Snapshots(SharedContext context, std::shared_ptr<storage::ChainStore> chain)
    : context_(std::move(context)),
      chain_(std::move(chain)),
      states_(chain_->database()),
      tree_(chain_->database()) {}

storage::Stored<bool> Snapshots::has_state(Height height) const {
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  const auto pruned_below = states_.pruned_below();
  if (!pruned_below) return failure(pruned_below.error());
  return height.number > 0 && height <= newest->value_or(Height{0}) && height >= *pruned_below;
}

/// The root after this height that a directly final block names, or one below such a block.
std::optional<crypto::Digest> Snapshots::exposed_root(Height height) const {
  std::optional<crypto::Digest> root;
  for (std::uint64_t above = 1; above <= kSnapshotProofHeights; ++above) {
    const auto record = read_block(*chain_, Height{height.number + above});
    if (!record) return std::nullopt;
    const auto header = consensus::decode_header(record->header);
    if (!header) return std::nullopt;
    if (!root && header->executed_height > height) return std::nullopt;
    if (header->executed_height == height) root = header->executed_root;
    if (root && !record->finalization.empty()) return root;
  }
  return std::nullopt;
}

storage::Stored<std::optional<ledger::SnapshotOffer>> Snapshots::offer(Height height) const {
  using Offer = std::optional<ledger::SnapshotOffer>;
  const auto is_there = has_state(height);
  if (!is_there) return failure(is_there.error());
  if (!*is_there) return Offer{};
  const auto record = read_block(*chain_, height);
  if (!record || record->finalization.empty()) return Offer{};
  const auto root = exposed_root(height);
  const auto state = states_.state_at(height);
  if (!state) return failure(state.error());
  if (root != state->root) return Offer{};
  auto history = stored_history(*chain_, context_->root(), height.number + 1);
  if (!history) return Offer{};
  return Offer{{height, *root, *std::move(history)}};
}

storage::Stored<std::optional<ledger::SnapshotOffer>> Snapshots::newest_offer(
    Height at_most) const {
  const std::uint64_t lowest =
      at_most.number > kSearchHeights ? at_most.number - kSearchHeights : 0;
  for (std::uint64_t height = at_most.number; height > lowest; --height) {
    auto found = offer(Height{height});
    if (!found || found->has_value()) return found;
  }
  return std::optional<ledger::SnapshotOffer>{};
}

storage::Stored<std::vector<Height>> Snapshots::kept() const {
  const auto meta = chain_->meta(kSnapshotsName);
  if (!meta) return failure(meta.error());
  if (!*meta) return std::vector<Height>{};
  // Whatever else may have become of it: it only says what must not be removed yet.
  const auto heights = codec::decode(**meta, read_heights);
  return heights ? *heights : std::vector<Height>{};
}

storage::Stored<Done> Snapshots::keep(Height height) {
  auto heights = kept();
  if (!heights) return failure(heights.error());
  heights->push_back(height);
  std::ranges::sort(*heights);
  heights->erase(std::unique(heights->begin(), heights->end()), heights->end());
  while (heights->size() > kSnapshotsKept)
    heights->erase(heights->begin());
  codec::Writer writer;
  writer.varint(heights->size());
  for (const Height kept_height : *heights)
    writer.varint(kept_height.number);
  storage::WriteSet set;
  storage::put_meta(set, kSnapshotsName, writer.take());
  return chain_->database()->commit(set);
}

storage::Stored<Bytes> Snapshots::answer(const ledger::SnapshotQuestion& question) const {
  return std::visit(Match{[&](const ledger::OfferQuestion&) { return offer_newest(); },
                          [&](const ledger::PartQuestion& wanted) { return part(wanted); },
                          [&](const ledger::ReceiptsQuestion& wanted) { return receipts(wanted); }},
                    question);
}

/// The newest that is kept; a node that keeps none offers its newest state.
storage::Stored<Bytes> Snapshots::offer_newest() const {
  const auto heights = kept();
  if (!heights) return failure(heights.error());
  for (auto height = heights->rbegin(); height != heights->rend(); ++height) {
    const auto found = offer(*height);
    if (!found) return failure(found.error());
    if (*found) return ledger::encode(**found);
  }
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  const auto found = newest_offer(newest->value_or(Height{0}));
  if (!found) return failure(found.error());
  return *found ? ledger::encode(**found) : Bytes{};
}

storage::Stored<Bytes> Snapshots::part(const ledger::PartQuestion& question) const {
  const auto is_there = has_state(question.height);
  if (!is_there) return failure(is_there.error());
  if (!*is_there) return Bytes{};
  const auto state = states_.state_at(question.height);
  if (!state) return failure(state.error());
  auto place = ledger::find_place(tree_, *state, question.path);
  if (!place || !*place) return Bytes{};
  ledger::StateChunk chunk{question.path, std::move((*place)->siblings), {}};
  auto entries = states_.entries_below(question.path, question.height);
  if (!entries) return failure(entries.error());
  if (*entries) {
    chunk.content = std::move(**entries);
  } else if (const auto* node = std::get_if<ledger::InternalNode>((*place)->node.get())) {
    chunk.content = *node;
  }
  return ledger::verify(chunk, state->root) ? ledger::encode(chunk) : Bytes{};
}

storage::Stored<Bytes> Snapshots::receipts(const ledger::ReceiptsQuestion& question) const {
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  // Receipts stay when the state is gone: who has all of it already can go on.
  if (question.height > newest->value_or(Height{0})) return Bytes{};
  if (question.first < ledger::first_decision(question.height)) return Bytes{};
  ledger::ReceiptLists lists;
  std::size_t bytes = 0;
  for (Height height = question.first; height <= question.height; height = height.next()) {
    const auto stored = chain_->receipts(height);
    if (!stored) return failure(stored.error());
    if (!*stored) return Bytes{};
    auto list = ledger::decode_receipts(**stored);
    if (!list) return Bytes{};
    lists.push_back(std::move(list).value());
    bytes += (*stored)->size();
    if (bytes >= ledger::kReceiptsAnswerBytes) break;
  }
  return lists.empty() ? Bytes{} : ledger::encode(lists);
}

}  // namespace troupe::actors
