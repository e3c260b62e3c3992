#include "protocol/consensus/certified_block.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/certified_chain.hpp"

namespace troupe::consensus {

namespace {

RunError error_of(const std::vector<CertifiedBlock>& run, const Electorate& electorate) {
  const auto checked = check_run(run, electorate);
  BOOST_REQUIRE(!checked.ok());
  return checked.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(certified_block_test)

BOOST_AUTO_TEST_CASE(a_linked_run_that_ends_directly_final_proves_itself) {
  const support::CertifiedChain chain(6);

  BOOST_TEST(check_run(chain.run(1, 6), chain.electorate()).ok());
  BOOST_TEST(check_run(chain.run(3, 4), chain.electorate()).ok());
}

BOOST_AUTO_TEST_CASE(a_run_without_a_finalization_at_its_end_proves_nothing) {
  const support::CertifiedChain chain(6);

  BOOST_CHECK(error_of({}, chain.electorate()) == RunError::Empty);
  BOOST_CHECK(error_of(chain.run(1, 5), chain.electorate()) == RunError::NotFinal);
}

BOOST_AUTO_TEST_CASE(a_gap_or_a_changed_header_breaks_the_run) {
  const support::CertifiedChain chain(6);
  auto gap = chain.run(1, 6);
  gap.erase(gap.begin() + 2);
  auto changed = chain.run(1, 6);
  changed[1].header.timestamp.milliseconds += 1;
  changed[1].finalization.reset();
  changed[1].notarization.reset();

  BOOST_CHECK(error_of(gap, chain.electorate()) == RunError::NotLinked);
  BOOST_CHECK(error_of(changed, chain.electorate()) == RunError::NotLinked);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_block_kind_or_view_is_out_of_place) {
  const support::CertifiedChain chain(6);
  auto foreign = chain.run(1, 6);
  foreign[5].notarization = chain.at(4).notarization;
  auto swapped = chain.run(1, 6);
  swapped[5].finalization = chain.at(6).notarization;
  auto late = chain.run(1, 6);
  late[5].nullifications = {chain.certify(VoteKind::Nullify, View{6}, {})};

  BOOST_CHECK(error_of(foreign, chain.electorate()) == RunError::WrongCertificate);
  BOOST_CHECK(error_of(swapped, chain.electorate()) == RunError::WrongCertificate);
  BOOST_CHECK(error_of(late, chain.electorate()) == RunError::WrongCertificate);
}

BOOST_AUTO_TEST_CASE(every_signature_of_every_certificate_counts) {
  const support::CertifiedChain chain(6);
  auto forged_end = chain.run(1, 6);
  forged_end[5].finalization->signatures[1].signature.bytes[7] ^= 1;
  auto forged_middle = chain.run(1, 6);
  forged_middle[2].notarization->signatures[0].signature.bytes[0] ^= 1;
  auto short_one = chain.run(1, 6);
  short_one[5].finalization->signatures.pop_back();

  BOOST_CHECK(error_of(forged_end, chain.electorate()) == RunError::BadCertificate);
  BOOST_CHECK(error_of(forged_middle, chain.electorate()) == RunError::BadCertificate);
  BOOST_CHECK(error_of(short_one, chain.electorate()) == RunError::BadCertificate);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
