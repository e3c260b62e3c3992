#include "protocol/consensus/sync_message.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/certified_chain.hpp"

namespace troupe::consensus {

namespace {

std::vector<Bytes> samples() {
  const support::CertifiedChain chain(4);
  auto run = chain.run(1, 4);
  run[3].nullifications = {chain.certify(VoteKind::Nullify, View{2}, {}),
                           chain.certify(VoteKind::Nullify, View{3}, {})};
  return {encode(SyncMessage{SyncStatus{Height{300}}}),
          encode(SyncMessage{RunRequest{7, Height{1}, Height{64}}}),
          encode(SyncMessage{RunAnswer{7, run}}),
          encode(SyncMessage{RunAnswer{9, {}}}),
          encode(SyncMessage{SyncBatchRequest{300, crypto::sha256(as_bytes("batch"))}}),
          encode(SyncMessage{SyncBatchAnswer{300, {1, 2, 3}}}),
          encode(SyncMessage{SnapshotRequest{300, {4, 5}}}),
          encode(SyncMessage{SnapshotAnswer{300, {1, 2, 3}}})};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_message_test)

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded_and_encodes_alike) {
  for (const Bytes& sample : samples()) {
    const auto message = decode_sync_message(sample);

    BOOST_REQUIRE(message.ok());
    BOOST_TEST(encode(*message) == sample);
  }
}

BOOST_AUTO_TEST_CASE(a_message_that_is_cut_anywhere_is_refused) {
  for (const Bytes& sample : samples()) {
    for (std::size_t size = 0; size < sample.size(); ++size) {
      BOOST_TEST(!decode_sync_message(ByteView(sample).first(size)).ok());
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_refused) {
  for (Bytes sample : samples()) {
    sample.push_back(0);
    const auto message = decode_sync_message(sample);
    BOOST_REQUIRE(!message.ok());
    BOOST_CHECK(message.error() == codec::WireError::TrailingBytes);
  }
}

BOOST_AUTO_TEST_CASE(unknown_kinds_reversed_ranges_and_long_runs_are_out_of_range) {
  const Bytes unknown{9};
  const Bytes reversed = codec::Writer().u8(2).varint(1).varint(5).varint(4).take();
  const Bytes too_long =
      codec::Writer().u8(3).varint(1).varint(kRunHeightsMax + 1).fixed(Bytes(200)).take();
  const Bytes not_minimal{1, 0x80, 0x00};

  BOOST_CHECK(decode_sync_message(unknown).error() == codec::WireError::OutOfRange);
  BOOST_CHECK(decode_sync_message(reversed).error() == codec::WireError::OutOfRange);
  BOOST_CHECK(decode_sync_message(too_long).error() == codec::WireError::OutOfRange);
  BOOST_CHECK(decode_sync_message(not_minimal).error() == codec::WireError::NotMinimal);
}

BOOST_AUTO_TEST_CASE(certificates_stand_in_one_order_only) {
  const support::CertifiedChain chain(2);
  const CertifiedBlock& block = chain.at(2);
  codec::Writer writer;
  writer.u8(3).varint(1).varint(1);
  write(writer, block.header);
  writer.varint(2);
  write(writer, *block.finalization);
  write(writer, *block.notarization);

  BOOST_CHECK(decode_sync_message(writer.view()).error() == codec::WireError::OutOfRange);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
