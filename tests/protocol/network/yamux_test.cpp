#include "protocol/network/yamux.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;
using yamux_flag::kAck;
using yamux_flag::kFin;
using yamux_flag::kRst;
using yamux_flag::kSyn;

constexpr Instant kStart{std::chrono::seconds(100)};
constexpr StreamNumber kOne{1};
constexpr StreamNumber kTwo{2};

Bytes frame(const YamuxHeader& header, ByteView body = {}) {
  Bytes bytes;
  append_header(bytes, header);
  append(bytes, body);
  return bytes;
}

Bytes data(std::uint32_t stream, ByteView body, std::uint16_t flags = 0) {
  const auto length = static_cast<std::uint32_t>(body.size());
  return frame({.type = YamuxType::Data, .flags = flags, .stream = stream, .length = length}, body);
}

Bytes update(std::uint32_t stream, std::uint16_t flags, std::uint32_t delta = 0) {
  return frame(
      {.type = YamuxType::WindowUpdate, .flags = flags, .stream = stream, .length = delta});
}

Bytes ping(std::uint16_t flags, std::uint32_t opaque) {
  return frame({.type = YamuxType::Ping, .flags = flags, .length = opaque});
}

Bytes drained(Yamux& muxer, std::size_t bytes_max = 1 << 30) {
  Bytes wire;
  muxer.drain(wire, bytes_max);
  return wire;
}

/// The error of these frames at a listener, which must refuse them.
YamuxError error_of(const std::vector<Bytes>& frames, YamuxLimits limits = {}) {
  Yamux muxer(Role::Listener, limits);
  for (const Bytes& one : frames)
    if (const auto step = muxer.received(one, kStart); !step) return step.error();
  BOOST_FAIL("no error");
  return YamuxError::FrameMalformed;
}

bool is_accepted(const std::vector<Bytes>& frames) {
  Yamux muxer(Role::Listener);
  for (const Bytes& one : frames)
    if (!muxer.received(one, kStart)) return false;
  return true;
}

/// The data events of a stream, joined.
Bytes data_of(const std::vector<YamuxEvent>& events, StreamNumber stream) {
  Bytes bytes;
  for (const auto& event : events) {
    const auto* content = std::get_if<yamux_event::Data>(&event);
    if (content != nullptr && content->stream == stream) append(bytes, content->bytes);
  }
  return bytes;
}

template <class Event>
std::size_t count(const std::vector<YamuxEvent>& events) {
  std::size_t number = 0;
  for (const auto& event : events)
    if (std::holds_alternative<Event>(event)) ++number;
  return number;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yamux_test)

BOOST_AUTO_TEST_CASE(streams_are_opened_with_growing_numbers_of_the_sides_parity) {
  Yamux dialer(Role::Dialer);
  Yamux listener(Role::Listener);

  BOOST_TEST(dialer.open()->number == 1u);
  BOOST_TEST(dialer.open()->number == 3u);
  BOOST_TEST(listener.open()->number == 2u);
  BOOST_TEST((drained(dialer) == hex("000100010000000100000000 000100010000000300000000")));
  BOOST_TEST((drained(listener) == hex("000100010000000200000000")));
}

BOOST_AUTO_TEST_CASE(the_first_frame_back_on_a_stream_acknowledges_it) {
  Yamux listener(Role::Listener);
  BOOST_TEST(listener.received(update(1, kSyn), kStart).ok());
  BOOST_TEST(drained(listener).empty());  // a bare SYN needs no answer

  listener.send(kOne, hex("6f6b"));

  BOOST_TEST((drained(listener) == hex("0000000200000001000000026f6b")));
  listener.send(kOne, hex("6f"));
  BOOST_TEST((drained(listener) == hex("0000000000000001000000016f")));
}

BOOST_AUTO_TEST_CASE(syn_may_ride_on_data_with_fin_and_data_comes_first) {
  Yamux listener(Role::Listener);

  BOOST_TEST(listener.received(data(3, hex("6869"), kSyn | kFin), kStart).ok());

  const auto events = listener.take_events();
  BOOST_TEST_REQUIRE(events.size() == 3u);
  BOOST_TEST((std::get<yamux_event::Opened>(events[0]).stream == StreamNumber{3}));
  BOOST_TEST((std::get<yamux_event::Data>(events[1]).bytes == hex("6869")));
  BOOST_TEST((std::get<yamux_event::Finished>(events[2]).stream == StreamNumber{3}));
}

