#include "protocol/ledger/state_proof.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using codec::WireError;

/// A tree over keys and values, and what is needed to prove things about it.
struct Fixture {
  samples::MemoryTree tree;
  std::map<crypto::Digest, Bytes> keys;  // by digest
  std::map<Bytes, Bytes, BytesLess> values;

  explicit Fixture(std::size_t count) {
    std::map<crypto::Digest, std::optional<crypto::Digest>> writes;
    for (std::size_t i = 0; i < count; ++i) {
      const Bytes key = samples::bytes_of("key " + std::to_string(i));
      const Bytes value = samples::bytes_of("value " + std::to_string(i));
      keys[crypto::sha256(key)] = key;
      values[key] = value;
      writes[crypto::sha256(key)] = crypto::sha256(value);
    }
    tree.write(Height{1}, writes);
  }

  [[nodiscard]] const crypto::Digest& root() const { return tree.state.root; }

  [[nodiscard]] PresenceProof presence(const Bytes& key) const {
    const auto way = find_way(tree, tree.state, crypto::sha256(key));
    BOOST_REQUIRE(way.ok());
    return {key, values.at(key), way->siblings};
  }

  [[nodiscard]] std::optional<PresenceProof> presence(
      const std::optional<crypto::Digest>& digest) const {
    if (!digest) return std::nullopt;
    return presence(keys.at(*digest));
  }

  [[nodiscard]] AbsenceProof absence(const Bytes& key) const {
    const auto neighbours = find_neighbours(tree, tree.state, crypto::sha256(key));
    BOOST_REQUIRE(neighbours.ok());
    return {presence(neighbours->left), presence(neighbours->right)};
  }
};

Bytes absent_key(std::size_t number) {
  return samples::bytes_of("absent " + std::to_string(number));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_proof_test)

