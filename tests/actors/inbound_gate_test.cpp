#include "actors/inbound_gate.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"

using troupe::Instant;
using troupe::actors::InboundGate;

namespace {

constexpr Instant kStart{std::chrono::hours(1)};

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound_gate_test)

BOOST_AUTO_TEST_CASE(an_address_may_burst_and_then_keeps_to_its_rate) {
  InboundGate gate;
  InboundGate::Ticket ticket = 0;
  for (std::size_t i = 0; i < troupe::kInboundBurstPerAddress; ++i) {
    BOOST_TEST(gate.enter("10.0.0.1", ++ticket, kStart).admitted);
    gate.leave(ticket);
  }

  BOOST_TEST(!gate.enter("10.0.0.1", ++ticket, kStart).admitted);
  BOOST_TEST(gate.enter("10.0.0.2", ++ticket, kStart).admitted);
  const auto later = kStart + std::chrono::seconds(1);
  for (std::size_t i = 0; i < troupe::kInboundPerSecondPerAddress; ++i) {
    BOOST_TEST(gate.enter("10.0.0.1", ++ticket, later).admitted);
    gate.leave(ticket);
  }
  BOOST_TEST(!gate.enter("10.0.0.1", ++ticket, later).admitted);
}

BOOST_AUTO_TEST_CASE(the_oldest_pending_connection_of_an_address_makes_room) {
  InboundGate gate;
  InboundGate::Ticket ticket = 0;
  for (std::size_t i = 0; i < troupe::kPendingInboundPerAddressMax; ++i) {
    BOOST_TEST(!gate.enter("10.0.0.1", ++ticket, kStart).evicted);
  }
  gate.leave(1);
  BOOST_TEST(!gate.enter("10.0.0.1", ++ticket, kStart).evicted);

  const auto entry = gate.enter("10.0.0.1", ++ticket, kStart);

  BOOST_TEST(entry.admitted);
  BOOST_TEST((entry.evicted == InboundGate::Ticket{2}));
  BOOST_TEST(gate.pending() == troupe::kPendingInboundPerAddressMax);
}

BOOST_AUTO_TEST_CASE(the_oldest_of_all_makes_room_when_many_addresses_are_pending) {
  InboundGate gate;
  InboundGate::Ticket ticket = 0;
  for (std::size_t i = 0; i < troupe::kPendingInboundMax; ++i) {
    BOOST_TEST(gate.enter("10.0.0." + std::to_string(i), ++ticket, kStart).admitted);
  }

  const auto entry = gate.enter("10.0.1.1", ++ticket, kStart);

  BOOST_TEST((entry.evicted == InboundGate::Ticket{1}));
  BOOST_TEST(gate.pending() == troupe::kPendingInboundMax);
}

BOOST_AUTO_TEST_CASE(only_so_many_addresses_are_remembered_and_idle_ones_are_forgotten) {
  InboundGate gate;
  InboundGate::Ticket ticket = 0;
  for (std::size_t i = 0; i < troupe::kInboundAddressesMax; ++i) {
    BOOST_TEST(gate.enter("address " + std::to_string(i), ++ticket, kStart).admitted);
    gate.leave(ticket);
  }

  BOOST_TEST(!gate.enter("one more", ++ticket, kStart).admitted);
  BOOST_TEST(gate.enter("one more", ++ticket, kStart + std::chrono::minutes(1)).admitted);
}

BOOST_AUTO_TEST_SUITE_END()
