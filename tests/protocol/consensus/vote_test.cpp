#include "protocol/consensus/vote.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/support/decoding.hpp"
#include "tests/support/vectors.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::consensus {

using simulator::KeyedSignatures;

namespace {

const crypto::Digest kBlock = crypto::sha256(as_bytes("block"));

Binding sample_binding() {
  return {crypto::sha256(as_bytes("chain")), Epoch{3}, crypto::sha256(as_bytes("root"))};
}

Result<SignedVote, codec::WireError> decode_signed_vote(ByteView bytes) {
  return codec::decode(bytes, read_signed_vote);
}

Bytes encode_signed_vote(const SignedVote& vote) {
  codec::Writer writer;
  write(writer, vote);
  return writer.take();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vote_test)

BOOST_AUTO_TEST_CASE(an_encoding_gives_the_same_vote_and_nothing_else_does) {
  const SignedVote vote{{VoteKind::Finalize, Epoch{3}, View{300}, kBlock}, ValidatorIndex{6}, {}};
  const Bytes encoded = encode_signed_vote(vote);

  BOOST_CHECK(decode_signed_vote(encoded).value() == vote);
  support::check_only_whole_inputs_decode(encoded, decode_signed_vote);
}

BOOST_AUTO_TEST_CASE(a_nullify_names_no_block_and_a_kind_is_one_of_three) {
  const SignedVote nullify{{VoteKind::Nullify, {}, View{3}, kBlock}, ValidatorIndex{6}, {}};
  Bytes unknown = encode_signed_vote({{VoteKind::Nullify, {}, View{3}, {}}, ValidatorIndex{6}, {}});
  unknown[0] = 4;

  BOOST_CHECK(!decode_signed_vote(encode_signed_vote(nullify)).ok());
  BOOST_CHECK(!decode_signed_vote(unknown).ok());
}

BOOST_AUTO_TEST_CASE(the_signed_bytes_are_those_of_the_vectors) {
  const auto vectors = support::load_vectors("consensus.json");
  const Vote notarize{VoteKind::Notarize, Epoch{3}, View{300}, kBlock};
  const Vote nullify{VoteKind::Nullify, Epoch{3}, View{300}, {}};

  BOOST_CHECK_EQUAL(to_hex(signed_bytes(sample_binding(), notarize)),
                    vectors["vote"]["notarize"].get<std::string>());
  BOOST_CHECK_EQUAL(to_hex(signed_bytes(sample_binding(), nullify)),
                    vectors["vote"]["nullify"].get<std::string>());
}

BOOST_AUTO_TEST_CASE(a_signature_binds_chain_epoch_root_kind_view_and_block) {
  const Vote vote{VoteKind::Notarize, Epoch{3}, View{300}, kBlock};
  std::set<Bytes> all{signed_bytes(sample_binding(), vote)};
  Binding chain = sample_binding();
  chain.chain = {};
  Binding root = sample_binding();
  root.root = {};
  all.insert(signed_bytes(chain, vote));
  all.insert(signed_bytes(root, vote));
  all.insert(signed_bytes(sample_binding(), {VoteKind::Finalize, Epoch{3}, View{300}, kBlock}));
  all.insert(signed_bytes(sample_binding(), {VoteKind::Notarize, Epoch{4}, View{300}, kBlock}));
  all.insert(signed_bytes(sample_binding(), {VoteKind::Notarize, Epoch{3}, View{301}, kBlock}));
  all.insert(signed_bytes(sample_binding(), {VoteKind::Notarize, Epoch{3}, View{300}, {}}));

  BOOST_CHECK_EQUAL(all.size(), 7);
}

BOOST_AUTO_TEST_CASE(an_electorate_accepts_the_votes_of_its_members_under_real_signatures) {
  const auto key = crypto::KeyPair::from_seed(Bytes(32, 1)).value();
  Electorate electorate{sample_binding(), ValidatorSet::from({key.public_key()}).value()};
  const Vote vote{VoteKind::Notarize, Epoch{3}, View{300}, kBlock};
  const auto signature = key.sign(signed_bytes(sample_binding(), vote));

  BOOST_CHECK(electorate.accepts({vote, ValidatorIndex{0}, signature}));
  BOOST_CHECK(!electorate.accepts({vote, ValidatorIndex{1}, signature}));
  BOOST_CHECK(!electorate.accepts({vote, ValidatorIndex{0}, {}}));
  BOOST_CHECK(!electorate.accepts(
      {{VoteKind::Finalize, Epoch{3}, View{300}, kBlock}, ValidatorIndex{0}, signature}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
