#include "protocol/network/connection.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/protocol/network/peers.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using connection_event::Closed;
using connection_event::Identified;
using connection_event::Ponged;
using connection_event::Ready;
using connection_event::Secured;
using support::hex;
using testing::End;
using testing::kStart;
using testing::Pair;
using testing::setup;
using testing::Speaker;

nlohmann::json transcript() {
  return support::load_vectors("connection-transcript.json");
}

CloseReason reason_after(std::string_view frames) {
  End listener(setup(Role::Listener));
  Speaker speaker(listener);
  speaker.say(frames);
  BOOST_TEST_REQUIRE(listener.close_reason().has_value());
  return *listener.close_reason();
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += text;
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_test)

BOOST_AUTO_TEST_CASE(two_connections_secure_each_other_and_are_ready) {
  Pair pair;
  pair.run();

  BOOST_TEST(pair.dialer.connection.is_ready());
  BOOST_TEST(pair.listener.connection.is_ready());
  const auto of_listener = PeerId::from_public_key(testing::node_key(2).public_key());
  BOOST_TEST((pair.dialer.first<Secured>()->peer == of_listener));
  BOOST_TEST((pair.dialer.connection.peer() == of_listener));
  BOOST_TEST(pair.listener.count<Ready>() == 1u);
  BOOST_TEST((std::holds_alternative<Secured>(pair.listener.events.at(0))));
  BOOST_TEST((std::holds_alternative<Ready>(pair.listener.events.at(1))));
}

BOOST_AUTO_TEST_CASE(two_connections_without_early_muxers_are_ready_too) {
  for (const bool dialer_early : {false, true}) {
    for (const bool listener_early : {false, true}) {
      ConnectionSetup dialer = setup(Role::Dialer);
      ConnectionSetup listener = setup(Role::Listener);
      dialer.early_muxer = dialer_early;
      listener.early_muxer = listener_early;
      Pair pair(std::move(dialer), std::move(listener));
      pair.run();
      BOOST_TEST(pair.dialer.connection.is_ready());
      BOOST_TEST(pair.listener.connection.is_ready());
      BOOST_TEST(pair.dialer.count<Identified>() == 1u);
    }
  }
}

// The recorded dialer (js-libp2p) against our listener with the recorded listener's keys.
BOOST_AUTO_TEST_CASE(a_listener_takes_part_in_the_recorded_connection) {
  const auto data = transcript();
  End listener(setup(Role::Listener));
  for (const auto& piece : data.at("raw")) {
    if (piece.at("dir") != "A>B" || !piece.contains("hex")) continue;
    listener.connection.received(hex(piece.at("hex").get<std::string>()), kStart);
    listener.collect();
  }

  BOOST_TEST((listener.first<Secured>()->peer ==
              PeerId::from_public_key(testing::node_key(1).public_key())));
  BOOST_TEST_REQUIRE(listener.first<Identified>().has_value());
  BOOST_TEST(listener.first<Identified>()->identification.agent_version == "js-peer/1.0.0");
  BOOST_TEST((listener.close_reason() == CloseReason::ClosedByPeer));
  BOOST_TEST(listener.connection.is_closed());
}

// The recorded listener (js-libp2p) against our dialer with the recorded dialer's keys.
BOOST_AUTO_TEST_CASE(a_dialer_takes_part_in_the_recorded_connection) {
  const auto data = transcript();
  const auto ping = support::load_vectors("ping-live.json");
  PingPayload payload{};
  std::ranges::copy(hex(ping.at("A>B").at("data").get<std::string>()), payload.begin());
  End dialer(setup(Role::Dialer));
  for (const auto& piece : data.at("raw")) {
    if (piece.at("dir") != "B>A" || !piece.contains("hex")) continue;
    if (dialer.connection.is_ready()) (void)dialer.connection.ping(payload, kStart);
    dialer.connection.received(hex(piece.at("hex").get<std::string>()), kStart);
    dialer.collect();
  }

  BOOST_TEST(dialer.first<Identified>()->identification.agent_version == "js-peer/1.0.0");
  BOOST_TEST(dialer.count<Ponged>() == 1u);
  BOOST_TEST(dialer.connection.is_ready());
}

