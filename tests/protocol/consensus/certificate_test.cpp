#include "protocol/consensus/certificate.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/decoding.hpp"
#include "tests/support/vectors.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::consensus {

using simulator::KeyedSignatures;

namespace {

const crypto::Digest kBlock = crypto::sha256(as_bytes("block"));
const Vote kVote{VoteKind::Notarize, Epoch{3}, View{300}, kBlock};

struct Stage {
  KeyedSignatures signatures{7};
  Electorate electorate{
      {crypto::sha256(as_bytes("chain")), Epoch{3}, crypto::sha256(as_bytes("root"))},
      signatures.validators(),
      KeyedSignatures::verify()};

  Certificate certify(const std::vector<std::uint32_t>& signers) const {
    return signatures.certify(electorate.binding, kVote, signers);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(certificate_test)

BOOST_AUTO_TEST_CASE(a_quorum_of_distinct_signers_with_good_signatures_is_a_certificate) {
  const Stage stage;

  BOOST_CHECK(check(stage.certify({0, 1, 2, 3, 4}), stage.electorate).ok());
  BOOST_CHECK(check(stage.certify({0, 1, 2, 3, 4, 5, 6}), stage.electorate).ok());
}

BOOST_AUTO_TEST_CASE(fewer_signers_than_a_quorum_are_none) {
  const Stage stage;

  BOOST_CHECK(check(stage.certify({0, 1, 2, 3}), stage.electorate).error() ==
              CertificateError::NoQuorum);
}

BOOST_AUTO_TEST_CASE(one_signer_counts_once) {
  const Stage stage;

  BOOST_CHECK(check(stage.certify({0, 1, 2, 3, 3}), stage.electorate).error() ==
              CertificateError::SignersNotSorted);
}

BOOST_AUTO_TEST_CASE(strangers_other_epochs_and_wrong_signatures_are_refused) {
  const Stage stage;
  Certificate stranger = stage.certify({0, 1, 2, 3, 4});
  stranger.signatures.back().signer = ValidatorIndex{7};
  Certificate epoch = stage.certify({0, 1, 2, 3, 4});
  epoch.vote.epoch = Epoch{4};
  Certificate wrong = stage.certify({0, 1, 2, 3, 4});
  wrong.signatures[2].signature.bytes[0] ^= 1;

  BOOST_CHECK(check(stranger, stage.electorate).error() == CertificateError::UnknownSigner);
  BOOST_CHECK(check(epoch, stage.electorate).error() == CertificateError::WrongEpoch);
  BOOST_CHECK(check(wrong, stage.electorate).error() == CertificateError::BadSignature);
}

BOOST_AUTO_TEST_CASE(an_encoding_gives_the_same_certificate_and_nothing_else_does) {
  const Bytes encoded = encode(Stage().certify({0, 2, 3, 5, 6}));

  BOOST_CHECK(decode_certificate(encoded).value() == Stage().certify({0, 2, 3, 5, 6}));
  support::check_only_whole_inputs_decode(encoded, decode_certificate);
}

BOOST_AUTO_TEST_CASE(the_encoding_is_the_one_of_the_vectors) {
  const auto vectors = support::load_vectors("consensus.json");
  Certificate certificate{kVote, {}};
  for (const std::uint32_t signer : {0U, 1U, 9U}) {
    crypto::Signature signature;
    signature.bytes.fill(static_cast<std::uint8_t>(signer));
    certificate.signatures.push_back({ValidatorIndex{signer}, signature});
  }

  BOOST_CHECK_EQUAL(to_hex(encode(certificate)), vectors["certificate"].get<std::string>());
}

BOOST_AUTO_TEST_CASE(a_signer_bitmap_is_as_short_as_it_can_be_and_bounded) {
  Bytes encoded = encode(Certificate{{VoteKind::Nullify, {}, View{1}, {}}, {}});
  BOOST_REQUIRE_EQUAL(encoded.back(), 0);  // no signers: an empty bitmap
  Bytes padded = encoded;
  padded.back() = 1;
  padded.push_back(0);
  Bytes endless = encoded;
  endless.back() = kValidatorsMax / 8 + 1;
  endless.insert(endless.end(), kValidatorsMax / 8 + 1, 1);

  BOOST_CHECK(decode_certificate(encoded).ok());
  BOOST_CHECK(decode_certificate(padded).error() == codec::WireError::NotMinimal);
  BOOST_CHECK(!decode_certificate(endless).ok());
}

BOOST_AUTO_TEST_CASE(the_largest_certificate_stays_within_its_bound) {
  Certificate certificate{{VoteKind::Finalize, Epoch{UINT64_MAX}, View{UINT64_MAX}, kBlock}, {}};
  for (std::uint32_t i = 0; i < kValidatorsMax; ++i) {
    certificate.signatures.push_back({ValidatorIndex{i}, {}});
  }

  BOOST_CHECK_LE(encode(certificate).size(), kCertificateBytesMax);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
