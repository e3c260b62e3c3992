#include "protocol/network/upgrade.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/protocol/network/peers.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;
using testing::node_key;
using testing::noise_keys;

NoiseSetup setup(Role role, std::vector<std::string> muxers = {"/yamux/1.0.0"}) {
  const std::uint8_t number = role == Role::Dialer ? 1 : 2;
  return {.role = role,
          .node_key = node_key(number),
          .keys = noise_keys(number),
          .expected_peer = std::nullopt,
          .muxers = std::move(muxers)};
}

std::vector<Bytes> raw(const char* direction) {
  std::vector<Bytes> pieces;
  const auto all = support::load_vectors("connection-transcript.json");
  for (const auto& piece : all.at("raw"))
    if (piece.at("dir") == direction && piece.contains("hex"))
      pieces.push_back(hex(piece.at("hex").get<std::string>()));
  return pieces;
}

/// The cause for which a listener refuses these bytes, which must come.
CloseCause cause_of(ByteView wire) {
  Bytes answer;
  Upgrade listener(setup(Role::Listener), answer);
  const auto step = listener.received(wire, answer);
  BOOST_TEST_REQUIRE(!step);
  return step.error();
}

Bytes after_negotiation(std::string_view more) {
  Bytes wire = raw("A>B").front();
  append(wire, hex(more));
  return wire;
}

/// Runs both upgrades against each other; true if both complete.
bool complete(Upgrade& dialer, Upgrade& listener, Bytes to_listener) {
  Bytes to_dialer;
  for (int i = 0; i < 6; ++i) {
    ByteView wire = to_listener;
    Bytes answer;
    if (!listener.received(wire, answer)) return false;
    to_listener.clear();
    wire = answer;
    if (!dialer.received(wire, to_listener)) return false;
  }
  return dialer.is_complete() && listener.is_complete();
}

/// What a listener has for its muxer after a dialer that named none said this inside the channel;
/// nothing if the listener refuses it.
std::optional<Bytes> muxer_bytes_after(ByteView plain, std::vector<std::string> listener_muxers) {
  Bytes to_listener;
  Bytes to_dialer;
  Upgrade dialer(setup(Role::Dialer, {}), to_listener);
  Upgrade listener(setup(Role::Listener, std::move(listener_muxers)), to_dialer);
  while (!dialer.outcome()) {
    ByteView wire = to_listener;
    BOOST_TEST_REQUIRE(listener.received(wire, to_dialer).ok());
    to_listener.clear();
    wire = to_dialer;
    BOOST_TEST_REQUIRE(dialer.received(wire, to_listener).ok());
    to_dialer.clear();
  }
  // Message 3 is whole; in place of the dialer's own proposal behind it comes what is asked for.
  const std::size_t proposal_bytes = 2 + 34 + 16;
  to_listener.resize(to_listener.size() - proposal_bytes);
  NoiseTransport transport(dialer.outcome()->send_key, dialer.outcome()->receive_key);
  transport.seal(plain, to_listener);
  ByteView wire = to_listener;
  if (!listener.received(wire, to_dialer) || !listener.is_complete()) return std::nullopt;
  return listener.take_plain();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upgrade_test)

BOOST_AUTO_TEST_CASE(a_listener_answers_the_recorded_dialer_byte_for_byte) {
  const auto from_dialer = raw("A>B");
  const auto from_listener = raw("B>A");
  Bytes answer;
  Upgrade listener(setup(Role::Listener), answer);
  BOOST_TEST(answer.empty());

  for (std::size_t i = 0; i < 2; ++i) {
    ByteView wire = from_dialer[i];
    answer.clear();
    BOOST_TEST_REQUIRE(listener.received(wire, answer).ok());
    BOOST_TEST((answer == from_listener[i]));
  }
  ByteView wire = from_dialer[2];  // message 3 and the first transport messages
  answer.clear();
  BOOST_TEST_REQUIRE(listener.received(wire, answer).ok());

  BOOST_TEST(listener.is_complete());
  BOOST_TEST(answer.empty());
  BOOST_TEST(wire.size() == from_dialer[2].size() - 186);
  BOOST_TEST((listener.outcome()->peer == PeerId::from_public_key(node_key(1).public_key())));
}

BOOST_AUTO_TEST_CASE(a_dialer_speaks_to_the_recorded_listener_byte_for_byte) {
  const auto from_dialer = raw("A>B");
  const auto from_listener = raw("B>A");
  Bytes said;
  Upgrade dialer(setup(Role::Dialer), said);
  BOOST_TEST((said == from_dialer[0]));

  for (std::size_t i = 0; i < 2; ++i) {
    ByteView wire = from_listener[i];
    said.clear();
    BOOST_TEST_REQUIRE(dialer.received(wire, said).ok());
    BOOST_TEST(equal(said, ByteView(from_dialer[i + 1]).first(said.size())));
  }

  BOOST_TEST(dialer.is_complete());
  BOOST_TEST(said.size() == 186u);
}

BOOST_AUTO_TEST_CASE(the_muxer_is_negotiated_inside_the_channel_unless_both_named_one) {
  const auto vectors = support::load_vectors("muxer-by-multistream.json");
  const Bytes proposal = hex(vectors.at("plaintext").at("A>B").at("hex").get<std::string>());
  for (const auto& [ours, theirs] :
       std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>>{
           {{}, {}}, {{"/yamux/1.0.0"}, {}}, {{}, {"/yamux/1.0.0"}}, {{"/a"}, {"/yamux/1.0.0"}}}) {
    Bytes first;
    Bytes nothing;
    Upgrade dialer(setup(Role::Dialer, ours), first);
    Upgrade listener(setup(Role::Listener, theirs), nothing);
    BOOST_TEST(complete(dialer, listener, first));
  }
  // What the recorded dialer and we say inside the channel is the same.
  Bytes plain;
  append_negotiation_message(plain, kMultistreamHeader);
  append_negotiation_message(plain, kYamuxProtocol);
  BOOST_TEST((plain == proposal));
}

BOOST_AUTO_TEST_CASE(muxer_bytes_behind_the_muxers_negotiation_are_handed_on) {
  Bytes plain;
  append_negotiation_message(plain, kMultistreamHeader);
  append_negotiation_message(plain, kYamuxProtocol);
  append(plain, hex("000200010000000000000000"));

  const auto rest = muxer_bytes_after(plain, {});

  BOOST_TEST((rest == hex("000200010000000000000000")));
}

BOOST_AUTO_TEST_CASE(a_dialer_may_start_the_muxer_that_we_named) {
  const Bytes frame = hex("000200010000000000000000");

  BOOST_TEST((muxer_bytes_after(frame, {"/yamux/1.0.0"}) == frame));
  BOOST_TEST((muxer_bytes_after(frame, {}) == std::nullopt));  // we named none: this is garbage
}

BOOST_AUTO_TEST_CASE(garbage_at_each_layer_is_refused_by_name) {
  BOOST_TEST((cause_of(as_bytes("GET / HTTP/1.1\r\n\r\n" + std::string(100, 'x'))).reason ==
              CloseReason::NegotiationInvalid));
  BOOST_TEST((cause_of(hex("00")).reason == CloseReason::NegotiationInvalid));
  BOOST_TEST((cause_of(after_negotiation("0000")).reason == CloseReason::HandshakeFailed));
  BOOST_TEST((cause_of(after_negotiation("001f" + std::string(62, '9'))).reason ==
              CloseReason::HandshakeFailed));
  BOOST_TEST((cause_of(after_negotiation("0020" + std::string(64, '0'))).reason ==
              CloseReason::HandshakeFailed));
}

BOOST_AUTO_TEST_CASE(a_handshake_message_is_refused_by_its_announced_length) {
  const CloseCause cause = cause_of(after_negotiation("1001 00"));

  BOOST_TEST((cause.reason == CloseReason::HandshakeFailed));
  BOOST_TEST(cause.detail == describe(NoiseError::MessageTooLong));
}

BOOST_AUTO_TEST_CASE(a_listener_that_speaks_no_noise_is_left_by_name) {
  Bytes said;
  Upgrade dialer(setup(Role::Dialer), said);
  Bytes answer;
  append_negotiation_message(answer, kMultistreamHeader);
  append_negotiation_message(answer, "na");
  ByteView wire = answer;

  const auto step = dialer.received(wire, said);

  BOOST_TEST_REQUIRE(!step);
  BOOST_TEST((step.error().reason == CloseReason::SecurityRefused));
}

BOOST_AUTO_TEST_CASE(the_upgrade_completes_whatever_way_the_bytes_are_split) {
  support::Random random;
  for (int round = 0; round < 20; ++round) {
    Bytes first;
    Bytes nothing;
    Upgrade dialer(setup(Role::Dialer, {}), first);
    Upgrade listener(setup(Role::Listener, {}), nothing);
    Bytes to_listener = first;
    Bytes to_dialer;
    const auto feed = [&random](Upgrade& end, Bytes& wire, Bytes& answer) {
      const std::size_t size = std::min<std::size_t>(wire.size(), 1 + random.below(100));
      ByteView piece = ByteView(wire).first(size);
      const bool fine = end.received(piece, answer).ok() && piece.empty();
      wire.erase(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
      return fine;
    };
    while (!to_listener.empty() || !to_dialer.empty()) {
      BOOST_TEST_REQUIRE(feed(listener, to_listener, to_dialer));
      BOOST_TEST_REQUIRE(feed(dialer, to_dialer, to_listener));
    }
    BOOST_TEST(dialer.is_complete());
    BOOST_TEST(listener.is_complete());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
