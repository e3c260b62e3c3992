#include "tools/troupe/tunnel.hpp"

#include <boost/test/unit_test.hpp>

#include "actors/socket.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::actors::LinkError;
using troupe::network::Multiaddr;
using troupe::tools::parse_via;
using troupe::tools::tunnel_to;

troupe::crypto::KeyPair key(std::uint8_t number) {
  std::array<std::uint8_t, 32> seed{};
  seed[0] = number;
  return troupe::crypto::KeyPair::from_seed(seed).value();
}

troupe::network::PeerId peer(std::uint8_t number) {
  return troupe::network::PeerId::from_public_key(key(number).public_key());
}

LinkError failure_at(const Multiaddr& address, std::chrono::milliseconds deadline) {
  const auto link = tunnel_to({address.with_peer(peer(1)), key(2)})(deadline);
  BOOST_REQUIRE(!link);
  return link.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tunnel_test)

BOOST_AUTO_TEST_CASE(an_address_names_host_port_and_peer) {
  const std::string text = "/ip4/127.0.0.1/tcp/7701/p2p/" + peer(1).text();
  const auto address = parse_via(text);
  BOOST_REQUIRE(address.ok());
  BOOST_TEST(address->text() == text);
}

BOOST_AUTO_TEST_CASE(an_address_that_lacks_something_is_refused_with_what_to_write) {
  for (const std::string text : {"",
                                 "127.0.0.1:7701",
                                 "/ip4/127.0.0.1/tcp/7701",
                                 "/ip4/127.0.0.1",
                                 "/ip4/127.0.0.1/udp/7701/quic-v1",
                                 "/ip4/127.0.0.1/tcp/7701/p2p/nobody"}) {
    const auto address = parse_via(text);
    BOOST_REQUIRE(!address.ok());
    BOOST_TEST((address.error().exit == troupe::tools::ExitCode::Usage));
    BOOST_TEST(address.error().hint.find("/p2p/PEER_ID") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(nobody_there_is_unreachable) {
  auto listening = troupe::actors::listen_tcp(Multiaddr::parse("/ip4/127.0.0.1/tcp/0").value());
  BOOST_REQUIRE(listening.ok());
  const Multiaddr address = listening->address;
  listening->descriptor = troupe::actors::Descriptor{};
  BOOST_TEST((failure_at(address, 10s) == LinkError::Unreachable));
}

BOOST_AUTO_TEST_CASE(somebody_who_never_speaks_is_given_up) {
  const auto listening =
      troupe::actors::listen_tcp(Multiaddr::parse("/ip4/127.0.0.1/tcp/0").value());
  BOOST_REQUIRE(listening.ok());
  BOOST_TEST((failure_at(listening->address, 50ms) == LinkError::Timeout));
}

BOOST_AUTO_TEST_SUITE_END()
