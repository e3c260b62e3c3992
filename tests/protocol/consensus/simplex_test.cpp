#include "protocol/consensus/simplex.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/consensus_network.hpp"

namespace troupe::consensus {

using namespace std::chrono_literals;
using support::ConsensusNetwork;
using support::NetworkOptions;

BOOST_AUTO_TEST_SUITE(simplex_test)

BOOST_AUTO_TEST_CASE(with_one_outstanding_batch_a_block_is_final_after_three_message_delays) {
  ConsensusNetwork network{NetworkOptions{}};
  network.run_for(1s);
  BOOST_REQUIRE_EQUAL(network.height(0), 0);

  // The batch reaches the leader after one delay; proposal, notarize and finalize take one each.
  std::optional<Instant> committed;
  network.watch = [&](std::uint32_t, const Effect& effect) {
    if (std::holds_alternative<Commit>(effect) && !committed) committed = network.now();
  };
  const Instant sent = network.now();
  const std::uint32_t leader = network.machine(0).leader().number;
  network.add_batch(leader);
  network.run_for(1s);

  BOOST_REQUIRE(committed);
  BOOST_CHECK_EQUAL((*committed - sent).count(), Duration(30ms).count());
  for (std::uint32_t i = 0; i < 4; ++i)
    BOOST_CHECK_EQUAL(network.ordered(i, leader), 1);
  for (const std::string& violation : network.oracle().violations())
    BOOST_ERROR(violation);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
