#include "actors/block_writes.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/actors/stored_ledger.hpp"

BOOST_AUTO_TEST_SUITE(block_writes_test)

BOOST_AUTO_TEST_CASE(a_block_leaves_its_record_its_indexes_its_receipts_and_its_state) {
  troupe::test::StoredLedger ledger;
  const auto before = ledger.entries();
  const auto transaction = ledger.chain.put("key", "value");

  ledger.commit({transaction});

  std::string kinds;
  for (const auto& [key, value] : ledger.entries()) {
    if (before.contains(key)) continue;
    if (kinds.empty() || kinds.back() != static_cast<char>(key[0])) {
      kinds.push_back(static_cast<char>(key[0]));
    }
  }
  // In the order of bytes: receipts, block, batch, header index, state keys and nodes, name, root,
  // transaction, state values, history.
  BOOST_TEST(kinds == "Rbdfknprtvy");
}

BOOST_AUTO_TEST_SUITE_END()
