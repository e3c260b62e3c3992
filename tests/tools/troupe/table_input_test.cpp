#include "tools/troupe/table_input.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/tools/troupe/answers.hpp"

namespace troupe::tools {

namespace {

std::vector<InputRecord> read(const std::string& text, const InputOptions& options) {
  auto records = read_records(text, options);
  BOOST_TEST_REQUIRE(records.ok(), message_of(records));
  return std::move(*records);
}

CommandError error_of(const std::string& text, const InputOptions& options) {
  const auto records = read_records(text, options);
  BOOST_TEST_REQUIRE(!records.ok());
  return records.error();
}

const InputOptions kFirstColumn{InputFormat::Csv, "1", "", false};
const InputOptions kJsonId{InputFormat::JsonLines, "id", "", false};

}  // namespace

BOOST_AUTO_TEST_SUITE(table_input_test)

BOOST_AUTO_TEST_CASE(a_record_is_its_key_column_and_the_other_columns) {
  const auto records = read("bash,5.2,7164\nzlib,1.2,90\n", kFirstColumn);

  BOOST_TEST_REQUIRE(records.size() == 2u);
  BOOST_TEST(records[0].key == "bash");
  BOOST_TEST(records[0].value == "5.2,7164");
  BOOST_TEST(records[1].line == 2u);
}

BOOST_AUTO_TEST_CASE(the_key_may_be_any_column) {
  BOOST_TEST(read("a,b,c\n", {InputFormat::Csv, "2", "p/", false})[0].key == "p/b");
  BOOST_TEST(read("a,b,c\n", {InputFormat::Csv, "2", "p/", false})[0].value == "a,c");
  BOOST_TEST(read("a,b,c\n", {InputFormat::Csv, "3", "", false})[0].value == "a,b");
}

BOOST_AUTO_TEST_CASE(quotes_protect_commas_quotes_and_line_ends) {
  const auto records =
      read("k1,\"a, b\"\r\nk2,\"say \"\"hi\"\"\"\r\nk3,\"two\nlines\"\r\nk4,x", kFirstColumn);

  BOOST_TEST_REQUIRE(records.size() == 4u);
  BOOST_TEST(records[0].value == "\"a, b\"");
  BOOST_TEST(records[1].value == "\"say \"\"hi\"\"\"");
  BOOST_TEST(records[2].value == "\"two\nlines\"");
  BOOST_TEST(records[3].value == "x");
  BOOST_TEST(records[3].line == 5u);
}

BOOST_AUTO_TEST_CASE(a_header_names_the_columns_and_the_value_becomes_an_object) {
  const InputOptions options{InputFormat::Csv, "name", "pkg/", true};

  const auto records = read("version,name\n5.2,bash\n", options);

  BOOST_TEST(records[0].key == "pkg/bash");
  BOOST_TEST(records[0].value == "{\"version\":\"5.2\"}");
}

BOOST_AUTO_TEST_CASE(a_json_line_is_the_value_and_one_field_of_it_the_key) {
  const auto records = read("{\"id\":\"a\",\"n\":1}\n\n{\"id\":7}\r\n", kJsonId);

  BOOST_TEST_REQUIRE(records.size() == 2u);
  BOOST_TEST(records[0].key == "a");
  BOOST_TEST(records[0].value == "{\"id\":\"a\",\"n\":1}");
  BOOST_TEST(records[1].key == "7");
  BOOST_TEST(records[1].line == 3u);
}

BOOST_AUTO_TEST_CASE(an_error_names_the_line_on_which_it_stands) {
  BOOST_TEST(error_of("a,b\nc\n", kFirstColumn)
                 .message.starts_with("input line 2: 1 columns, and the first line has 2"));
  BOOST_TEST(error_of("a,b\nc,d\"e\n", kFirstColumn)
                 .message.starts_with("input line 2: a quote stands inside"));
  BOOST_TEST(error_of("a,\"b\nc,d\n", kFirstColumn)
                 .message.starts_with("input line 1: a quoted field never ends"));
  BOOST_TEST(error_of("a,b\n\"c\"x,d\n", kFirstColumn)
                 .message.starts_with("input line 2: characters follow"));
  BOOST_TEST(
      error_of("a,b\nschlüssel,d\n", kFirstColumn).message.starts_with("input line 2: the key"));
  BOOST_TEST(
      error_of("a\nb\n", kFirstColumn).message.starts_with("input line 1: the value has 0 bytes"));
  BOOST_TEST(error_of("{\"id\":\"a\"}\n[1]\n", kJsonId)
                 .message.starts_with("input line 2: not a JSON object"));
  BOOST_TEST(error_of("{\"name\":\"a\"}\n", kJsonId)
                 .message.starts_with("input line 1: there is no text or number 'id'"));
}

BOOST_AUTO_TEST_CASE(a_column_that_is_not_there_is_refused_with_what_was_meant) {
  BOOST_TEST(error_of("a,b\n", {InputFormat::Csv, "3", "", false}).code == "bad-column");
  BOOST_TEST(error_of("a,b\n", {InputFormat::Csv, "0", "", false}).code == "bad-column");
  BOOST_TEST(error_of("version,name\n1,x\n", {InputFormat::Csv, "nmae", "", true}).hint ==
             "did you mean --key 'name'?");
}

BOOST_AUTO_TEST_CASE(an_empty_input_has_no_records) {
  BOOST_TEST(read("", kFirstColumn).empty());
  BOOST_TEST(read("\n\n", kFirstColumn).empty());
  BOOST_TEST(read("", kJsonId).empty());
}

BOOST_AUTO_TEST_CASE(whatever_a_field_holds_it_comes_back_out_of_its_quotes) {
  support::Random random;
  const std::string alphabet = "a,\"\n\r x";

  for (int round = 0; round < 500; ++round) {
    std::string field = "v";
    const std::uint64_t size = random.below(12);
    for (std::uint64_t i = 0; i < size; ++i)
      field += alphabet[random.below(alphabet.size())];

    const auto records =
        read("k,1," + csv_field(field) + "\nk2,1,2\n", {InputFormat::Csv, "1", "", false});

    BOOST_TEST_REQUIRE(records.size() == 2u);
    BOOST_TEST(records[0].value == "1," + csv_field(field));
  }
}

BOOST_AUTO_TEST_CASE(no_bytes_whatever_make_the_reader_fail_otherwise_than_by_an_error) {
  support::Random random;

  for (int round = 0; round < 2000; ++round) {
    const Bytes bytes = random.bytes(random.below(40));
    const std::string text(as_text(bytes));
    static_cast<void>(read_records(text, kFirstColumn).ok());
    static_cast<void>(read_records(text, kJsonId).ok());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools
