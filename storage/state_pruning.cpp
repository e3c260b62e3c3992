#include "storage/state_pruning.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "storage/fixed_width.hpp"
#include "storage/keys.hpp"

namespace troupe::storage {

namespace {

/// Values of one key that are looked at behind one leaf: two, unless it was written again unchanged.
constexpr std::size_t kValuesAtOnce = 100'000;
constexpr std::uint64_t kPiecesMax = 256;

/// One call of prune.
class Pruning {
 public:
  explicit Pruning(const Database& database) : database_(database) {}

  Stored<Done> remove(const Entry& mark) {
    const auto node = keys::read_stale_node(mark.key);
    if (!node) {
      return failure(StorageError{StorageErrorKind::Corrupt,
                                  database_.path(),
                                  "the stale mark " + to_hex(mark.key) + " has no shape"});
    }
    const Bytes key = keys::tree_node(*node);
    const auto stored = database_.get(key);
    // A damaged node goes like any other; the values behind it stay.
    if (!stored && stored.error().kind != StorageErrorKind::Corrupt) {
      return failure(stored.error());
    }
    drop(mark.key, 0);
    drop(key, stored && *stored ? (*stored)->size() : 0);
    ++pruned_.nodes;
    if (!stored || !*stored) return Done{};
    const auto decoded = ledger::decode_tree_node(**stored);
    if (!decoded) return Done{};
    const auto* leaf = std::get_if<ledger::TreeLeaf>(&*decoded);
    if (leaf == nullptr) return Done{};
    return remove_values(leaf->key_digest, Height{read_big_endian<std::uint64_t>(mark.key, 1)});
  }

  [[nodiscard]] const WriteSet& removals() const { return removals_; }

  [[nodiscard]] const Pruned& pruned() const { return pruned_; }

 private:
  /// If a value was written or removed when its leaf became stale, the older ones are needed no more;
  /// nor is the mark of a removal, which only hides them. Otherwise the leaf just moved. What lies
  /// below an earlier leaf of the same key is removed already.
  Stored<Done> remove_values(const crypto::Digest& key_digest, Height since) {
    RangeQuery query;
    query.first = keys::state_value(key_digest, since);
    const auto known = seen_.find(key_digest);
    query.end = keys::state_value(key_digest, known == seen_.end() ? Height{0} : known->second);
    query.end.push_back(0);
    query.entries_max = kValuesAtOnce;
    query.keys_only = true;
    const auto values = database_.range(query);
    if (!values) return failure(values.error());
    if (values->empty() || keys::read_state_value_version(values->front().key) != since) {
      return Done{};
    }
    seen_.insert_or_assign(key_digest, since);
    const auto newest = database_.get(values->front().key);
    if (!newest && newest.error().kind != StorageErrorKind::Corrupt) {
      return failure(newest.error());
    }
    const bool is_removal = newest && *newest && (*newest)->size() == 1 && (**newest)[0] == 0;
    for (auto entry = values->begin() + (is_removal ? 0 : 1); entry != values->end(); ++entry) {
      // The others are about as long.
      drop(entry->key, newest && *newest ? (*newest)->size() : 0);
      ++pruned_.values;
    }
    return Done{};
  }

  void drop(const Bytes& key, std::size_t value_bytes) {
    removals_.remove(key);
    pruned_.bytes += key.size() + value_bytes;
  }

  const Database& database_;
  std::map<crypto::Digest, Height> seen_;  // the newest leaf of each key
  WriteSet removals_;
  Pruned pruned_;
};

std::uint64_t pieces_of(const Database& database, const KeyRange& range, std::uint64_t bytes_max) {
  const std::uint64_t bytes = database.approximate_size(range.first, range.end);
  return std::clamp<std::uint64_t>(bytes / bytes_max + 1, 1, kPiecesMax);
}

/// Nodes and marks lie in the order of heights.
template <class KeyOf>
void add_heights(std::vector<KeyRange>& ranges, Height below, std::uint64_t pieces, KeyOf key_of) {
  for (std::uint64_t piece = 0; piece < pieces; ++piece) {
    const auto bound = [&](std::uint64_t number) {
      return key_of(Height{static_cast<std::uint64_t>(static_cast<double>(below.number) *
                                                      static_cast<double>(number) /
                                                      static_cast<double>(pieces))});
    };
    ranges.push_back({bound(piece), piece + 1 == pieces ? key_of(below) : bound(piece + 1)});
  }
}

}  // namespace

Stored<Pruned> prune(StateStore& states, Height keep_from, std::size_t nodes_max) {
  if (auto marked = states.mark_pruned_below(keep_from); !marked) return failure(marked.error());
  Database& database = *states.database();
  RangeQuery query;
  query.first = keys::first_of(KeyPrefix::StaleNode);
  query.end = keys::stale_node(keep_from.next(), ledger::NodeKey{});
  query.entries_max = nodes_max;
  const auto found = database.range(query);
  if (!found) return failure(found.error());
  Pruning pruning(database);
  for (const Entry& mark : *found) {
    if (auto removed = pruning.remove(mark); !removed) return failure(removed.error());
  }
  if (pruning.removals().empty()) return Pruned{};
  if (auto removed = database.remove_lazily(pruning.removals()); !removed) {
    return failure(removed.error());
  }
  return pruning.pruned();
}

std::vector<KeyRange> pruned_ranges(const Database& database,
                                    Height below,
                                    std::uint64_t bytes_max) {
  std::vector<KeyRange> ranges;
  const auto node_at = [](Height height) { return keys::tree_node({height, {}}); };
  const auto mark_at = [](Height height) { return keys::stale_node(height, {}); };
  const Height end = below.next();
  add_heights(
      ranges, below, pieces_of(database, {node_at({}), node_at(below)}, bytes_max), node_at);
  add_heights(ranges, end, pieces_of(database, {mark_at({}), mark_at(end)}, bytes_max), mark_at);
  // Values lie in the order of key digests, whose first byte is as good as random.
  const Bytes values = keys::first_of(KeyPrefix::StateValue);
  const KeyRange all{values, keys::after_prefix(values)};
  const std::uint64_t pieces = pieces_of(database, all, bytes_max);
  for (std::uint64_t piece = 0; piece < pieces; ++piece) {
    const auto bound = [&](std::uint64_t number) {
      Bytes key = values;
      key.push_back(static_cast<std::uint8_t>(256 * number / pieces));
      return key;
    };
    ranges.push_back({bound(piece), piece + 1 == pieces ? all.end : bound(piece + 1)});
  }
  return ranges;
}

}  // namespace troupe::storage
