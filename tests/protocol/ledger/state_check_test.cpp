#include "protocol/ledger/state_check.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

crypto::Digest digest_of(std::uint64_t number) {
  return crypto::sha256(as_bytes(std::to_string(number)));
}

/// A tree of so many keys; each has the digest of its number as its value.
samples::MemoryTree tree_of(std::uint64_t keys) {
  samples::MemoryTree tree;
  std::map<crypto::Digest, std::optional<crypto::Digest>> writes;
  for (std::uint64_t number = 0; number < keys; ++number)
    writes[digest_of(1000 + number)] = digest_of(number);
  tree.write(Height{1}, writes);
  return tree;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_check_test)

BOOST_AUTO_TEST_CASE(a_state_has_the_values_it_was_given_and_no_others) {
  for (const std::uint64_t keys : {1U, 2U, 300U}) {
    const samples::MemoryTree tree = tree_of(keys);
    for (std::uint64_t number = 0; number < keys; ++number) {
      const crypto::Digest key = digest_of(1000 + number);
      BOOST_TEST(has_value(tree, tree.state, key, digest_of(number)).value());
      BOOST_TEST(!has_value(tree, tree.state, key, digest_of(number + 1)).value());
      BOOST_TEST(!has_value(tree, tree.state, key, std::nullopt).value());
    }
    for (std::uint64_t number = 5000; number < 5100; ++number) {
      BOOST_TEST(has_value(tree, tree.state, digest_of(number), std::nullopt).value());
      BOOST_TEST(!has_value(tree, tree.state, digest_of(number), digest_of(1)).value());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_empty_state_has_nothing) {
  const samples::MemoryTree tree;

  BOOST_TEST(has_value(tree, {}, digest_of(1), std::nullopt).value());
  BOOST_TEST(!has_value(tree, {}, digest_of(1), digest_of(1)).value());
}

BOOST_AUTO_TEST_CASE(the_leaf_of_a_value_that_is_right_is_not_read) {
  samples::MemoryTree tree = tree_of(300);
  std::erase_if(tree.nodes,
                [](const auto& entry) { return std::holds_alternative<TreeLeaf>(*entry.second); });

  for (std::uint64_t number = 0; number < 300; ++number) {
    const crypto::Digest key = digest_of(1000 + number);
    BOOST_TEST(has_value(tree, tree.state, key, digest_of(number)).value());
    BOOST_TEST(!has_value(tree, tree.state, key, digest_of(number + 1)).ok());
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_what_its_parent_says_is_not_believed) {
  samples::MemoryTree tree = tree_of(300);
  const samples::MemoryTree other = tree_of(299);
  const NodeKey root{Height{1}, {}};
  tree.nodes[root] = other.nodes.at(root);

  BOOST_TEST(!has_value(tree, tree.state, digest_of(1000), digest_of(0)).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
