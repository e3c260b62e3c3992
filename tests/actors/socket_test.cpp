#include "actors/socket.hpp"

#include <chrono>

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

using namespace std::chrono_literals;
using troupe::actors::connect_tcp;
using troupe::actors::Descriptor;
using troupe::actors::listen_tcp;
using troupe::actors::make_cancel_event;
using troupe::actors::SwarmError;
using troupe::network::Multiaddr;

namespace {

Multiaddr address(const std::string& text) {
  return Multiaddr::parse(text).value();
}

/// A listener whose queue of connections is full: the next one gets no answer.
struct Silent {
  troupe::actors::Listening listening = listen_tcp(address("/ip4/127.0.0.1/tcp/0")).value();
  std::vector<Descriptor> waiting;

  Silent() {
    ::listen(listening.descriptor.get(), 0);
    for (int i = 0; i < 2; ++i) {
      auto connected = connect_tcp(listening.address, 100ms, make_cancel_event());
      if (connected) waiting.push_back(std::move(*connected));
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(socket_test)

BOOST_AUTO_TEST_CASE(a_chosen_port_is_named_and_can_be_connected_to) {
  for (const auto* text : {"/ip4/127.0.0.1/tcp/0", "/ip6/::1/tcp/0"}) {
    const auto listening = listen_tcp(address(text));
    BOOST_REQUIRE(listening.ok());
    BOOST_TEST(listening->address.tcp_endpoint()->port != 0);

    const auto connected = connect_tcp(listening->address, 10s, make_cancel_event());

    BOOST_REQUIRE(connected.ok());
    const auto far_end = troupe::actors::remote_address(*connected);
    BOOST_REQUIRE(far_end.has_value());
    BOOST_TEST(far_end->text() == listening->address.text());
  }
}

BOOST_AUTO_TEST_CASE(a_name_is_resolved) {
  const auto listening = listen_tcp(address("/ip4/127.0.0.1/tcp/0"));
  BOOST_REQUIRE(listening.ok());
  const auto port = std::to_string(listening->address.tcp_endpoint()->port);

  BOOST_TEST(connect_tcp(address("/dns4/localhost/tcp/" + port), 10s, make_cancel_event()).ok());
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_busy) {
  const auto first = listen_tcp(address("/ip4/127.0.0.1/tcp/0"));
  BOOST_REQUIRE(first.ok());

  const auto second = listen_tcp(first->address);

  BOOST_REQUIRE(!second.ok());
  BOOST_TEST((second.error() == SwarmError::BusyPort));
}

BOOST_AUTO_TEST_CASE(an_address_of_another_machine_is_refused) {
  const auto listening = listen_tcp(address("/ip4/192.0.2.1/tcp/0"));

  BOOST_REQUIRE(!listening.ok());
  BOOST_TEST((listening.error() == SwarmError::AddressRefused));
}

BOOST_AUTO_TEST_CASE(only_tcp_on_an_ip_address_can_be_listened_at) {
  for (const auto* text : {"/ip4/127.0.0.1/udp/1", "/dns4/localhost/tcp/1"}) {
    const auto listening = listen_tcp(address(text));

    BOOST_REQUIRE(!listening.ok());
    BOOST_TEST((listening.error() == SwarmError::NotTcp));
  }
}

BOOST_AUTO_TEST_CASE(a_port_that_nobody_listens_at_is_unreachable) {
  auto listening = listen_tcp(address("/ip4/127.0.0.1/tcp/0"));
  BOOST_REQUIRE(listening.ok());
  const auto free = listening->address;
  { const auto closed = std::move(listening->descriptor); }

  const auto connected = connect_tcp(free, 10s, make_cancel_event());

  BOOST_REQUIRE(!connected.ok());
  BOOST_TEST((connected.error() == SwarmError::Unreachable));
}

BOOST_AUTO_TEST_CASE(silence_ends_at_the_deadline) {
  const Silent silent;

  const auto started = std::chrono::steady_clock::now();
  const auto connected = connect_tcp(silent.listening.address, 100ms, make_cancel_event());

  BOOST_REQUIRE(!connected.ok());
  BOOST_TEST((connected.error() == SwarmError::Timeout));
  BOOST_TEST((std::chrono::steady_clock::now() - started >= 100ms));
}

BOOST_AUTO_TEST_CASE(a_fired_event_ends_a_connect_at_once) {
  const Silent silent;
  const auto cancel = make_cancel_event();
  fire(cancel);

  const auto started = std::chrono::steady_clock::now();
  const auto connected = connect_tcp(silent.listening.address, 60s, cancel);

  BOOST_TEST(!connected.ok());
  BOOST_TEST((std::chrono::steady_clock::now() - started < 30s));
}

BOOST_AUTO_TEST_SUITE_END()