BOOST_AUTO_TEST_CASE(the_wrong_peer_is_refused_by_the_dialer) {
  ConnectionSetup dialer = setup(Role::Dialer);
  dialer.expected_peer = PeerId::from_public_key(testing::node_key(9).public_key());
  Pair pair(std::move(dialer), setup(Role::Listener));
  pair.run();

  BOOST_TEST((pair.dialer.close_reason() == CloseReason::PeerUnexpected));
  BOOST_TEST(pair.dialer.count<Secured>() == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_to_ourselves_is_refused) {
  ConnectionSetup listener = setup(Role::Listener);
  listener.node_key = testing::node_key(1);
  Pair pair(setup(Role::Dialer), std::move(listener));
  pair.run();

  BOOST_TEST((pair.dialer.close_reason() == CloseReason::PeerIsOurselves));
}

BOOST_AUTO_TEST_CASE(a_stranger_may_be_shown_the_door_once_it_is_known) {
  Pair pair;
  while (pair.listener.count<Secured>() == 0) {
    pair.carry(pair.dialer, pair.listener);
    pair.carry(pair.listener, pair.dialer);
  }
  pair.listener.connection.close();
  pair.run();

  BOOST_TEST((pair.listener.close_reason() == CloseReason::ClosedByUs));
  BOOST_TEST((pair.dialer.close_reason() == CloseReason::ClosedByPeer));
}

BOOST_AUTO_TEST_CASE(garbage_at_each_layer_closes_the_connection_by_name) {
  End raw(setup(Role::Listener));
  raw.connection.received(as_bytes("GET / HTTP/1.1\r\n\r\n"), kStart);
  raw.collect();
  BOOST_TEST((raw.close_reason() == std::nullopt));  // 71 bytes are still announced
  raw.connection.received(Bytes(71, 'x'), kStart);
  raw.collect();
  BOOST_TEST((raw.close_reason() == CloseReason::NegotiationInvalid));

  End tampered(setup(Role::Listener));
  Speaker speaker(tampered);
  tampered.connection.received(hex("0010 00000000000000000000000000000000"), kStart);
  tampered.collect();
  BOOST_TEST((tampered.close_reason() == CloseReason::CipherBroken));

  End tiny(setup(Role::Listener));
  Speaker other(tiny);
  tiny.connection.received(hex("000f 000000000000000000000000000000"), kStart);
  tiny.collect();
  BOOST_TEST((tiny.close_reason() == CloseReason::CipherBroken));
}

BOOST_AUTO_TEST_CASE(violations_of_the_muxer_close_the_connection_by_name) {
  BOOST_TEST((reason_after("010000000000000100000000") == CloseReason::MuxerInvalid));
  BOOST_TEST(
      (reason_after("132f6d756c746973747265616d2f312e302e300a") == CloseReason::MuxerInvalid));
  BOOST_TEST((reason_after("000100010000000200000000") == CloseReason::MuxerInvalid));
  BOOST_TEST((reason_after("0000000100000001ffffffff") == CloseReason::MuxerInvalid));
  BOOST_TEST((reason_after(repeated("000200010000000000000001", 101)) == CloseReason::Flood));
  BOOST_TEST((reason_after("000300000000000000000000") == CloseReason::ClosedByPeer));
  BOOST_TEST((reason_after("000300000000000000000002") == CloseReason::PeerFailed));
}

BOOST_AUTO_TEST_CASE(a_violation_is_answered_with_go_away_and_nothing_else_afterwards) {
  End listener(setup(Role::Listener));
  Speaker speaker(listener);
  (void)speaker.hear();
  speaker.say("010000000000000100000000");

  BOOST_TEST((speaker.hear() == hex("000300000000000000000001")));
  speaker.say("000200010000000000000001");
  BOOST_TEST(speaker.hear().empty());
  BOOST_TEST(listener.count<Closed>() == 1u);
  BOOST_TEST((listener.connection.open("/echo/1.0.0", kStart).error() == OpenError::NotReady));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_socket_is_told_apart_by_where_it_comes) {
  const auto reason = [](End& end) {
    end.connection.disconnected();
    end.collect();
    return end.close_reason();
  };
  End fresh(setup(Role::Listener));
  BOOST_TEST((reason(fresh) == CloseReason::Truncated));

  End between(setup(Role::Listener));
  Speaker first(between);
  BOOST_TEST((reason(between) == CloseReason::ClosedByPeer));

  End inside_noise(setup(Role::Listener));
  Speaker second(inside_noise);
  inside_noise.connection.received(hex("00"), kStart);
  BOOST_TEST((reason(inside_noise) == CloseReason::Truncated));

  End inside_yamux(setup(Role::Listener));
  Speaker third(inside_yamux);
  third.say("0001");
  BOOST_TEST((reason(inside_yamux) == CloseReason::Truncated));
}

BOOST_AUTO_TEST_CASE(an_upgrade_that_takes_too_long_is_given_up) {
  End listener(setup(Role::Listener));
  BOOST_TEST((listener.connection.next_deadline() == kStart + kUpgradeTimeout));
  listener.connection.tick(kStart + (kUpgradeTimeout - Duration(1)));
  BOOST_TEST(!listener.connection.is_closed());

  listener.connection.tick(kStart + kUpgradeTimeout);
  listener.collect();

  BOOST_TEST((listener.close_reason() == CloseReason::UpgradeTimeout));
  BOOST_TEST(!listener.connection.next_deadline());
}

BOOST_AUTO_TEST_CASE(a_stranger_cannot_make_us_hold_more_than_a_little) {
  End listener(setup(Role::Listener));
  Bytes wire = hex("132f6d756c746973747265616d2f312e302e300a072f6e6f6973650a");
  append(wire, hex("0fff"));
  append(wire, Bytes(4000, 1));
  for (const std::uint8_t byte : wire)
    listener.connection.received({&byte, 1}, kStart);

  BOOST_TEST(listener.connection.buffered_bytes() <= kUnauthenticatedBytesMax);
}

BOOST_AUTO_TEST_CASE(keep_alive_measures_the_round_trip_and_repeats) {
  Pair pair;
  pair.carry(pair.dialer, pair.listener);
  pair.now = kStart + std::chrono::milliseconds(3);
  pair.run();
  BOOST_TEST_REQUIRE(pair.dialer.connection.round_trip().has_value());
  BOOST_TEST((*pair.dialer.connection.round_trip() <= std::chrono::milliseconds(3)));

  const StreamNumber stream = pair.open_stream();
  pair.now = *pair.dialer.connection.next_deadline();
  BOOST_TEST((pair.now >= kStart + kKeepAliveInterval));
  pair.dialer.connection.tick(pair.now);
  pair.run();

  BOOST_TEST(pair.dialer.connection.is_ready());
  BOOST_TEST((pair.dialer.connection.next_deadline() == pair.now + kKeepAliveInterval));
  BOOST_TEST(pair.dialer.connection.send(stream, hex("00")));
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_answer_is_given_up) {
  Pair pair;
  pair.run();
  (void)pair.open_stream();
  pair.now = pair.now + kKeepAliveInterval;
  pair.dialer.connection.tick(pair.now);
  pair.dialer.connection.tick(pair.now + (kKeepAliveTimeout - Duration(1)));
  BOOST_TEST(!pair.dialer.connection.is_closed());

  pair.dialer.connection.tick(pair.now + kKeepAliveTimeout);
  pair.dialer.collect();

  BOOST_TEST((pair.dialer.close_reason() == CloseReason::KeepAliveTimeout));
}

BOOST_AUTO_TEST_CASE(a_connection_without_streams_of_the_application_ends_as_idle) {
  Pair pair;
  pair.run();
  const auto pass = [&pair](Instant until) {
    while (!pair.dialer.connection.is_closed() &&
           *pair.dialer.connection.next_deadline() <= until) {
      pair.now = *pair.dialer.connection.next_deadline();
      pair.dialer.connection.tick(pair.now);
      pair.run();
    }
  };
  const StreamNumber stream = pair.open_stream();
  pass(kStart + 2 * kConnectionIdleTimeout);
  BOOST_TEST(!pair.dialer.connection.is_closed());

  pair.dialer.connection.reset(stream);
  pass(pair.now + 2 * kConnectionIdleTimeout);

  BOOST_TEST((pair.dialer.close_reason() == CloseReason::Idle));
  BOOST_TEST((pair.listener.close_reason() == CloseReason::ClosedByPeer));
}

BOOST_AUTO_TEST_CASE(close_sends_what_the_window_allows_before_it_says_go_away) {
  Pair pair;
  pair.run();
  const StreamNumber stream = pair.open_stream();
  pair.dialer.connection.send(stream, Bytes(1000, 7));

  pair.dialer.connection.close();
  pair.run();

  BOOST_TEST(pair.listener.data(stream).size() == 1000u);
  BOOST_TEST((pair.dialer.close_reason() == CloseReason::ClosedByUs));
  BOOST_TEST((pair.listener.close_reason() == CloseReason::ClosedByPeer));
}

BOOST_AUTO_TEST_CASE(small_frames_share_one_noise_message_per_drain) {
  Pair pair;
  pair.run();
  const StreamNumber stream = pair.open_stream();
  for (int i = 0; i < 10; ++i)
    pair.dialer.connection.send(stream, Bytes(200, 1));
  const StreamNumber other = *pair.dialer.connection.open("/echo/1.0.0", kStart);
  pair.dialer.connection.reset(other);

  Bytes wire;
  pair.dialer.connection.drain(wire);

  const std::size_t announced = static_cast<std::size_t>(wire[0]) << 8 | wire[1];
  BOOST_TEST(wire.size() == announced + 2);
  BOOST_TEST(wire.size() > 2000u);
}

BOOST_AUTO_TEST_CASE(every_byte_of_the_wire_changed_closes_the_connection_or_does_no_harm) {
  support::Random random;
  for (int round = 0; round < 60; ++round) {
    Pair pair;
    const std::uint64_t victim = random.below(900);
    std::uint64_t seen = 0;
    for (int step = 0; step < 12; ++step) {
      Bytes wire;
      pair.dialer.connection.drain(wire);
      if (victim >= seen && victim < seen + wire.size())
        wire[victim - seen] ^= static_cast<std::uint8_t>(1 + random.below(255));
      seen += wire.size();
      pair.listener.connection.received(wire, kStart);
      pair.carry(pair.listener, pair.dialer);
    }
    pair.listener.collect();
    BOOST_TEST((!pair.listener.connection.is_ready() || seen <= victim));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
