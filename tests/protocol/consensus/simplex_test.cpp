#include "protocol/consensus/simplex.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tools/simulator/core/core_network.hpp"

namespace troupe::consensus {

using namespace std::chrono_literals;
using simulator::CoreNetwork;
using simulator::CoreOptions;

BOOST_AUTO_TEST_SUITE(simplex_test)

BOOST_AUTO_TEST_CASE(with_one_outstanding_batch_a_block_is_final_after_three_message_delays) {
  CoreNetwork network{CoreOptions{}};
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

BOOST_AUTO_TEST_CASE(an_idle_network_comes_to_rest_once_the_executed_root_is_exposed) {
  CoreNetwork network{CoreOptions{}};
  network.add_batch(0);
  network.run_for(1s);
  const std::uint64_t height = network.height(0);
  BOOST_CHECK_GE(height, 2);
  std::uint64_t broadcasts = 0;
  network.watch = [&](std::uint32_t, const Effect& effect) {
    if (std::holds_alternative<Broadcast>(effect)) ++broadcasts;
  };

  network.run_for(2s);

  BOOST_CHECK_EQUAL(network.height(0), height);
  BOOST_CHECK_EQUAL(broadcasts, 0);
  BOOST_CHECK_GE(network.machine(0).final_header().executed_height.number, 1);
}

BOOST_AUTO_TEST_CASE(an_idle_network_makes_an_empty_block_per_idle_interval) {
  CoreNetwork network{CoreOptions{}};

  network.run_for(26s);

  BOOST_CHECK_EQUAL(network.height(0), 5);
}

BOOST_AUTO_TEST_CASE(without_faults_no_view_is_wasted) {
  for (const std::uint32_t validators : {4U, 7U, 10U}) {
    CoreOptions options;
    options.validators = validators;
    CoreNetwork network{options};
    network.run_for(200ms);

    for (int i = 0; i < 100; ++i) {
      network.add_batch(0);
      network.run_for(20ms);
    }

    const Header& last = network.machine(0).final_header();
    BOOST_CHECK_EQUAL(last.view.number, last.height.number);
  }
}

BOOST_AUTO_TEST_CASE(with_one_validator_down_the_others_go_on) {
  CoreNetwork network{CoreOptions{}};
  network.run_for(500ms);
  network.crash(3);

  for (int i = 0; i < 20; ++i) {
    network.add_batch(0);
    network.run_for(500ms);
    BOOST_CHECK_EQUAL(network.ordered(0, 0), network.sealed(0));
  }
  network.restart(3);
  network.run_for(3s);

  BOOST_CHECK_EQUAL(network.ordered(3, 0), 20);
  for (const std::string& violation : network.oracle().violations())
    BOOST_ERROR(violation);
}

BOOST_AUTO_TEST_CASE(a_validator_that_lost_its_journal_follows_and_the_others_go_on) {
  CoreNetwork network{CoreOptions{}};
  network.add_batch(0);
  network.run_for(1s);
  network.crash(2);
  network.damage_journal(2);
  network.restart(2);

  network.add_batch(1);
  network.run_for(5s);

  BOOST_CHECK(network.machine(2).observer() == ObserverReason::JournalMissing);
  BOOST_CHECK_EQUAL(network.ordered(2, 1), 1);
  for (const std::string& violation : network.oracle().violations())
    BOOST_ERROR(violation);
}

BOOST_AUTO_TEST_CASE(a_validator_whose_journal_was_set_back_is_found_out_by_its_peers) {
  CoreNetwork network{CoreOptions{}};
  network.run_for(200ms);
  network.set_back_journal(2, [&] {
    network.add_batch(0);
    network.run_for(35ms);  // votes above finality are under way
  });
  network.run_for(2s);

  BOOST_CHECK(network.machine(2).observer() == ObserverReason::OwnItemUnknown);
  for (const std::string& violation : network.oracle().violations())
    BOOST_ERROR(violation);
}

BOOST_AUTO_TEST_CASE(after_a_power_cut_of_all_nothing_final_is_missing_and_the_network_goes_on) {
  CoreNetwork network{CoreOptions{}};
  for (std::uint32_t round = 1; round <= 10; ++round) {
    network.add_batch(round % 4);
    network.run_for(Duration{7'000 * round});
    const std::uint64_t height = network.oracle().height();
    for (std::uint32_t node = 0; node < 4; ++node)
      network.crash(node);
    for (std::uint32_t node = 0; node < 4; ++node)
      network.restart(node);
    network.run_for(2s);
    for (std::uint32_t node = 0; node < 4; ++node)
      BOOST_CHECK_GE(network.height(node), height);
  }
  for (const std::string& violation : network.oracle().violations())
    BOOST_ERROR(violation);
}

BOOST_AUTO_TEST_CASE(equal_inputs_give_equal_effects) {
  CoreOptions options;
  options.latency_max = 40ms;
  options.loss_permille = 50;
  std::vector<std::uint64_t> hashes;
  for (int run = 0; run < 2; ++run) {
    CoreNetwork network{options};
    for (int i = 0; i < 10; ++i) {
      network.add_batch(1);
      network.run_for(300ms);
    }
    hashes.push_back(network.trace_hash());
  }
  BOOST_CHECK_EQUAL(hashes[0], hashes[1]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
