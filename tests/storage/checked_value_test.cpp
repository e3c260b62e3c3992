#include "storage/checked_value.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::storage {

BOOST_AUTO_TEST_SUITE(checked_value_test)

BOOST_AUTO_TEST_CASE(a_value_is_read_under_its_own_key_only) {
  const Bytes key{1, 2};
  const Bytes value{3, 4, 5};
  const Bytes stored = make_checked(key, value);

  BOOST_REQUIRE(read_checked(key, stored));
  BOOST_CHECK(equal(*read_checked(key, stored), value));
  BOOST_CHECK(!read_checked(Bytes{1, 3}, stored));
  // The border between key and value is under the checksum too, through the key that is asked for.
  BOOST_CHECK(!read_checked(Bytes{1}, stored));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_and_every_cut_is_found) {
  const Bytes key{7};
  const Bytes stored = make_checked(key, Bytes{1, 2, 3, 4});

  for (std::size_t bit = 0; bit < 8 * stored.size(); ++bit) {
    Bytes altered = stored;
    altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ (1U << (bit % 8)));
    BOOST_CHECK(!read_checked(key, altered));
  }
  for (std::size_t size = 0; size < stored.size(); ++size)
    BOOST_CHECK(!read_checked(key, ByteView(stored).first(size)));
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_a_value) {
  const Bytes key{7};
  BOOST_REQUIRE(read_checked(key, make_checked(key, {})));
  BOOST_CHECK(read_checked(key, make_checked(key, {}))->empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage
