#include <algorithm>
#include <string_view>
#include <utility>

#include "protocol/ledger/record.hpp"
#include "storage/fixed_width.hpp"
#include "storage/keys.hpp"
#include "storage/state_store.hpp"

// A state as a whole: read in parts for others, and written from their parts.
namespace troupe::storage {

namespace {

constexpr std::size_t kPageEntries = 256;
constexpr std::size_t kPageBytes = 128 * 1024;
/// Old versions of one key that are read before the next key is looked up.
constexpr std::size_t kPassedOverMax = 16;

/// Entries of a range, page by page.
class Pages {
 public:
  Pages(const Database& database, Bytes first, Bytes end) : database_(database) {
    query_.first = std::move(first);
    query_.end = std::move(end);
    query_.entries_max = kPageEntries;
    query_.bytes_max = kPageBytes;
  }

  /// The next entry; null at the end. It stays where it is until the next call.
  Stored<const Entry*> next() {
    if (at_ == page_.size() && !is_last_) {
      auto page = database_.range(query_);
      if (!page) return failure(page.error());
      page_ = std::move(page).value();
      at_ = 0;
      is_last_ = page_.empty();
      if (!is_last_) {
        query_.first = page_.back().key;
        query_.first.push_back(0);
      }
    }
    return at_ == page_.size() ? nullptr : &page_[at_++];
  }

  /// Leaves out everything below this key.
  void go_on_at(Bytes key) {
    query_.first = std::move(key);
    page_.clear();
    at_ = 0;
  }

 private:
  const Database& database_;
  RangeQuery query_;
  std::vector<Entry> page_;
  std::size_t at_ = 0;
  bool is_last_ = false;
};

Failure<StorageError> corrupt(const Database& database, std::string detail) {
  return failure(StorageError{StorageErrorKind::Corrupt, database.path(), std::move(detail)});
}

/// The preimages of key digests that are asked for in ascending order.
class Preimages {
 public:
  Preimages(const Database& database, const DigestRange& range)
      : database_(database), pages_(database, keys::state_key(range.first), end_of(range)) {}

  Stored<Bytes> key_of(const crypto::Digest& digest) {
    const Bytes wanted = keys::state_key(digest);
    while (true) {
      const auto entry = pages_.next();
      if (!entry) return failure(entry.error());
      if (*entry == nullptr || wanted < (*entry)->key) {
        return corrupt(database_, "the key of key digest " + digest.hex() + " is missing");
      }
      if ((*entry)->key == wanted) return (*entry)->value;
    }
  }

 private:
  static Bytes end_of(const DigestRange& range) {
    Bytes end = keys::state_key(range.last);
    end.push_back(0);
    return end;
  }

  const Database& database_;
  Pages pages_;
};

void put_entry(WriteSet& set, const ledger::StateEntry& entry, Height height) {
  const crypto::Digest digest = crypto::sha256(entry.key);
  Bytes value{1};  // there is one, as state_store.cpp says
  append(value, entry.value);
  set.put(keys::state_value(digest, height), std::move(value));
  set.put(keys::state_key(digest), entry.key);
  const auto listing = listing_of(entry);
  if (!listing) return;
  Bytes listed;
  append_big_endian(listed, listing->height.number);
  set.put(keys::record_index(as_bytes(listing->name)), std::move(listed));
}

}  // namespace

DigestRange digests_below(const ledger::NibblePath& path) {
  DigestRange range;
  range.last.bytes.fill(0xff);
  const ByteView packed = path.packed();
  std::copy(packed.begin(), packed.end(), range.first.bytes.begin());
  std::copy(packed.begin(), packed.end(), range.last.bytes.begin());
  if (path.size() % 2 != 0) range.last.bytes[path.size() / 2] |= 0x0f;
  return range;
}

std::optional<ListedName> listing_of(const ledger::StateEntry& entry) {
  static const Bytes prefix = ledger::record_state_key("");
  if (entry.key.size() <= prefix.size()) return std::nullopt;
  if (!std::equal(prefix.begin(), prefix.end(), entry.key.begin())) return std::nullopt;
  const auto record = ledger::decode_record(entry.value);
  if (!record) return std::nullopt;
  return ListedName{std::string(as_text(ByteView(entry.key).subspan(prefix.size()))),
                    record->height};
}

void put_snapshot_part(WriteSet& set, const ledger::StateChunk& part, Height height) {
  if (const auto* node = std::get_if<ledger::InternalNode>(&part.content)) {
    set.put(keys::tree_node({height, part.path}),
            ledger::encode(ledger::TreeNode(ledger::with_version(*node, height))));
    return;
  }
  const auto& entries = std::get<std::vector<ledger::StateEntry>>(part.content);
  if (entries.empty()) return;
  std::vector<ledger::TreeLeaf> leaves;
  leaves.reserve(entries.size());
  for (const ledger::StateEntry& entry : entries) {
    put_entry(set, entry, height);
    leaves.push_back({crypto::sha256(entry.key), crypto::sha256(entry.value)});
  }
  for (const ledger::NewNode& node : ledger::build_subtree(height, part.path, leaves))
    set.put(keys::tree_node(node.key), ledger::encode(*node.node));
}

Stored<std::optional<std::vector<ledger::StateEntry>>> StateStore::entries_below(
    const ledger::NibblePath& path, Height height) const {
  using Entries = std::optional<std::vector<ledger::StateEntry>>;
  const DigestRange range = digests_below(path);
  Bytes end = keys::state_value(range.last, Height{0});
  end.push_back(0);
  Pages values(*database_, keys::state_value(range.first, Height{UINT64_MAX}), std::move(end));
  Preimages preimages(*database_, range);
  std::vector<ledger::StateEntry> entries;
  std::size_t bytes = 0;
  std::optional<crypto::Digest> decided;  // its value at this height is known already
  std::size_t passed_over = 0;            // of its older ones
  while (true) {
    const auto entry = values.next();
    if (!entry) return failure(entry.error());
    if (*entry == nullptr) return Entries{std::move(entries)};
    const auto version = keys::read_state_value_version((*entry)->key);
    const auto digest = keys::read_state_value_digest((*entry)->key);
    const Bytes& value = (*entry)->value;
    if (!version || !digest || value.empty()) {
      return corrupt(*database_, "the entry of key " + to_hex((*entry)->key) + " has no shape");
    }
    if (*version > height) continue;
    if (decided == digest) {
      // Old versions of one key may be many: what comes after them is looked up.
      if (++passed_over >= kPassedOverMax) values.go_on_at(keys::state_value(*digest, Height{0}));
      continue;
    }
    decided = digest;
    passed_over = 0;
    if (value[0] == 0) continue;
    auto key = preimages.key_of(*digest);
    if (!key) return failure(key.error());
    entries.push_back({std::move(key).value(), to_bytes(ByteView(value).subspan(1))});
    bytes += ledger::chunk_bytes(entries.back());
    if (bytes > ledger::kStateChunkEntryBytesMax) return Entries{};
  }
}

}  // namespace troupe::storage
