#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/network/connection.hpp"
#include "tests/protocol/network/peers.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using connection_event::Data;
using connection_event::Identified;
using connection_event::Ponged;
using connection_event::ProtocolRefused;
using connection_event::StreamFinished;
using connection_event::StreamOpened;
using connection_event::StreamReset;
using support::hex;
using testing::End;
using testing::kStart;
using testing::Pair;
using testing::setup;
using testing::Speaker;

PingPayload payload() {
  PingPayload bytes{};
  bytes.fill(0xc0);
  return bytes;
}

/// A pair whose windows are a few bytes wide, so that every stream waits all the time.
Pair narrow_pair(std::uint32_t window_bytes) {
  ConnectionSetup dialer = setup(Role::Dialer);
  ConnectionSetup listener = setup(Role::Listener);
  for (auto* one : {&dialer, &listener}) {
    one->limits.muxer.window_bytes = window_bytes;
    one->limits.muxer.initial_window_bytes = window_bytes;
    one->limits.muxer.pings_per_second_max = UINT32_MAX;
  }
  return Pair(std::move(dialer), std::move(listener));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_streams_test)

BOOST_AUTO_TEST_CASE(both_sides_identify_each_other_when_the_connection_opens) {
  ConnectionSetup dialer = setup(Role::Dialer);
  dialer.identity.listen_addresses = {Multiaddr::parse("/ip4/127.0.0.1/tcp/4001").value()};
  dialer.remote_address = Multiaddr::parse("/ip4/127.0.0.1/tcp/4002").value();
  Pair pair(std::move(dialer), setup(Role::Listener));
  pair.run();

  const auto heard = pair.listener.first<Identified>();
  BOOST_TEST_REQUIRE(heard.has_value());
  const Identification& said = heard->identification;
  BOOST_TEST((said.public_key == testing::node_key(1).public_key()));
  BOOST_TEST(said.agent_version == "dialer");
  BOOST_TEST(said.listen_addresses.at(0).text() == "/ip4/127.0.0.1/tcp/4001");
  BOOST_TEST(said.observed_address->text() == "/ip4/127.0.0.1/tcp/4002");
  BOOST_TEST((said.protocols ==
              std::vector<std::string>{
                  "/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0", "/ipfs/ping/1.0.0", "/echo/1.0.0"}));
  BOOST_TEST(pair.dialer.first<Identified>()->identification.agent_version == "listener");
}

BOOST_AUTO_TEST_CASE(a_push_tells_what_is_new) {
  Pair pair;
  pair.run();
  OwnIdentity identity{.protocol_version = "ipfs/0.1.0",
                       .agent_version = "newer",
                       .listen_addresses = {Multiaddr::parse("/ip4/10.0.0.1/tcp/1").value()}};

  BOOST_TEST(pair.dialer.connection.push_identity(identity, kStart).ok());
  pair.run();

  BOOST_TEST(pair.listener.count<Identified>() == 2u);
  const auto& last = std::get<Identified>(pair.listener.events.back()).identification;
  BOOST_TEST(last.agent_version == "newer");
  BOOST_TEST(last.listen_addresses.at(0).text() == "/ip4/10.0.0.1/tcp/1");
}

BOOST_AUTO_TEST_CASE(a_ping_is_answered_with_its_round_trip_time) {
  Pair pair;
  pair.run();
  for (int round = 0; round < 5; ++round) {
    BOOST_TEST(pair.dialer.connection.ping(payload(), pair.now).ok());
    BOOST_TEST((pair.dialer.connection.ping(payload(), pair.now).error() == OpenError::Busy));
    pair.run();
    BOOST_TEST(pair.dialer.count<Ponged>() == static_cast<std::size_t>(round + 1));
  }
  BOOST_TEST(pair.listener.count<Data>() == 0u);
}

