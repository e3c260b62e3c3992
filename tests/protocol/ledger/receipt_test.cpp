#include "protocol/ledger/receipt.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "protocol/crypto/merkle.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using codec::WireError;

std::vector<Receipt> one_of_each() {
  const auto id = [](std::string_view word) { return crypto::sha256(as_bytes(word)); };
  return {{id("a"), Applied{{1, 300}}},
          {id("b"), Applied{}},
          {id("c"), DuplicateOf{Height{7}}},
          {id("d"), ExpiredBefore{}},
          {id("e"), TooFarAheadOf{}},
          {id("f"), Refused{2, Refusal::NotOwner}}};
}

Bytes with_outcome(std::initializer_list<std::uint8_t> outcome) {
  Bytes encoded(32);
  append(encoded, Bytes(outcome));
  return encoded;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(receipt_test)

BOOST_AUTO_TEST_CASE(receipts_decode_to_what_was_encoded) {
  for (const Receipt& receipt : one_of_each()) {
    const auto decoded = decode_receipt(encode(receipt));
    BOOST_REQUIRE(decoded.ok());
    BOOST_TEST((*decoded == receipt));
  }
  const auto decoded = decode_receipts(encode(one_of_each()));
  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST((*decoded == one_of_each()));
}

BOOST_AUTO_TEST_CASE(receipts_cut_at_any_length_or_too_long_are_refused) {
  Bytes encoded = encode(one_of_each());

  for (std::size_t size = 0; size < encoded.size(); ++size) {
    BOOST_TEST(!decode_receipts(ByteView(encoded).first(size)).ok());
  }
  encoded.push_back(0);
  BOOST_TEST((decode_receipts(encoded).error() == WireError::TrailingBytes));
}

BOOST_AUTO_TEST_CASE(unknown_outcomes_and_reasons_are_refused) {
  BOOST_TEST((decode_receipt(with_outcome({5})).error() == WireError::OutOfRange));
  BOOST_TEST((decode_receipt(with_outcome({4, 0, 5})).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(numbers_above_the_bounds_of_a_transaction_are_refused) {
  BOOST_TEST(decode_receipt(with_outcome({4, 0xff, 0x01, 0})).ok());
  BOOST_TEST((decode_receipt(with_outcome({4, 0x80, 0x02, 0})).error() == WireError::OutOfRange));
  Bytes versions = with_outcome({0, 0x81, 0x02});
  versions.resize(versions.size() + 257, 1);
  BOOST_TEST((decode_receipt(versions).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(a_number_with_a_needless_byte_is_refused) {
  BOOST_TEST((decode_receipt(with_outcome({1, 0x87, 0x00})).error() == WireError::NotMinimal));
}

BOOST_AUTO_TEST_CASE(only_applied_and_refused_are_the_last_word) {
  const std::vector<bool> expected{true, true, false, false, false, true};
  std::vector<bool> actual;

  for (const Receipt& receipt : one_of_each())
    actual.push_back(is_decision(receipt.outcome));

  BOOST_TEST(actual == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_outcome_and_refusal_has_a_name) {
  std::set<std::string_view> names;
  for (const Receipt& receipt : one_of_each())
    names.insert(name(receipt.outcome));
  BOOST_TEST(names.size() == 5U);

  std::set<std::string_view> refusals;
  for (const Refusal refusal :
       {Refusal::NotOwner, Refusal::NoSuchRecord, Refusal::Retired, Refusal::NotAllowed}) {
    refusals.insert(name(refusal));
    BOOST_TEST(!describe(refusal).empty());
  }
  BOOST_TEST(refusals.size() == 4U);
}

BOOST_AUTO_TEST_CASE(the_root_is_the_merkle_root_over_the_encoded_receipts) {
  std::vector<crypto::Digest> leaves;
  for (const Receipt& receipt : one_of_each()) {
    leaves.push_back(crypto::merkle_leaf(encode(receipt)));
  }

  BOOST_TEST((receipts_root(one_of_each()) == crypto::merkle_root(leaves)));
  BOOST_TEST((receipts_root({}) == crypto::sha256(ByteView{})));
}

BOOST_AUTO_TEST_CASE(each_height_has_its_own_state_key) {
  BOOST_TEST(as_text(receipts_state_key(Height{17})) == "system/receipts/17");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
