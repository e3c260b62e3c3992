#include <algorithm>
#include <cstddef>

#include <boost/test/unit_test.hpp>

#include "tests/actors/swarm_node.hpp"

namespace troupe::test {

namespace {

/// The second node knows the first one as a member and dials it; whom the first one knows is told.
struct Pair {
  explicit Pair(std::set<std::uint8_t> known_to_first)
      : first{{.number = 1, .members = std::move(known_to_first)}},
        second{{.number = 2, .members = {1, 2}, .peers = {first.address()}}} {}

  [[nodiscard]] bool knows_second_as(bool is_member) {
    return first.wait_peers([&](const auto& peers) {
      return std::any_of(peers.begin(), peers.end(), [&](const actors::PeerInfo& peer) {
        return peer.id == second.id() && peer.is_member == is_member;
      });
    });
  }

  SwarmNode first;
  SwarmNode second;
};

std::size_t count(const Inbox& inbox, Inbox::Heard::What what) {
  const auto all = inbox.heard();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& heard) { return heard.what == what; }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(swarm_membership_test)

BOOST_AUTO_TEST_CASE(a_stranger_that_is_admitted_is_met_as_a_member) {
  Pair pair{{1}};
  BOOST_REQUIRE(pair.knows_second_as(false));

  BOOST_TEST(pair.first.admit(pair.second.id(), true));

  BOOST_TEST(pair.first.inbox.wait_up(pair.second.id()));
  BOOST_TEST(pair.second.inbox.wait_up(pair.first.id()));
  pair.second.send(pair.first.id(), actors::Channel::Lanes, {1, 2, 3});
  BOOST_TEST(pair.first.inbox.wait_count(actors::Channel::Lanes, 1));
}

BOOST_AUTO_TEST_CASE(a_member_that_is_expelled_goes_down_once_and_comes_back_as_a_stranger) {
  Pair pair{{1, 2}};
  BOOST_REQUIRE(pair.first.inbox.wait_up(pair.second.id()));

  BOOST_TEST(pair.first.admit(pair.second.id(), false));

  BOOST_TEST(pair.first.inbox.wait_down(pair.second.id()));
  BOOST_TEST(pair.knows_second_as(false));
  BOOST_TEST(count(pair.first.inbox, Inbox::Heard::What::Up) == actors::kChannels.size());
  BOOST_TEST(count(pair.first.inbox, Inbox::Heard::What::Down) == actors::kChannels.size());
}

BOOST_AUTO_TEST_CASE(a_severed_peer_is_gone_on_both_sides_until_the_cable_is_plugged_in) {
  Pair pair{{1, 2}};
  BOOST_REQUIRE(pair.first.inbox.wait_up(pair.second.id()));
  BOOST_REQUIRE(pair.second.inbox.wait_up(pair.first.id()));

  BOOST_TEST(pair.first.sever(pair.second.id(), true));

  BOOST_TEST(pair.first.inbox.wait_down(pair.second.id()));
  BOOST_TEST(pair.second.inbox.wait_down(pair.first.id()));
  // The other end knows nothing of it and dials on, for nothing.
  BOOST_TEST(pair.first.wait_counters(
      [](const actors::SwarmStats& stats) { return stats.connections_closed >= 3; }));
  BOOST_TEST(count(pair.first.inbox, Inbox::Heard::What::Up) == actors::kChannels.size());

  BOOST_TEST(pair.first.sever(pair.second.id(), false));
  BOOST_TEST(pair.first.inbox.wait_up(pair.second.id()));
  BOOST_TEST(pair.second.inbox.wait_up(pair.first.id()));
}

BOOST_AUTO_TEST_CASE(
    a_mute_node_sends_nothing_on_the_channel_and_meets_all_anew_when_it_speaks_again) {
  Pair pair{{1, 2}};
  BOOST_REQUIRE(pair.first.inbox.wait_up(pair.second.id()));
  BOOST_REQUIRE(pair.second.inbox.wait_up(pair.first.id()));

  BOOST_TEST(pair.first.mute(actors::Channel::Lanes, true));
  pair.first.send(pair.second.id(), actors::Channel::Lanes, {1});
  pair.first.send(pair.second.id(), actors::Channel::Sync, {2});
  BOOST_TEST(pair.second.inbox.wait_count(actors::Channel::Sync, 1));
  pair.second.send(pair.first.id(), actors::Channel::Lanes, {3});
  BOOST_TEST(pair.first.inbox.wait_count(actors::Channel::Lanes, 1));

  BOOST_TEST(pair.first.mute(actors::Channel::Lanes, false));
  pair.first.send(pair.second.id(), actors::Channel::Lanes, {4});
  const auto heard = pair.second.inbox.wait_messages(actors::Channel::Lanes, 1);
  BOOST_REQUIRE(heard.size() == 1U);
  BOOST_TEST(heard.front()->front() == 4U);
  BOOST_TEST(count(pair.first.inbox, Inbox::Heard::What::Down) == 1U);
  BOOST_TEST(count(pair.first.inbox, Inbox::Heard::What::Up) == actors::kChannels.size() + 1);
}

BOOST_AUTO_TEST_CASE(what_is_so_already_is_no_news_and_changes_nothing) {
  Pair pair{{1, 2}};
  BOOST_REQUIRE(pair.first.inbox.wait_up(pair.second.id()));

  BOOST_TEST(!pair.first.admit(pair.second.id(), true));
  BOOST_TEST(!pair.first.sever(pair.second.id(), false));
  BOOST_TEST(!pair.first.admit(pair.first.id(), false));
  BOOST_TEST(!pair.first.sever(pair.first.id(), true));
  BOOST_TEST(!pair.first.mute(actors::Channel::Sync, false));

  BOOST_TEST(pair.first.counters().connections_closed == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::test