BOOST_AUTO_TEST_CASE(every_key_of_a_state_can_be_proved_present) {
  for (const std::size_t count : {1U, 2U, 3U, 17U, 500U}) {
    const Fixture fixture(count);
    for (const auto& [key, value] : fixture.values) {
      BOOST_TEST(verify(fixture.presence(key), fixture.root()));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_altered_presence_proof_is_refused) {
  const Fixture fixture(100);
  const PresenceProof proof = fixture.presence(samples::bytes_of("key 7"));
  std::vector<PresenceProof> altered(6, proof);
  altered[0].key = samples::bytes_of("key 8");
  altered[1].value = samples::bytes_of("value 8");
  altered[2].siblings.pop_back();
  altered[3].siblings.push_back(empty_tree_hash());
  std::swap(altered[4].siblings[0], altered[4].siblings[1]);
  altered[5].siblings[2].bytes[31] ^= 1;

  for (const PresenceProof& bad : altered)
    BOOST_TEST(!verify(bad, fixture.root()));
  BOOST_TEST(!verify(proof, Fixture(99).root()));
}

BOOST_AUTO_TEST_CASE(an_empty_key_or_value_proves_nothing) {
  const PresenceProof proof{{}, {}, {}};

  BOOST_TEST(!verify(proof, root_of(proof)));
  BOOST_TEST(!verify_absence({}, {}, empty_tree_hash()));
}

BOOST_AUTO_TEST_CASE(more_siblings_than_bits_prove_nothing) {
  PresenceProof proof = Fixture(3).presence(samples::bytes_of("key 0"));
  proof.siblings.resize(kStateTreeDepthMax + 1);

  BOOST_TEST(!verify(proof, Fixture(3).root()));
}

BOOST_AUTO_TEST_CASE(every_other_key_can_be_proved_absent) {
  for (const std::size_t count : {0U, 1U, 2U, 3U, 17U, 500U}) {
    const Fixture fixture(count);
    for (std::size_t number = 0; number < 100; ++number) {
      const Bytes key = absent_key(number);
      BOOST_TEST(verify_absence(fixture.absence(key), key, fixture.root()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_present_key_cannot_be_proved_absent_by_any_two_keys) {
  const Fixture fixture(12);

  for (const auto& [key, value] : fixture.values) {
    std::vector<std::optional<PresenceProof>> sides{std::nullopt};
    for (const auto& entry : fixture.values)
      sides.push_back(fixture.presence(entry.first));
    for (const auto& left : sides) {
      for (const auto& right : sides) {
        BOOST_TEST(!verify_absence({left, right}, key, fixture.root()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_absent_key_is_proved_by_its_own_neighbours_only) {
  const Fixture fixture(12);
  const Bytes key = absent_key(1);
  const AbsenceProof proof = fixture.absence(key);
  std::vector<std::optional<PresenceProof>> sides{std::nullopt};
  for (const auto& entry : fixture.values)
    sides.push_back(fixture.presence(entry.first));

  int accepted = 0;
  for (const auto& left : sides) {
    for (const auto& right : sides) {
      if (!verify_absence({left, right}, key, fixture.root())) continue;
      ++accepted;
      BOOST_TEST((AbsenceProof{left, right} == proof));
    }
  }
  BOOST_TEST(accepted == 1);
}

BOOST_AUTO_TEST_CASE(neighbours_are_those_in_the_order_of_digests) {
  const Fixture fixture(60);

  for (std::size_t number = 0; number < 200; ++number) {
    const Bytes key =
        number < 60 ? samples::bytes_of("key " + std::to_string(number)) : absent_key(number);
    const crypto::Digest digest = crypto::sha256(key);
    const auto found = find_neighbours(fixture.tree, fixture.tree.state, digest);
    BOOST_REQUIRE(found.ok());
    const auto at = fixture.keys.lower_bound(digest);
    const auto above = fixture.keys.upper_bound(digest);
    BOOST_TEST(found->left.has_value() == (at != fixture.keys.begin()));
    BOOST_TEST(found->right.has_value() == (above != fixture.keys.end()));
    if (found->left) BOOST_TEST((*found->left == std::prev(at)->first));
    if (found->right) BOOST_TEST((*found->right == above->first));
  }
}

BOOST_AUTO_TEST_CASE(a_way_ends_at_the_key_s_leaf_at_another_one_or_at_none) {
  const Fixture fixture(40);
  const crypto::Digest present = crypto::sha256(samples::bytes_of("key 3"));
  int ends_at_none = 0;
  int ends_at_another = 0;

  const auto way = find_way(fixture.tree, fixture.tree.state, present);
  for (std::size_t number = 0; number < 100; ++number) {
    const crypto::Digest digest = crypto::sha256(absent_key(number));
    const auto other = find_way(fixture.tree, fixture.tree.state, digest);
    BOOST_REQUIRE(other.ok());
    BOOST_TEST((!other->leaf || other->leaf->key_digest != digest));
    ++(other->leaf ? ends_at_another : ends_at_none);
  }

  BOOST_REQUIRE(way.ok() && way->leaf);
  BOOST_TEST((way->leaf->key_digest == present));
  BOOST_TEST(ends_at_none > 0);
  BOOST_TEST(ends_at_another > 0);
}

BOOST_AUTO_TEST_CASE(a_missing_node_is_reported) {
  Fixture fixture(40);
  const crypto::Digest digest = crypto::sha256(samples::bytes_of("key 3"));
  fixture.tree.nodes.erase(NodeKey{Height{1}, {}});

  BOOST_TEST(!find_way(fixture.tree, fixture.tree.state, digest).ok());
  BOOST_TEST(!find_neighbours(fixture.tree, fixture.tree.state, digest).ok());
}

BOOST_AUTO_TEST_CASE(proofs_decode_to_what_was_encoded) {
  const Fixture fixture(40);
  const PresenceProof presence = fixture.presence(samples::bytes_of("key 3"));
  const AbsenceProof absence = fixture.absence(absent_key(3));

  const auto decoded = decode_presence_proof(encode(presence));
  const auto decoded_absence = decode_absence_proof(encode(absence));

  BOOST_REQUIRE(decoded.ok() && decoded_absence.ok());
  BOOST_TEST((*decoded == presence));
  BOOST_TEST((*decoded_absence == absence));
  BOOST_TEST((*decode_absence_proof(encode(AbsenceProof{})) == AbsenceProof{}));
}

BOOST_AUTO_TEST_CASE(a_proof_cut_at_any_length_or_too_long_is_refused) {
  const Fixture fixture(40);
  Bytes presence = encode(fixture.presence(samples::bytes_of("key 3")));
  Bytes absence = encode(fixture.absence(absent_key(3)));

  for (std::size_t size = 0; size < presence.size(); ++size) {
    BOOST_TEST(!decode_presence_proof(ByteView(presence).first(size)).ok());
  }
  for (std::size_t size = 0; size < absence.size(); ++size) {
    BOOST_TEST(!decode_absence_proof(ByteView(absence).first(size)).ok());
  }
  presence.push_back(0);
  absence.push_back(0);
  BOOST_TEST((decode_presence_proof(presence).error() == WireError::TrailingBytes));
  BOOST_TEST((decode_absence_proof(absence).error() == WireError::TrailingBytes));
}

BOOST_AUTO_TEST_CASE(a_proof_with_a_needless_byte_an_odd_flag_or_too_large_a_part_is_refused) {
  const Bytes needless{0x81, 0x00, 'k', 1, 'v', 0};
  codec::Writer key;
  key.bytes(Bytes(kStateKeyBytesMax + 1)).text("v").varint(0);
  codec::Writer value;
  value.text("k").bytes(Bytes(kStateValueBytesMax + 1)).varint(0);

  BOOST_TEST((decode_presence_proof(needless).error() == WireError::NotMinimal));
  BOOST_TEST((decode_presence_proof(key.view()).error() == WireError::OutOfRange));
  BOOST_TEST((decode_presence_proof(value.view()).error() == WireError::OutOfRange));
  BOOST_TEST((decode_absence_proof(Bytes{2, 0}).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(a_proof_with_too_many_siblings_is_refused) {
  codec::Writer writer;
  writer.text("k").text("v").varint(kStateTreeDepthMax + 1).fixed(Bytes(257 * 32));

  BOOST_TEST((decode_presence_proof(writer.view()).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
