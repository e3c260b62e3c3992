#include "actors/swarm_setup.hpp"

#include <boost/test/unit_test.hpp>

#include "actors/tcp_transport.hpp"
#include "tests/actors/swarm_node.hpp"

BOOST_AUTO_TEST_SUITE(swarm_setup_test)

BOOST_AUTO_TEST_CASE(what_a_node_says_of_its_swarm_is_what_the_swarm_is_told) {
  troupe::actors::SwarmSeed seed;
  seed.chain.bytes[3] = 9;
  seed.node_seed[0] = 7;
  seed.agent = "troupe/test";
  seed.listen = "/ip4/127.0.0.1/tcp/7701";
  const auto member = troupe::test::peer_id(2);
  seed.members = {member, member};
  seed.peers = {"/ip4/127.0.0.1/tcp/7702/p2p/" + member.text()};
  seed.connections_max = 5;
  const auto setup = troupe::actors::swarm_setup(
      seed, troupe::actors::system_randomness(), troupe::actors::make_tcp_transport());
  BOOST_TEST((setup.node_key.public_key() ==
              troupe::crypto::KeyPair::from_seed(seed.node_seed)->public_key()));
  BOOST_TEST((setup.chain == seed.chain));
  BOOST_TEST(setup.members.size() == 1U);
  BOOST_REQUIRE(setup.peers.size() == 1U);
  BOOST_TEST(setup.peers.front().text() == seed.peers.front());
  BOOST_TEST(setup.listen->text() == seed.listen);
  BOOST_TEST(setup.agent == seed.agent);
  BOOST_TEST(setup.connections_max == 5U);
  BOOST_TEST(!setup.door.open);
}

BOOST_AUTO_TEST_SUITE_END()
