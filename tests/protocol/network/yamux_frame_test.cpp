#include "protocol/network/yamux_frame.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

bool is(std::string_view bytes, YamuxFrameError error) {
  const auto header = decode_header(hex(bytes));
  return !header && header.error() == error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yamux_frame_test)

BOOST_AUTO_TEST_CASE(headers_are_written_and_read_as_the_vectors_say) {
  const auto all = support::load_vectors("yamux-headers.json");
  for (const auto& vector : all.at("vectors")) {
    const Bytes frame = hex(vector.at("hex").get<std::string>());
    const YamuxHeader header{.type = static_cast<YamuxType>(vector.at("type").get<int>()),
                             .flags = vector.at("flags").get<std::uint16_t>(),
                             .stream = vector.at("stream").get<std::uint32_t>(),
                             .length = vector.at("length").get<std::uint32_t>()};
    Bytes written;
    append_header(written, header);

    BOOST_TEST(equal(written, ByteView(frame).first(kYamuxHeaderBytes)), vector.at("what"));
    BOOST_TEST((*decode_header(ByteView(frame).first(kYamuxHeaderBytes)) == header));
  }
}

BOOST_AUTO_TEST_CASE(every_header_that_js_libp2p_sent_is_read_and_written_again) {
  const auto live = support::load_vectors("yamux-live.json");
  for (const char* direction : {"A>B", "B>A"}) {
    for (const auto& frame : live.at(direction)) {
      const Bytes bytes = hex(frame.at("header").get<std::string>());
      const auto header = decode_header(bytes);
      BOOST_TEST_REQUIRE(header.ok());
      Bytes written;
      append_header(written, *header);
      BOOST_TEST((written == bytes));
      BOOST_TEST(header->length == frame.at("length").get<std::uint32_t>());
    }
  }
}

BOOST_AUTO_TEST_CASE(malformed_headers_are_refused_by_name) {
  BOOST_TEST(is("010000000000000100000000", YamuxFrameError::VersionUnknown));
  BOOST_TEST(is("000400000000000100000000", YamuxFrameError::TypeUnknown));
  BOOST_TEST(is("000000100000000100000000", YamuxFrameError::FlagsUnknown));
  BOOST_TEST(is("000080000000000100000000", YamuxFrameError::FlagsUnknown));
  BOOST_TEST(is("000000000000000000000000", YamuxFrameError::StreamZero));
  BOOST_TEST(is("000100010000000000000000", YamuxFrameError::StreamZero));
  BOOST_TEST(is("000200010000000100000000", YamuxFrameError::StreamNotZero));
  BOOST_TEST(is("000300000000000100000000", YamuxFrameError::StreamNotZero));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
