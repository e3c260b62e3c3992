#include "storage/journal_format.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/storage/scratch.hpp"

namespace troupe::storage::journal {

namespace {

Header sample_header(std::uint64_t first, std::uint64_t last) {
  Header header;
  header.generation = 7;
  header.ordinal_first = first;
  header.ordinal_last = last;
  header.owner = sample_journal_owner();
  return header;
}

Records sample_records(std::uint64_t view, std::size_t size) {
  return {{{Epoch{1}, View{view}}, Bytes(size, 0xab)}, {{Epoch{1}, View{view}}, {}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_format_test)

BOOST_AUTO_TEST_CASE(a_header_is_read_back_and_every_flipped_bit_of_it_is_found) {
  const Header header = sample_header(3, 9);
  const Bytes bytes = encode_header(header);
  BOOST_REQUIRE_EQUAL(bytes.size(), kHeaderBytes);
  BOOST_REQUIRE(decode_header(bytes));
  BOOST_CHECK(*decode_header(bytes) == header);

  for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
    Bytes altered = bytes;
    altered[byte] ^= 0x40;
    BOOST_CHECK(!decode_header(altered));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    BOOST_CHECK(!decode_header(ByteView(bytes).first(size)));
}

BOOST_AUTO_TEST_CASE(a_copy_is_read_back_whole) {
  const Header header = sample_header(3, 5);
  const std::vector<Records> appends{
      sample_records(1, 10), sample_records(2, 1000), sample_records(3, 0)};

  const Contents contents = scan(encode_copy(header, appends), header);

  BOOST_REQUIRE_EQUAL(contents.appends.size(), 3);
  BOOST_CHECK(contents.appends.at(4) == appends[1]);
  BOOST_CHECK_EQUAL(contents.ordinal_end(), 5);
  BOOST_CHECK(contents.is_whole_to(5));
  BOOST_CHECK(!contents.is_whole_to(6));
  BOOST_CHECK(!contents.torn_end);
}

BOOST_AUTO_TEST_CASE(an_append_in_another_place_or_of_another_generation_does_not_count) {
  const Header header = sample_header(1, 0);
  Bytes copy = encode_copy(header, {});
  const Bytes elsewhere =
      encode_append({kHeaderBytes + kAlignment, 1, header.generation}, sample_records(1, 5));
  std::copy(elsewhere.begin(), elsewhere.end(), copy.begin() + kHeaderBytes);
  BOOST_CHECK(scan(copy, header).appends.empty());
  BOOST_CHECK(scan(copy, header).torn_end);

  const Bytes older = encode_append({kHeaderBytes, 1, header.generation - 1}, sample_records(1, 5));
  std::copy(older.begin(), older.end(), copy.begin() + kHeaderBytes);
  BOOST_CHECK(scan(copy, header).appends.empty());
}

BOOST_AUTO_TEST_CASE(a_copy_cut_anywhere_gives_the_appends_before_the_cut) {
  const Header header = sample_header(1, 3);
  const std::vector<Records> appends{
      sample_records(1, 10), sample_records(2, 100), sample_records(3, 30)};
  Bytes copy = encode_copy(header, appends);
  copy.resize(copy.size() - kAheadBytes);

  for (std::size_t size = kHeaderBytes; size < copy.size(); ++size) {
    const Contents contents = scan(ByteView(copy).first(size), header);
    BOOST_CHECK(!contents.damaged_inside);
    for (const auto& [ordinal, records] : contents.appends)
      BOOST_CHECK(records == appends.at(ordinal - 1));
    BOOST_CHECK(contents.is_whole_to(contents.ordinal_end()));
  }
}

BOOST_AUTO_TEST_CASE(damage_before_a_valid_append_is_told_apart_from_a_torn_end) {
  const Header header = sample_header(1, 2);
  const Bytes copy = encode_copy(header, {sample_records(1, 10), sample_records(2, 10)});

  Bytes inside = copy;
  inside[kHeaderBytes + 30] ^= 1;
  BOOST_CHECK(scan(inside, header).damaged_inside);
  BOOST_CHECK(!scan(inside, header).torn_end);
  BOOST_CHECK(!scan(inside, header).is_whole_to(2));

  Bytes behind = copy;
  behind[copy.size() - kAheadBytes + 500] = 1;
  BOOST_CHECK(!scan(behind, header).damaged_inside);
  BOOST_CHECK(scan(behind, header).torn_end);
  BOOST_CHECK(scan(behind, header).is_whole_to(2));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage::journal
