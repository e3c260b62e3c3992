#include "tools/tampering.hpp"

#include <utility>

#include "protocol/ledger/record.hpp"
#include "storage/keys.hpp"

namespace troupe::tools {

namespace {

constexpr std::size_t kKeysAtOnce = 1024;
/// What a stored state value begins with if there is one (storage/keys.hpp).
constexpr std::uint8_t kIsThere = 1;

}  // namespace

storage::Stored<std::optional<Tampering>> tamper_with(storage::Database& database,
                                                      const std::string& key,
                                                      ByteView value) {
  const crypto::Digest digest = crypto::sha256(ledger::record_state_key(key));
  Bytes end = storage::keys::state_value(digest, Height{0});
  end.push_back(0);
  const auto entry =
      database.first_at_or_after(storage::keys::state_value(digest, Height{UINT64_MAX}), end);
  if (!entry) return failure(entry.error());
  if (!*entry || (*entry)->value.size() <= 1) return std::optional<Tampering>();
  auto record = ledger::decode_record(ByteView((*entry)->value).subspan(1));
  if (!record) return std::optional<Tampering>();
  const Tampering done{
      record->version, record->height, std::exchange(record->value, to_bytes(value))};
  Bytes altered{kIsThere};
  append(altered, ledger::encode(*record));
  storage::WriteSet set;
  set.put((*entry)->key, std::move(altered));
  // The commit gives the entry the checksum that belongs to it.
  if (const auto written = database.commit(set); !written) return failure(written.error());
  return std::optional(done);
}

storage::Stored<std::vector<std::string>> stored_records(const storage::Database& database) {
  storage::RangeQuery query;
  query.first = storage::keys::first_of(storage::KeyPrefix::RecordIndex);
  query.end = storage::keys::after_prefix(query.first);
  query.entries_max = kKeysAtOnce;
  std::vector<std::string> keys;
  while (true) {
    const auto entries = database.range(query);
    if (!entries) return failure(entries.error());
    for (const storage::Entry& entry : *entries)
      keys.emplace_back(as_text(ByteView(entry.key).subspan(1)));
    if (entries->size() < kKeysAtOnce) return keys;
    query.first = entries->back().key;
    query.first.push_back(0);
  }
}

}  // namespace troupe::tools
