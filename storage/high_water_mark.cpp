#include "storage/high_water_mark.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "storage/fixed_width.hpp"
#include "storage/node_files.hpp"

namespace troupe::storage {

namespace {

constexpr std::string_view kMagic = "troupehm";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kSecondSlotAt = 4096;
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kFormatAt = 4 + 8;
constexpr std::size_t kSerialAt = kFormatAt + 4;
constexpr std::size_t kCommitAt = kSerialAt + 8;
constexpr std::size_t kHeightAt = kCommitAt + 8;
constexpr std::size_t kIncompleteAt = kHeightAt + 8;
constexpr std::size_t kChainAt = kIncompleteAt + 1;
constexpr std::size_t kNodeSizeAt = kChainAt + kDigestBytes;
constexpr std::size_t kNodeAt = kNodeSizeAt + 1;
constexpr std::size_t kSlotBytes = kNodeAt + kNodeIdentityBytesMax;
constexpr std::size_t kFileBytes = kSecondSlotAt + kSlotBytes;

static_assert(kSlotBytes <= 512, "a slot must fit one sector");

struct Slot {
  std::uint32_t format = kFormat;
  std::uint64_t serial = 0;
  StoredMark mark;
};

Bytes encode(const StoredMark& mark, std::uint64_t serial) {
  INVARIANT(mark.owner.node.size() <= kNodeIdentityBytesMax);
  Bytes body = to_bytes(as_bytes(kMagic));
  append_little_endian(body, kFormat);
  append_little_endian(body, serial);
  append_little_endian(body, mark.values.commit);
  append_little_endian(body, mark.values.height ? mark.values.height->number + 1 : 0);
  body.push_back(mark.values.incomplete ? 1 : 0);
  append(body, mark.owner.chain.view());
  body.push_back(static_cast<std::uint8_t>(mark.owner.node.size()));
  append(body, mark.owner.node);
  body.resize(kSlotBytes - 4);
  Bytes slot;
  append_little_endian(slot, crypto::crc32c(body));
  append(slot, body);
  return slot;
}

std::optional<Slot> decode(ByteView slot) {
  if (slot.size() < kSlotBytes) return {};
  slot = slot.first(kSlotBytes);
  if (read_little_endian<std::uint32_t>(slot, 0) != crypto::crc32c(slot.subspan(4))) return {};
  if (as_text(slot.subspan(4, kMagic.size())) != kMagic) return {};
  Slot read;
  read.format = read_little_endian<std::uint32_t>(slot, kFormatAt);
  read.serial = read_little_endian<std::uint64_t>(slot, kSerialAt);
  read.mark.values.commit = read_little_endian<std::uint64_t>(slot, kCommitAt);
  const auto height_plus_one = read_little_endian<std::uint64_t>(slot, kHeightAt);
  if (height_plus_one != 0) read.mark.values.height = Height{height_plus_one - 1};
  read.mark.values.incomplete = slot[kIncompleteAt] != 0;
  const ByteView chain = slot.subspan(kChainAt, kDigestBytes);
  std::copy(chain.begin(), chain.end(), read.mark.owner.chain.bytes.begin());
  const std::size_t node_size = std::min<std::size_t>(slot[kNodeSizeAt], kNodeIdentityBytesMax);
  read.mark.owner.node = to_bytes(slot.subspan(kNodeAt, node_size));
  return read;
}

/// The valid slot with the highest serial.
std::optional<Slot> newest_slot(ByteView file) {
  const auto first = decode(file);
  const auto second = decode(file.subspan(std::min(kSecondSlotAt, file.size())));
  if (!first) return second;
  if (!second) return first;
  return first->serial > second->serial ? first : second;
}

}  // namespace

Stored<std::optional<StoredMark>> read_mark(Environment& environment, const std::string& path) {
  const auto content = read_whole(environment, path, kFileBytes);
  if (!content && content.error().kind == StorageErrorKind::NotFound)
    return std::optional<StoredMark>{};
  if (!content) return failure(content.error());
  const auto slot = newest_slot(*content);
  if (!slot)
    return failure(StorageError{StorageErrorKind::Corrupt, path, "no valid high-water mark"});
  if (slot->format > kFormat)
    return failure(StorageError{StorageErrorKind::NewerFormat,
                                path,
                                "the high-water mark has format " + std::to_string(slot->format)});
  return std::optional<StoredMark>{slot->mark};
}

HighWaterMark::HighWaterMark(std::unique_ptr<File> file, StoredMark mark)
    : file_(std::move(file)), mark_(std::move(mark)) {}

Stored<std::unique_ptr<HighWaterMark>> HighWaterMark::create(Environment& environment,
                                                             const std::string& path,
                                                             const StoredMark& mark) {
  Bytes content = encode(mark, 0);
  content.resize(kSecondSlotAt);
  append(content, encode(mark, 1));
  if (auto written = write_durably(environment, path, content); !written)
    return failure(written.error());
  auto file = environment.open(path, OpenMode::ReadWrite);
  if (!file) return failure(file.error());
  std::unique_ptr<HighWaterMark> created(new HighWaterMark(std::move(file).value(), mark));
  created->serial_ = 1;
  return created;
}

Stored<Done> HighWaterMark::advance(const MarkValues& values) {
  INVARIANT(values.commit >= mark_.values.commit);
  ++serial_;
  mark_.values = values;
  const std::uint64_t offset = serial_ % 2 == 0 ? 0 : kSecondSlotAt;
  if (auto written = file_->write_at(offset, encode(mark_, serial_)); !written) return written;
  return file_->sync();
}

}  // namespace troupe::storage