// The B>A frames of a js-libp2p connection, fed to a dialer that did what A did.
BOOST_AUTO_TEST_CASE(the_frames_of_a_live_listener_are_understood_byte_by_byte) {
  const auto live = support::load_vectors("yamux-live.json");
  Yamux dialer(Role::Dialer);
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(dialer.open().ok());
  (void)drained(dialer);
  std::vector<YamuxEvent> events;
  for (const auto& one : live.at("B>A")) {
    Bytes bytes = hex(one.at("header").get<std::string>());
    append(bytes, hex(one.value("payload", "")));
    for (const std::uint8_t byte : bytes)
      BOOST_TEST_REQUIRE(dialer.received({&byte, 1}, kStart).ok());
    for (auto& event : dialer.take_events())
      events.push_back(std::move(event));
  }

  BOOST_TEST((as_text(data_of(events, kOne)) == "\x13/multistream/1.0.0\n\x08/sink/1\n"));
  BOOST_TEST((as_text(data_of(events, StreamNumber{5})).ends_with("/echo/1\nhi")));
  BOOST_TEST((as_text(data_of(events, StreamNumber{7})).ends_with("\x03na\n")));
  BOOST_TEST(count<yamux_event::Finished>(events) == 2u);
  BOOST_TEST(count<yamux_event::Pong>(events) == 3u);
  BOOST_TEST((drained(dialer) == hex("000200020000000000000000"
                                     "000200020000000000000001"
                                     "000200020000000000000002")));
}

BOOST_AUTO_TEST_CASE(a_sender_stops_at_the_window_and_goes_on_as_it_is_updated) {
  Yamux dialer(Role::Dialer);
  const StreamNumber stream = *dialer.open();
  (void)drained(dialer);
  dialer.send(stream, Bytes(kStreamWindowBytes + 100, 1));

  const std::size_t first = drained(dialer).size();

  BOOST_TEST(first == kStreamWindowBytes + 8 * kYamuxHeaderBytes);  // frames of 32 KiB
  BOOST_TEST(dialer.queued_bytes(stream) == 100u);
  BOOST_TEST(drained(dialer).empty());
  BOOST_TEST(dialer.received(update(1, kAck, 60), kStart).ok());
  BOOST_TEST((drained(dialer) == data(1, Bytes(60, 1))));
  BOOST_TEST(dialer.received(update(1, 0, 1000), kStart).ok());
  BOOST_TEST((drained(dialer) == data(1, Bytes(40, 1))));
}

BOOST_AUTO_TEST_CASE(window_is_granted_only_as_the_application_consumes_half_of_it) {
  Yamux listener(Role::Listener);
  BOOST_TEST(listener.received(update(1, kSyn), kStart).ok());
  BOOST_TEST(listener.received(data(1, Bytes(kStreamWindowBytes, 1)), kStart).ok());

  BOOST_TEST(drained(listener).empty());
  listener.consumed(kOne, kStreamWindowBytes / 2 - 1);
  BOOST_TEST(drained(listener).empty());
  listener.consumed(kOne, 1);
  BOOST_TEST((drained(listener) == update(1, kAck, kStreamWindowBytes / 2)));
  BOOST_TEST(listener.unconsumed_bytes() == kStreamWindowBytes / 2);
}

BOOST_AUTO_TEST_CASE(a_larger_window_is_granted_with_the_first_frame) {
  YamuxLimits limits;
  limits.window_bytes = 1024 * 1024;
  Yamux dialer(Role::Dialer, limits);
  Yamux listener(Role::Listener, limits);

  BOOST_TEST(dialer.open().ok());
  BOOST_TEST((drained(dialer) == update(1, kSyn, 768 * 1024)));
  BOOST_TEST(listener.received(update(1, kSyn), kStart).ok());
  BOOST_TEST((drained(listener) == update(1, kAck, 768 * 1024)));
  BOOST_TEST(listener.received(data(1, Bytes(1024 * 1024, 1)), kStart).ok());
}

BOOST_AUTO_TEST_CASE(data_beyond_the_window_ends_the_connection) {
  BOOST_TEST(
      (error_of({update(1, kSyn), data(1, Bytes(kStreamWindowBytes, 1)), data(1, hex("00"))}) ==
       YamuxError::WindowExceeded));
  BOOST_TEST((error_of({frame({.type = YamuxType::Data,
                               .flags = kSyn,
                               .stream = 1,
                               .length = kStreamWindowBytes + 1})}) == YamuxError::WindowExceeded));
}

