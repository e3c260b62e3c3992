#include "protocol/codec/wire.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::codec {

namespace {

using support::hex;
using support::load_vectors;
using support::Random;

// A structure with one field of every kind, as a decoder of ours is written.
struct Sample {
  std::uint8_t kind = 0;
  bool flag = false;
  std::uint64_t number = 0;
  std::array<std::uint8_t, 4> key{};
  Bytes content;
  std::string name;
  std::vector<std::uint64_t> list;

  friend bool operator==(const Sample&, const Sample&) = default;
};

constexpr std::size_t kContentBytesMax = 200;
constexpr std::size_t kListCountMax = 50;

Bytes encode_sample(const Sample& sample) {
  Writer writer;
  writer.u8(sample.kind).boolean(sample.flag).varint(sample.number).fixed(sample.key);
  writer.bytes(sample.content).text(sample.name).varint(sample.list.size());
  for (const std::uint64_t element : sample.list)
    writer.varint(element);
  return writer.take();
}

Sample read_sample(Reader& reader) {
  Sample sample;
  sample.kind = reader.u8();
  sample.flag = reader.boolean();
  sample.number = reader.varint();
  sample.key = reader.array<4>();
  sample.content = to_bytes(reader.bytes(kContentBytesMax));
  sample.name = reader.text(kContentBytesMax);
  const std::size_t count = reader.count(kListCountMax);
  for (std::size_t i = 0; i < count; ++i)
    sample.list.push_back(reader.varint());
  return sample;
}

Result<Sample, WireError> decode_sample(ByteView input) {
  return decode(input, read_sample);
}

Sample random_sample(Random& random) {
  Sample sample;
  sample.kind = static_cast<std::uint8_t>(random.next());
  sample.flag = random.below(2) == 1;
  const std::uint64_t shift = random.below(64);
  sample.number = random.next() >> shift;
  for (std::uint8_t& byte : sample.key)
    byte = static_cast<std::uint8_t>(random.next());
  sample.content = random.bytes(random.below(kContentBytesMax + 1));
  sample.name = as_text(random.bytes(random.below(20)));
  sample.list.resize(random.below(kListCountMax + 1));
  for (std::uint64_t& element : sample.list)
    element = random.next() >> shift;
  return sample;
}

Result<std::uint64_t, WireError> decode_varint(ByteView input, std::uint64_t max = UINT64_MAX) {
  return decode(input, [max](Reader& reader) { return reader.varint(max); });
}

Bytes encode_varint(std::uint64_t number) {
  return Writer().varint(number).take();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_test)

BOOST_AUTO_TEST_CASE(published_varints_are_written_and_read_as_published) {
  const auto published = load_vectors("varint.json");
  for (const auto& vector : published.at("vectors")) {
    const auto number = vector.at("value").get<std::uint64_t>();
    const Bytes bytes = hex(vector.at("hex").get<std::string>());

    BOOST_TEST(encode_varint(number) == bytes);
    BOOST_TEST(decode_varint(bytes).value() == number);
  }
}

BOOST_AUTO_TEST_CASE(published_invalid_varints_are_refused) {
  const auto published = load_vectors("varint.json");
  for (const auto& vector : published.at("invalid")) {
    BOOST_TEST(!decode_varint(hex(vector.at("hex").get<std::string>())).ok(), vector.at("why"));
  }
}

BOOST_AUTO_TEST_CASE(varints_at_each_length_boundary_survive) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    const std::uint64_t power = std::uint64_t{1} << bits;
    for (const std::uint64_t number : {power - 1, power, power + 1}) {
      const Bytes bytes = encode_varint(number);
      BOOST_TEST(bytes.size() == varint_size(number));
      BOOST_TEST(decode_varint(bytes).value() == number);
    }
  }
  BOOST_TEST(varint_size(UINT64_MAX) == 10u);
  BOOST_TEST(decode_varint(encode_varint(UINT64_MAX)).value() == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(a_varint_with_a_needless_byte_is_refused) {
  for (const char* text : {"8000", "ff00", "80808000", "80808080808080808000"}) {
    BOOST_CHECK(decode_varint(hex(text)).error() == WireError::NotMinimal);
  }
}

BOOST_AUTO_TEST_CASE(a_varint_beyond_64_bits_is_refused) {
  // One bit too many in the tenth byte, and an eleventh byte.
  BOOST_CHECK(decode_varint(hex("ffffffffffffffffff02")).error() == WireError::OutOfRange);
  BOOST_CHECK(decode_varint(hex("ffffffffffffffffff7f")).error() == WireError::OutOfRange);
  BOOST_CHECK(decode_varint(hex("8080808080808080808001")).error() == WireError::OutOfRange);
  BOOST_CHECK(decode_varint(hex("ffffffffffffffffff8100")).error() == WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(a_varint_above_its_bound_is_refused_and_at_its_bound_is_not) {
  BOOST_TEST(decode_varint(encode_varint(300), 300).value() == 300u);
  BOOST_CHECK(decode_varint(encode_varint(301), 300).error() == WireError::OutOfRange);
  BOOST_TEST(decode_varint(encode_varint(0), 0).value() == 0u);
}

BOOST_AUTO_TEST_CASE(a_bool_is_zero_or_one) {
  const auto read = [](Reader& reader) { return reader.boolean(); };

  BOOST_TEST(decode(hex("00"), read).value() == false);
  BOOST_TEST(decode(hex("01"), read).value() == true);
  BOOST_CHECK(decode(hex("02"), read).error() == WireError::OutOfRange);
  BOOST_CHECK(decode(hex("ff"), read).error() == WireError::OutOfRange);
  BOOST_CHECK(decode({}, read).error() == WireError::Truncated);
}

BOOST_AUTO_TEST_CASE(a_length_above_its_bound_is_refused_before_the_content_is_looked_at) {
  const auto read = [](Reader& reader) { return to_bytes(reader.bytes(3)); };

  BOOST_TEST(decode(hex("03 010203"), read).value() == hex("010203"));
  BOOST_CHECK(decode(hex("04 01020304"), read).error() == WireError::OutOfRange);
  BOOST_CHECK(decode(hex("04"), read).error() == WireError::OutOfRange);
  BOOST_CHECK(decode(hex("03 0102"), read).error() == WireError::Truncated);
}

BOOST_AUTO_TEST_CASE(a_length_near_the_largest_number_does_not_wrap_around) {
  const auto read = [](Reader& reader) { return to_bytes(reader.bytes(SIZE_MAX)); };

  BOOST_CHECK(decode(hex("ffffffffffffffffff01 00"), read).error() == WireError::Truncated);
}

BOOST_AUTO_TEST_CASE(a_count_beyond_the_bytes_that_are_left_is_refused) {
  const auto read = [](Reader& reader) {
    const std::size_t count = reader.count(1000);
    reader.fixed(count);
    return count;
  };

  BOOST_TEST(decode(hex("02 aabb"), read).value() == 2u);
  BOOST_CHECK(decode(hex("03 aabb"), read).error() == WireError::Truncated);
  BOOST_CHECK(decode(hex("e907 aabb"), read).error() == WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(the_encoding_is_the_one_that_the_grammar_says) {
  const Sample sample{.kind = 7,
                      .flag = true,
                      .number = 300,
                      .key = {1, 2, 3, 4},
                      .content = {0xaa, 0xbb},
                      .name = "hi",
                      .list = {5, 128}};

  BOOST_TEST(encode_sample(sample) == hex("07 01 ac02 01020304 02aabb 026869 02 05 8001"));
}

BOOST_AUTO_TEST_CASE(every_value_survives_its_encoding) {
  Random random;
  for (int run = 0; run < 500; ++run) {
    const Sample sample = random_sample(random);
    BOOST_CHECK(decode_sample(encode_sample(sample)).value() == sample);
  }
}

BOOST_AUTO_TEST_CASE(an_encoding_cut_at_any_length_is_refused) {
  Random random;
  for (int run = 0; run < 20; ++run) {
    const Bytes whole = encode_sample(random_sample(random));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto cut = decode_sample(ByteView(whole).first(size));
      BOOST_REQUIRE(!cut.ok());
      BOOST_CHECK(cut.error() == WireError::Truncated);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_refused) {
  Random random;
  Bytes whole = encode_sample(random_sample(random));

  whole.push_back(0);

  BOOST_CHECK(decode_sample(whole).error() == WireError::TrailingBytes);
}

BOOST_AUTO_TEST_CASE(what_decodes_at_all_encodes_to_the_same_bytes) {
  // Canonical: no two inputs have one meaning. Single bytes of valid encodings are altered, so that
  // the inputs come close to validity.
  Random random;
  std::size_t accepted = 0;
  for (int run = 0; run < 5000; ++run) {
    Bytes bytes = encode_sample(random_sample(random));
    const std::uint64_t place = random.below(bytes.size());
    bytes[place] = static_cast<std::uint8_t>(random.next());
    const auto sample = decode_sample(bytes);
    if (!sample) continue;
    ++accepted;
    BOOST_REQUIRE(encode_sample(*sample) == bytes);
  }
  BOOST_TEST(accepted > 1000u);
}

BOOST_AUTO_TEST_CASE(the_first_error_sticks_and_later_reads_yield_nothing) {
  const Bytes input = hex("02 05 06");
  Reader reader(input);

  reader.boolean();

  BOOST_TEST(!reader.ok());
  BOOST_TEST(reader.u8() == 0);
  BOOST_TEST(reader.varint() == 0u);
  BOOST_TEST(reader.fixed(1).empty());
  BOOST_TEST(reader.bytes(9).empty());
  BOOST_TEST(reader.text(9).empty());
  BOOST_TEST(reader.count(9) == 0u);
  BOOST_CHECK((reader.array<2>() == std::array<std::uint8_t, 2>{}));
  BOOST_TEST(reader.remaining() == 0u);
  BOOST_CHECK(reader.finish().error() == WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(an_error_that_the_caller_records_sticks_too) {
  const Bytes input = hex("09 00");
  Reader reader(input);

  if (reader.u8() > 3) reader.fail(WireError::OutOfRange);

  BOOST_CHECK(reader.finish().error() == WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(views_point_into_the_input) {
  const Bytes input = hex("02 aabb 03");
  Reader reader(input);

  BOOST_TEST(reader.bytes(2).data() == input.data() + 1);
  BOOST_TEST(reader.rest().data() == input.data() + 3);
  BOOST_TEST(reader.remaining() == 1u);
}

BOOST_AUTO_TEST_CASE(every_error_has_words_of_its_own) {
  BOOST_TEST(describe(WireError::Truncated) != describe(WireError::NotMinimal));
  BOOST_TEST(describe(WireError::OutOfRange) != describe(WireError::TrailingBytes));
  BOOST_TEST(!describe(WireError::Truncated).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::codec
