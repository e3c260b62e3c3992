#include "actors/dialer.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include "actors/socket.hpp"
#include "tests/actors/swarm_node.hpp"

using troupe::actors::Descriptor;
using troupe::actors::SwarmError;
using troupe::test::address;
using troupe::test::peer_id;
using troupe::test::SwarmNode;

BOOST_AUTO_TEST_SUITE(dialer_test)

BOOST_AUTO_TEST_CASE(a_dial_that_reaches_a_node_answers_with_its_id) {
  SwarmNode first{{.number = 1}};
  SwarmNode second{{.number = 2}};

  BOOST_TEST(!second.dial(first.address()));

  BOOST_TEST(second.wait_peers([](const auto& peers) { return peers.size() == 1; }));
}

BOOST_AUTO_TEST_CASE(a_dial_that_reaches_nobody_says_so) {
  SwarmNode node{{.number = 1}};

  BOOST_TEST((node.dial(address("/ip4/127.0.0.1/tcp/1")) == SwarmError::Unreachable));
  BOOST_TEST((node.dial(address("/ip4/127.0.0.1/udp/1")) == SwarmError::NotTcp));
}

BOOST_AUTO_TEST_CASE(another_peer_than_the_dialled_one_is_refused) {
  SwarmNode first{{.number = 1}};
  SwarmNode second{{.number = 2}};

  const auto error = second.dial(first.address().with_peer(peer_id(3)));

  BOOST_TEST((error == SwarmError::WrongPeer));
}

BOOST_AUTO_TEST_CASE(a_node_that_dials_itself_is_refused) {
  SwarmNode node{{.number = 1}};

  BOOST_TEST((node.dial(node.address()) == SwarmError::WrongPeer));
}

BOOST_AUTO_TEST_CASE(a_node_ends_at_once_while_it_dials_silence) {
  auto silent = troupe::actors::listen_tcp(address("/ip4/127.0.0.1/tcp/0")).value();
  ::listen(silent.descriptor.get(), 0);
  std::vector<Descriptor> waiting;
  for (int i = 0; i < 2; ++i) {
    auto connected = troupe::actors::connect_tcp(
        silent.address, std::chrono::milliseconds(50), troupe::actors::make_cancel_event());
    if (connected) waiting.push_back(std::move(*connected));
  }

  const auto started = std::chrono::steady_clock::now();
  {
    SwarmNode node{{.number = 1, .peers = {silent.address.with_peer(peer_id(2))}}};
    BOOST_TEST(!node.listen_error());
  }

  BOOST_TEST((std::chrono::steady_clock::now() - started < troupe::actors::kDialDeadline));
}

BOOST_AUTO_TEST_SUITE_END()