BOOST_AUTO_TEST_CASE(window_updates_beyond_32_bits_end_the_connection) {
  BOOST_TEST((error_of({update(1, kSyn), update(1, 0, UINT32_MAX)}) == YamuxError::WindowOverflow));
  BOOST_TEST(is_accepted({update(1, kSyn), update(1, 0, UINT32_MAX - kStreamWindowBytes)}));
}

BOOST_AUTO_TEST_CASE(a_half_closed_stream_still_carries_the_other_direction) {
  Yamux listener(Role::Listener);
  BOOST_TEST(listener.received(data(1, hex("6869"), kSyn), kStart).ok());
  BOOST_TEST(listener.received(update(1, kFin), kStart).ok());
  listener.consumed(kOne, 2);
  BOOST_TEST(listener.is_live(kOne));

  listener.send(kOne, hex("6f6b"));
  listener.finish(kOne);

  BOOST_TEST((drained(listener) == hex("0000000200000001000000026f6b 000100040000000100000000")));
  BOOST_TEST(!listener.is_live(kOne));
  BOOST_TEST(count<yamux_event::Ended>(listener.take_events()) == 1u);
  BOOST_TEST(listener.received(update(1, 0, 2), kStart).ok());  // a late window update
}

BOOST_AUTO_TEST_CASE(fin_waits_for_the_data_before_it) {
  Yamux dialer(Role::Dialer);
  const StreamNumber stream = *dialer.open();
  dialer.send(stream, Bytes(kStreamWindowBytes + 1, 1));
  dialer.finish(stream);
  BOOST_TEST(!dialer.send(stream, hex("00")));
  (void)drained(dialer);

  BOOST_TEST(dialer.received(update(1, kAck, 1), kStart).ok());

  Bytes rest = data(1, hex("01"));
  append(rest, update(1, kFin));
  BOOST_TEST((drained(dialer) == rest));
}

