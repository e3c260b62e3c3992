#include "actors/listener_broker.hpp"

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/actors/swarm_node.hpp"

namespace {

using troupe::actors::Descriptor;
using troupe::test::SwarmNode;

}  // namespace

BOOST_AUTO_TEST_SUITE(listener_broker_test)

BOOST_AUTO_TEST_CASE(a_listener_without_descriptors_hangs_up_and_comes_back) {
  SwarmNode node{{.number = 1}};
  const auto where = node.address();
  const Descriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where.tcp_endpoint()->port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);

  // No number is left for a new descriptor, so that accepting fails.
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>([] { return Descriptor{::dup(0)}.get(); }());
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const int connected = ::connect(client.get(), generic, sizeof address);
  char byte = 0;
  const auto received = ::recv(client.get(), &byte, 1, 0);
  BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);

  BOOST_TEST(connected == 0);
  BOOST_TEST(received == 0);  // hung up on, not left waiting
  SwarmNode second{{.number = 2, .peers = {where}}};
  BOOST_TEST(node.inbox.wait_up(second.id()));
}

BOOST_AUTO_TEST_SUITE_END()
