#include "actors/peer_session.hpp"

#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/network/channel_hello.hpp"
#include "protocol/network/framing.hpp"
#include "tests/actors/raw_peer.hpp"
#include "tests/actors/swarm_node.hpp"

namespace event = troupe::network::connection_event;

namespace {

using troupe::Bytes;
using troupe::actors::Channel;
using troupe::actors::kChannels;
using troupe::network::ConnectionEvent;
using troupe::network::encode_hello;
using troupe::test::RawPeer;
using troupe::test::SwarmNode;

constexpr std::uint8_t kMember = 2;
constexpr std::uint8_t kStranger = 9;

troupe::crypto::Digest chain(std::uint8_t number) {
  troupe::crypto::Digest digest;
  digest.bytes[0] = number;
  return digest;
}

Bytes hello() {
  return encode_hello(chain(7));
}

bool has_messages(SwarmNode& node) {
  const auto heard = node.inbox.heard();
  return std::any_of(heard.begin(), heard.end(), [](const auto& one) { return one.message; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_session_test)

BOOST_AUTO_TEST_CASE(a_member_is_met_with_a_stream_and_a_hello_on_every_channel) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kMember, node.address()};
  std::set<std::string> opened;
  Bytes said;

  const bool all = peer.run_until([&](const ConnectionEvent& happened) {
    if (const auto* stream = std::get_if<event::StreamOpened>(&happened)) {
      opened.insert(stream->protocol);
    }
    if (const auto* data = std::get_if<event::Data>(&happened)) {
      troupe::append(said, data->bytes);
    }
    return opened.size() == kChannels.size() && said.size() >= 3 * (hello().size() + 1);
  });

  BOOST_TEST(all);
  Bytes expected;
  for (int i = 0; i < 3; ++i)
    troupe::network::append_message(expected, hello());
  BOOST_TEST(troupe::equal(said, expected));
}

BOOST_AUTO_TEST_CASE(what_follows_a_right_hello_is_delivered) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kMember, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());

  const auto stream = peer.open(Channel::Sync, {hello(), Bytes{1, 2, 3}, Bytes{}});
  BOOST_REQUIRE(peer.run_until_drained(stream));

  const auto messages = node.inbox.wait_messages(Channel::Sync, 2);
  BOOST_REQUIRE(messages.size() == 2U);
  BOOST_TEST(troupe::equal(*messages[0], Bytes{1, 2, 3}));
  BOOST_TEST(messages[1]->empty());
}

BOOST_AUTO_TEST_CASE(a_hello_of_another_chain_ends_the_connection_by_name) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kMember, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());

  peer.open(Channel::Consensus, {encode_hello(chain(8)), Bytes{1}});

  BOOST_TEST(peer.run_until_closed());
  BOOST_TEST(node.wait_counters([](const auto& stats) { return stats.wrong_chain == 1; }));
  BOOST_TEST(!has_messages(node));
  BOOST_TEST(node.inbox.heard().empty());
}

BOOST_AUTO_TEST_CASE(garbage_instead_of_a_hello_ends_the_connection) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kMember, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());

  peer.open(Channel::Consensus, {Bytes(100, 0xff)});

  BOOST_TEST(peer.run_until_closed());
  BOOST_TEST(node.inbox.heard().empty());
}

BOOST_AUTO_TEST_CASE(a_message_above_its_channels_bound_ends_the_connection_before_it_is_read) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kMember, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());
  const auto stream = peer.open(Channel::Consensus, {hello()});

  Bytes length;
  troupe::codec::append_varint(length, troupe::kConsensusMessageBytesMax + 1);
  peer.send(stream, length);

  BOOST_TEST(peer.run_until_closed());
  BOOST_TEST(!has_messages(node));
}

BOOST_AUTO_TEST_CASE(the_largest_message_of_a_channel_passes) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kMember, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());

  // It is larger than the stream's window: the peer has to hear of more room on the way.
  const auto stream =
      peer.open(Channel::Lanes, {hello(), Bytes(troupe::kBulkMessageBytesMax, 0x11)});
  BOOST_TEST(peer.run_until_drained(stream));

  const auto messages = node.inbox.wait_messages(Channel::Lanes, 1);
  BOOST_REQUIRE(messages.size() == 1U);
  BOOST_TEST(messages[0]->size() == troupe::kBulkMessageBytesMax);
}

BOOST_AUTO_TEST_CASE(a_second_stream_of_one_channel_ends_the_connection) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kMember, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());

  peer.open(Channel::Lanes, {hello()});
  peer.open(Channel::Lanes, {hello()});

  BOOST_TEST(peer.run_until_closed());
}

BOOST_AUTO_TEST_CASE(a_stranger_is_identified_and_pinged_but_has_no_channel) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kStranger, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());

  const auto stream = peer.open(Channel::Consensus, {hello(), Bytes{1}});

  BOOST_TEST(peer.run_until([&](const ConnectionEvent& happened) {
    const auto* reset = std::get_if<event::StreamReset>(&happened);
    return reset != nullptr && reset->stream == stream;
  }));
  BOOST_TEST(peer.ping());
  BOOST_TEST(node.wait_peers([](const auto& peers) {
    return peers.size() == 1 && peers[0].agent == "raw" && !peers[0].is_member;
  }));
  BOOST_TEST(node.counters().refused_streams == 1U);
  BOOST_TEST(node.inbox.heard().empty());
}

BOOST_AUTO_TEST_CASE(a_stranger_that_keeps_asking_for_channels_is_cut_off) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kStranger, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());

  for (int i = 0; i < 16; ++i)
    peer.open(Channel::Sync, {hello()});

  BOOST_TEST(peer.run_until_closed());
}

BOOST_AUTO_TEST_CASE(a_slow_cast_bounds_what_a_peer_may_send_and_loses_nothing) {
  SwarmNode node{{.number = 1}};
  node.inbox.hold_credit();
  RawPeer peer{kMember, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());
  constexpr std::size_t kBytes = 64 * 1024;
  constexpr std::size_t kCount = 256;
  std::vector<Bytes> messages{hello()};
  for (std::size_t i = 0; i < kCount; ++i)
    messages.emplace_back(kBytes, std::uint8_t(i));
  const auto stream = peer.open(Channel::Lanes, messages);
  // The first pong is there after the stream was agreed on.
  BOOST_REQUIRE(peer.ping());
  BOOST_REQUIRE(!node.inbox.wait_messages(Channel::Lanes, 1).empty());
  // Pongs answer in order: when one comes back and nothing has moved since the last, nothing will.
  std::size_t queued = 0;
  do {
    queued = peer.connection.queued_bytes(stream);
    BOOST_REQUIRE(peer.ping());
  } while (peer.connection.queued_bytes(stream) != queued);
  const auto delivered = node.inbox.heard().size();

  BOOST_TEST(queued > 0U);
  BOOST_TEST(delivered * kBytes <=
             troupe::kUncreditedBytesMax + troupe::kStreamWindowBytes + 2 * kBytes);
  node.inbox.release_credit();
  BOOST_TEST(peer.run_until_drained(stream));
  BOOST_TEST(node.inbox.wait_messages(Channel::Lanes, kCount).size() == kCount);
}

BOOST_AUTO_TEST_SUITE_END()
