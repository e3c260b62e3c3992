#include "storage/chain_store.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/storage/scratch.hpp"

namespace troupe::storage {

namespace {

struct Chain {
  Scratch scratch;
  std::unique_ptr<Environment> environment = make_posix_environment();
  std::shared_ptr<Database> database =
      require(Database::open(*environment, sample_options(scratch / "database"))).database;
  ChainStore store{database};

  void finalize(std::uint64_t height) {
    WriteSet set;
    const std::string name = "block " + std::to_string(height);
    put_final_block(set, {Height{height}, digest_of(name), text(name), text("receipts")});
    require(database->commit(set));
  }
};

LanePosition in_lane(std::uint64_t sequence) {
  return {Epoch{1}, ValidatorIndex{2}, Incarnation{0}, Sequence{sequence}};
}

HeldBatch sample_batch(std::uint64_t sequence) {
  const std::string name = "batch " + std::to_string(sequence);
  return {digest_of(name), in_lane(sequence), text(name)};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(chain_store_test, Chain)

BOOST_AUTO_TEST_CASE(a_final_block_is_found_by_height_and_by_digest) {
  finalize(1);

  BOOST_CHECK(require(store.block(Height{1})) == text("block 1"));
  BOOST_CHECK(require(store.height_of(digest_of("block 1"))) == Height{1});
  BOOST_CHECK(require(store.receipts(Height{1})) == text("receipts"));
  BOOST_CHECK(require(store.last_height()) == Height{1});
  BOOST_CHECK(database->height() == Height{1});
  BOOST_CHECK(!require(store.block(Height{2})));
  BOOST_CHECK(!require(store.height_of(digest_of("block 2"))));
}

BOOST_AUTO_TEST_CASE(a_range_of_blocks_ends_at_a_gap_or_at_its_bound) {
  for (const std::uint64_t height : {1, 2, 3, 5})
    finalize(height);

  BOOST_CHECK_EQUAL(require(store.blocks(Height{1}, Height{9}, SIZE_MAX)).size(), 3);
  BOOST_CHECK_EQUAL(require(store.blocks(Height{2}, Height{2}, SIZE_MAX)).size(), 1);
  BOOST_CHECK_EQUAL(require(store.blocks(Height{1}, Height{9}, 1)).size(), 1);
  BOOST_CHECK(require(store.blocks(Height{4}, Height{9}, SIZE_MAX)).empty());
  BOOST_CHECK(require(store.blocks(Height{3}, Height{2}, SIZE_MAX)).empty());
  BOOST_CHECK(require(store.last_height()) == Height{5});
}

BOOST_AUTO_TEST_CASE(an_empty_chain_has_no_height) {
  BOOST_CHECK(!require(store.last_height()));
  BOOST_CHECK(!database->height());
}

BOOST_AUTO_TEST_CASE(batches_held_together_are_found_by_digest_and_by_place) {
  require(store.hold_batches({sample_batch(1), sample_batch(2), sample_batch(4)}));

  BOOST_CHECK(require(store.batch(digest_of("batch 2"))) == text("batch 2"));
  BOOST_CHECK(require(store.has_batch(digest_of("batch 4"))));
  BOOST_CHECK(!require(store.has_batch(digest_of("batch 3"))));
  BOOST_CHECK(require(store.lane_digest(in_lane(1))) == digest_of("batch 1"));
  BOOST_CHECK_EQUAL(require(store.lane_digests(in_lane(1), 10)).size(), 2);
  BOOST_CHECK_EQUAL(require(store.lane_digests(in_lane(1), 1)).size(), 1);
  BOOST_CHECK(require(store.lane_end(in_lane(0))) == in_lane(4));
  LanePosition elsewhere = in_lane(0);
  elsewhere.incarnation = Incarnation{9};
  BOOST_CHECK(!require(store.lane_end(elsewhere)));
}

BOOST_AUTO_TEST_CASE(a_batch_without_a_place_does_not_enter_its_lane) {
  HeldBatch other_side = sample_batch(1);
  other_side.position.reset();
  require(store.hold_batches({other_side}));

  BOOST_CHECK(require(store.has_batch(other_side.digest)));
  BOOST_CHECK(!require(store.lane_digest(in_lane(1))));
}

BOOST_AUTO_TEST_CASE(certificates_are_read_by_position_and_by_range) {
  const auto at = [](std::uint64_t view, std::uint8_t kind) {
    return CertificatePosition{Epoch{1}, View{view}, kind};
  };
  require(store.hold_certificates({{at(1, 0), text("1")},
                                   {at(2, 1), text("2")},
                                   {at(2, 2), text("3")},
                                   {at(3, 0), text("4")}}));

  BOOST_CHECK(require(store.certificate(at(2, 2))) == text("3"));
  BOOST_CHECK(!require(store.certificate(at(2, 0))));
  const auto found = require(store.certificates(Epoch{1}, View{2}, View{3}, SIZE_MAX));
  BOOST_REQUIRE_EQUAL(found.size(), 3);
  BOOST_CHECK(found.front().position == at(2, 1));
  BOOST_CHECK(found.back().position == at(3, 0));
  BOOST_CHECK(require(store.certificates(Epoch{2}, View{0}, View{9}, SIZE_MAX)).empty());
}

BOOST_AUTO_TEST_CASE(headers_transactions_evidence_and_meta_are_found_again) {
  require(store.hold_headers({{digest_of("h"), text("header")}}));
  WriteSet set;
  put_transaction(set, digest_of("t"), {Height{3}, 4});
  put_evidence(set, digest_of("e"), text("evidence"));
  put_meta(set, "name", text("value"));
  put_receipts(set, Height{9}, text("late"));
  require(database->commit(set));

  BOOST_CHECK(require(store.header(digest_of("h"))) == text("header"));
  BOOST_CHECK((require(store.transaction(digest_of("t"))) == TransactionPosition{Height{3}, 4}));
  BOOST_CHECK(!require(store.transaction(digest_of("u"))));
  BOOST_CHECK(require(store.evidence(10)) == std::vector<Bytes>{text("evidence")});
  BOOST_CHECK(require(store.meta("name")) == text("value"));
  BOOST_CHECK(require(store.receipts(Height{9})) == text("late"));
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_shape_is_corrupt) {
  require(database->commit(WriteSet{}.put(keys::transaction(digest_of("t")), text("short"))));

  const auto found = store.transaction(digest_of("t"));

  BOOST_REQUIRE(!found.ok());
  BOOST_CHECK(found.error().kind == StorageErrorKind::Corrupt);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage
