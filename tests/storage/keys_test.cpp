#include "storage/keys.hpp"

#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/storage/scratch.hpp"

namespace troupe::storage {

namespace {

ledger::NodeKey sample_node(std::uint64_t version, std::size_t nibbles) {
  return {Height{version}, ledger::NibblePath::first_of(digest_of("path"), nibbles)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_test)

BOOST_AUTO_TEST_CASE(keys_of_different_kinds_never_meet) {
  const crypto::Digest digest = digest_of("x");
  const std::vector<Bytes> all{keys::tree_node(sample_node(1, 3)),
                               keys::state_value(digest, Height{1}),
                               keys::state_key(digest),
                               keys::stale_node(Height{2}, sample_node(1, 3)),
                               keys::state_root(Height{1}),
                               keys::record_index(text("x")),
                               keys::header(digest),
                               keys::block(Height{1}),
                               keys::final_header(digest),
                               keys::history_node({3, 5}),
                               keys::certificate({Epoch{1}, View{1}, 1}),
                               keys::batch(digest),
                               keys::lane({}),
                               keys::receipts(Height{1}),
                               keys::transaction(digest),
                               keys::evidence(digest),
                               keys::commit(1),
                               keys::meta("x")};
  std::set<std::uint8_t> prefixes;
  for (const Bytes& key : all)
    BOOST_CHECK(prefixes.insert(key.front()).second);
}

BOOST_AUTO_TEST_CASE(numbers_sort_as_numbers_and_versions_newest_first) {
  BOOST_CHECK(keys::block(Height{2}) < keys::block(Height{10}));
  BOOST_CHECK(keys::block(Height{255}) < keys::block(Height{256}));
  const crypto::Digest digest = digest_of("x");
  BOOST_CHECK(keys::state_value(digest, Height{9}) < keys::state_value(digest, Height{2}));
  BOOST_CHECK(keys::certificate({Epoch{1}, View{9}, 9}) <
              keys::certificate({Epoch{2}, View{0}, 0}));
}

BOOST_AUTO_TEST_CASE(a_key_is_laid_out_as_the_table_says) {
  BOOST_CHECK_EQUAL(to_hex(keys::history_node({3, 258})),
                    "79"
                    "03"
                    "0000000000000102");
  BOOST_CHECK_EQUAL(to_hex(keys::certificate({Epoch{1}, View{258}, 3})),
                    "63"
                    "0000000000000001"
                    "0000000000000102"
                    "03");
  BOOST_CHECK_EQUAL(to_hex(keys::lane({Epoch{1}, ValidatorIndex{2}, Incarnation{3}, Sequence{4}})),
                    "6c"
                    "0000000000000001"
                    "00000002"
                    "0000000000000003"
                    "0000000000000004");
  const ledger::NodeKey node{Height{5}, ledger::NibblePath{}.child(0xa).child(0xb).child(0xc)};
  BOOST_CHECK_EQUAL(to_hex(keys::tree_node(node)),
                    "6e"
                    "0000000000000005"
                    "03"
                    "abc0");
  BOOST_CHECK_EQUAL(to_hex(keys::stale_node(Height{6}, node)),
                    "73"
                    "0000000000000006"
                    "0000000000000005"
                    "03"
                    "abc0");
}

BOOST_AUTO_TEST_CASE(keys_are_read_back) {
  for (const std::size_t nibbles : {0, 1, 2, 63, 64}) {
    const ledger::NodeKey node = sample_node(77, nibbles);
    BOOST_CHECK(keys::read_stale_node(keys::stale_node(Height{80}, node)) == node);
  }
  const crypto::Digest digest = digest_of("x");
  BOOST_CHECK(keys::read_state_value_version(keys::state_value(digest, Height{4})) == Height{4});
  const CertificatePosition certificate{Epoch{1}, View{2}, 3};
  BOOST_CHECK(keys::read_certificate(keys::certificate(certificate)) == certificate);
  const LanePosition lane{Epoch{1}, ValidatorIndex{2}, Incarnation{3}, Sequence{4}};
  BOOST_CHECK(keys::read_lane(keys::lane(lane)) == lane);
  BOOST_CHECK(keys::read_number(KeyPrefix::Block, keys::block(Height{9})) == 9U);
  BOOST_CHECK(keys::read_digest(KeyPrefix::Batch, keys::batch(digest)) == digest);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_kind_or_shape_is_not_read) {
  BOOST_CHECK(!keys::read_number(KeyPrefix::Block, keys::receipts(Height{9})));
  BOOST_CHECK(!keys::read_digest(KeyPrefix::Batch, keys::header(digest_of("x"))));
  const Bytes stale = keys::stale_node(Height{80}, sample_node(77, 5));
  for (std::size_t size = 0; size < stale.size(); ++size)
    BOOST_CHECK(!keys::read_stale_node(ByteView(stale).first(size)));
  const Bytes lane = keys::lane({});
  BOOST_CHECK(!keys::read_lane(ByteView(lane).first(lane.size() - 1)));
  const Bytes certificate = keys::certificate({});
  BOOST_CHECK(!keys::read_certificate(ByteView(certificate).first(certificate.size() - 1)));
  BOOST_CHECK(!keys::read_state_value_version(ByteView(lane)));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_prefix_is_the_first_key_without_it) {
  BOOST_CHECK(keys::after_prefix(Bytes{1, 2}) == Bytes({1, 3}));
  BOOST_CHECK(keys::after_prefix(Bytes{1, 0xff}) == Bytes{2});
  BOOST_CHECK(keys::after_prefix(keys::first_of(KeyPrefix::Block)) == Bytes{'c'});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage
