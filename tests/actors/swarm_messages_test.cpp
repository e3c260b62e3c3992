#include "actors/swarm_messages.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

using troupe::actors::kChannels;
using troupe::actors::SwarmError;

BOOST_AUTO_TEST_SUITE(swarm_messages_test)

BOOST_AUTO_TEST_CASE(every_channel_has_a_protocol_and_bounds_of_its_own) {
  std::set<std::string_view> names;
  for (const auto channel : kChannels) {
    names.insert(troupe::actors::protocol_id(channel));
    BOOST_TEST(message_bytes_max(channel) > 0U);
    BOOST_TEST(queue_bytes_max(channel) >= message_bytes_max(channel));
  }

  BOOST_TEST(names.size() == kChannels.size());
  BOOST_TEST(names.contains("/troupe/consensus/1.0.0"));
}

BOOST_AUTO_TEST_CASE(an_error_keeps_its_name_inside_an_actors_error) {
  const auto error = make_error(SwarmError::BusyPort);

  BOOST_TEST((troupe::actors::swarm_error(error) == SwarmError::BusyPort));
  BOOST_TEST(!troupe::actors::swarm_error(caf::make_error(caf::sec::request_timeout)));
  BOOST_TEST(!troupe::actors::swarm_error(caf::error{}));
}

BOOST_AUTO_TEST_SUITE_END()
