#include "protocol/network/framing.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

bool fails(std::string_view wire, FramingError error, std::size_t size_max = 100) {
  MessageReader reader(size_max);
  const Bytes bytes = hex(wire);
  ByteView input = bytes;
  const auto first = reader.next(input);
  if (first || first.error() != error) return false;
  const auto second = reader.next(input);  // the error sticks
  return !second && second.error() == error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(framing_test)

BOOST_AUTO_TEST_CASE(a_message_is_its_length_and_its_bytes) {
  Bytes wire;
  append_message(wire, hex("aabbcc"));
  append_message(wire, {});
  append_message(wire, Bytes(300, 7));

  BOOST_TEST((Bytes(wire.begin(), wire.begin() + 7) == hex("03aabbcc 00 ac02")));
  BOOST_TEST(wire.size() == framed_size(3) + framed_size(0) + framed_size(300));
}

BOOST_AUTO_TEST_CASE(the_lengths_of_the_vectors_are_read_and_refused_as_they_say) {
  const auto vectors = support::load_vectors("varint.json");
  for (const auto& vector : vectors.at("vectors")) {
    MessageReader reader(vector.at("value").get<std::size_t>());
    const Bytes length = hex(vector.at("hex").get<std::string>());
    ByteView input = length;
    BOOST_TEST(reader.next(input).ok());
  }
  BOOST_TEST(fails("8100", FramingError::LengthNotMinimal));
  BOOST_TEST(fails("8080808080808080808001", FramingError::MessageTooLong));
}

BOOST_AUTO_TEST_CASE(messages_come_out_whole_however_the_wire_is_split) {
  support::Random random;
  std::vector<Bytes> sent;
  Bytes wire;
  for (int i = 0; i < 200; ++i) {
    sent.push_back(random.bytes(random.below(2) == 0 ? random.below(4) : random.below(2000)));
    append_message(wire, sent.back());
  }

  MessageReader reader(2000);
  std::vector<Bytes> received;
  for (ByteView rest = wire; !rest.empty();) {
    ByteView piece = rest.first(std::min<std::size_t>(rest.size(), 1 + random.below(700)));
    rest = rest.subspan(piece.size());
    while (true) {
      auto message = reader.next(piece);
      BOOST_TEST_REQUIRE(message.ok());
      if (!*message) break;
      received.push_back(**message);
    }
    BOOST_TEST_REQUIRE(piece.empty());
  }

  BOOST_TEST((received == sent));
  BOOST_TEST(reader.at_boundary());
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_inside_a_message_is_not_at_a_boundary) {
  const Bytes wire = hex("8001aabb");
  for (std::size_t size = 0; size <= wire.size(); ++size) {
    MessageReader reader(1000);
    ByteView input = ByteView(wire).first(size);
    BOOST_TEST(!reader.next(input)->has_value());
    BOOST_TEST(reader.at_boundary() == (size == 0), size);
  }
}

BOOST_AUTO_TEST_CASE(an_announced_length_allocates_nothing) {
  MessageReader reader(1'000'000'000);
  const Bytes wire = hex("8094ebdc03 aa");
  ByteView input = wire;
  BOOST_TEST(!reader.next(input)->has_value());
  BOOST_TEST(reader.buffered_bytes() == 1u);
}

BOOST_AUTO_TEST_CASE(a_length_above_the_bound_is_refused_before_its_last_byte) {
  BOOST_TEST(fails("65", FramingError::MessageTooLong, 100));
  BOOST_TEST(fails("ffff", FramingError::MessageTooLong, 100));
  BOOST_TEST(!fails("64", FramingError::MessageTooLong, 100));
  BOOST_TEST(fails("ffffffffffffffffff", FramingError::MessageTooLong, SIZE_MAX));
}

BOOST_AUTO_TEST_CASE(a_length_with_a_needless_byte_is_refused) {
  BOOST_TEST(fails("8000", FramingError::LengthNotMinimal));
  BOOST_TEST(fails("ff8000", FramingError::LengthNotMinimal, 1000));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
