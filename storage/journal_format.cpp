#include "storage/journal_format.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/crypto/hash.hpp"
#include "storage/fixed_width.hpp"

namespace troupe::storage::journal {

namespace {

constexpr std::string_view kHeaderMagic = "troupevj";
constexpr std::size_t kHeaderCrcAt = 8;
constexpr std::size_t kFormatAt = 12;
constexpr std::size_t kGenerationAt = 16;
constexpr std::size_t kOrdinalFirstAt = 24;
constexpr std::size_t kOrdinalLastAt = 32;
constexpr std::size_t kChainAt = 40;
constexpr std::size_t kChainBytes = 32;
constexpr std::size_t kKeySizeAt = kChainAt + kChainBytes;
constexpr std::size_t kKeyAt = kKeySizeAt + 1;
constexpr std::size_t kKeyBytesMax = 63;

constexpr std::string_view kAppendMagic = "vote";
constexpr std::size_t kAppendCrcAt = 4;
constexpr std::size_t kAppendSizeAt = 8;
constexpr std::size_t kAppendOrdinalAt = 12;
constexpr std::size_t kAppendGenerationAt = 20;
constexpr std::size_t kAppendHeadBytes = 28;
constexpr std::size_t kRecordHeadBytes = 8 + 8 + 4;

std::size_t padded(std::size_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

std::uint32_t append_checksum(std::uint64_t offset, ByteView after_checksum) {
  Bytes place;
  append_little_endian(place, offset);
  return crypto::crc32c(after_checksum, crypto::crc32c(place));
}

void put_checksum(Bytes& bytes, std::size_t at, std::uint32_t checksum) {
  Bytes encoded;
  append_little_endian(encoded, checksum);
  std::copy(encoded.begin(), encoded.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

std::optional<Records> decode_records(ByteView body) {
  Records records;
  while (!body.empty()) {
    if (body.size() < kRecordHeadBytes) return {};
    JournalRecord record;
    record.position.epoch = Epoch{read_little_endian<std::uint64_t>(body, 0)};
    record.position.view = View{read_little_endian<std::uint64_t>(body, 8)};
    const auto size = read_little_endian<std::uint32_t>(body, 16);
    body = body.subspan(kRecordHeadBytes);
    if (size > body.size()) return {};
    record.content = to_bytes(body.first(size));
    body = body.subspan(size);
    records.push_back(std::move(record));
  }
  return records;
}

struct DecodedAppend {
  std::uint64_t ordinal = 0;
  std::size_t size_padded = 0;
  Records records;
};

/// The append at that offset of a copy, if a valid one of that generation is there.
std::optional<DecodedAppend> decode_append(ByteView copy,
                                           std::size_t offset,
                                           std::uint64_t generation) {
  const ByteView rest = copy.subspan(offset);
  if (rest.size() < kAppendHeadBytes) return {};
  if (as_text(rest.first(kAppendMagic.size())) != kAppendMagic) return {};
  const std::size_t size = read_little_endian<std::uint32_t>(rest, kAppendSizeAt);
  if (size > rest.size() - kAppendHeadBytes) return {};
  const ByteView checked = rest.subspan(kAppendSizeAt, kAppendHeadBytes - kAppendSizeAt + size);
  if (read_little_endian<std::uint32_t>(rest, kAppendCrcAt) != append_checksum(offset, checked))
    return {};
  if (read_little_endian<std::uint64_t>(rest, kAppendGenerationAt) != generation) return {};
  auto records = decode_records(rest.subspan(kAppendHeadBytes, size));
  if (!records) return {};
  return DecodedAppend{read_little_endian<std::uint64_t>(rest, kAppendOrdinalAt),
                       padded(kAppendHeadBytes + size),
                       std::move(*records)};
}

/// Where the bytes that are not zero end.
std::size_t used_size(ByteView copy) {
  std::size_t size = copy.size();
  while (size > 0 && copy[size - 1] == 0)
    --size;
  return size;
}

}  // namespace

Bytes encode_header(const Header& header) {
  INVARIANT(header.owner.chain.size() == kChainBytes);
  INVARIANT(header.owner.key.size() <= kKeyBytesMax);
  Bytes bytes = to_bytes(as_bytes(kHeaderMagic));
  append_little_endian(bytes, std::uint32_t{0});  // the checksum's place
  append_little_endian(bytes, header.format);
  append_little_endian(bytes, header.generation);
  append_little_endian(bytes, header.ordinal_first);
  append_little_endian(bytes, header.ordinal_last);
  append(bytes, header.owner.chain);
  bytes.push_back(static_cast<std::uint8_t>(header.owner.key.size()));
  append(bytes, header.owner.key);
  bytes.resize(kHeaderBytes);
  put_checksum(bytes, kHeaderCrcAt, crypto::crc32c(ByteView(bytes).subspan(kFormatAt)));
  return bytes;
}

std::optional<Header> decode_header(ByteView copy) {
  if (copy.size() < kHeaderBytes) return {};
  const ByteView bytes = copy.first(kHeaderBytes);
  if (as_text(bytes.first(kHeaderMagic.size())) != kHeaderMagic) return {};
  if (read_little_endian<std::uint32_t>(bytes, kHeaderCrcAt) !=
      crypto::crc32c(bytes.subspan(kFormatAt)))
    return {};
  if (bytes[kKeySizeAt] > kKeyBytesMax) return {};
  Header header;
  header.format = read_little_endian<std::uint32_t>(bytes, kFormatAt);
  header.generation = read_little_endian<std::uint64_t>(bytes, kGenerationAt);
  header.ordinal_first = read_little_endian<std::uint64_t>(bytes, kOrdinalFirstAt);
  header.ordinal_last = read_little_endian<std::uint64_t>(bytes, kOrdinalLastAt);
  header.owner.chain = to_bytes(bytes.subspan(kChainAt, kChainBytes));
  header.owner.key = to_bytes(bytes.subspan(kKeyAt, bytes[kKeySizeAt]));
  return header;
}

Bytes encode_append(const Place& place, std::span<const JournalRecord> records) {
  Bytes body;
  for (const JournalRecord& record : records) {
    append_little_endian(body, record.position.epoch.number);
    append_little_endian(body, record.position.view.number);
    append_little_endian(body, static_cast<std::uint32_t>(record.content.size()));
    append(body, record.content);
  }
  INVARIANT(body.size() <= kJournalAppendBytesMax);
  Bytes bytes = to_bytes(as_bytes(kAppendMagic));
  append_little_endian(bytes, std::uint32_t{0});  // the checksum's place
  append_little_endian(bytes, static_cast<std::uint32_t>(body.size()));
  append_little_endian(bytes, place.ordinal);
  append_little_endian(bytes, place.generation);
  append(bytes, body);
  put_checksum(
      bytes, kAppendCrcAt, append_checksum(place.offset, ByteView(bytes).subspan(kAppendSizeAt)));
  bytes.resize(padded(bytes.size()));
  return bytes;
}

Bytes encode_copy(const Header& header, const std::vector<Records>& appends) {
  INVARIANT(header.ordinal_last + 1 == header.ordinal_first + appends.size());
  Bytes copy = encode_header(header);
  std::uint64_t ordinal = header.ordinal_first;
  for (const Records& records : appends)
    append(copy, encode_append({copy.size(), ordinal++, header.generation}, records));
  copy.resize(copy.size() + kAheadBytes);
  return copy;
}

std::uint64_t Contents::ordinal_end() const {
  return appends.empty() ? header.ordinal_first - 1 : appends.rbegin()->first;
}

bool Contents::is_whole_to(std::uint64_t ordinal) const {
  if (damaged_inside) return false;
  for (std::uint64_t number = header.ordinal_first; number <= ordinal; ++number) {
    if (!appends.contains(number)) return false;
  }
  return true;
}

Contents scan(ByteView copy, const Header& header) {
  Contents contents;
  contents.header = header;
  const std::size_t used = used_size(copy);
  std::size_t offset = kHeaderBytes;
  bool damaged = false;
  while (offset < used) {
    auto append = decode_append(copy, offset, header.generation);
    if (!append) {
      damaged = true;
      offset += kAlignment;
      continue;
    }
    if (damaged) contents.damaged_inside = true;
    damaged = false;
    const std::size_t end = offset + append->size_padded;
    contents.appends.insert_or_assign(append->ordinal, std::move(append->records));
    offset = end;
  }
  contents.torn_end = damaged;
  return contents;
}

}  // namespace troupe::storage::journal
