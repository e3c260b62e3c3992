#include "actors/session_table.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"

using std::chrono::seconds;
using troupe::Instant;
using troupe::actors::Channel;
using troupe::actors::SessionId;
using troupe::actors::SessionRecord;
using troupe::actors::SessionTable;
using troupe::network::Direction;
using troupe::network::PeerId;

namespace {

constexpr Instant kStart{std::chrono::hours(1)};

PeerId peer(std::uint8_t number) {
  const troupe::Bytes seed(troupe::crypto::KeyPair::kSeedBytes, number);
  return PeerId::from_public_key(troupe::crypto::KeyPair::from_seed(seed)->public_key());
}

struct Two {
  PeerId smaller = std::min(peer(1), peer(2));
  PeerId greater = std::max(peer(1), peer(2));
};

SessionRecord record(SessionId id, Direction direction, const PeerId& to, Instant secured) {
  return {.id = id,
          .actor = {},
          .direction = direction,
          .address = troupe::network::Multiaddr::parse("/ip4/127.0.0.1/tcp/1").value(),
          .meter = nullptr,
          .peer = to,
          .is_member = true,
          .secured = secured,
          .agent = {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_table_test)

BOOST_AUTO_TEST_CASE(of_two_simultaneous_connections_both_sides_use_the_one_of_the_smaller_id) {
  const Two two;
  SessionTable at_smaller{two.smaller};
  at_smaller.add(record(1, Direction::Outbound, two.greater, kStart));
  at_smaller.add(record(2, Direction::Inbound, two.greater, kStart + seconds(1)));
  SessionTable at_greater{two.greater};
  at_greater.add(record(1, Direction::Outbound, two.smaller, kStart));
  at_greater.add(record(2, Direction::Inbound, two.smaller, kStart + seconds(1)));

  BOOST_TEST(at_smaller.route_to(two.greater)->id == 1U);
  BOOST_TEST(at_greater.route_to(two.smaller)->id == 2U);
}

BOOST_AUTO_TEST_CASE(the_other_one_is_closed_after_five_seconds_and_not_before) {
  const Two two;
  SessionTable table{two.smaller};
  table.add(record(1, Direction::Outbound, two.greater, kStart));
  table.add(record(2, Direction::Inbound, two.greater, kStart + seconds(1)));

  const auto early = table.surplus_to(two.greater, kStart + seconds(2));
  BOOST_TEST(early.close_now.empty());
  BOOST_REQUIRE(early.look_again.has_value());
  BOOST_TEST((*early.look_again == kStart + seconds(6)));
  const auto late = table.surplus_to(two.greater, *early.look_again);

  BOOST_REQUIRE(late.close_now.size() == 1U);
  BOOST_TEST(late.close_now[0] == 2U);
  BOOST_TEST(!late.look_again);
}

BOOST_AUTO_TEST_CASE(a_peer_that_comes_again_later_has_lost_the_older_connection) {
  const Two two;
  SessionTable table{two.smaller};
  table.add(record(1, Direction::Outbound, two.greater, kStart));
  table.add(record(2, Direction::Inbound, two.greater, kStart + seconds(60)));

  const auto surplus = table.surplus_to(two.greater, kStart + seconds(60));

  BOOST_TEST(table.route_to(two.greater)->id == 2U);
  BOOST_REQUIRE(surplus.close_now.size() == 1U);
  BOOST_TEST(surplus.close_now[0] == 1U);
}

BOOST_AUTO_TEST_CASE(of_two_connections_of_one_opener_the_newer_is_used) {
  const Two two;
  SessionTable table{two.smaller};
  table.add(record(1, Direction::Inbound, two.greater, kStart));
  table.add(record(2, Direction::Inbound, two.greater, kStart));

  BOOST_TEST(table.route_to(two.greater)->id == 2U);
}

BOOST_AUTO_TEST_CASE(more_than_two_connections_are_never_kept) {
  const Two two;
  SessionTable table{two.smaller};
  for (SessionId id = 1; id <= troupe::kConnectionsPerPeerMax + 1; ++id) {
    table.add(record(id, Direction::Inbound, two.greater, kStart));
  }

  const auto surplus = table.surplus_to(two.greater, kStart);

  BOOST_TEST(surplus.close_now.size() == troupe::kConnectionsPerPeerMax);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_being_closed_is_not_used) {
  const Two two;
  SessionTable table{two.smaller};
  table.add(record(1, Direction::Outbound, two.greater, kStart)).up[0] = true;
  BOOST_TEST(table.is_up(two.greater, Channel::Consensus));
  BOOST_TEST(!table.is_up(two.greater, Channel::Lanes));

  table.find(1)->is_closing = true;

  BOOST_TEST(table.route_to(two.greater) == nullptr);
  BOOST_TEST(!table.is_up(two.greater, Channel::Consensus));
}

BOOST_AUTO_TEST_CASE(strangers_are_those_who_proved_to_be_no_members) {
  const Two two;
  SessionTable table{two.smaller};
  table.add(record(1, Direction::Inbound, two.greater, kStart)).is_member = false;
  table.add(record(2, Direction::Inbound, two.greater, kStart));
  auto& pending = table.add(record(3, Direction::Inbound, two.greater, kStart));
  pending.peer.reset();
  pending.is_member = false;

  BOOST_TEST(table.strangers() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
