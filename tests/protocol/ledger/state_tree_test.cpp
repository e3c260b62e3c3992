#include "protocol/ledger/state_tree.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/naive_tree.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using Writes = std::map<crypto::Digest, std::optional<crypto::Digest>>;

/// A key digest that begins with these bits and is otherwise determined by `tail`.
crypto::Digest key_of(std::initializer_list<std::uint8_t> head, std::uint8_t tail) {
  crypto::Digest digest;
  digest.bytes.fill(tail);
  std::copy(head.begin(), head.end(), digest.bytes.begin());
  return digest;
}

crypto::Digest value_of(std::uint64_t number) {
  return crypto::sha256(as_bytes(std::to_string(number)));
}

/// How many nodes the current version of a tree is made of.
std::size_t reachable(const samples::MemoryTree& tree, const NodeKey& key) {
  const TreeNodePointer node = tree.node(key);
  BOOST_REQUIRE(node);
  const auto* internal = std::get_if<InternalNode>(node.get());
  if (internal == nullptr) return 1;
  std::size_t count = 1;
  for (unsigned nibble = 0; nibble < InternalNode::kChildren; ++nibble) {
    if (const auto child = internal->child(nibble)) {
      count += reachable(tree, {child->version, key.path.child(nibble)});
    }
  }
  return count;
}

/// Random writes to a small set of keys, a third of them removals. Some keys share long prefixes.
Writes random_writes(samples::Random& random, std::size_t count) {
  Writes writes;
  for (std::size_t i = 0; i < count; ++i) {
    crypto::Digest key = crypto::sha256(samples::random_bytes(random, 1));
    if (samples::below(random, 3) == 0) {
      const std::size_t shared = samples::below(random, 32);
      for (std::size_t byte = 0; byte < shared; ++byte)
        key.bytes[byte] = 0xab;
    }
    const bool removes = samples::below(random, 3) == 0;
    const std::uint64_t number = samples::below(random, 4);
    writes[key] = removes ? std::nullopt : std::optional(value_of(number));
  }
  return writes;
}

void write_naively(samples::NaiveTree& naive, const Writes& writes) {
  for (const auto& [key, value] : writes) {
    if (value) naive[key] = *value;
    if (!value) naive.erase(key);
  }
}

