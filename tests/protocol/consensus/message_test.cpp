#include "protocol/consensus/message.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/decoding.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::consensus {

using simulator::KeyedSignatures;

namespace {

const crypto::Digest kBlock = crypto::sha256(as_bytes("block"));
const crypto::Digest kRoot = crypto::sha256(as_bytes("root"));

std::vector<Body> one_of_each() {
  const KeyedSignatures signatures(4);
  const Binding binding{kBlock, Epoch{}, kRoot};
  const Vote vote{VoteKind::Notarize, Epoch{}, View{5}, kBlock};
  const auto signed_vote = signatures.sign(binding, ValidatorIndex{1}, vote);
  const auto other_vote =
      signatures.sign(binding, ValidatorIndex{1}, {VoteKind::Notarize, Epoch{}, View{5}, kRoot});
  const auto certificate = signatures.certify(binding, vote, {0, 1, 3});
  Header header;
  header.view = View{6};
  header.tips = {{ValidatorIndex{2}, Incarnation{}, Sequence{4}, kBlock}};
  return {Proposal{header, signed_vote.signature, {certificate, certificate}},
          Ballot{signed_vote},
          Certificates{{certificate}},
          MissingRequest{View{3}, View{9}, VoteKind::Nullify},
          BestRequest{},
          HeaderRequest{kBlock},
          HeaderAnswer{header},
          Inquiry{UINT64_MAX},
          InquiryAnswer{77, true, {signed_vote}},
          TipsHint{View{4}, header.tips},
          Accusation{make_evidence(signed_vote, other_vote)}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message_test)

BOOST_AUTO_TEST_CASE(each_encoding_gives_the_same_message_and_nothing_else_does) {
  for (const Body& body : one_of_each()) {
    const Bytes encoded = encode(Message{Epoch{3}, kRoot, body});
    const auto decoded = decode_message(encoded);
    BOOST_REQUIRE_MESSAGE(decoded.ok(), name(body));
    BOOST_CHECK_EQUAL(decoded->body.index(), body.index());
    BOOST_CHECK(decoded->epoch == Epoch{3});
    BOOST_CHECK(decoded->root == kRoot);
    BOOST_CHECK(encode(*decoded) == encoded);
    support::check_only_whole_inputs_decode(encoded, decode_message);
  }
}

BOOST_AUTO_TEST_CASE(the_encodings_are_those_of_the_vectors) {
  const auto vectors = support::load_vectors("consensus.json")["messages"];
  const std::map<std::string, Body> bodies = {
      {"missing-request", MissingRequest{View{3}, View{9}, VoteKind::Nullify}},
      {"best-request", BestRequest{}},
      {"header-request", HeaderRequest{kBlock}},
      {"inquiry", Inquiry{UINT64_MAX}},
      {"inquiry-answer", InquiryAnswer{77, true, {}}},
      {"tips", TipsHint{View{4}, {{ValidatorIndex{2}, Incarnation{}, Sequence{4}, kBlock}}}}};
  for (const auto& [kind, body] : bodies) {
    BOOST_CHECK_EQUAL(name(body), kind);
    BOOST_CHECK_EQUAL(to_hex(encode(Message{Epoch{3}, kRoot, body})),
                      vectors[kind].get<std::string>());
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_an_empty_list_and_a_backward_range_are_refused) {
  const auto is_refused = [](const Body& body) {
    return !decode_message(encode(Message{Epoch{}, kRoot, body})).ok();
  };
  Bytes unknown = encode(Message{Epoch{}, kRoot, BestRequest{}});
  unknown.back() = 12;

  BOOST_CHECK(!decode_message(unknown).ok());
  BOOST_CHECK(is_refused(Certificates{}));
  BOOST_CHECK(is_refused(MissingRequest{View{9}, View{3}, VoteKind::Nullify}));
  BOOST_CHECK(is_refused(MissingRequest{View{1}, View{17}, VoteKind::Nullify}));
  BOOST_CHECK(!is_refused(MissingRequest{View{1}, View{16}, VoteKind::Nullify}));
}

BOOST_AUTO_TEST_CASE(lists_beyond_their_bounds_are_refused) {
  const Certificate certificate{{VoteKind::Nullify, {}, View{1}, {}}, {}};
  const Certificates many{std::vector(kMessageCertificatesMax + 1, certificate)};
  InquiryAnswer answer{1, false, std::vector<SignedVote>(4)};

  BOOST_CHECK(!decode_message(encode(Message{Epoch{}, kRoot, many})).ok());
  BOOST_CHECK(!decode_message(encode(Message{Epoch{}, kRoot, answer})).ok());
  BOOST_CHECK(!decode_message(Bytes(kConsensusMessageBytesMax + 1)).ok());
}

BOOST_AUTO_TEST_CASE(bytes_at_random_never_do_harm_and_what_decodes_is_canonical) {
  support::Random random;
  const auto bodies = one_of_each();
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = encode(Message{Epoch{}, kRoot, bodies[random.below(bodies.size())]});
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
    }
    const auto decoded = decode_message(bytes);
    if (decoded.ok()) BOOST_REQUIRE(encode(*decoded) == bytes);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
