#include "actors/link_guard.hpp"

#include <boost/test/unit_test.hpp>

#include "actors/local_link.hpp"

namespace {

using troupe::Bytes;
using troupe::ByteView;
using troupe::actors::GuardError;
using troupe::actors::LinkGuard;

constexpr std::uint8_t kServerHandshake = 0;
constexpr std::uint8_t kClientHandshake = 1;
constexpr std::uint8_t kDirectMessage = 2;
constexpr std::uint8_t kRoutedMessage = 3;
constexpr std::uint8_t kMonitorMessage = 4;
constexpr std::uint8_t kDownMessage = 5;
constexpr std::uint8_t kHeartbeat = 6;
constexpr std::uint8_t kByName = 1;

constexpr std::uint64_t kPublished = 17;
constexpr std::uint64_t kOther = 18;

void append_number(Bytes& to, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;)
    to.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

struct Frame {
  std::uint8_t operation = kDirectMessage;
  std::uint64_t destination = kPublished;
  Bytes payload{};
  std::uint8_t flags = 0;
};

Bytes encoded(const Frame& frame, std::uint32_t announced) {
  Bytes bytes{frame.operation, 0, 0, frame.flags};
  append_number(bytes, announced, 4);
  append_number(bytes, 5, 8);
  append_number(bytes, 99, 8);
  append_number(bytes, frame.destination, 8);
  troupe::append(bytes, frame.payload);
  return bytes;
}

Bytes encoded(const Frame& frame) {
  return encoded(frame, static_cast<std::uint32_t>(frame.payload.size()));
}

/// What passes of bytes that come in pieces of this size; nothing if they are refused.
std::optional<Bytes> passed(LinkGuard& guard, ByteView bytes, std::size_t piece) {
  Bytes all;
  while (!bytes.empty()) {
    const auto next = bytes.first(std::min(piece, bytes.size()));
    auto some = guard.from_console(next);
    if (!some) return std::nullopt;
    troupe::append(all, *some);
    bytes = bytes.subspan(next.size());
  }
  return all;
}

GuardError refusal_of(const Frame& frame) {
  LinkGuard guard{kPublished};
  const auto result = guard.from_console(encoded(frame));
  BOOST_REQUIRE(!result);
  return result.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(link_guard_test)

BOOST_AUTO_TEST_CASE(what_concerns_the_published_actor_passes_unchanged_in_pieces_of_any_size) {
  Bytes all;
  for (const Frame& frame : {Frame{.operation = kClientHandshake, .destination = 0, .payload = {1}},
                             Frame{.payload = Bytes(70, 1)},
                             Frame{.operation = kMonitorMessage},
                             Frame{.operation = kDownMessage, .destination = 0, .payload = {2, 3}},
                             Frame{.operation = kHeartbeat, .destination = 0},
                             Frame{.payload = {}}}) {
    troupe::append(all, encoded(frame));
  }
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    LinkGuard guard{kPublished};
    const auto out = passed(guard, all, piece);
    BOOST_REQUIRE(out.has_value());
    BOOST_TEST(troupe::equal(*out, all));
  }
}

BOOST_AUTO_TEST_CASE(a_message_to_any_other_actor_is_swallowed_and_what_follows_passes) {
  const Bytes next = encoded({.payload = {4, 5}});
  for (const Frame& frame :
       {Frame{.destination = ~std::uint64_t{0}, .payload = Bytes(50, 9), .flags = kByName},
        Frame{.destination = kPublished, .payload = Bytes(50, 9), .flags = kByName},
        Frame{.destination = kOther, .payload = Bytes(50, 9)},
        Frame{.destination = kOther, .payload = {}},
        Frame{.destination = 0, .payload = {1}}}) {
    Bytes all = encoded(frame);
    troupe::append(all, next);
    for (std::size_t piece = 1; piece <= all.size(); ++piece) {
      LinkGuard guard{kPublished};
      const auto out = passed(guard, all, piece);
      BOOST_REQUIRE(out.has_value());
      BOOST_TEST(troupe::equal(*out, next));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_console_may_hear_of_the_end_of_any_actor_but_not_without_end) {
  LinkGuard guard{kPublished};
  const Bytes wish = encoded({.operation = kMonitorMessage, .destination = kOther});
  for (std::size_t i = 0; i < LinkGuard::kMonitoredMax; ++i)
    BOOST_REQUIRE(guard.from_console(wish).ok());
  const auto result = guard.from_console(wish);
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == GuardError::TooCurious));
}

BOOST_AUTO_TEST_CASE(kinds_of_frames_that_no_console_sends_are_refused) {
  BOOST_TEST((refusal_of({.operation = kServerHandshake}) == GuardError::Forbidden));
  BOOST_TEST((refusal_of({.operation = kRoutedMessage}) == GuardError::Forbidden));
  for (int operation = kHeartbeat + 1; operation < 256; ++operation) {
    BOOST_TEST(
        (refusal_of({.operation = static_cast<std::uint8_t>(operation)}) == GuardError::Forbidden));
  }
}

BOOST_AUTO_TEST_CASE(a_payload_above_the_bound_is_refused_before_it_comes) {
  const auto most = static_cast<std::uint32_t>(troupe::actors::kLinkMessageBytesMax);
  LinkGuard guard{kPublished};
  BOOST_TEST(guard.from_console(encoded({}, most)).ok());
  LinkGuard other{kPublished};
  const auto result = other.from_console(encoded({}, most + 1));
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == GuardError::Oversized));
}

BOOST_AUTO_TEST_SUITE_END()
