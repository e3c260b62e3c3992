#include "protocol/proof/founding.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/sample_proofs.hpp"

using troupe::support::sample_proofs;

BOOST_AUTO_TEST_SUITE(founding)

BOOST_AUTO_TEST_CASE(a_genesis_founds_the_root_block_and_the_electorate_that_signs_for_it) {
  const auto& genesis = sample_proofs().genesis;

  const auto founding = troupe::proof::found(genesis);

  BOOST_REQUIRE(founding.ok());
  BOOST_TEST((founding->root.chain == troupe::ledger::chain_id(genesis)));
  BOOST_TEST((founding->electorate.binding.chain == founding->root.chain));
  BOOST_TEST((founding->electorate.binding.root == troupe::consensus::digest(founding->root)));
  BOOST_TEST(founding->electorate.validators.size() == 4u);
  BOOST_TEST((founding->root.validators == founding->electorate.validators.digest()));
}

BOOST_AUTO_TEST_CASE(a_genesis_without_validators_founds_nothing) {
  troupe::ledger::Genesis genesis = sample_proofs().genesis;
  genesis.validators.clear();

  const auto founding = troupe::proof::found(genesis);

  BOOST_TEST((founding.error() == troupe::consensus::ValidatorSetError::Empty));
}

BOOST_AUTO_TEST_SUITE_END()
