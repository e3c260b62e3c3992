#include "protocol/network/multibase.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

BOOST_AUTO_TEST_SUITE(multibase_test)

BOOST_AUTO_TEST_CASE(known_texts_stand_for_known_bytes) {
  BOOST_TEST(to_base58(as_bytes("Hello World!")) == "2NEpo7TZRRrLZSi2U");
  BOOST_TEST(to_base32(as_bytes("foobar")) == "mzxw6ytboi");
  BOOST_TEST(to_base36(as_bytes("Decentralize everything!!")) ==
             "343ixo7d49hqj1ium15pgy1wzww5fxrid21td7l");
}

BOOST_AUTO_TEST_CASE(every_base_gives_back_the_bytes_it_was_given) {
  support::Random random;
  for (std::size_t size = 0; size < 80; ++size) {
    Bytes bytes = random.bytes(size);
    const std::size_t zeros = random.below(size + 1);
    std::fill_n(bytes.begin(), zeros, std::uint8_t{0});

    BOOST_TEST((from_base58(to_base58(bytes)) == bytes));
    BOOST_TEST((from_base32(to_base32(bytes)) == bytes));
    BOOST_TEST((from_base36(to_base36(bytes)) == bytes));
  }
}

BOOST_AUTO_TEST_CASE(leading_zero_bytes_are_leading_zero_digits) {
  BOOST_TEST(to_base58(support::hex("0000")) == "11");
  BOOST_TEST(to_base36(support::hex("0000")) == "00");
  BOOST_TEST((from_base58("111") == Bytes(3, 0)));
}

BOOST_AUTO_TEST_CASE(characters_outside_the_alphabet_are_refused) {
  for (const char* text : {"0", "O", "I", "l", " ", "1 ", "\xc3\xa9"})
    BOOST_TEST(!from_base58(text), text);
  for (const char* text : {"0", "1", "8", "a=", " "})
    BOOST_TEST(!from_base32(text), text);
  for (const char* text : {"-", "a b", "_"})
    BOOST_TEST(!from_base36(text), text);
}

BOOST_AUTO_TEST_CASE(base32_with_bits_that_make_no_byte_is_refused) {
  BOOST_TEST(!from_base32("a"));     // five bits
  BOOST_TEST(!from_base32("ab"));    // one byte and a one among the two bits left
  BOOST_TEST(!from_base32("aaab"));  // the same after two bytes
  BOOST_TEST((from_base32("aa") == Bytes{0}));
}

BOOST_AUTO_TEST_CASE(a_text_longer_than_any_identifier_is_refused_unread) {
  BOOST_TEST(from_base58(std::string(kMultibaseTextMax, '1')).has_value());
  BOOST_TEST(!from_base58(std::string(kMultibaseTextMax + 1, '1')));
  BOOST_TEST(!from_base36(std::string(kMultibaseTextMax + 1, '0')));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
