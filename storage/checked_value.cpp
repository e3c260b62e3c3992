#include "storage/checked_value.hpp"

#include "protocol/crypto/hash.hpp"
#include "storage/fixed_width.hpp"

namespace troupe::storage {

namespace {

constexpr std::size_t kChecksumBytes = 4;

std::uint32_t checksum(ByteView key, ByteView value) {
  return crypto::crc32c(value, crypto::crc32c(key));
}

}  // namespace

Bytes make_checked(ByteView key, ByteView value) {
  Bytes stored;
  stored.reserve(kChecksumBytes + value.size());
  append_little_endian(stored, checksum(key, value));
  append(stored, value);
  return stored;
}

std::optional<ByteView> read_checked(ByteView key, ByteView stored) {
  if (stored.size() < kChecksumBytes) return {};
  const ByteView value = stored.subspan(kChecksumBytes);
  if (read_little_endian<std::uint32_t>(stored, 0) != checksum(key, value)) return {};
  return value;
}

}  // namespace troupe::storage
