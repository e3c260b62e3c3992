#include "protocol/consensus/evidence.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/decoding.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::consensus {

using simulator::KeyedSignatures;

namespace {

const crypto::Digest kOne = crypto::sha256(as_bytes("one"));
const crypto::Digest kTwo = crypto::sha256(as_bytes("two"));

Vote make(VoteKind kind, const crypto::Digest& block, std::uint64_t view = 7) {
  return {kind, Epoch{}, View{view}, block};
}

struct Stage {
  KeyedSignatures signatures{4};
  Electorate electorate{{kOne, Epoch{}, kTwo}, signatures.validators(), KeyedSignatures::verify()};

  SignedVote sign(const Vote& vote, std::uint32_t signer = 2) const {
    return signatures.sign(electorate.binding, ValidatorIndex{signer}, vote);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(evidence_test)

BOOST_AUTO_TEST_CASE(these_pairs_are_provable_and_nothing_else) {
  BOOST_CHECK(is_conflict(make(VoteKind::Notarize, kOne), make(VoteKind::Notarize, kTwo)));
  BOOST_CHECK(is_conflict(make(VoteKind::Finalize, kOne), make(VoteKind::Finalize, kTwo)));
  BOOST_CHECK(is_conflict(make(VoteKind::Finalize, kOne), make(VoteKind::Nullify, {})));
  BOOST_CHECK(is_conflict(make(VoteKind::Nullify, {}), make(VoteKind::Finalize, kOne)));

  BOOST_CHECK(!is_conflict(make(VoteKind::Notarize, kOne), make(VoteKind::Notarize, kOne)));
  BOOST_CHECK(!is_conflict(make(VoteKind::Notarize, kOne), make(VoteKind::Nullify, {})));
  BOOST_CHECK(!is_conflict(make(VoteKind::Notarize, kOne), make(VoteKind::Finalize, kTwo)));
  BOOST_CHECK(!is_conflict(make(VoteKind::Notarize, kOne), make(VoteKind::Notarize, kTwo, 8)));
}

BOOST_AUTO_TEST_CASE(evidence_proves_only_with_two_good_signatures_of_one_signer) {
  const Stage stage;
  const Evidence good = make_evidence(stage.sign(make(VoteKind::Notarize, kOne)),
                                      stage.sign(make(VoteKind::Notarize, kTwo)));
  Evidence two_signers = good;
  two_signers.second = stage.sign(good.second.vote, 3);
  Evidence forged = good;
  forged.second.signature.bytes[0] ^= 1;
  const Evidence twice{good.first, good.first};
  const Evidence reversed{good.second, good.first};

  BOOST_CHECK(proves(good, stage.electorate));
  for (const Evidence& bad : {two_signers, forged, twice, reversed}) {
    BOOST_CHECK(!proves(bad, stage.electorate));
  }
}

BOOST_AUTO_TEST_CASE(two_votes_give_one_evidence_in_either_order) {
  const Stage stage;
  const SignedVote left = stage.sign(make(VoteKind::Nullify, {}));
  const SignedVote right = stage.sign(make(VoteKind::Finalize, kTwo));

  BOOST_CHECK(make_evidence(left, right) == make_evidence(right, left));
}

BOOST_AUTO_TEST_CASE(an_encoding_gives_the_same_evidence_and_nothing_else_does) {
  const Stage stage;
  const Evidence evidence = make_evidence(stage.sign(make(VoteKind::Notarize, kOne)),
                                          stage.sign(make(VoteKind::Notarize, kTwo)));

  BOOST_CHECK(decode_evidence(encode(evidence)).value() == evidence);
  support::check_only_whole_inputs_decode(encode(evidence), decode_evidence);
}

BOOST_AUTO_TEST_CASE(two_votes_that_prove_nothing_are_not_even_read) {
  const Stage stage;
  const SignedVote one = stage.sign(make(VoteKind::Notarize, kOne));
  const SignedVote nullify = stage.sign(make(VoteKind::Nullify, {}));
  const Evidence conflict = make_evidence(one, stage.sign(make(VoteKind::Notarize, kTwo)));

  for (const Evidence& nothing : {Evidence{one, one},
                                  Evidence{one, nullify},
                                  Evidence{nullify, one},
                                  Evidence{conflict.second, conflict.first}})
    BOOST_CHECK(!decode_evidence(encode(nothing)).ok());
}

BOOST_AUTO_TEST_CASE(evidence_is_told_in_words) {
  const Stage stage;
  const Evidence evidence = make_evidence(stage.sign(make(VoteKind::Nullify, {})),
                                          stage.sign(make(VoteKind::Finalize, kTwo)));

  BOOST_CHECK_EQUAL(describe(evidence), "validator 2 both nullified and finalized in view 7");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
