#include "protocol/ledger/snapshot_message.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

SnapshotOffer sample_offer(std::uint64_t height) {
  SnapshotOffer offer{Height{height}, crypto::sha256(as_bytes("root")), {}};
  for (std::uint64_t i = 0; i <= height; ++i)
    offer.history.append(crypto::sha256(as_bytes(std::to_string(i))));
  return offer;
}

/// No beginning of what can be decoded can be, and nothing that goes on after it.
template <class Decode>
void check_bounds(const Bytes& encoded, Decode decode) {
  for (std::size_t size = 0; size < encoded.size(); ++size)
    BOOST_TEST(!decode(ByteView(encoded).first(size)).ok());
  Bytes longer = encoded;
  longer.push_back(0);
  BOOST_TEST(!decode(ByteView(longer)).ok());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot_message_test)

BOOST_AUTO_TEST_CASE(questions_are_decoded_as_they_were_asked) {
  const NibblePath path = NibblePath{}.child(1).child(15).child(7);
  for (const SnapshotQuestion& question :
       {SnapshotQuestion{OfferQuestion{}},
        SnapshotQuestion{PartQuestion{Height{1000}, path}},
        SnapshotQuestion{PartQuestion{Height{1}, {}}},
        SnapshotQuestion{ReceiptsQuestion{Height{1000}, Height{1}}}}) {
    const Bytes encoded = encode(question);
    const auto decoded = decode_snapshot_question(encoded);
    BOOST_REQUIRE(decoded.ok());
    BOOST_TEST((*decoded == question));
    check_bounds(encoded, decode_snapshot_question);
  }
  BOOST_TEST(!decode_snapshot_question(Bytes{9}).ok());
}

BOOST_AUTO_TEST_CASE(an_offer_carries_the_history_up_to_its_block) {
  for (const std::uint64_t height : {1u, 2u, 7u, 1000u}) {
    const SnapshotOffer offer = sample_offer(height);
    const Bytes encoded = encode(offer);
    const auto decoded = decode_snapshot_offer(encoded);
    BOOST_REQUIRE(decoded.ok());
    BOOST_TEST((*decoded == offer));
    check_bounds(encoded, decode_snapshot_offer);
  }
}

BOOST_AUTO_TEST_CASE(an_offer_with_a_history_of_another_length_is_refused) {
  Bytes encoded = encode(sample_offer(3));
  encoded[0] = 4;  // four headers are one perfect subtree, five are two

  BOOST_TEST(!decode_snapshot_offer(encoded).ok());
}

BOOST_AUTO_TEST_CASE(receipts_come_height_by_height) {
  const ReceiptLists lists{{},
                           {{crypto::sha256(as_bytes("a")), Applied{{1}}},
                            {crypto::sha256(as_bytes("b")), DuplicateOf{Height{3}}}},
                           {}};
  const Bytes encoded = encode(lists);

  const auto decoded = decode_receipt_lists(encoded);

  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST((*decoded == lists));
  check_bounds(encoded, decode_receipt_lists);
}

BOOST_AUTO_TEST_CASE(the_receipts_of_as_many_heights_as_a_transaction_lives_belong_to_a_snapshot) {
  BOOST_TEST(first_decision(Height{1}).number == 1u);
  BOOST_TEST(first_decision(Height{1000}).number == 1u);
  BOOST_TEST(first_decision(Height{1001}).number == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
