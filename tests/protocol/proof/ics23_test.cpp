#include "protocol/proof/ics23.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/support/sample_proofs.hpp"

namespace {

using troupe::Bytes;
using troupe::to_hex;
using troupe::crypto::Digest;
using troupe::support::sample_proofs;

std::string hex_of(const std::string& text) {
  return to_hex(troupe::as_bytes(text));
}

Digest filled(std::uint8_t byte) {
  Digest digest;
  digest.bytes.fill(byte);
  return digest;
}

const std::string kLeafOp =
    "0801"
    "1001"
    "1801"
    "2a0d" +
    hex_of("JMT::LeafNode");

}  // namespace

BOOST_AUTO_TEST_SUITE(ics23)

BOOST_AUTO_TEST_CASE(presence_is_encoded_field_by_field_as_the_message_says) {
  // SHA-256 of "a" begins with the bits 1 1: at depth 1 and at depth 0 the leaf is a right child.
  const troupe::ledger::PresenceProof presence{{'a'}, {'b'}, {filled(0x11), filled(0x22)}};
  const std::string inner =
      "0801"
      "1230" +
      hex_of("JMT::IntrnalNode");
  const std::string lower = inner + filled(0x11).hex();
  const std::string upper = inner + filled(0x22).hex();

  const std::string existence =
      "0a0161"
      "120162"
      "1a"
      "15" +
      kLeafOp + "2234" + lower + "2234" + upper;

  const std::string encoded = to_hex(troupe::proof::ics23_of(presence));
  BOOST_TEST(encoded.substr(encoded.size() - existence.size()) == existence);
  BOOST_TEST(encoded.starts_with("0a"));
}

BOOST_AUTO_TEST_CASE(a_left_child_has_its_sibling_in_the_suffix) {
  // SHA-256 of "0" begins with a bit 0.
  const troupe::ledger::PresenceProof presence{{'0'}, {'b'}, {filled(0x33)}};
  const std::string inner =
      "0801"
      "1210" +
      hex_of("JMT::IntrnalNode") + "1a20" + filled(0x33).hex();

  const std::string encoded = to_hex(troupe::proof::ics23_of(presence));

  BOOST_TEST(encoded.ends_with(inner));
}

BOOST_AUTO_TEST_CASE(records_and_absences_have_a_state_proof_and_other_claims_none) {
  const auto record = troupe::proof::ics23_of(sample_proofs().record);
  const auto absence = troupe::proof::ics23_of(sample_proofs().absence);

  BOOST_REQUIRE(record.has_value());
  BOOST_REQUIRE(absence.has_value());
  BOOST_TEST(record->front() == 0x0a);
  BOOST_TEST(absence->front() == 0x12);
  BOOST_TEST(!troupe::proof::ics23_of(sample_proofs().transaction).has_value());
  BOOST_TEST(!troupe::proof::ics23_of(sample_proofs().header).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
