#include "protocol/ledger/state_chunk.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/state_proof.hpp"
#include "tests/protocol/ledger/sample_snapshot.hpp"

namespace troupe::ledger {

namespace {

using samples::SampleSnapshot;
using Entries = std::vector<StateEntry>;

/// All parts of a snapshot, from the root downwards.
std::vector<StateChunk> parts_of(const SampleSnapshot& snapshot) {
  std::vector<StateChunk> parts;
  std::vector<NibblePath> pending{NibblePath{}};
  while (!pending.empty()) {
    const NibblePath path = pending.back();
    pending.pop_back();
    parts.push_back(snapshot.part(path).value());
    const auto* node = std::get_if<InternalNode>(&parts.back().content);
    for (unsigned nibble = 0; node != nullptr && nibble < InternalNode::kChildren; ++nibble) {
      if (node->child(nibble)) pending.push_back(path.child(nibble));
    }
  }
  return parts;
}

/// The first part with entries.
StateChunk a_part(const SampleSnapshot& snapshot) {
  for (const StateChunk& part : parts_of(snapshot)) {
    if (std::holds_alternative<Entries>(part.content)) return part;
  }
  return {};
}

Entries& entries_of(StateChunk& part) {
  return std::get<Entries>(part.content);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_chunk_test)

BOOST_AUTO_TEST_CASE(every_part_proves_itself_and_together_they_are_the_whole_state) {
  for (const std::size_t count : {1u, 2u, 3u, 20u, 300u}) {
    for (const std::size_t entries_max : {1u, 3u, 50u, 5000u}) {
      const SampleSnapshot snapshot(count, entries_max);
      std::map<crypto::Digest, StateEntry> found;

      for (const StateChunk& part : parts_of(snapshot)) {
        BOOST_REQUIRE(verify(part, snapshot.root()));
        if (const auto* entries = std::get_if<Entries>(&part.content)) {
          for (const StateEntry& entry : *entries)
            found[crypto::sha256(entry.key)] = entry;
        }
      }

      BOOST_TEST((found == snapshot.entries));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_empty_state_is_one_empty_part) {
  const SampleSnapshot snapshot(0, 10);

  const auto part = snapshot.part({});

  BOOST_REQUIRE(part.has_value());
  BOOST_TEST(verify(*part, empty_tree_hash()));
  BOOST_TEST(!snapshot.part(NibblePath{}.child(3)).has_value());
}

BOOST_AUTO_TEST_CASE(a_part_that_lacks_adds_or_changes_anything_leads_elsewhere) {
  const SampleSnapshot snapshot(300, 20);
  const StateChunk whole = a_part(snapshot);
  BOOST_REQUIRE(verify(whole, snapshot.root()));

  for (std::size_t i = 0; i < std::get<Entries>(whole.content).size(); ++i) {
    StateChunk lacking = whole;
    entries_of(lacking).erase(entries_of(lacking).begin() + static_cast<std::ptrdiff_t>(i));
    StateChunk changed = whole;
    entries_of(changed)[i].value.back() ^= 1;
    StateChunk renamed = whole;
    entries_of(renamed)[i].key.back() ^= 1;
    StateChunk doubled = whole;
    entries_of(doubled).push_back(StateEntry(entries_of(doubled)[i]));

    BOOST_TEST(!verify(lacking, snapshot.root()));
    BOOST_TEST(!verify(changed, snapshot.root()));
    BOOST_TEST(!verify(renamed, snapshot.root()));
    BOOST_TEST(!verify(doubled, snapshot.root()));
  }
  StateChunk emptied = whole;
  entries_of(emptied).clear();
  BOOST_TEST(!verify(emptied, snapshot.root()));
}

BOOST_AUTO_TEST_CASE(a_part_holds_under_its_own_path_alone) {
  const SampleSnapshot snapshot(300, 20);
  const StateChunk whole = a_part(snapshot);

  for (unsigned nibble = 0; nibble < InternalNode::kChildren; ++nibble) {
    StateChunk moved = whole;
    moved.path = NibblePath{}.child(nibble);
    if (moved.path == whole.path) continue;
    BOOST_TEST(!verify(moved, snapshot.root()));
  }
  StateChunk shorter = whole;
  shorter.siblings.pop_back();
  BOOST_TEST(!root_of(shorter).has_value());
}

BOOST_AUTO_TEST_CASE(what_was_encoded_is_decoded_and_nothing_else_is) {
  const SampleSnapshot snapshot(100, 20);

  for (const StateChunk& part : parts_of(snapshot)) {
    const Bytes encoded = encode(part);
    const auto decoded = decode_state_chunk(encoded);
    BOOST_REQUIRE(decoded.ok());
    BOOST_TEST((*decoded == part));
    for (std::size_t size = 0; size < encoded.size(); ++size)
      BOOST_TEST(!decode_state_chunk(ByteView(encoded).first(size)).ok());
    Bytes longer = encoded;
    longer.push_back(0);
    BOOST_TEST(!decode_state_chunk(longer).ok());
  }
}

BOOST_AUTO_TEST_CASE(no_changed_bit_of_an_encoded_part_leads_to_the_root) {
  const SampleSnapshot snapshot(60, 8);
  const Bytes encoded = encode(a_part(snapshot));

  for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
    Bytes changed = encoded;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
    const auto decoded = decode_state_chunk(changed);
    if (decoded) BOOST_TEST(!verify(*decoded, snapshot.root()));
  }
}

BOOST_AUTO_TEST_CASE(the_tree_built_from_parts_gives_the_same_root_and_the_same_proofs) {
  for (const std::size_t entries_max : {1u, 7u, 5000u}) {
    const SampleSnapshot snapshot(300, entries_max);
    samples::MemoryTree built;
    const Height version{9};

    for (const StateChunk& part : parts_of(snapshot)) {
      if (const auto* node = std::get_if<InternalNode>(&part.content)) {
        built.nodes[{version, part.path}] =
            std::make_shared<const TreeNode>(with_version(*node, version));
        continue;
      }
      std::vector<TreeLeaf> leaves;
      for (const StateEntry& entry : std::get<Entries>(part.content))
        leaves.push_back({crypto::sha256(entry.key), crypto::sha256(entry.value)});
      for (const NewNode& node : build_subtree(version, part.path, leaves))
        built.nodes[node.key] = node.node;
    }
    built.state = {version, snapshot.root()};

    for (const auto& [digest, entry] : snapshot.entries) {
      const auto one = find_way(snapshot.tree, snapshot.tree.state, digest);
      const auto other = find_way(built, built.state, digest);
      BOOST_REQUIRE(one.ok() && other.ok());
      // Their nodes are of another version; what is proved does not say of which.
      BOOST_TEST((one->leaf == other->leaf));
      BOOST_TEST((one->siblings == other->siblings));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
