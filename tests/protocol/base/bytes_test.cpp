#include "protocol/base/bytes.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe {

BOOST_AUTO_TEST_SUITE(bytes_test)

BOOST_AUTO_TEST_CASE(hexadecimal_is_lower_case_and_keeps_leading_zeros) {
  const Bytes bytes{0x00, 0x0a, 0xff, 0x80};

  BOOST_TEST(to_hex(bytes) == "000aff80");
  BOOST_TEST(to_hex({}).empty());
}

BOOST_AUTO_TEST_CASE(hexadecimal_of_either_case_is_read) {
  BOOST_TEST(from_hex("00aAFf").value() == (Bytes{0x00, 0xaa, 0xff}));
  BOOST_TEST(from_hex("").value().empty());
}

BOOST_AUTO_TEST_CASE(every_byte_survives_hexadecimal) {
  for (unsigned number = 0; number < 256; ++number) {
    const Bytes bytes{static_cast<std::uint8_t>(number)};
    BOOST_TEST(from_hex(to_hex(bytes)).value() == bytes);
  }
}

BOOST_AUTO_TEST_CASE(an_odd_number_of_digits_is_refused) {
  BOOST_TEST(!from_hex("0").has_value());
  BOOST_TEST(!from_hex("abc").has_value());
}

BOOST_AUTO_TEST_CASE(every_foreign_character_is_refused_in_either_place) {
  const std::string_view digits = "0123456789abcdefABCDEF";
  for (int code = -128; code < 128; ++code) {
    const char character = static_cast<char>(code);
    if (digits.find(character) != std::string_view::npos) continue;

    BOOST_TEST(!from_hex(std::string{character, '0'}).has_value());
    BOOST_TEST(!from_hex(std::string{'0', character}).has_value());
  }
}

BOOST_AUTO_TEST_CASE(text_and_bytes_show_the_same_memory) {
  const std::string text("a\0\xff", 3);

  const ByteView view = as_bytes(text);

  BOOST_TEST(view.size() == 3u);
  BOOST_TEST(view[2] == 0xff);
  BOOST_TEST(as_text(view).data() == text.data());
  BOOST_TEST(to_bytes(view) == (Bytes{'a', 0, 0xff}));
}

BOOST_AUTO_TEST_CASE(appending_keeps_what_is_there) {
  Bytes bytes{1};

  append(bytes, Bytes{2, 3});
  append(bytes, {});

  BOOST_TEST(bytes == (Bytes{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(equality_covers_content_and_length) {
  BOOST_TEST(equal({}, {}));
  BOOST_TEST(equal(Bytes{1, 2}, Bytes{1, 2}));
  BOOST_TEST(!equal(Bytes{1, 2}, Bytes{1, 3}));
  BOOST_TEST(!equal(Bytes{1, 2}, Bytes{1}));
  BOOST_TEST(!equal(Bytes{1}, Bytes{1, 2}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe
