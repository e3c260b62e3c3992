#include "protocol/ledger/signed_bytes.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

BOOST_AUTO_TEST_SUITE(signed_bytes_test)

BOOST_AUTO_TEST_CASE(they_are_kind_version_zero_chain_and_body) {
  const Bytes bytes = signed_bytes("batch", samples::chain(), as_bytes("body"));

  Bytes expected = samples::bytes_of(std::string("troupe/batch/1") + '\0');
  append(expected, samples::chain().view());
  append(expected, as_bytes("body"));
  BOOST_TEST(bytes == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_kind_chain_or_body_gives_other_bytes) {
  const Bytes bytes = signed_bytes("batch", samples::chain(), as_bytes("body"));

  BOOST_TEST(!equal(bytes, signed_bytes("vote", samples::chain(), as_bytes("body"))));
  BOOST_TEST(!equal(bytes, signed_bytes("batch", crypto::Digest{}, as_bytes("body"))));
  BOOST_TEST(!equal(bytes, signed_bytes("batch", samples::chain(), as_bytes("bodY"))));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
