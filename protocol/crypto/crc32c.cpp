#include <array>
#include <cstring>

#include "protocol/crypto/hash.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

// CRC-32C: polynomial 0x1EDC6F41 (RFC 3720, B.4), reflected, initial value and final XOR all ones.
// The processor's own instruction where there is one, else eight tables that take eight bytes a
// step ("slicing by 8"); both give the same numbers.
namespace troupe::crypto {

namespace {

constexpr std::uint32_t kReflectedPolynomial = 0x82f63b78;
constexpr std::size_t kSlices = 8;

using Table = std::array<std::uint32_t, 256>;

// Table k holds what a byte contributes when k more bytes follow it.
constexpr std::array<Table, kSlices> make_tables() {
  std::array<Table, kSlices> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kSlices; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, kSlices> kTables = make_tables();

std::uint32_t update_by_table(std::uint32_t crc, ByteView content) {
  std::size_t at = 0;
  for (; content.size() - at >= kSlices; at += kSlices) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < kSlices; ++i) {
      const auto carried = static_cast<std::uint8_t>(i < 4 ? crc >> (8 * i) : 0);
      next ^= kTables[kSlices - 1 - i][content[at + i] ^ carried];
    }
    crc = next;
  }
  for (; at < content.size(); ++at)
    crc = (crc >> 8) ^ kTables[0][(crc ^ content[at]) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t crc,
                                                                      ByteView content) {
  std::size_t at = 0;
  std::uint64_t wide = crc;
  for (std::uint64_t word = 0; content.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, content.data() + at, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; at < content.size(); ++at)
    crc = _mm_crc32_u8(crc, content[at]);
  return crc;
}
#endif

std::uint32_t update(std::uint32_t crc, ByteView content) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2") != 0) return update_by_instruction(crc, content);
#endif
  return update_by_table(crc, content);
}

}  // namespace

std::uint32_t crc32c(ByteView content, std::uint32_t seed) {
  return ~update(~seed, content);
}

std::uint32_t crc32c_by_table(ByteView content, std::uint32_t seed) {
  return ~update_by_table(~seed, content);
}

}  // namespace troupe::crypto
