#include "protocol/consensus/tally.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::consensus {

namespace {

const crypto::Digest kOne = crypto::sha256(as_bytes("one"));
const crypto::Digest kTwo = crypto::sha256(as_bytes("two"));
const crypto::Digest kThree = crypto::sha256(as_bytes("three"));

Vote notarize(const crypto::Digest& block) {
  return {VoteKind::Notarize, {}, View{7}, block};
}

SignedVote by(std::uint32_t signer, const Vote& vote, std::uint8_t mark = 0) {
  SignedVote signed_vote{vote, ValidatorIndex{signer}, {}};
  signed_vote.signature.bytes[0] = mark;
  return signed_vote;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tally_test)

BOOST_AUTO_TEST_CASE(equal_votes_of_distinct_validators_count) {
  Tally tally(4);
  BOOST_CHECK(tally.add(by(0, notarize(kOne)), true));
  BOOST_CHECK(tally.add(by(1, notarize(kOne)), true));
  BOOST_CHECK(tally.add(by(2, notarize(kTwo)), true));
  BOOST_CHECK(!tally.add(by(1, notarize(kOne)), true));

  BOOST_CHECK_EQUAL(tally.count(notarize(kOne)), 2);
  BOOST_CHECK_EQUAL(tally.count(notarize(kTwo)), 1);
}

BOOST_AUTO_TEST_CASE(a_vote_that_is_not_verified_does_not_count_until_it_is) {
  Tally tally(4);
  BOOST_CHECK(tally.add(by(0, notarize(kOne)), false));
  BOOST_CHECK_EQUAL(tally.count(notarize(kOne)), 0);
  BOOST_CHECK(!tally.has_verified(by(0, notarize(kOne))));

  BOOST_CHECK(tally.add(by(0, notarize(kOne)), true));
  BOOST_CHECK_EQUAL(tally.count(notarize(kOne)), 1);
  BOOST_CHECK_EQUAL(tally.size(), 1);
}

BOOST_AUTO_TEST_CASE(at_most_two_values_per_kind_and_signer_are_kept) {
  Tally tally(4);
  BOOST_CHECK(tally.add(by(0, notarize(kOne)), true));
  BOOST_CHECK(tally.add(by(0, notarize(kTwo)), true));
  BOOST_CHECK(!tally.add(by(0, notarize(kThree)), true));

  BOOST_CHECK_EQUAL(tally.size(), 2);
}

BOOST_AUTO_TEST_CASE(an_assembled_certificate_holds_the_equal_votes_in_validator_order) {
  Tally tally(4);
  for (const std::uint32_t signer : {3U, 0U, 2U}) {
    BOOST_CHECK(tally.add(by(signer, notarize(kOne), static_cast<std::uint8_t>(signer)), true));
  }
  BOOST_CHECK(tally.add(by(1, notarize(kTwo)), true));

  const Certificate certificate = tally.assemble(notarize(kOne));
  BOOST_REQUIRE_EQUAL(certificate.signatures.size(), 3);
  BOOST_CHECK(certificate.signatures[0].signer == ValidatorIndex{0});
  BOOST_CHECK(certificate.signatures[2].signer == ValidatorIndex{3});
  BOOST_CHECK_EQUAL(certificate.signatures[2].signature.bytes[0], 3);
}

BOOST_AUTO_TEST_CASE(conflicts_are_found_across_kinds) {
  Tally tally(4);
  const Vote nullify{VoteKind::Nullify, {}, View{7}, {}};
  const Vote finalize{VoteKind::Finalize, {}, View{7}, kOne};
  BOOST_CHECK(tally.add(by(0, nullify), true));
  BOOST_CHECK(tally.add(by(0, notarize(kOne)), true));

  BOOST_CHECK_EQUAL(tally.conflicts(by(0, finalize)).size(), 1);
  BOOST_CHECK_EQUAL(tally.conflicts(by(0, notarize(kTwo))).size(), 1);
  BOOST_CHECK(tally.conflicts(by(1, finalize)).empty());
}

BOOST_AUTO_TEST_CASE(a_false_observation_can_be_dropped) {
  Tally tally(4);
  BOOST_CHECK(tally.add(by(0, notarize(kOne)), false));

  tally.remove(by(0, notarize(kOne)));

  BOOST_CHECK_EQUAL(tally.size(), 0);
  BOOST_CHECK(tally.find(VoteKind::Notarize, ValidatorIndex{0}) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
