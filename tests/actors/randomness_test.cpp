#include "actors/randomness.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(randomness_test)

BOOST_AUTO_TEST_CASE(as_many_bytes_come_as_were_asked_for) {
  const auto randomness = troupe::actors::system_randomness();

  BOOST_TEST(randomness(0).empty());
  BOOST_TEST(randomness(32).size() == 32U);
  // The kernel gives at most 256 bytes without interruption (getrandom(2)).
  BOOST_TEST(randomness(100'000).size() == 100'000U);
}

BOOST_AUTO_TEST_CASE(two_draws_differ) {
  const auto randomness = troupe::actors::system_randomness();

  const auto first = randomness(32);
  const auto second = randomness(32);

  BOOST_TEST((first != second));
}

BOOST_AUTO_TEST_CASE(a_number_is_eight_bytes_the_first_the_most_significant) {
  const troupe::actors::Randomness counting = [](std::size_t size) {
    troupe::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<std::uint8_t>(i + 1);
    return bytes;
  };

  BOOST_TEST(troupe::actors::random_number(counting) == 0x0102030405060708ull);
}

BOOST_AUTO_TEST_SUITE_END()
