#include "tools/troupe/console/screen.hpp"

#include <clocale>

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

namespace {

/// Widths of characters are the locale's.
struct Utf8Locale {
  Utf8Locale() { BOOST_TEST_REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr); }

  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

  ~Utf8Locale() { std::setlocale(LC_CTYPE, "C"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(screen_test, Utf8Locale)

BOOST_AUTO_TEST_CASE(a_text_takes_as_many_rows_as_it_fills) {
  BOOST_TEST(rows_above("", 10) == 0u);
  BOOST_TEST(rows_above("123456789", 10) == 0u);
  BOOST_TEST(rows_above("1234567890", 10) == 1u);  // the cursor is in the next row
  BOOST_TEST(rows_above("12345678901", 10) == 1u);
  BOOST_TEST(rows_above(std::string(25, 'x'), 10) == 2u);
}

BOOST_AUTO_TEST_CASE(a_wide_character_that_does_not_fit_moves_to_the_next_row) {
  BOOST_TEST(rows_above("12345678漢", 10) == 1u);
  BOOST_TEST(rows_above("123456789漢", 10) == 1u);
  BOOST_TEST(rows_above("1234567漢", 10) == 0u);
}

BOOST_AUTO_TEST_CASE(marks_take_no_cell_and_bytes_that_are_no_text_take_one) {
  BOOST_TEST(rows_above("123456789e\xCC\x81", 10) == 1u);
  BOOST_TEST(rows_above("12345678\xCC\x81\xFF", 10) == 0u);
  BOOST_TEST(rows_above("123456789\xFF", 10) == 1u);
  BOOST_TEST(rows_above("123456789\xE6", 10) == 1u);  // the beginning of a character
}

BOOST_AUTO_TEST_CASE(a_terminal_without_columns_has_one_row) {
  BOOST_TEST(rows_above("text", 0) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