bool same_nodes(const TreeUpdate& one, const TreeUpdate& other) {
  return std::equal(
      one.nodes.begin(),
      one.nodes.end(),
      other.nodes.begin(),
      other.nodes.end(),
      [](const NewNode& a, const NewNode& b) { return a.key == b.key && *a.node == *b.node; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_tree_test)

BOOST_AUTO_TEST_CASE(the_root_of_the_empty_state_is_the_placeholder) {
  BOOST_TEST(as_text(TreeState{}.root.view()) == "SPARSE_MERKLE_PLACEHOLDER_HASH__");
}

BOOST_AUTO_TEST_CASE(a_state_with_one_key_is_that_leaf) {
  samples::MemoryTree tree;

  const TreeUpdate update = tree.write(Height{1}, {{key_of({}, 1), value_of(1)}});

  BOOST_TEST((update.state.root == tree_leaf_hash(key_of({}, 1), value_of(1))));
  BOOST_TEST((update.state.version == Height{1}));
  BOOST_TEST(update.nodes.size() == 1U);
  BOOST_TEST(update.nodes[0].key.path.size() == 0U);
  BOOST_TEST(update.stale.empty());
}

BOOST_AUTO_TEST_CASE(two_keys_are_joined_at_the_bit_where_they_part) {
  samples::MemoryTree tree;
  const crypto::Digest low = key_of({0x10}, 0);
  const crypto::Digest high = key_of({0x18}, 0);

  tree.write(Height{1}, {{low, value_of(1)}, {high, value_of(2)}});

  crypto::Digest root =
      tree_inner_hash(tree_leaf_hash(low, value_of(1)), tree_leaf_hash(high, value_of(2)));
  for (const bool bit : {true, false, false, false}) {
    root =
        bit ? tree_inner_hash(empty_tree_hash(), root) : tree_inner_hash(root, empty_tree_hash());
  }
  BOOST_TEST((tree.state.root == root));
}

BOOST_AUTO_TEST_CASE(a_second_key_pushes_the_first_one_down_and_makes_its_old_place_stale) {
  samples::MemoryTree tree;
  tree.write(Height{1}, {{key_of({0x12}, 0), value_of(1)}});

  const TreeUpdate update = tree.write(Height{2}, {{key_of({0x12}, 9), value_of(2)}});

  // The keys part at the fourth nibble: four internal nodes and two leaves.
  BOOST_TEST(update.nodes.size() == 6U);
  BOOST_REQUIRE(update.stale.size() == 1U);
  BOOST_TEST((update.stale[0] == NodeKey{Height{1}, {}}));
}

BOOST_AUTO_TEST_CASE(removing_a_key_lifts_a_lonely_sibling) {
  samples::MemoryTree tree;
  const Writes first{{key_of({0x12}, 0), value_of(1)}};
  tree.write(Height{1}, first);
  const crypto::Digest root = tree.state.root;
  tree.write(Height{2}, {{key_of({0x12}, 9), value_of(2)}});

  tree.write(Height{3}, {{key_of({0x12}, 9), std::nullopt}});
  tree.prune();

  BOOST_TEST((tree.state.root == root));
  BOOST_TEST(tree.nodes.size() == 1U);
}

BOOST_AUTO_TEST_CASE(removing_the_last_key_leaves_the_empty_state_and_no_node) {
  samples::MemoryTree tree;
  tree.write(Height{1}, {{key_of({}, 1), value_of(1)}, {key_of({}, 2), value_of(1)}});

  tree.write(Height{2}, {{key_of({}, 1), std::nullopt}, {key_of({}, 2), std::nullopt}});
  tree.prune();

  BOOST_TEST(tree.state.is_empty());
  BOOST_TEST(tree.nodes.empty());
}

BOOST_AUTO_TEST_CASE(an_empty_state_can_be_filled_again) {
  samples::MemoryTree tree;
  tree.write(Height{1}, {{key_of({}, 1), value_of(1)}});
  tree.write(Height{2}, {{key_of({}, 1), std::nullopt}});

  tree.write(Height{3}, {{key_of({}, 1), value_of(1)}});

  BOOST_TEST((tree.state.root == tree_leaf_hash(key_of({}, 1), value_of(1))));
}

BOOST_AUTO_TEST_CASE(writes_that_change_nothing_make_no_version) {
  samples::MemoryTree tree;
  tree.write(Height{1}, {{key_of({}, 1), value_of(1)}, {key_of({}, 2), value_of(2)}});
  const TreeState before = tree.state;

  for (const Writes& writes :
       {Writes{}, Writes{{key_of({}, 1), value_of(1)}}, Writes{{key_of({}, 3), std::nullopt}}}) {
    const TreeUpdate update = tree.write(Height{2}, writes);
    BOOST_TEST((update.state == before));
    BOOST_TEST(update.nodes.empty());
    BOOST_TEST(update.stale.empty());
  }
}

BOOST_AUTO_TEST_CASE(keys_that_differ_in_the_last_bit_only_are_kept_apart) {
  samples::MemoryTree tree;
  crypto::Digest even = key_of({}, 0xee);
  crypto::Digest odd = even;
  odd.bytes[31] ^= 1;

  tree.write(Height{1}, {{even, value_of(1)}, {odd, value_of(2)}});

  BOOST_TEST((tree.state.root == samples::naive_root({{even, value_of(1)}, {odd, value_of(2)}})));
  BOOST_TEST(tree.nodes.size() == 66U);
}

BOOST_AUTO_TEST_CASE(random_writes_and_removals_agree_with_the_definition_of_the_trie) {
  samples::Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  samples::MemoryTree tree;
  samples::NaiveTree naive;

  for (std::uint64_t height = 1; height <= 300; ++height) {
    const std::size_t count = samples::below(random, 40);
    const Writes writes = random_writes(random, count);
    write_naively(naive, writes);
    tree.write(Height{height}, writes);
    BOOST_TEST((tree.state.root == samples::naive_root(naive)));
    // After pruning there is exactly what the current version needs.
    tree.prune();
    const std::size_t needed =
        tree.state.is_empty() ? 0 : reachable(tree, {tree.state.version, {}});
    BOOST_TEST(tree.nodes.size() == needed);
  }
}

BOOST_AUTO_TEST_CASE(the_root_does_not_depend_on_the_way_to_the_state) {
  samples::Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  samples::MemoryTree stepwise;
  samples::NaiveTree naive;
  for (std::uint64_t height = 1; height <= 50; ++height) {
    const Writes writes = random_writes(random, 10);
    write_naively(naive, writes);
    stepwise.write(Height{height}, writes);
  }

  samples::MemoryTree at_once;
  at_once.write(Height{1}, Writes(naive.begin(), naive.end()));

  BOOST_TEST((stepwise.state.root == at_once.state.root));
}

BOOST_AUTO_TEST_CASE(old_versions_stay_readable_until_they_are_pruned) {
  samples::Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  samples::MemoryTree tree;
  std::vector<TreeState> states;
  for (std::uint64_t height = 1; height <= 20; ++height) {
    tree.write(Height{height}, random_writes(random, 30));
    states.push_back(tree.state);
  }

  for (const TreeState& state : states) {
    const TreeNodePointer root = tree.node({state.version, {}});
    BOOST_REQUIRE(root);
    BOOST_TEST((hash_of(*root) == state.root));
    BOOST_TEST(reachable(tree, {state.version, {}}) > 0U);
  }
}

BOOST_AUTO_TEST_CASE(equal_inputs_give_equal_nodes_in_equal_order) {
  samples::Random random(samples::seed());
  samples::MemoryTree tree;
  tree.write(Height{1}, random_writes(random, 200));
  std::vector<TreeWrite> writes;
  for (const auto& [key, value] : random_writes(random, 100))
    writes.push_back({key, value});

  const auto once = apply(tree, tree.state, Height{2}, writes);
  const auto again = apply(tree, tree.state, Height{2}, writes);

  BOOST_REQUIRE(once.ok() && again.ok());
  BOOST_TEST((once->state == again->state));
  BOOST_TEST((once->stale == again->stale));
  BOOST_TEST(same_nodes(*once, *again));
}

BOOST_AUTO_TEST_CASE(a_leaf_that_a_write_knows_need_not_be_there) {
  samples::MemoryTree tree;
  tree.write(Height{1}, {{key_of({0x12}, 0), value_of(1)}, {key_of({0x13}, 0), value_of(2)}});
  samples::MemoryTree without = tree;
  without.nodes.erase({Height{1}, NibblePath().child(1).child(2)});
  std::vector<TreeWrite> writes{{key_of({0x12}, 0), value_of(3)}};

  BOOST_TEST(!apply(without, tree.state, Height{2}, writes).ok());
  writes[0].before = value_of(7);  // which is wrong
  BOOST_TEST(!apply(without, tree.state, Height{2}, writes).ok());
  writes[0].before = value_of(1);
  const auto known = apply(without, tree.state, Height{2}, writes);

  BOOST_REQUIRE(known.ok());
  BOOST_TEST((known->state == apply(tree, tree.state, Height{2}, writes)->state));
}

BOOST_AUTO_TEST_CASE(what_a_write_says_of_the_value_before_changes_nothing) {
  samples::Random random(samples::seed());
  samples::MemoryTree tree;
  const Writes first = random_writes(random, 200);
  tree.write(Height{1}, first);
  std::vector<TreeWrite> plain;
  std::vector<TreeWrite> knowing;
  for (const auto& [key, value] : random_writes(random, 100)) {
    plain.push_back({key, value});
    const auto before = first.find(key);
    knowing.push_back({key, value, value_of(samples::below(random, 2))});
    if (before != first.end() && samples::below(random, 2) == 0)
      knowing.back().before = before->second;
  }

  const auto one = apply(tree, tree.state, Height{2}, plain);
  const auto other = apply(tree, tree.state, Height{2}, knowing);

  BOOST_REQUIRE(one.ok() && other.ok());
  BOOST_TEST((one->state == other->state));
  BOOST_TEST((one->stale == other->stale));
  BOOST_TEST(same_nodes(*one, *other));
}

BOOST_AUTO_TEST_CASE(nodes_survive_their_encoding) {
  samples::Random random(samples::seed());
  samples::MemoryTree tree;
  tree.write(Height{1}, random_writes(random, 200));

  for (auto& [key, node] : tree.nodes) {
    auto decoded = decode_tree_node(encode(*node));
    BOOST_REQUIRE(decoded.ok());
    node = std::make_shared<const TreeNode>(std::move(decoded).value());
  }

  const Writes writes = random_writes(random, 50);
  samples::NaiveTree naive;
  for (const auto& [key, node] : tree.nodes) {
    const auto* leaf = std::get_if<TreeLeaf>(node.get());
    if (leaf != nullptr) naive[leaf->key_digest] = leaf->value_digest;
  }
  write_naively(naive, writes);
  tree.write(Height{2}, writes);
  BOOST_TEST((tree.state.root == samples::naive_root(naive)));
}

BOOST_AUTO_TEST_CASE(a_missing_or_foreign_node_is_reported_and_nothing_is_made_of_it) {
  samples::MemoryTree tree;
  tree.write(Height{1}, {{key_of({0x12}, 0), value_of(1)}, {key_of({0x13}, 0), value_of(2)}});
  const std::vector<TreeWrite> writes{{key_of({0x12}, 0), value_of(3)}};

  for (const auto& [key, node] : tree.nodes) {
    const bool is_read = key.path.size() < 2 || key.path == NibblePath().child(1).child(2);
    samples::MemoryTree without = tree;
    without.nodes.erase(key);
    BOOST_TEST(apply(without, tree.state, Height{2}, writes).ok() == !is_read);
    samples::MemoryTree foreign = tree;
    foreign.nodes[key] = std::make_shared<const TreeNode>(TreeLeaf{value_of(8), value_of(9)});
    BOOST_TEST(apply(foreign, tree.state, Height{2}, writes).ok() == !is_read);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
