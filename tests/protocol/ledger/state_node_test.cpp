#include "protocol/ledger/state_node.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using codec::WireError;

crypto::Digest digest_of(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

InternalNode::Children sample_children() {
  InternalNode::Children children;
  children[0] = TreeChild{Height{1}, true, digest_of("zero")};
  children[1] = TreeChild{Height{300}, false, digest_of("one")};
  children[15] = TreeChild{Height{2}, true, digest_of("fifteen")};
  return children;
}

InternalNode::Children random_children(samples::Random& random) {
  InternalNode::Children children;
  for (std::size_t tries = samples::below(random, 24); tries > 0; --tries) {
    TreeChild made;
    made.version = Height{samples::below(random, 1000)};
    made.is_leaf = samples::below(random, 2) == 0;
    made.hash = crypto::sha256(samples::random_bytes(random, 8));
    children[samples::below(random, children.size())] = made;
  }
  return children;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_node_test)

BOOST_AUTO_TEST_CASE(hashes_are_those_of_the_specification) {
  const crypto::Digest left = digest_of("left");
  const crypto::Digest right = digest_of("right");
  Bytes leaf = samples::bytes_of("JMT::LeafNode");
  append(leaf, left.view());
  append(leaf, right.view());
  Bytes inner = samples::bytes_of("JMT::IntrnalNode");
  append(inner, left.view());
  append(inner, right.view());

  BOOST_TEST(as_text(empty_tree_hash().view()) == "SPARSE_MERKLE_PLACEHOLDER_HASH__");
  BOOST_TEST((tree_leaf_hash(left, right) == crypto::sha256(leaf)));
  BOOST_TEST((tree_inner_hash(left, right) == crypto::sha256(inner)));
}

BOOST_AUTO_TEST_CASE(bits_and_nibbles_are_counted_from_the_most_significant_one) {
  crypto::Digest digest;
  digest.bytes[0] = 0x4a;
  digest.bytes[31] = 0x01;

  BOOST_TEST(!bit_of(digest, 0));
  BOOST_TEST(bit_of(digest, 1));
  BOOST_TEST(bit_of(digest, 255));
  BOOST_TEST(nibble_of(digest, 0) == 4U);
  BOOST_TEST(nibble_of(digest, 1) == 10U);
  BOOST_TEST(nibble_of(digest, 63) == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_packs_two_nibbles_a_byte) {
  const NibblePath path = NibblePath().child(1).child(0xf).child(7);

  const Bytes expected{0x1f, 0x70};
  BOOST_TEST(equal(path.packed(), expected));
  BOOST_TEST(path.size() == 3U);
  BOOST_TEST((NibblePath::from(3, expected) == path));
}

BOOST_AUTO_TEST_CASE(a_path_of_a_digest_has_up_to_64_nibbles) {
  const crypto::Digest digest = digest_of("key");

  const NibblePath whole = NibblePath::first_of(digest, 64);

  BOOST_TEST(equal(whole.packed(), digest.view()));
  BOOST_TEST((NibblePath::first_of(digest, 63).child(nibble_of(digest, 63)) == whole));
}

BOOST_AUTO_TEST_CASE(a_packed_path_of_wrong_length_or_padding_is_refused) {
  BOOST_TEST(!NibblePath::from(3, Bytes{0x1f}).has_value());
  BOOST_TEST(!NibblePath::from(3, Bytes{0x1f, 0x70, 0x00}).has_value());
  BOOST_TEST(!NibblePath::from(3, Bytes{0x1f, 0x71}).has_value());
  BOOST_TEST(!NibblePath::from(65, Bytes(33)).has_value());
  BOOST_TEST(NibblePath::from(0, Bytes{}).has_value());
}

BOOST_AUTO_TEST_CASE(a_node_hashes_the_four_levels_above_its_children) {
  const InternalNode node(sample_children());
  const crypto::Digest& empty = empty_tree_hash();

  // Nibbles 0 and 1 are siblings; 15 is a leaf alone in the right half, so that half is the leaf.
  crypto::Digest left = tree_inner_hash(digest_of("zero"), digest_of("one"));
  left = tree_inner_hash(left, empty);
  left = tree_inner_hash(left, empty);
  BOOST_TEST((node.hash() == tree_inner_hash(left, digest_of("fifteen"))));
}

BOOST_AUTO_TEST_CASE(an_internal_child_keeps_its_depth_even_if_it_is_alone) {
  InternalNode::Children children;
  children[2] = TreeChild{Height{1}, false, digest_of("inner")};
  const InternalNode node(children);
  const crypto::Digest& empty = empty_tree_hash();

  crypto::Digest hash = tree_inner_hash(digest_of("inner"), empty);
  hash = tree_inner_hash(empty, hash);
  hash = tree_inner_hash(hash, empty);
  hash = tree_inner_hash(hash, empty);
  BOOST_TEST((node.hash() == hash));
}

BOOST_AUTO_TEST_CASE(changing_children_gives_the_node_that_they_make_from_scratch) {
  samples::Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  InternalNode node;

  for (int round = 0; round < 500; ++round) {
    const InternalNode::Children children = random_children(random);
    std::vector<InternalNode::Replacement> replacements;
    for (unsigned nibble = 0; nibble < InternalNode::kChildren; ++nibble) {
      if (children[nibble] != node.child(nibble))
        replacements.push_back({nibble, children[nibble]});
    }
    const InternalNode::Below expected = InternalNode(children).below(1);
    const InternalNode::Below told = node.children_with(replacements);
    node = node.with(replacements);
    BOOST_TEST(told.count == expected.count);
    BOOST_TEST(told.first == expected.first);
    BOOST_TEST(told.is_single_leaf == expected.is_single_leaf);
    BOOST_TEST((node == InternalNode(children)));
    BOOST_TEST((node.children() == children));
  }
}

BOOST_AUTO_TEST_CASE(nodes_decode_to_what_was_encoded) {
  const TreeNode internal = InternalNode(sample_children());
  const TreeNode leaf = TreeLeaf{digest_of("key"), digest_of("value")};

  for (const TreeNode& node : {internal, leaf}) {
    const Bytes encoded = encode(node);
    const auto decoded = decode_tree_node(encoded);
    BOOST_REQUIRE(decoded.ok());
    BOOST_TEST((*decoded == node));
    BOOST_TEST((hash_of(*decoded) == hash_of(node)));
  }
}

BOOST_AUTO_TEST_CASE(a_node_cut_at_any_length_or_too_long_is_refused) {
  const TreeNode internal = InternalNode(sample_children());
  const TreeNode leaf = TreeLeaf{digest_of("key"), digest_of("value")};

  for (const TreeNode& node : {internal, leaf}) {
    Bytes encoded = encode(node);
    for (std::size_t size = 0; size < encoded.size(); ++size) {
      const auto cut = decode_tree_node(ByteView(encoded).first(size));
      BOOST_TEST(!cut.ok());
    }
    encoded.push_back(0);
    BOOST_TEST((decode_tree_node(encoded).error() == WireError::TrailingBytes));
  }
}

BOOST_AUTO_TEST_CASE(a_version_with_a_needless_byte_is_refused) {
  Bytes encoded = encode(TreeNode(InternalNode(sample_children())));
  const std::size_t version_at = 5;
  BOOST_REQUIRE(encoded[version_at] == 1);
  encoded[version_at] = 0x81;
  encoded.insert(encoded.begin() + version_at + 1, 0x00);

  BOOST_TEST((decode_tree_node(encoded).error() == WireError::NotMinimal));
}

BOOST_AUTO_TEST_CASE(nodes_that_no_tree_contains_are_refused) {
  Bytes single_leaf{1, 0, 1, 0, 1, 7};
  single_leaf.resize(single_leaf.size() + 32);
  Bytes leaf_not_present{1, 0, 1, 0, 2, 7};
  leaf_not_present.resize(leaf_not_present.size() + 32);

  BOOST_TEST((decode_tree_node(Bytes{1, 0, 0, 0, 0}).error() == WireError::OutOfRange));
  BOOST_TEST((decode_tree_node(single_leaf).error() == WireError::OutOfRange));
  BOOST_TEST((decode_tree_node(leaf_not_present).error() == WireError::OutOfRange));
  BOOST_TEST((decode_tree_node(Bytes{3}).error() == WireError::OutOfRange));
  BOOST_TEST((decode_tree_node(Bytes{}).error() == WireError::Truncated));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
