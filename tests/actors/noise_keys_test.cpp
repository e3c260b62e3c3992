#include "actors/noise_keys.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using troupe::Bytes;

/// Every byte is one above the last.
troupe::actors::Randomness counting() {
  return [next = std::uint8_t{0}](std::size_t size) mutable {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes)
      byte = next++;
    return bytes;
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(noise_keys_test)

BOOST_AUTO_TEST_CASE(a_key_is_what_the_randomness_gave) {
  const auto key = troupe::actors::draw_agreement_key(counting());
  for (std::size_t i = 0; i < key.size(); ++i)
    BOOST_TEST(key[i] == i);
}

BOOST_AUTO_TEST_CASE(the_keys_of_a_handshake_share_no_randomness) {
  const auto keys = troupe::actors::draw_noise_keys(counting());
  BOOST_TEST(keys.static_private.front() == 0);
  BOOST_TEST(keys.ephemeral_private.front() == 32);
}

BOOST_AUTO_TEST_SUITE_END()
