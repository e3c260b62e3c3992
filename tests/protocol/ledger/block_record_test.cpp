#include "protocol/ledger/block_record.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using codec::WireError;

BlockRecord sample_record() {
  BlockRecord record;
  record.height = Height{300};
  record.header = samples::bytes_of("a header");
  record.notarization = samples::bytes_of("a notarization");
  record.finalization = samples::bytes_of("a finalization");
  record.nullifications = {samples::bytes_of("one"), samples::bytes_of("two")};
  record.batches = {crypto::sha256(as_bytes("x")), crypto::sha256(as_bytes("y"))};
  record.transactions = 5000;
  record.receipts_root = crypto::sha256(as_bytes("receipts"));
  record.state_root = crypto::sha256(as_bytes("state"));
  return record;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(block_record_test)

BOOST_AUTO_TEST_CASE(a_block_record_decodes_to_what_was_encoded) {
  for (const BlockRecord& record : {sample_record(), BlockRecord{}}) {
    const auto decoded = decode_block_record(encode(record));
    BOOST_REQUIRE(decoded.ok());
    BOOST_TEST((*decoded == record));
  }
}

BOOST_AUTO_TEST_CASE(a_block_record_cut_at_any_length_or_too_long_is_refused) {
  Bytes encoded = encode(sample_record());

  for (std::size_t size = 0; size < encoded.size(); ++size) {
    BOOST_TEST(!decode_block_record(ByteView(encoded).first(size)).ok());
  }
  encoded.push_back(0);
  BOOST_TEST((decode_block_record(encoded).error() == WireError::TrailingBytes));
}

BOOST_AUTO_TEST_CASE(an_unknown_version_is_refused) {
  Bytes encoded = encode(sample_record());
  encoded[0] = 2;

  BOOST_TEST((decode_block_record(encoded).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(a_needless_byte_in_the_height_is_refused) {
  Bytes encoded = encode(BlockRecord{});
  encoded[1] = 0x80;
  encoded.insert(encoded.begin() + 2, 0x00);

  BOOST_TEST((decode_block_record(encoded).error() == WireError::NotMinimal));
}

BOOST_AUTO_TEST_CASE(parts_above_their_bounds_are_refused) {
  BlockRecord header = sample_record();
  header.header.resize(kHeaderBytesMax + 1);
  BlockRecord certificate = sample_record();
  certificate.nullifications[0].resize(kCertificateBytesMax + 1);
  BlockRecord transactions = sample_record();
  transactions.transactions = kBlockTransactionsMax + 1;

  for (const BlockRecord& record : {header, certificate, transactions}) {
    BOOST_TEST((decode_block_record(encode(record)).error() == WireError::OutOfRange));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
