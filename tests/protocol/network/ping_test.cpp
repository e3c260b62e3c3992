#include "protocol/network/ping.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

PingPayload payload_of_vectors() {
  const auto vectors = support::load_vectors("ping-live.json");
  const Bytes bytes = support::hex(vectors.at("A>B").at("data").get<std::string>());
  PingPayload payload{};
  std::ranges::copy(bytes, payload.begin());
  return payload;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ping_test)

BOOST_AUTO_TEST_CASE(the_bytes_on_the_stream_are_those_of_js_libp2p) {
  const auto vectors = support::load_vectors("ping-live.json");
  PingInitiator initiator;
  PingResponder responder;
  Bytes asked;
  Bytes echoed;

  initiator.start(payload_of_vectors(), asked);
  responder.received(asked, echoed);

  BOOST_TEST((asked == support::hex(vectors.at("A>B").at("data").get<std::string>())));
  BOOST_TEST((echoed == support::hex(vectors.at("B>A").at("data").get<std::string>())));
  BOOST_TEST((initiator.received(echoed) == PingInitiator::Answer::Right));
  BOOST_TEST(!initiator.waiting());
}

BOOST_AUTO_TEST_CASE(the_responder_echoes_whole_payloads_however_they_are_split) {
  support::Random random;
  const Bytes sent = random.bytes(5 * kPingBytes + 7);
  PingResponder responder;
  Bytes echoed;
  for (ByteView rest = sent; !rest.empty();) {
    const ByteView piece = rest.first(std::min<std::size_t>(rest.size(), 1 + random.below(50)));
    responder.received(piece, echoed);
    rest = rest.subspan(piece.size());
  }

  BOOST_TEST(echoed.size() == 5 * kPingBytes);
  BOOST_TEST(equal(echoed, ByteView(sent).first(echoed.size())));
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_byte_by_byte) {
  const PingPayload payload = payload_of_vectors();
  PingInitiator initiator;
  Bytes asked;
  initiator.start(payload, asked);

  for (std::size_t i = 0; i + 1 < kPingBytes; ++i)
    BOOST_TEST((initiator.received({&payload[i], 1}) == PingInitiator::Answer::Incomplete));
  BOOST_TEST((initiator.received({&payload.back(), 1}) == PingInitiator::Answer::Right));
}

BOOST_AUTO_TEST_CASE(a_round_can_follow_a_round_on_one_stream) {
  PingInitiator initiator;
  for (int round = 0; round < 3; ++round) {
    Bytes asked;
    initiator.start(payload_of_vectors(), asked);
    BOOST_TEST((initiator.received(asked) == PingInitiator::Answer::Right));
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_byte_or_one_too_many_or_one_unasked_is_wrong) {
  const PingPayload payload = payload_of_vectors();
  const auto answer = [&payload](const Bytes& bytes) {
    PingInitiator initiator;
    Bytes asked;
    initiator.start(payload, asked);
    return initiator.received(bytes);
  };
  Bytes flipped = to_bytes(payload);
  flipped.back() ^= 1;
  Bytes longer = to_bytes(payload);
  longer.push_back(0);

  BOOST_TEST((answer(flipped) == PingInitiator::Answer::Wrong));
  BOOST_TEST((answer(longer) == PingInitiator::Answer::Wrong));
  BOOST_TEST((answer({}) == PingInitiator::Answer::Incomplete));
  BOOST_TEST((PingInitiator().received(payload) == PingInitiator::Answer::Wrong));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
