#include "actors/state_walk.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "actors/chain_state.hpp"
#include "actors/ledger_audit.hpp"
#include "protocol/base/invariant.hpp"
#include "storage/fixed_width.hpp"
#include "storage/keys.hpp"

namespace troupe::actors {

namespace {

/// What a value is stored as (storage/state_store.cpp).
constexpr std::uint8_t kPresent = 1;
/// Versions of one key that are looked at: more than the states that are kept have of it.
constexpr std::size_t kVersionsMax = 100'000;

bool is_io(const storage::StorageError& error) {
  return error.kind != storage::StorageErrorKind::Corrupt;
}

std::string text_of(const ledger::NibblePath& path) {
  return path.size() == 0 ? std::string("of everything")
                          : "below " + to_hex(path.packed()).substr(0, path.size());
}

/// The keys of all versions of one state key up to a height, the newest first.
storage::RangeQuery versions_of(const crypto::Digest& key_digest, Height height) {
  storage::RangeQuery query;
  query.first = storage::keys::state_value(key_digest, height);
  query.end = storage::keys::state_value(key_digest, Height{0});
  query.end.push_back(0);
  query.entries_max = kVersionsMax;
  query.keys_only = true;
  return query;
}

}  // namespace

StateWalk::StateWalk(std::shared_ptr<storage::ChainStore> chain)
    : chain_(std::move(chain)), states_(chain_->database()) {}

storage::Stored<Done> StateWalk::begin(Which which) {
  pending_.clear();
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  if (!*newest) return Done{};
  const auto record = read_block(*chain_, **newest);
  if (!record) return failure(record.error());
  const auto block = to_block(*record);
  if (!block) return failure(block.error());
  height_ = block->header.executed_height;
  const auto pruned_below = states_.pruned_below();
  if (!pruned_below) return failure(pruned_below.error());
  const bool is_oldest = which == Which::Oldest;
  if (is_oldest) height_ = *pruned_below;
  const auto state = states_.state_at(height_);
  if (!state) return failure(state.error());
  // Another root is what the audit of that height finds.
  if (height_ < *pruned_below) return Done{};
  if (!is_oldest && state->root != block->header.executed_root) return Done{};
  state_ = *state;
  if (!state_.is_empty()) pending_.emplace_back();
  return Done{};
}

storage::Stored<StateStep> StateWalk::step() {
  INVARIANT(!pending_.empty());
  const ledger::NibblePath path = pending_.back();
  pending_.pop_back();
  StateStep step;
  const auto pruned_below = states_.pruned_below();
  if (!pruned_below) return failure(pruned_below.error());
  if (height_ < *pruned_below) {  // it took too long: the next walk sees another state
    pending_.clear();
    return step;
  }
  const storage::StoredTree tree(chain_->database());
  auto place = ledger::find_place(tree, state_, path);
  if (!place) {
    if (const auto error = tree.error(); error && is_io(*error)) return failure(*error);
    step.damages.push_back("a state node on the way to the part " + text_of(path) +
                           " is missing or altered");
    return step;
  }
  if (!*place) return step;
  auto entries = states_.entries_below(path, height_);
  if (!entries && is_io(entries.error())) return failure(entries.error());
  if (entries && !*entries) {
    if (const auto* node = std::get_if<ledger::InternalNode>((*place)->node.get())) {
      split(path, *node);
      return step;
    }
  }
  ledger::StateChunk chunk{path, std::move((*place)->siblings), {}};
  if (entries && *entries) chunk.content = std::move(**entries);
  if (!entries || !ledger::verify(chunk, state_.root)) {
    step.damages.push_back("the state values " + text_of(path) + " are not those of the root of " +
                           "height " + std::to_string(height_.number));
    step.damaged = path;
    return step;
  }
  const auto& values = std::get<std::vector<ledger::StateEntry>>(chunk.content);
  step.values = values.size();
  if (const auto done = compare_names(values, step); !done) return failure(done.error());
  return step;
}

/// Names that a later block listed anew are for the audit of that block.
storage::Stored<Done> StateWalk::compare_names(const std::vector<ledger::StateEntry>& entries,
                                               StateStep& step) const {
  for (const ledger::StateEntry& entry : entries) {
    const auto listing = storage::listing_of(entry);
    if (!listing) continue;
    const Bytes key = storage::keys::record_index(as_bytes(listing->name));
    const auto stored = chain_->database()->get(key);
    if (!stored && is_io(stored.error())) return failure(stored.error());
    const auto listed = stored && *stored ? storage::read_index_height(**stored) : std::nullopt;
    if (listed == listing->height) continue;
    if (listed && *listed > height_ && is_listed_at(*chain_, key, *listed)) continue;
    step.damages.push_back("the list of records has a wrong entry for '" + listing->name + "'");
    Bytes right;
    storage::append_big_endian(right, listing->height.number);
    step.mending.put(key, std::move(right));
  }
  return Done{};
}

bool StateWalk::is_part(const Bytes& answer,
                        const ledger::NibblePath& path,
                        const crypto::Digest& root) {
  const auto part = ledger::decode_state_chunk(answer);
  return part && part->path == path && ledger::verify(*part, root);
}

storage::Stored<storage::WriteSet> StateWalk::mend(const ledger::StateChunk& part) {
  storage::WriteSet set;
  if (const auto* node = std::get_if<ledger::InternalNode>(&part.content)) {
    split(part.path, *node);
    return set;
  }
  for (const ledger::StateEntry& entry : std::get<std::vector<ledger::StateEntry>>(part.content)) {
    if (const auto done = mend_entry(entry, set); !done) return failure(done.error());
  }
  if (const auto done = remove_others(part, set); !done) return failure(done.error());
  return set;
}

/// The newest version is the one that the root names. If there is none, it is older than every state
/// that is kept: what a later block writes, executing that block again has mended.
storage::Stored<Done> StateWalk::mend_entry(const ledger::StateEntry& entry,
                                            storage::WriteSet& set) const {
  const crypto::Digest digest = crypto::sha256(entry.key);
  const auto versions = chain_->database()->range(versions_of(digest, height_));
  if (!versions) return failure(versions.error());
  const auto kept_from = states_.pruned_below();
  if (!kept_from) return failure(kept_from.error());
  const Bytes key =
      versions->empty() ? storage::keys::state_value(digest, *kept_from) : versions->front().key;
  Bytes right{kPresent};
  append(right, entry.value);
  const Bytes name_key = storage::keys::state_key(digest);
  for (const auto& [at, value] : {std::pair(key, right), std::pair(name_key, entry.key)}) {
    const auto stored = chain_->database()->get(at);
    if (!stored && is_io(stored.error())) return failure(stored.error());
    if (!stored || *stored != value) set.put(at, value);
  }
  return remove_unreadable(*versions, *kept_from, set);
}

/// Of the versions that no state needs which is kept, those that cannot be read.
storage::Stored<Done> StateWalk::remove_unreadable(const std::vector<storage::Entry>& versions,
                                                   Height kept_from,
                                                   storage::WriteSet& set) const {
  bool is_needed = true;
  for (const storage::Entry& version : versions) {
    const auto number = storage::keys::read_state_value_version(version.key);
    if (!is_needed) {
      const auto stored = chain_->database()->get(version.key);
      if (!stored && is_io(stored.error())) return failure(stored.error());
      if (!stored) set.remove(version.key);
    }
    is_needed = is_needed && number && *number > kept_from;
  }
  return Done{};
}

/// What the root does not name was written by no block.
storage::Stored<Done> StateWalk::remove_others(const ledger::StateChunk& part,
                                               storage::WriteSet& set) const {
  std::set<crypto::Digest> named;
  for (const ledger::StateEntry& entry : std::get<std::vector<ledger::StateEntry>>(part.content))
    named.insert(crypto::sha256(entry.key));
  const auto [first, last] = storage::digests_below(part.path);
  storage::RangeQuery query;
  query.first = storage::keys::state_value(first, Height{UINT64_MAX});
  query.end = storage::keys::state_value(last, Height{0});
  query.end.push_back(0);
  query.keys_only = true;
  const auto found = chain_->database()->range(query);
  if (!found) return failure(found.error());
  std::optional<crypto::Digest> decided;  // its newest version was seen
  for (const storage::Entry& entry : *found) {
    const auto version = storage::keys::read_state_value_version(entry.key);
    const auto digest = storage::keys::read_state_value_digest(entry.key);
    if (!version || !digest) {
      set.remove(entry.key);
      continue;
    }
    if (*version > height_ || decided == digest) continue;
    decided = digest;
    if (named.contains(*digest)) continue;
    const auto stored = chain_->database()->get(entry.key);
    if (!stored && is_io(stored.error())) return failure(stored.error());
    const bool is_removal = stored && *stored && (*stored)->size() == 1 && (**stored)[0] == 0;
    if (!is_removal) set.remove(entry.key);
  }
  return Done{};
}

void StateWalk::split(const ledger::NibblePath& path, const ledger::InternalNode& node) {
  for (unsigned nibble = ledger::InternalNode::kChildren; nibble > 0; --nibble) {
    if (node.child(nibble - 1)) pending_.push_back(path.child(nibble - 1));
  }
}

}  // namespace troupe::actors
