#include "actors/peer_book.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "protocol/crypto/signature.hpp"

using std::chrono::milliseconds;
using troupe::Instant;
using troupe::actors::PeerBook;
using troupe::network::Multiaddr;
using troupe::network::PeerId;

namespace {

constexpr Instant kStart{std::chrono::hours(1)};

PeerId peer(std::uint8_t number) {
  const troupe::Bytes seed(troupe::crypto::KeyPair::kSeedBytes, number);
  return PeerId::from_public_key(troupe::crypto::KeyPair::from_seed(seed)->public_key());
}

Multiaddr address(int port, const PeerId& id) {
  const auto text = "/ip4/127.0.0.1/tcp/" + std::to_string(port);
  return Multiaddr::parse(text).value().with_peer(id);
}

/// A book of two members whose own id is the smaller, so that it never waits for the other's dial.
struct TwoMembers {
  PeerId own = std::min(peer(1), peer(2));
  PeerId other = std::max(peer(1), peer(2));
  PeerBook book{own, {own, other}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_book_test)

BOOST_AUTO_TEST_CASE(a_configured_peer_is_dialled_at_once_and_only_once) {
  TwoMembers two;
  two.book.configure(address(7701, two.other), kStart);

  const auto attempts = two.book.take_due(kStart);

  BOOST_REQUIRE(attempts.size() == 1U);
  BOOST_TEST((attempts[0].peer == two.other));
  BOOST_TEST(attempts[0].address.text() == "/ip4/127.0.0.1/tcp/7701");
  BOOST_TEST(two.book.take_due(kStart).empty());
  BOOST_TEST(!two.book.next_due());
}

BOOST_AUTO_TEST_CASE(ourselves_and_addresses_without_a_peer_are_ignored) {
  TwoMembers two;
  two.book.configure(address(7701, two.own), kStart);
  two.book.configure(address(7702, two.other).without_peer(), kStart);

  BOOST_TEST(two.book.take_due(kStart).empty());
}

BOOST_AUTO_TEST_CASE(a_member_is_dialled_again_after_50_ms_doubling_up_to_5_s) {
  TwoMembers two;
  two.book.configure(address(7701, two.other), kStart);
  auto now = kStart;

  for (const int wait : {50, 100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    BOOST_REQUIRE(two.book.take_due(now).size() == 1U);
    two.book.failed(two.other, now);
    BOOST_TEST((two.book.next_due() == now + milliseconds(wait)));
    BOOST_TEST(two.book.take_due(now + milliseconds(wait - 1)).empty());
    now = now + milliseconds(wait);
  }
}

BOOST_AUTO_TEST_CASE(a_stranger_is_dialled_again_after_5_s_doubling_up_to_5_minutes) {
  TwoMembers two;
  const auto stranger = peer(3);
  two.book.configure(address(7703, stranger), kStart);
  auto now = kStart;
  // The greater id gives a head start once.
  const auto extra = two.own < stranger ? milliseconds(0) : milliseconds(150);

  BOOST_REQUIRE(two.book.take_due(now).size() == 1U);
  two.book.failed(stranger, now);
  BOOST_TEST((two.book.next_due() == now + std::chrono::seconds(5) + extra));
  for (int i = 0; i < 10; ++i) {
    now = *two.book.next_due();
    BOOST_REQUIRE(two.book.take_due(now).size() == 1U);
    two.book.failed(stranger, now);
  }
  BOOST_TEST((two.book.next_due() == now + std::chrono::minutes(5)));
}

BOOST_AUTO_TEST_CASE(a_connection_of_use_makes_the_next_wait_short_again) {
  TwoMembers two;
  two.book.configure(address(7701, two.other), kStart);
  auto now = kStart;
  for (int i = 0; i < 6; ++i) {
    BOOST_REQUIRE(two.book.take_due(now).size() == 1U);
    two.book.failed(two.other, now);
    now = *two.book.next_due();
  }
  BOOST_REQUIRE(two.book.take_due(now).size() == 1U);

  two.book.connected(two.other);
  BOOST_TEST(!two.book.next_due());
  two.book.settled(two.other);
  two.book.lost(two.other, now);

  BOOST_TEST((two.book.next_due() == now + milliseconds(50)));
}

BOOST_AUTO_TEST_CASE(a_connection_that_came_to_nothing_does_not) {
  TwoMembers two;
  two.book.configure(address(7701, two.other), kStart);
  BOOST_REQUIRE(two.book.take_due(kStart).size() == 1U);
  two.book.failed(two.other, kStart);
  two.book.connected(two.other);

  two.book.lost(two.other, kStart);

  BOOST_TEST((two.book.next_due() == kStart + milliseconds(100)));
}

BOOST_AUTO_TEST_CASE(the_greater_id_gives_the_smaller_one_a_head_start) {
  TwoMembers two;
  PeerBook greater{two.other, {two.own, two.other}};
  greater.configure(address(7701, two.own), kStart);
  greater.connected(two.own);
  greater.settled(two.own);

  greater.lost(two.own, kStart);

  BOOST_TEST((greater.next_due() == kStart + milliseconds(200)));
}

BOOST_AUTO_TEST_CASE(who_is_admitted_is_dialled_where_it_says_it_is) {
  TwoMembers two;
  two.book.admit(peer(3));
  BOOST_TEST(two.book.take_due(kStart).empty());

  two.book.learn(peer(3), {address(7703, peer(3))});

  const auto attempts = two.book.take_due(kStart);
  BOOST_REQUIRE(attempts.size() == 1U);
  BOOST_TEST((attempts[0].peer == peer(3)));
}

BOOST_AUTO_TEST_CASE(who_is_expelled_is_dialled_no_more_even_if_a_dial_was_under_way) {
  TwoMembers two;
  two.book.configure(address(7701, two.other), kStart);
  BOOST_REQUIRE(two.book.take_due(kStart).size() == 1U);

  two.book.expel(two.other);
  two.book.failed(two.other, kStart);

  BOOST_TEST(!two.book.next_due());
}

BOOST_AUTO_TEST_CASE(a_peer_to_be_retried_is_due_at_once_and_then_with_the_shortest_wait) {
  TwoMembers two;
  two.book.configure(address(7701, two.other), kStart);
  auto now = kStart;
  for (int i = 0; i < 6; ++i) {
    BOOST_REQUIRE(two.book.take_due(now).size() == 1U);
    two.book.failed(two.other, now);
    if (i < 5) now = *two.book.next_due();
  }

  two.book.retry(two.other, now);

  BOOST_REQUIRE(two.book.take_due(now).size() == 1U);
  two.book.failed(two.other, now);
  BOOST_TEST((two.book.next_due() == now + milliseconds(50)));
}

BOOST_AUTO_TEST_CASE(a_member_of_another_chain_waits_like_a_stranger) {
  TwoMembers two;
  two.book.configure(address(7701, two.other), kStart);
  two.book.connected(two.other);

  two.book.distrust(two.other);
  two.book.lost(two.other, kStart);

  BOOST_TEST((two.book.next_due() >= kStart + std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_CASE(addresses_that_a_member_names_are_tried_in_turn) {
  TwoMembers two;
  two.book.learn(two.other, {address(1, two.other), address(2, two.other), address(1, two.other)});
  std::vector<std::string> tried;
  auto now = kStart;

  for (int i = 0; i < 4; ++i) {
    const auto attempts = two.book.take_due(now);
    BOOST_REQUIRE(attempts.size() == 1U);
    tried.push_back(attempts[0].address.text());
    two.book.failed(two.other, now);
    now = *two.book.next_due();
  }

  BOOST_TEST(tried[0] == "/ip4/127.0.0.1/tcp/1");
  BOOST_TEST(tried[1] == "/ip4/127.0.0.1/tcp/2");
  BOOST_TEST(tried[2] == tried[0]);
  BOOST_TEST(tried[3] == tried[1]);
}

BOOST_AUTO_TEST_SUITE_END()
