#include "protocol/ledger/record.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/limits.hpp"

namespace troupe::ledger {

namespace {

constexpr std::string_view kRecordPrefix = "record/";
constexpr std::string_view kHistoryPrefix = "history/";

static_assert(kHistoryPrefix.size() + kRecordKeyBytesMax + 1 + 20 <= kStateKeyBytesMax,
              "the history of the longest key must have a state key");
static_assert(kRecordValueBytesMax + 5 * 10 + 3 * 32 <= kStateValueBytesMax,
              "the record of the largest value must be a state value");

void write(codec::Writer& writer, const Record& record) {
  writer.varint(record.version).u8(static_cast<std::uint8_t>(record.status));
  writer.fixed(record.owner.view()).varint(record.height.number);
  writer.fixed(record.transaction.view()).bytes(record.value);
}

void write(codec::Writer& writer, const RecordView& view) {
  writer.text(view.key);
  write(writer, view.record);
}

RecordStatus read_status(codec::Reader& reader) {
  const std::uint8_t number = reader.u8();
  if (number > static_cast<std::uint8_t>(RecordStatus::Retired)) {
    reader.fail(codec::WireError::OutOfRange);
  }
  return number == 0 ? RecordStatus::Active : RecordStatus::Retired;
}

Record read_record_fields(codec::Reader& reader) {
  Record record;
  record.version = reader.varint();
  if (record.version == 0) reader.fail(codec::WireError::OutOfRange);
  record.status = read_status(reader);
  record.owner.bytes = reader.array<32>();
  record.height = Height{reader.varint()};
  record.transaction.bytes = reader.array<32>();
  record.value = to_bytes(reader.bytes(kRecordValueBytesMax));
  return record;
}

RecordView read_view(codec::Reader& reader) {
  RecordView view;
  view.key = reader.text(kRecordKeyBytesMax);
  view.record = read_record_fields(reader);
  return view;
}

std::vector<RecordView> read_views(codec::Reader& reader) {
  std::vector<RecordView> views;
  const std::size_t count = reader.count(kRecordPageMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i)
    views.push_back(read_view(reader));
  return views;
}

using FoundRecord = Result<std::optional<Record>, StateError>;

FoundRecord read_at(const StateReader& reader, ByteView state_key) {
  const auto value = reader.value(state_key);
  if (!value) return failure(value.error());
  if (!value->has_value()) return std::optional<Record>();
  auto record = decode_record(**value);
  if (!record) return failure(StateError::Unreadable);
  return std::optional<Record>(std::move(record).value());
}

}  // namespace

std::string_view name(RecordStatus status) {
  switch (status) {
    case RecordStatus::Active: return "active";
    case RecordStatus::Retired: return "retired";
  }
  return "unknown";
}

Bytes encode(const Record& record) {
  codec::Writer writer(record.value.size() + 96);
  write(writer, record);
  return writer.take();
}

Bytes encode(const RecordView& view) {
  codec::Writer writer;
  write(writer, view);
  return writer.take();
}

Bytes encode(const std::vector<RecordView>& views) {
  INVARIANT(views.size() <= kRecordPageMax);
  codec::Writer writer;
  writer.varint(views.size());
  for (const RecordView& view : views)
    write(writer, view);
  return writer.take();
}

Result<Record, codec::WireError> decode_record(ByteView encoded) {
  return codec::decode(encoded, read_record_fields);
}

Result<RecordView, codec::WireError> decode_record_view(ByteView encoded) {
  return codec::decode(encoded, read_view);
}

Result<std::vector<RecordView>, codec::WireError> decode_record_views(ByteView encoded) {
  return codec::decode(encoded, read_views);
}

Bytes record_state_key(std::string_view key) {
  Bytes state_key = to_bytes(as_bytes(kRecordPrefix));
  append(state_key, as_bytes(key));
  return state_key;
}

Bytes history_state_key(std::string_view key, std::uint64_t version) {
  Bytes state_key = to_bytes(as_bytes(kHistoryPrefix));
  append(state_key, as_bytes(key));
  append(state_key, as_bytes("/" + std::to_string(version)));
  return state_key;
}

FoundRecord read_record(const StateReader& reader, std::string_view key) {
  return read_at(reader, record_state_key(key));
}

FoundRecord read_version(const StateReader& reader, std::string_view key, std::uint64_t version) {
  auto current = read_record(reader, key);
  if (!current || !current->has_value()) return current;
  if ((*current)->version == version) return current;
  if ((*current)->version < version) return std::optional<Record>();
  return read_at(reader, history_state_key(key, version));
}

Result<std::vector<Record>, StateError> read_history(const StateReader& reader,
                                                     std::string_view key,
                                                     const HistoryRange& range) {
  std::vector<Record> history;
  auto current = read_record(reader, key);
  if (!current) return failure(current.error());
  if (!current->has_value()) return history;
  std::uint64_t version = std::min((*current)->version, range.newest);
  for (; version > 0 && history.size() < range.count_max; --version) {
    const bool is_current = version == (*current)->version;
    auto record = is_current ? current : read_at(reader, history_state_key(key, version));
    // Every earlier version is there: history is never erased.
    if (!record || !record->has_value()) return failure(StateError::Unreadable);
    history.push_back(**record);
  }
  return history;
}

}  // namespace troupe::ledger
