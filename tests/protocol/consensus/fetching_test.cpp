#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tests/support/simplex_rig.hpp"

// Missing headers and certificates (consensus.md, section 3).
namespace troupe::consensus {

using namespace std::chrono_literals;
using support::SimplexRig;

BOOST_AUTO_TEST_SUITE(fetching_test)

BOOST_AUTO_TEST_CASE(
    a_voter_asks_the_proposer_for_missing_certificates_with_one_request_per_range) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 5));
  rig.forget();

  rig.propose(rig.child(rig.genesis(), 6));

  const auto asked = rig.sent<MissingRequest>();
  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  BOOST_CHECK_EQUAL(asked[0].first, rig.leader(6));
  BOOST_CHECK(asked[0].second.first == View{1});
  BOOST_CHECK(asked[0].second.last == View{4});
  BOOST_CHECK(asked[0].second.kind == VoteKind::Nullify);
}

BOOST_AUTO_TEST_CASE(every_retry_interval_two_others_are_asked) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 5));
  rig.propose(rig.child(rig.genesis(), 6));
  rig.forget();

  rig.advance(rig.config().timing.retry_interval);

  const auto asked = rig.sent<MissingRequest>();
  BOOST_REQUIRE_EQUAL(asked.size(), 2);
  BOOST_CHECK(asked[0].first != asked[1].first);
  BOOST_CHECK(asked[0].first != rig.leader(6));
  BOOST_CHECK(asked[1].first != rig.leader(6));
}

BOOST_AUTO_TEST_CASE(what_has_come_is_not_asked_for_again) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  const Header block = rig.child(rig.genesis(), 3);
  rig.propose(block);
  rig.deliver(rig.leader(3), Certificates{{rig.certify(VoteKind::Nullify, 1)}});
  rig.forget();

  rig.advance(200ms + rig.config().timing.retry_interval);

  BOOST_CHECK(rig.sent<MissingRequest>().empty());
}

BOOST_AUTO_TEST_CASE(an_answer_of_the_other_kind_is_kept_and_is_no_fault) {
  auto rig = SimplexRig::following();
  rig.deliver_certificate(rig.certify(VoteKind::Nullify, 2));
  rig.propose(rig.child(rig.genesis(), 3));

  rig.deliver(rig.leader(3),
              Certificates{{rig.certify(
                  VoteKind::Notarize, 1, crypto::sha256(as_bytes("a notarized block")))}});

  BOOST_CHECK(rig.all<PeerFault>().empty());
}

BOOST_AUTO_TEST_CASE(the_header_of_a_notarized_block_is_asked_of_a_signer) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);
  const Certificate notarization = rig.certify(VoteKind::Notarize, 1, digest(block));

  rig.deliver_certificate(notarization);

  const auto asked = rig.sent<HeaderRequest>();
  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  const auto signers = notarization.signers();
  BOOST_CHECK(std::count(signers.begin(), signers.end(), ValidatorIndex{asked[0].first}) == 1);
  rig.deliver(asked[0].first, HeaderAnswer{block});
  BOOST_CHECK(rig.has_signed(VoteKind::Finalize, 1, digest(block)));
}

BOOST_AUTO_TEST_CASE(a_header_that_nobody_asked_for_is_not_kept) {
  auto rig = SimplexRig::following();
  const Header block = rig.child(rig.genesis(), 1);

  rig.deliver(rig.others()[0], HeaderAnswer{block});
  rig.deliver(rig.others()[0], HeaderRequest{digest(block)});

  BOOST_CHECK(rig.sent<HeaderAnswer>().empty());
}

BOOST_AUTO_TEST_CASE(missing_ancestors_of_a_proposal_are_walked_one_by_one) {
  auto rig = SimplexRig::following();
  const Header first = rig.child(rig.genesis(), 1);
  const Header second = rig.child(first, 2);
  const Header third = rig.child(second, 3);
  rig.deliver_certificate(rig.certify(VoteKind::Notarize, 2, digest(second)));
  rig.deliver(rig.others()[0], Certificates{{rig.certify(VoteKind::Notarize, 1, digest(first))}});
  rig.forget();

  rig.propose(third);
  rig.deliver(rig.others()[0], HeaderAnswer{second});
  rig.deliver(rig.others()[0], HeaderAnswer{first});

  BOOST_CHECK(rig.has_signed(VoteKind::Notarize, 3, digest(third)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
