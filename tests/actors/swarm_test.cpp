#include "actors/swarm.hpp"

#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/actors/swarm_node.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Bytes;
using troupe::actors::Channel;
using troupe::actors::kChannels;
using troupe::actors::SwarmError;
using troupe::test::address;
using troupe::test::Inbox;
using troupe::test::NodeSetup;
using troupe::test::peer_id;
using troupe::test::SwarmNode;

/// A message that says which one it is.
Bytes numbered(std::uint32_t number, std::size_t size = 200) {
  Bytes message(size, 0x5a);
  std::memcpy(message.data(), &number, sizeof number);
  return message;
}

std::uint32_t number_of(const Bytes& message) {
  std::uint32_t number = 0;
  std::memcpy(&number, message.data(), sizeof number);
  return number;
}

bool are_in_order(const std::vector<troupe::actors::SharedBytes>& messages) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (number_of(*messages[i]) != i) return false;
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(swarm_test)

BOOST_AUTO_TEST_CASE(messages_of_every_channel_arrive_in_order) {
  SwarmNode first{{.number = 1}};
  SwarmNode second{{.number = 2, .peers = {first.address()}}};
  BOOST_REQUIRE(first.inbox.wait_up(second.id()));
  BOOST_REQUIRE(second.inbox.wait_up(first.id()));
  constexpr std::uint32_t kCount = 10'000;

  for (std::uint32_t i = 0; i < kCount; ++i) {
    for (const auto channel : kChannels) {
      first.send(second.id(), channel, numbered(i));
      second.send(first.id(), channel, numbered(i));
    }
  }

  for (auto* node : {&first, &second}) {
    for (const auto channel : kChannels) {
      const auto messages = node->inbox.wait_messages(channel, kCount);
      BOOST_TEST(messages.size() == kCount);
      BOOST_TEST(are_in_order(messages));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
