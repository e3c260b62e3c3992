#include "protocol/crypto/merkle.hpp"

#include <bit>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::crypto {

namespace {

using support::hex;
using support::Random;

constexpr std::size_t kSizeMax = 300;

// The leaves and roots that the implementations of RFC 6962 test one another with.
const std::vector<std::string_view> kPublishedLeaves{"",
                                                     "00",
                                                     "10",
                                                     "2021",
                                                     "3031",
                                                     "40414243",
                                                     "5051525354555657",
                                                     "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string_view> kPublishedRoots{
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Digest> published_leaf_hashes(std::size_t size) {
  std::vector<Digest> hashes;
  for (std::size_t i = 0; i < size; ++i)
    hashes.push_back(merkle_leaf(hex(kPublishedLeaves[i])));
  return hashes;
}

std::vector<Digest> leaf_hashes(std::size_t size) {
  std::vector<Digest> hashes;
  for (std::size_t i = 0; i < size; ++i)
    hashes.push_back(merkle_leaf(as_bytes(std::to_string(i))));
  return hashes;
}

// The definition, as RFC 6962 section 2.1 writes it: split at the largest power of two below n.
Digest root_by_definition(std::span<const Digest> leaves) {
  if (leaves.empty()) return sha256(ByteView{});
  if (leaves.size() == 1) return leaves.front();
  const std::size_t split = std::bit_floor(leaves.size() - 1);
  return merkle_node(root_by_definition(leaves.first(split)),
                     root_by_definition(leaves.subspan(split)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(merkle_test)

BOOST_AUTO_TEST_CASE(the_published_roots_come_out) {
  for (std::size_t size = 0; size < kPublishedRoots.size(); ++size) {
    BOOST_TEST(merkle_root(published_leaf_hashes(size)).hex() == kPublishedRoots[size]);
  }
}

BOOST_AUTO_TEST_CASE(the_published_audit_paths_come_out) {
  const auto path = merkle_path(published_leaf_hashes(8), 5);

  BOOST_REQUIRE(path.size() == 3u);
  BOOST_TEST(path[0].hex() == "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  BOOST_TEST(path[1].hex() == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  BOOST_TEST(path[2].hex() == kPublishedRoots[4]);
}

BOOST_AUTO_TEST_CASE(the_root_is_the_one_of_the_definition_at_every_size) {
  const std::vector<Digest> leaves = leaf_hashes(kSizeMax);
  for (std::size_t size = 0; size <= kSizeMax; ++size) {
    const auto part = std::span(leaves).first(size);
    BOOST_REQUIRE(merkle_root(part) == root_by_definition(part));
  }
}

BOOST_AUTO_TEST_CASE(a_leaf_is_never_a_node) {
  const Digest left = merkle_leaf(as_bytes("left"));
  const Digest right = merkle_leaf(as_bytes("right"));
  Bytes content = to_bytes(left.view());
  append(content, right.view());

  BOOST_CHECK(merkle_leaf(content) != merkle_node(left, right));
}

BOOST_AUTO_TEST_CASE(every_path_leads_from_its_leaf_to_the_root) {
  const std::vector<Digest> leaves = leaf_hashes(70);
  for (std::uint64_t size = 1; size <= leaves.size(); ++size) {
    const auto part = std::span(leaves).first(size);
    const Digest root = merkle_root(part);
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto path = merkle_path(part, index);
      BOOST_REQUIRE(merkle_verify(part[index], {.index = index, .size = size}, path, root));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_path_proves_nothing_else) {
  const std::vector<Digest> leaves = leaf_hashes(21);
  const Digest root = merkle_root(leaves);
  for (std::uint64_t index = 0; index < leaves.size(); ++index) {
    const auto path = merkle_path(leaves, index);
    for (std::uint64_t other = 0; other < leaves.size() + 3; ++other) {
      if (other == index) continue;
      BOOST_TEST(!merkle_verify(leaves[index], {.index = other, .size = 21}, path, root));
    }
    const MerklePosition position{.index = index, .size = 21};
    BOOST_TEST(!merkle_verify(leaves[(index + 1) % 21], position, path, root));
    BOOST_TEST(!merkle_verify(leaves[index], position, path, leaves[0]));
  }
}

BOOST_AUTO_TEST_CASE(a_path_with_a_node_too_few_too_many_or_altered_is_refused) {
  const std::vector<Digest> leaves = leaf_hashes(21);
  const Digest root = merkle_root(leaves);
  for (std::uint64_t index = 0; index < leaves.size(); ++index) {
    const MerklePosition position{.index = index, .size = 21};
    const auto path = merkle_path(leaves, index);
    auto longer = path;
    longer.push_back(root);
    BOOST_TEST(!merkle_verify(leaves[index], position, longer, root));
    BOOST_TEST(
        !merkle_verify(leaves[index], position, std::span(path).first(path.size() - 1), root));
    for (std::size_t place = 0; place < path.size(); ++place) {
      auto altered = path;
      altered[place].bytes[31] ^= 1;
      BOOST_TEST(!merkle_verify(leaves[index], position, altered, root));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_position_outside_the_tree_is_refused) {
  const std::vector<Digest> leaves = leaf_hashes(1);
  const Digest root = merkle_root(leaves);

  BOOST_TEST(merkle_verify(leaves[0], {.index = 0, .size = 1}, {}, root));
  BOOST_TEST(!merkle_verify(leaves[0], {.index = 0, .size = 0}, {}, root));
  BOOST_TEST(!merkle_verify(leaves[0], {.index = 1, .size = 1}, {}, root));
  BOOST_TEST(!merkle_verify(leaves[0], {.index = UINT64_MAX, .size = UINT64_MAX}, {}, root));
  BOOST_TEST(!merkle_verify(leaves[0], {.index = 0, .size = UINT64_MAX}, {}, root));
}

BOOST_AUTO_TEST_CASE(a_frontier_knows_the_root_at_every_size) {
  const std::vector<Digest> leaves = leaf_hashes(kSizeMax);
  MerkleFrontier frontier;
  for (std::size_t size = 0; size < kSizeMax; ++size) {
    BOOST_REQUIRE(frontier.size() == size);
    BOOST_REQUIRE(frontier.root() == merkle_root(std::span(leaves).first(size)));
    frontier.append(leaves[size]);
  }
  BOOST_REQUIRE(frontier.root() == merkle_root(leaves));
}

BOOST_AUTO_TEST_CASE(a_restored_frontier_goes_on_like_the_one_that_was_stored) {
  const std::vector<Digest> leaves = leaf_hashes(70);
  MerkleFrontier frontier;
  for (const Digest& leaf : leaves) {
    auto restored = MerkleFrontier::from(frontier.size(), frontier.nodes());
    BOOST_REQUIRE(restored.has_value());
    frontier.append(leaf);
    restored->append(leaf);
    BOOST_REQUIRE(*restored == frontier);
  }
}

BOOST_AUTO_TEST_CASE(a_frontier_with_the_wrong_number_of_nodes_is_refused) {
  const std::vector<Digest> nodes = leaf_hashes(3);

  BOOST_TEST(MerkleFrontier::from(7, nodes).has_value());
  BOOST_TEST(!MerkleFrontier::from(8, nodes).has_value());
  BOOST_TEST(!MerkleFrontier::from(15, nodes).has_value());
  BOOST_TEST(!MerkleFrontier::from(0, nodes).has_value());
  BOOST_TEST(MerkleFrontier::from(0, {}).has_value());
  BOOST_TEST(!MerkleFrontier::from(UINT64_MAX, nodes).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::crypto
