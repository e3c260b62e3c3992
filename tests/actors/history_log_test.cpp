#include "actors/history_log.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/actors/stored_ledger.hpp"

using troupe::Height;
using troupe::test::StoredLedger;

BOOST_AUTO_TEST_SUITE(history_log_test)

BOOST_AUTO_TEST_CASE(every_header_leaves_the_nodes_that_it_completes) {
  StoredLedger ledger;
  for (int i = 0; i < 9; ++i)
    ledger.commit({});

  const auto nodes = troupe::actors::history_nodes(*ledger.rig.chain());

  const auto path = troupe::crypto::inclusion_path(nodes, {4, 9});
  BOOST_REQUIRE(path.has_value());
  const auto leaf =
      troupe::crypto::merkle_leaf(troupe::consensus::digest(ledger.blocks[3].header).view());
  BOOST_TEST(
      troupe::crypto::merkle_verify(leaf, {4, 9}, *path, ledger.blocks[8].header.history_root));
  BOOST_TEST(!nodes({4, 0}).has_value());
}

BOOST_AUTO_TEST_CASE(a_log_that_is_missing_is_made_from_the_blocks) {
  StoredLedger ledger;
  for (int i = 0; i < 9; ++i)
    ledger.commit({});
  const auto whole = ledger.entries();
  for (const auto& [key, value] : whole) {
    if (key[0] == 'y') ledger.alter(key, std::nullopt);
  }

  BOOST_REQUIRE(
      troupe::actors::complete_history(*ledger.rig.chain(), *ledger.rig.context(), ledger.newest())
          .ok());

  BOOST_TEST((ledger.entries() == whole));
}

BOOST_AUTO_TEST_CASE(the_stored_nodes_of_a_beginning_give_the_root_that_the_next_header_names) {
  StoredLedger ledger;
  for (int i = 0; i < 9; ++i)
    ledger.commit({});

  for (std::uint64_t size = 1; size <= 9; ++size) {
    const auto history =
        troupe::actors::stored_history(*ledger.rig.chain(), ledger.rig.context()->root(), size);
    BOOST_REQUIRE(history.has_value());
    BOOST_TEST((history->root() == ledger.blocks[size - 1].header.history_root));
  }
  BOOST_TEST(
      !troupe::actors::stored_history(*ledger.rig.chain(), ledger.rig.context()->root(), 11));
}

BOOST_AUTO_TEST_SUITE_END()