BOOST_AUTO_TEST_CASE(a_stream_whose_data_nobody_consumed_is_not_forgotten) {
  Yamux listener(Role::Listener);
  BOOST_TEST(listener.received(data(1, hex("6869"), kSyn | kFin), kStart).ok());
  listener.finish(kOne);
  (void)drained(listener);
  BOOST_TEST(listener.is_live(kOne));

  listener.consumed(kOne, 2);

  BOOST_TEST(!listener.is_live(kOne));
  BOOST_TEST(listener.unconsumed_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(data_after_fin_ends_the_connection_and_an_empty_frame_does_not) {
  BOOST_TEST((error_of({update(1, kSyn), update(1, kFin), data(1, hex("00"))}) ==
              YamuxError::DataAfterFin));
  BOOST_TEST(is_accepted({update(1, kSyn), update(1, kFin), data(1, {}, kFin)}));
}

BOOST_AUTO_TEST_CASE(a_reset_forgets_the_stream_and_what_was_queued) {
  Yamux dialer(Role::Dialer);
  const StreamNumber stream = *dialer.open();
  dialer.send(stream, hex("6869"));
  BOOST_TEST((drained(dialer, 0) == update(1, kSyn)));
  dialer.reset(stream);

  BOOST_TEST(!dialer.is_live(stream));
  BOOST_TEST((drained(dialer) == update(1, kRst)));
  BOOST_TEST(dialer.queued_bytes() == 0u);
  BOOST_TEST(dialer.received(data(1, hex("aabb")), kStart).ok());
  BOOST_TEST(dialer.take_events().empty());
}

BOOST_AUTO_TEST_CASE(a_reset_by_the_peer_is_reported_once) {
  Yamux listener(Role::Listener);
  BOOST_TEST(listener.received(data(1, hex("6869"), kSyn), kStart).ok());
  BOOST_TEST(listener.received(update(1, kRst), kStart).ok());
  BOOST_TEST(listener.received(update(1, kRst), kStart).ok());

  BOOST_TEST(count<yamux_event::Reset>(listener.take_events()) == 1u);
  BOOST_TEST(listener.unconsumed_bytes() == 0u);
  listener.consumed(kOne, 2);  // too late, and harmless
}

BOOST_AUTO_TEST_CASE(frames_of_unknown_streams_are_skipped_with_their_bodies) {
  Yamux listener(Role::Listener);
  BOOST_TEST(listener.received(data(9, Bytes(1 << 20, 7), kFin), kStart).ok());
  BOOST_TEST(listener.received(update(9, kAck, 5), kStart).ok());
  BOOST_TEST(listener.received(data(9, hex("aa"), kRst), kStart).ok());
  BOOST_TEST(listener.take_events().empty());
  BOOST_TEST(listener.received(data(1, hex("6869"), kSyn), kStart).ok());
  BOOST_TEST((data_of(listener.take_events(), kOne) == hex("6869")));
}

BOOST_AUTO_TEST_CASE(a_stream_number_of_our_parity_or_in_use_cannot_be_opened) {
  BOOST_TEST((error_of({update(2, kSyn)}) == YamuxError::StreamNumberWrong));
  BOOST_TEST((error_of({update(1, kSyn), update(1, kSyn)}) == YamuxError::StreamNumberWrong));
  BOOST_TEST(is_accepted({update(3, kSyn), update(1, kSyn)}));  // rust opens with its first data
}

BOOST_AUTO_TEST_CASE(streams_beyond_the_limit_are_reset_one_by_one) {
  YamuxLimits limits;
  limits.inbound_max = 1;
  Yamux listener(Role::Listener, limits);
  BOOST_TEST(listener.received(update(1, kSyn), kStart).ok());
  BOOST_TEST(listener.received(data(3, hex("6869"), kSyn), kStart).ok());

  BOOST_TEST((drained(listener) == update(3, kRst)));
  BOOST_TEST(count<yamux_event::Opened>(listener.take_events()) == 1u);
  BOOST_TEST(listener.stream_count() == 1u);
}

BOOST_AUTO_TEST_CASE(our_own_streams_are_bounded_in_total_and_unacknowledged) {
  YamuxLimits limits;
  limits.outbound_max = 3;
  limits.unacknowledged_max = 2;
  Yamux dialer(Role::Dialer, limits);
  BOOST_TEST(dialer.open().ok());
  BOOST_TEST(dialer.open().ok());
  BOOST_TEST((dialer.open().error() == YamuxOpenError::TooManyUnacknowledged));
  BOOST_TEST(dialer.received(update(1, kAck), kStart).ok());
  BOOST_TEST(dialer.open().ok());
  BOOST_TEST((dialer.open().error() == YamuxOpenError::TooManyStreams));
  dialer.reset(kOne);
  BOOST_TEST(dialer.received(update(3, kRst), kStart).ok());
  BOOST_TEST(dialer.open().ok());
}

BOOST_AUTO_TEST_CASE(after_go_away_no_stream_is_opened_or_accepted) {
  Yamux gone(Role::Dialer);
  BOOST_TEST(gone.received(hex("000300000000000000000000"), kStart).ok());
  BOOST_TEST((gone.open().error() == YamuxOpenError::GoingAway));
  const auto events = gone.take_events();
  BOOST_TEST((std::get<yamux_event::WentAway>(events.at(0)).code == YamuxGoAway::Normal));

  Yamux going(Role::Listener);
  going.go_away(YamuxGoAway::ProtocolError);
  BOOST_TEST(going.received(update(1, kSyn), kStart).ok());
  BOOST_TEST((drained(going) == hex("000300000000000000000001 000100080000000100000000")));
}

BOOST_AUTO_TEST_CASE(an_unknown_go_away_code_counts_as_a_protocol_error) {
  Yamux muxer(Role::Dialer);
  BOOST_TEST(muxer.received(hex("000300000000000000000063"), kStart).ok());
  const auto events = muxer.take_events();
  BOOST_TEST((std::get<yamux_event::WentAway>(events.at(0)).code == YamuxGoAway::ProtocolError));
}

BOOST_AUTO_TEST_CASE(a_ping_is_answered_ahead_of_queued_data) {
  Yamux listener(Role::Listener);
  BOOST_TEST(listener.received(update(1, kSyn), kStart).ok());
  listener.send(kOne, Bytes(1000, 1));
  BOOST_TEST(listener.received(ping(kSyn, 7), kStart).ok());

  const Bytes wire = drained(listener);

  BOOST_TEST(equal(ByteView(wire).first(12), hex("000200020000000000000007")));
}

BOOST_AUTO_TEST_CASE(a_pong_is_reported_with_its_number) {
  Yamux muxer(Role::Dialer);
  muxer.ping(9);
  BOOST_TEST((drained(muxer) == hex("000200010000000000000009")));
  BOOST_TEST(muxer.received(ping(kAck, 9), kStart).ok());
  const auto events = muxer.take_events();
  BOOST_TEST(std::get<yamux_event::Pong>(events.at(0)).opaque == 9u);
}

BOOST_AUTO_TEST_CASE(floods_end_the_connection_and_the_same_number_spread_over_time_does_not) {
  const auto flood = [](const Bytes& one, std::uint32_t number, Duration spacing) {
    Yamux muxer(Role::Listener);
    Instant now = kStart;
    for (std::uint32_t i = 0; i < number; ++i) {
      const auto step = muxer.received(one, now);
      if (!step) return std::optional(step.error());
      (void)drained(muxer);
      now = now + spacing;
    }
    return std::optional<YamuxError>{};
  };
  Bytes rapid_reset = update(1, kSyn);
  append(rapid_reset, update(1, kRst));
  constexpr Duration kSlow = std::chrono::milliseconds(20);

  BOOST_TEST((flood(ping(kSyn, 1), kYamuxPingsPerSecondMax + 1, {}) == YamuxError::PingFlood));
  BOOST_TEST((flood(ping(kAck, 1), kYamuxPingsPerSecondMax + 1, {}) == YamuxError::PingFlood));
  BOOST_TEST((flood(ping(kSyn, 1), kYamuxPingsPerSecondMax + 1, kSlow) == std::nullopt));
  BOOST_TEST(
      (flood(data(1, {}), kYamuxEmptyFramesPerSecondMax + 1, {}) == YamuxError::EmptyFrameFlood));
  BOOST_TEST((flood(update(1, 0), kYamuxEmptyFramesPerSecondMax + 1, kSlow) == std::nullopt));
  BOOST_TEST((flood(rapid_reset, kYamuxResetsPerSecondMax + 1, {}) == YamuxError::ResetFlood));
  BOOST_TEST((flood(rapid_reset, kYamuxResetsPerSecondMax + 1, kSlow) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(bytes_that_the_application_does_not_consume_are_bounded_in_total) {
  YamuxLimits limits;
  limits.unconsumed_bytes_max = kStreamWindowBytes + 10;
  BOOST_TEST((error_of({data(1, Bytes(kStreamWindowBytes, 1), kSyn), data(3, Bytes(11, 1), kSyn)},
                       limits) == YamuxError::UnconsumedExceeded));
}

BOOST_AUTO_TEST_CASE(answers_that_the_peer_does_not_read_are_bounded) {
  YamuxLimits limits;
  limits.control_bytes_max = 120;
  std::vector<Bytes> pings(11, ping(kSyn, 1));
  BOOST_TEST((error_of(pings, limits) == YamuxError::ControlExceeded));
}

BOOST_AUTO_TEST_CASE(streams_take_turns_so_that_small_ones_overtake_bulk) {
  Yamux dialer(Role::Dialer);
  const StreamNumber bulk = *dialer.open();
  const StreamNumber vote = *dialer.open();
  (void)drained(dialer);
  dialer.send(bulk, Bytes(200000, 1));
  dialer.send(vote, hex("aa"));

  const Bytes wire = drained(dialer, kYamuxFrameBytesMax + kYamuxHeaderBytes + 1);

  BOOST_TEST(equal(ByteView(wire).last(13), data(vote.number, hex("aa"))));
}

BOOST_AUTO_TEST_CASE(a_drain_keeps_to_its_budget_but_for_one_frame) {
  Yamux dialer(Role::Dialer);
  const StreamNumber stream = *dialer.open();
  dialer.send(stream, Bytes(200000, 1));
  Bytes wire;

  BOOST_TEST(dialer.drain(wire, 40000));
  BOOST_TEST(wire.size() <= 40000 + kYamuxFrameBytesMax + kYamuxHeaderBytes);
  while (dialer.drain(wire, 40000)) {
  }
  BOOST_TEST(wire.size() == 200000 + 8 * kYamuxHeaderBytes);
}

BOOST_AUTO_TEST_CASE(random_bytes_are_refused_without_harm) {
  support::Random random;
  for (int i = 0; i < 3000; ++i) {
    Yamux muxer(Role::Listener);
    Bytes bytes = random.bytes(random.below(200));
    // Mostly valid headers, so that the bodies and the bookkeeping get their share.
    constexpr std::array<std::uint8_t, 4> kMask{0, 3, 0, 15};
    for (std::size_t at = 0; at < std::min(bytes.size(), kMask.size()); ++at)
      bytes[at] &= kMask[at];
    (void)muxer.received(bytes, kStart);
    (void)drained(muxer);
  }
}

BOOST_AUTO_TEST_CASE(the_end_of_a_connection_inside_a_frame_can_be_told) {
  Yamux muxer(Role::Listener);
  const Bytes whole = data(1, hex("6869"), kSyn);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    BOOST_TEST(muxer.at_boundary() == (i == 0), i);
    BOOST_TEST(muxer.received({&whole[i], 1}, kStart).ok());
  }
  BOOST_TEST(muxer.at_boundary());
  BOOST_TEST(!muxer.is_live(kTwo));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network
