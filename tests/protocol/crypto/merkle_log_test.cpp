#include "protocol/crypto/merkle_log.hpp"

#include <map>
#include <string>

#include <boost/test/unit_test.hpp>

namespace {

using troupe::crypto::Digest;
using troupe::crypto::MerkleFrontier;
using troupe::crypto::MerkleNode;
using troupe::crypto::MerklePlace;

constexpr std::uint64_t kSizeMax = 70;

/// A log that keeps all of its nodes and all of its leaves.
struct Log {
  explicit Log(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      const Digest leaf = troupe::crypto::merkle_leaf(troupe::as_bytes(std::to_string(i)));
      for (const MerkleNode& node : completed_by(frontier, leaf)) {
        BOOST_REQUIRE(kept.emplace(node.place, node.hash).second);
      }
      frontier.append(leaf);
      leaves.push_back(leaf);
    }
  }

  [[nodiscard]] troupe::crypto::MerkleNodes reader() const {
    return [this](const MerklePlace& place) -> std::optional<Digest> {
      const auto found = kept.find(place);
      if (found == kept.end()) return std::nullopt;
      return found->second;
    };
  }

  [[nodiscard]] Digest root(std::uint64_t size) const {
    return troupe::crypto::merkle_root(std::span(leaves).first(size));
  }

  MerkleFrontier frontier;
  std::map<MerklePlace, Digest> kept;
  std::vector<Digest> leaves;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(merkle_log)

BOOST_AUTO_TEST_CASE(paths_from_kept_nodes_are_those_of_the_whole_tree) {
  const Log log(kSizeMax);

  for (std::uint64_t size = 1; size <= kSizeMax; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto path = inclusion_path(log.reader(), {index, size});
      BOOST_REQUIRE(path.has_value());
      BOOST_TEST((*path == troupe::crypto::merkle_path(std::span(log.leaves).first(size), index)));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_older_tree_is_proved_to_be_the_beginning_of_every_newer_one) {
  const Log log(kSizeMax);

  for (std::uint64_t newer = 1; newer <= kSizeMax; ++newer) {
    for (std::uint64_t older = 1; older <= newer; ++older) {
      const auto path = consistency_path(log.reader(), {older, newer});
      BOOST_REQUIRE(path.has_value());
      BOOST_TEST(troupe::crypto::consistency_verify(
          {older, newer}, {log.root(older), log.root(newer)}, *path));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rewritten_leaf_is_consistent_with_no_older_root) {
  const Log log(kSizeMax);

  for (std::uint64_t older = 1; older < kSizeMax; ++older) {
    auto rewritten = log.leaves;
    rewritten[older / 2] = troupe::crypto::merkle_leaf(troupe::as_bytes("another"));
    const Digest root = troupe::crypto::merkle_root(std::span(rewritten).first(older));
    const auto path = consistency_path(log.reader(), {older, kSizeMax});
    BOOST_TEST(
        !troupe::crypto::consistency_verify({older, kSizeMax}, {root, log.root(kSizeMax)}, *path));
  }
}

BOOST_AUTO_TEST_CASE(an_altered_cut_or_longer_path_proves_nothing) {
  const Log log(kSizeMax);

  for (const std::uint64_t older : {1, 2, 7, 8, 33, 64, 69}) {
    const troupe::crypto::MerkleRoots roots{log.root(older), log.root(kSizeMax)};
    const auto path = *consistency_path(log.reader(), {older, kSizeMax});
    for (std::size_t i = 0; i < path.size(); ++i) {
      auto altered = path;
      altered[i].bytes[i % 32] ^= 1;
      BOOST_TEST(!troupe::crypto::consistency_verify({older, kSizeMax}, roots, altered));
    }
    auto other = path;
    other.pop_back();
    BOOST_TEST(!troupe::crypto::consistency_verify({older, kSizeMax}, roots, other));
    other = path;
    other.push_back(log.root(1));
    BOOST_TEST(!troupe::crypto::consistency_verify({older, kSizeMax}, roots, other));
  }
}

BOOST_AUTO_TEST_CASE(sizes_that_no_log_has_are_refused) {
  const Log log(4);
  const troupe::crypto::MerkleRoots same{log.root(4), log.root(4)};

  BOOST_TEST(!troupe::crypto::consistency_verify({0, 4}, same, {}));
  BOOST_TEST(!troupe::crypto::consistency_verify({5, 4}, same, {}));
  BOOST_TEST(!troupe::crypto::consistency_verify({3, 4}, same, {}));
  BOOST_TEST(troupe::crypto::consistency_verify({4, 4}, same, {}));
  BOOST_TEST(!troupe::crypto::consistency_verify({4, 4}, {log.root(3), log.root(4)}, {}));
}

BOOST_AUTO_TEST_CASE(a_node_that_cannot_be_read_gives_no_path) {
  Log log(9);
  log.kept.erase({2, 0});

  BOOST_TEST(inclusion_path(log.reader(), {8, 9}).has_value());
  BOOST_TEST(!inclusion_path(log.reader(), {5, 9}).has_value());
  BOOST_TEST(!consistency_path(log.reader(), {5, 9}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
