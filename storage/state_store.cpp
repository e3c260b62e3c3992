#include "storage/state_store.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"
#include "storage/fixed_width.hpp"
#include "storage/keys.hpp"

namespace troupe::storage {

namespace {

// state value := 0: u8 | 1: u8  value
constexpr std::uint8_t kRemoved = 0;
constexpr std::uint8_t kPresent = 1;

constexpr std::string_view kMetaPrunedBelow = "pruned_below";

Bytes encode(Height height) {
  Bytes value;
  append_big_endian(value, height.number);
  return value;
}

Bytes encode_value(const std::optional<Bytes>& value) {
  if (!value) return Bytes{kRemoved};
  Bytes encoded;
  encoded.reserve(1 + value->size());
  encoded.push_back(kPresent);
  append(encoded, *value);
  return encoded;
}

Failure<StorageError> malformed(const Database& database, ByteView key) {
  return failure(StorageError{StorageErrorKind::Corrupt,
                              database.path(),
                              "the value of key " + to_hex(key) + " has the wrong shape"});
}

}  // namespace

void put_state(WriteSet& set, const StateUpdate& update) {
  for (const ledger::StateWrite& write : update.writes) {
    set.put(keys::state_value(write.key_digest, update.height), encode_value(write.value));
    if (write.value) set.put(keys::state_key(write.key_digest), write.key);
  }
  for (const ledger::NewNode& node : update.tree.nodes)
    set.put(keys::tree_node(node.key), ledger::encode(*node.node));
  for (const ledger::NodeKey& stale : update.tree.stale)
    set.put(keys::stale_node(update.height, stale), {});
  if (update.tree.state.version == update.height)
    set.put(keys::state_root(update.height), to_bytes(update.tree.state.root.view()));
  for (const std::string& name : update.listed)
    set.put(keys::record_index(as_bytes(name)), encode(update.height));
}

void put_snapshot_root(WriteSet& set, const ledger::TreeState& state) {
  set.put(keys::state_root(state.version), to_bytes(state.root.view()));
  set.put(keys::meta(kMetaPrunedBelow), encode(state.version));
}

std::optional<Height> read_index_height(ByteView value) {
  if (value.size() != sizeof(std::uint64_t)) return {};
  return Height{read_big_endian<std::uint64_t>(value, 0)};
}

StateStore::StateStore(std::shared_ptr<Database> database) : database_(std::move(database)) {
  INVARIANT(database_ != nullptr);
}

Stored<ledger::TreeState> StateStore::state_at(Height height) const {
  RangeQuery query;
  query.first = keys::first_of(KeyPrefix::StateRoot);
  query.end = keys::state_root(height);
  query.end.push_back(0);  // the first key after that of `height`
  query.entries_max = 1;
  query.newest_first = true;
  const auto found = database_->range(query);
  if (!found) return failure(found.error());
  ledger::TreeState state;
  if (found->empty()) return state;
  const Entry& entry = found->front();
  const auto version = keys::read_number(KeyPrefix::StateRoot, entry.key);
  if (!version || entry.value.size() != state.root.bytes.size())
    return malformed(*database_, entry.key);
  state.version = Height{*version};
  std::copy(entry.value.begin(), entry.value.end(), state.root.bytes.begin());
  return state;
}

Stored<std::optional<Bytes>> StateStore::value_at(ByteView key, Height height) const {
  const crypto::Digest digest = crypto::sha256(key);
  const Bytes newest = keys::state_value(digest, height);
  Bytes end = keys::state_value(digest, Height{0});
  end.push_back(0);
  const auto found = database_->first_at_or_after(newest, end);
  if (!found) return failure(found.error());
  if (!*found) return std::optional<Bytes>{};
  return decoded(**found);
}

Stored<std::optional<Bytes>> StateStore::value_on(const ledger::TreeWay& way,
                                                  ByteView key,
                                                  Height height) const {
  const crypto::Digest digest = crypto::sha256(key);
  if (!way.leaf || way.leaf->key_digest != digest) return value_at(key, height);
  Entry entry{keys::state_value(digest, way.leaf_version), {}};
  auto found = database_->get(entry.key);
  if (!found || !*found) return value_at(key, height);
  entry.value = **std::move(found);
  auto value = decoded(entry);
  if (value && *value && crypto::sha256(**value) == way.leaf->value_digest) return value;
  return value_at(key, height);
}

Stored<std::optional<Bytes>> StateStore::decoded(const Entry& entry) const {
  const Bytes& value = entry.value;
  if (value.empty() || value[0] > kPresent) return malformed(*database_, entry.key);
  if (value[0] == kRemoved) return std::optional<Bytes>{};
  return std::optional<Bytes>{to_bytes(ByteView(value).subspan(1))};
}

Stored<std::optional<Bytes>> StateStore::key_of(const crypto::Digest& key_digest) const {
  return database_->get(keys::state_key(key_digest));
}

Stored<std::vector<ListedName>> StateStore::names(const NameQuery& query) const {
  RangeQuery range;
  range.first = keys::record_index(as_bytes(query.prefix));
  range.end = keys::after_prefix(range.first);
  range.entries_max = query.count_max;
  if (!query.after.empty()) {
    Bytes after = keys::record_index(as_bytes(query.after));
    after.push_back(0);
    range.first = std::max(range.first, std::move(after));
  }
  const auto found = database_->range(range);
  if (!found) return failure(found.error());
  std::vector<ListedName> names;
  for (const Entry& entry : *found) {
    const auto height = read_index_height(entry.value);
    if (!height) return malformed(*database_, entry.key);
    names.push_back({std::string(as_text(ByteView(entry.key).subspan(1))), *height});
  }
  return names;
}

Stored<Height> StateStore::pruned_below() const {
  const Bytes key = keys::meta(kMetaPrunedBelow);
  const auto stored = database_->get(key);
  if (!stored) return failure(stored.error());
  if (!*stored) return Height{0};
  if ((*stored)->size() != sizeof(std::uint64_t)) return malformed(*database_, key);
  return Height{read_big_endian<std::uint64_t>(**stored, 0)};
}

Stored<Done> StateStore::mark_pruned_below(Height height) {
  const auto before = pruned_below();
  if (!before) return failure(before.error());
  if (height <= *before) return Done{};
  WriteSet mark;
  mark.put(keys::meta(kMetaPrunedBelow), encode(height));
  return database_->commit(mark);
}

StoredTree::StoredTree(std::shared_ptr<Database> database, TreeCacheBounds bounds)
    : database_(std::move(database)), bounds_(bounds) {
  INVARIANT(database_ != nullptr);
}

ledger::TreeNodePointer StoredTree::node(const ledger::NodeKey& key) const {
  if (key.path.size() > bounds_.depth_max) return load(key);
  if (auto found = cached(key)) return found;
  auto loaded = load(key);
  if (loaded) remember(key, loaded);
  return loaded;
}

void StoredTree::adopt(const ledger::TreeUpdate& update) {
  {
    const std::lock_guard guard(mutex_);
    for (const ledger::NodeKey& stale : update.stale)
      cache_.erase(stale);
  }
  for (const ledger::NewNode& added : update.nodes) {
    if (added.key.path.size() <= bounds_.depth_max) remember(added.key, added.node);
  }
}

std::optional<StorageError> StoredTree::error() const {
  const std::lock_guard guard(mutex_);
  return error_;
}

ledger::TreeNodePointer StoredTree::cached(const ledger::NodeKey& key) const {
  const std::lock_guard guard(mutex_);
  const auto found = cache_.find(key);
  return found == cache_.end() ? nullptr : found->second;
}

ledger::TreeNodePointer StoredTree::load(const ledger::NodeKey& key) const {
  const Bytes stored_key = keys::tree_node(key);
  const auto stored = database_->get(stored_key);
  std::optional<StorageError> error;
  if (!stored) {
    error = stored.error();
  } else if (!*stored) {
    error = StorageError{StorageErrorKind::Corrupt,
                         database_->path(),
                         "the tree node of key " + to_hex(stored_key) + " is missing"};
  } else {
    auto decoded = ledger::decode_tree_node(**stored);
    if (decoded) return std::make_shared<const ledger::TreeNode>(std::move(decoded).value());
    error = malformed(*database_, stored_key).error;
  }
  const std::lock_guard guard(mutex_);
  if (!error_) error_ = std::move(error);
  return nullptr;
}

void StoredTree::remember(const ledger::NodeKey& key, const ledger::TreeNodePointer& node) const {
  const std::lock_guard guard(mutex_);
  // The oldest versions go first: they are the likeliest to be stale.
  if (cache_.size() >= bounds_.nodes_max) cache_.erase(cache_.begin());
  cache_.emplace(key, node);
}

Result<std::optional<Bytes>, ledger::StateError> StateView::value(ByteView key) const {
  auto found = store_.value_at(key, height_);
  if (found) return std::move(found).value();
  if (!error_) error_ = found.error();
  return failure(ledger::StateError::Unreadable);
}

Result<std::optional<Height>, ledger::StateError> StoredTransactions::height_of(
    const crypto::Digest& id) const {
  if (planted(consensus::Plant::DuplicatesExecuted)) return std::optional<Height>{};
  const auto found = store_.transaction(id);
  if (!found) {
    if (!error_) error_ = found.error();
    return failure(ledger::StateError::Unreadable);
  }
  if (!*found) return std::optional<Height>{};
  return std::optional<Height>{(*found)->height};
}

}  // namespace troupe::storage