BOOST_AUTO_TEST_CASE(a_ping_that_is_not_answered_may_be_asked_again_later) {
  Pair pair;
  pair.run();
  BOOST_TEST(pair.dialer.connection.ping(payload(), kStart).ok());
  pair.dialer.connection.tick(kStart + kStreamNegotiationTimeout);
  pair.dialer.collect();

  BOOST_TEST(pair.dialer.connection.ping(payload(), kStart + kStreamNegotiationTimeout).ok());
  pair.run();
  BOOST_TEST(pair.dialer.count<Ponged>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_pings_faster_than_it_reads_has_to_wait) {
  End listener(setup(Role::Listener));
  Speaker speaker(listener);
  (void)speaker.hear();
  speaker.say(
      "000000010000000100000026"
      "132f6d756c746973747265616d2f312e302e300a 112f697066732f70696e672f312e302e300a");
  (void)speaker.hear();
  const std::size_t window = kStreamWindowBytes - 38;
  const std::size_t pings = window - window % kPingBytes;
  Bytes frame;
  append_header(frame, {.stream = 1, .length = static_cast<std::uint32_t>(pings)});
  append(frame, Bytes(pings, 7));

  speaker.say(to_hex(frame));

  BOOST_TEST(listener.connection.buffered_bytes() <= 2 * kStreamWindowBytes);
  std::size_t echoed = 0;
  for (Bytes said = speaker.hear(); !said.empty(); said = speaker.hear())
    echoed += said.size();
  BOOST_TEST(echoed > kStreamWindowBytes - 100);
  BOOST_TEST(listener.connection.is_ready());
}

BOOST_AUTO_TEST_CASE(a_stream_carries_data_both_ways_and_half_closes) {
  Pair pair;
  pair.run();
  const StreamNumber stream = *pair.dialer.connection.open("/echo/1.0.0", kStart);
  BOOST_TEST(pair.dialer.connection.send(stream, as_bytes("hello")));  // before it is agreed on
  BOOST_TEST(pair.dialer.connection.queued_bytes(stream) > 5u);
  pair.dialer.connection.finish(stream);
  BOOST_TEST(!pair.dialer.connection.send(stream, as_bytes("late")));
  pair.run();

  const auto opened = pair.listener.first<StreamOpened>();
  BOOST_TEST_REQUIRE(opened.has_value());
  BOOST_TEST(opened->protocol == "/echo/1.0.0");
  BOOST_TEST((opened->direction == Direction::Inbound));
  BOOST_TEST((pair.dialer.first<StreamOpened>()->direction == Direction::Outbound));
  BOOST_TEST((as_text(pair.listener.data(opened->stream)) == "hello"));
  BOOST_TEST(pair.listener.count<StreamFinished>() == 1u);
  BOOST_TEST(pair.listener.connection.send(opened->stream, as_bytes("bye")));
  pair.listener.connection.finish(opened->stream);
  pair.listener.connection.consumed(opened->stream, 5);
  pair.run();
  BOOST_TEST((as_text(pair.dialer.data(stream)) == "bye"));
  pair.dialer.connection.consumed(stream, 3);
  BOOST_TEST(!pair.dialer.connection.send(stream, as_bytes("x")));
  BOOST_TEST(pair.dialer.connection.buffered_bytes() == 0u);
  BOOST_TEST(pair.listener.connection.buffered_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_protocol_that_the_peer_does_not_speak_is_refused) {
  Pair pair;
  pair.run();
  const StreamNumber stream = *pair.dialer.connection.open("/nope/1.0.0", kStart);
  pair.dialer.connection.send(stream, as_bytes("lost"));
  pair.run();

  const auto refused = pair.dialer.first<ProtocolRefused>();
  BOOST_TEST_REQUIRE(refused.has_value());
  BOOST_TEST((refused->stream == stream));
  BOOST_TEST(refused->protocol == "/nope/1.0.0");
  BOOST_TEST(pair.dialer.count<StreamReset>() == 0u);
  BOOST_TEST(pair.listener.count<StreamOpened>() == 0u);
  BOOST_TEST(pair.dialer.connection.buffered_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_reset_reaches_the_other_side_and_nothing_is_left) {
  Pair pair;
  pair.run();
  const StreamNumber stream = pair.open_stream();
  pair.dialer.connection.send(stream, as_bytes("abc"));
  pair.run();
  pair.dialer.connection.reset(stream);
  pair.run();

  BOOST_TEST(pair.listener.count<StreamReset>() == 1u);
  BOOST_TEST(pair.listener.connection.buffered_bytes() == 0u);
  BOOST_TEST(!pair.listener.connection.send(stream, as_bytes("x")));
  pair.listener.connection.consumed(stream, 3);  // too late, and harmless
  pair.listener.connection.reset(stream);
  pair.listener.connection.finish(stream);
}

BOOST_AUTO_TEST_CASE(three_hundred_streams_at_once_all_open_and_carry) {
  Pair pair;
  pair.run();
  std::vector<StreamNumber> streams;
  while (streams.size() < 300) {
    const auto stream = pair.dialer.connection.open("/echo/1.0.0", kStart);
    if (!stream) {
      BOOST_TEST((stream.error() == OpenError::TooManyStreams));
      pair.run();
      continue;
    }
    pair.dialer.connection.send(*stream, as_bytes(std::to_string(stream->number)));
    streams.push_back(*stream);
  }
  pair.run();

  BOOST_TEST(pair.listener.count<StreamOpened>() == 300u);
  for (const StreamNumber stream : streams)
    BOOST_TEST((as_text(pair.listener.data(stream)) == std::to_string(stream.number)));
}

BOOST_AUTO_TEST_CASE(bulk_flows_only_as_fast_as_the_other_side_consumes) {
  Pair pair;
  pair.run();
  const StreamNumber stream = pair.open_stream();
  const std::size_t negotiation = 33;  // the header and the proposal took their part of the window
  const Bytes sent = support::Random().bytes(600'000);
  pair.dialer.connection.send(stream, sent);
  pair.run();
  BOOST_TEST(pair.listener.data(stream).size() == kStreamWindowBytes - negotiation);
  BOOST_TEST(pair.dialer.connection.queued_bytes(stream) ==
             sent.size() - kStreamWindowBytes + negotiation);

  std::size_t consumed = 0;
  while (consumed < sent.size()) {
    const std::size_t arrived = pair.listener.data(stream).size();
    BOOST_TEST_REQUIRE(arrived > consumed);
    BOOST_TEST(arrived <= consumed + kStreamWindowBytes);
    pair.listener.connection.consumed(stream, arrived - consumed);
    consumed = arrived;
    pair.run();
  }

  BOOST_TEST((pair.listener.data(stream) == sent));
  BOOST_TEST(pair.listener.connection.buffered_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_never_agrees_on_a_protocol_is_reset_in_time) {
  Pair pair;
  pair.run();
  const StreamNumber stream = *pair.dialer.connection.open("/echo/1.0.0", kStart);
  const auto deadline = pair.dialer.connection.next_deadline();
  BOOST_TEST((deadline == kStart + kStreamNegotiationTimeout));

  pair.dialer.connection.tick(*deadline);
  pair.dialer.collect();

  BOOST_TEST((pair.dialer.first<StreamReset>()->stream == stream));
  pair.now = *deadline;
  pair.run();
  BOOST_TEST(pair.listener.count<StreamOpened>() == pair.listener.count<StreamReset>());
}

BOOST_AUTO_TEST_CASE(own_protocols_cannot_exhaust_a_connection) {
  ConnectionSetup dialer = setup(Role::Dialer);
  dialer.limits.muxer.outbound_max = 3;
  Pair pair(std::move(dialer), setup(Role::Listener));
  pair.run();
  for (int i = 0; i < 50; ++i) {
    BOOST_TEST(pair.dialer.connection.ping(payload(), kStart).ok());
    BOOST_TEST(pair.dialer.connection.push_identity({}, kStart).ok());
    pair.run();
  }
  BOOST_TEST(pair.listener.connection.buffered_bytes() == 0u);
}

// Data right behind the proposal is legal (lazy negotiation), and so is closing right behind that.
BOOST_AUTO_TEST_CASE(data_and_fin_behind_a_lazy_proposal_reach_the_protocol) {
  End listener(setup(Role::Listener));
  Speaker speaker(listener);
  (void)speaker.hear();

  speaker.say(
      "000000050000000100000025"
      "132f6d756c746973747265616d2f312e302e300a 0c2f6563686f2f312e302e300a 6c617a79");

  const auto opened = listener.first<StreamOpened>();
  BOOST_TEST_REQUIRE(opened.has_value());
  BOOST_TEST((as_text(listener.data(opened->stream)) == "lazy"));
  BOOST_TEST(listener.count<StreamFinished>() == 1u);
  BOOST_TEST((speaker.hear() == hex("000000020000000100000021"
                                    "132f6d756c746973747265616d2f312e302e300a"
                                    "0c2f6563686f2f312e302e300a")));
}

BOOST_AUTO_TEST_CASE(a_stream_that_ends_before_it_agrees_on_a_protocol_is_reset) {
  End listener(setup(Role::Listener));
  Speaker speaker(listener);
  (void)speaker.hear();

  speaker.say("000000050000000100000014 132f6d756c746973747265616d2f312e302e300a");

  BOOST_TEST(listener.connection.is_ready());
  BOOST_TEST((speaker.hear() == hex("000100080000000100000000")));
}

BOOST_AUTO_TEST_CASE(garbage_on_a_stream_resets_that_stream_only) {
  for (const char* garbage : {"00", "ffff", "03616161"}) {
    End listener(setup(Role::Listener));
    Speaker speaker(listener);
    (void)speaker.hear();
    const std::size_t size = hex(garbage).size();

    speaker.say("00000001000000010000000" + std::to_string(size) + garbage);

    BOOST_TEST(listener.connection.is_ready(), garbage);
    BOOST_TEST((speaker.hear() == hex("000100080000000100000000")), garbage);
    BOOST_TEST(listener.connection.buffered_bytes() == 0u, garbage);
  }
}

BOOST_AUTO_TEST_CASE(garbage_instead_of_an_identify_push_is_not_believed) {
  for (const char* message : {"ff7f", "03 0a0111", "00", "24 0a"}) {
    End listener(setup(Role::Listener));
    Speaker speaker(listener);
    Bytes body =
        hex("132f6d756c746973747265616d2f312e302e300a"
            "142f697066732f69642f707573682f312e302e300a");
    append(body, hex(message));
    Bytes frame;
    append_header(frame,
                  {.type = YamuxType::Data,
                   .flags = yamux_flag::kSyn | yamux_flag::kFin,
                   .stream = 1,
                   .length = static_cast<std::uint32_t>(body.size())});
    append(frame, body);

    speaker.say(to_hex(frame));

    BOOST_TEST(listener.connection.is_ready(), message);
    // An empty message is one that changes nothing; all others are no messages.
    BOOST_TEST(listener.count<Identified>() == (std::string_view(message) == "00" ? 1u : 0u),
               message);
  }
}

BOOST_AUTO_TEST_CASE(more_ping_streams_than_two_are_reset) {
  End listener(setup(Role::Listener));
  Speaker speaker(listener);
  (void)speaker.hear();
  const std::string proposal =
      "132f6d756c746973747265616d2f312e302e300a 112f697066732f70696e672f312e302e300a";
  for (const char* number : {"01", "03", "05"})
    speaker.say("00000001000000" + std::string(number) + "00000026" + proposal);

  const Bytes said = speaker.hear();

  BOOST_TEST(to_hex(said).find("000100080000000500000000") != std::string::npos);
  BOOST_TEST(to_hex(said).find("000100080000000300000000") == std::string::npos);
}

// Streams of random data in both directions under windows of a few bytes, the wire split and joined
// at random places, streams opened, finished and reset at random moments.
BOOST_AUTO_TEST_CASE(random_streams_over_a_random_wire_arrive_whole_and_in_order) {
  support::Random random;
  Pair pair = narrow_pair(static_cast<std::uint32_t>(64 + random.below(200)));
  std::map<StreamNumber, Bytes> sent;
  std::map<StreamNumber, std::size_t> consumed;
  Bytes to_listener;
  Bytes to_dialer;

  const auto carry = [&](Bytes& wire, End& to) {
    const std::size_t size = std::min<std::size_t>(wire.size(), random.below(300));
    to.connection.received(ByteView(wire).first(size), kStart);
    wire.erase(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
    to.collect();
  };
  const auto consume_all = [&] {
    for (const auto& [stream, bytes] : sent) {
      const std::size_t arrived = pair.listener.data(stream).size();
      const std::size_t some = random.below(arrived - consumed[stream] + 1);
      pair.listener.connection.consumed(stream, some);
      consumed[stream] += some;
    }
  };
  for (int step = 0; step < 4000; ++step) {
    pair.dialer.connection.drain(to_listener, random.below(400));
    pair.listener.connection.drain(to_dialer, random.below(400));
    carry(to_listener, pair.listener);
    carry(to_dialer, pair.dialer);
    if (step % 10 == 0) consume_all();
    if (!pair.dialer.connection.is_ready() || step > 3000) continue;
    if (sent.size() < 20 && random.below(20) == 0) {
      const auto stream = pair.dialer.connection.open("/echo/1.0.0", kStart);
      if (stream) sent[*stream];
    }
    if (sent.empty()) continue;
    auto target = sent.begin();
    std::advance(target, static_cast<std::ptrdiff_t>(random.below(sent.size())));
    const Bytes piece = random.bytes(random.below(100));
    if (pair.dialer.connection.send(target->first, piece)) append(target->second, piece);
  }
  for (int step = 0; step < 100'000; ++step) {
    pair.dialer.connection.drain(to_listener);
    pair.listener.connection.drain(to_dialer);
    if (to_listener.empty() && to_dialer.empty() && pair.dialer.connection.buffered_bytes() == 0)
      break;
    carry(to_listener, pair.listener);
    carry(to_dialer, pair.dialer);
    consume_all();
  }

  BOOST_TEST(!sent.empty());
  BOOST_TEST(pair.listener.connection.is_ready());
  for (const auto& [stream, bytes] : sent)
    BOOST_TEST((pair.listener.data(stream) == bytes), stream.number);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
