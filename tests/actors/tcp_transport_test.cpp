#include "actors/tcp_transport.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include "actors/socket.hpp"
#include "tests/actors/swarm_node.hpp"

namespace {

using troupe::actors::Descriptor;
using troupe::test::SwarmNode;

}  // namespace

BOOST_AUTO_TEST_SUITE(tcp_transport_test)

BOOST_AUTO_TEST_CASE(a_wire_knows_where_its_far_end_is) {
  SwarmNode node{{.number = 1}};
  auto connected = troupe::actors::connect_tcp(
      node.address(), std::chrono::seconds(20), troupe::actors::make_cancel_event());
  BOOST_REQUIRE(connected.ok());
  const auto wire = troupe::actors::make_tcp_wire(std::move(*connected));
  const auto address = wire->remote_address();
  BOOST_REQUIRE(address.has_value());
  BOOST_TEST(address->text() == node.address().without_peer().text());
}

BOOST_AUTO_TEST_CASE(a_wire_that_nobody_takes_closes_its_socket) {
  int ends[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor far{ends[0]};
  auto wire = troupe::actors::make_tcp_wire(Descriptor{ends[1]});
  BOOST_TEST(!wire->remote_address().has_value());  // no TCP address
  wire = nullptr;
  char byte = 0;
  BOOST_TEST(::recv(far.get(), &byte, 1, 0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
