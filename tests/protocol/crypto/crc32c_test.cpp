#include <numeric>

#include <boost/test/unit_test.hpp>

#include "protocol/crypto/hash.hpp"
#include "tests/support/random.hpp"

namespace troupe::crypto {

namespace {

// The definition, bit by bit.
std::uint32_t crc32c_by_definition(ByteView content) {
  std::uint32_t crc = UINT32_MAX;
  for (const std::uint8_t byte : content) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crc32c_test)

BOOST_AUTO_TEST_CASE(the_checksums_of_rfc_3720_come_out) {
  Bytes ascending(32);
  std::iota(ascending.begin(), ascending.end(), std::uint8_t{0});
  const Bytes descending(ascending.rbegin(), ascending.rend());

  BOOST_TEST(crc32c(Bytes(32, 0x00)) == 0x8a9136aaU);
  BOOST_TEST(crc32c(Bytes(32, 0xff)) == 0x62a8ab43U);
  BOOST_TEST(crc32c(ascending) == 0x46dd794eU);
  BOOST_TEST(crc32c(descending) == 0x113fdb5cU);
  BOOST_TEST(crc32c(as_bytes("123456789")) == 0xe3069283U);
  BOOST_TEST(crc32c({}) == 0U);
}

BOOST_AUTO_TEST_CASE(instruction_table_and_definition_agree_at_every_length_and_offset) {
  support::Random random;
  const Bytes content = random.bytes(100);

  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t size = 0; from + size <= content.size(); ++size) {
      const ByteView part = ByteView(content).subspan(from, size);
      const std::uint32_t expected = crc32c_by_definition(part);
      BOOST_REQUIRE(crc32c(part) == expected);
      BOOST_REQUIRE(crc32c_by_table(part) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_checksum_goes_on_from_the_bytes_before) {
  support::Random random;
  const Bytes content = random.bytes(64);
  const ByteView view(content);

  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    BOOST_TEST(crc32c(view.subspan(cut), crc32c(view.first(cut))) == crc32c(view));
    BOOST_TEST(crc32c_by_table(view.subspan(cut), crc32c(view.first(cut))) == crc32c(view));
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_changes_the_checksum) {
  support::Random random;
  Bytes content = random.bytes(40);
  const std::uint32_t before = crc32c(content);

  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    content[bit / 8] ^= mask;
    BOOST_TEST(crc32c(content) != before);
    content[bit / 8] ^= mask;
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::crypto
