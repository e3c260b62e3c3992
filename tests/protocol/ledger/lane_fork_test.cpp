#include "protocol/ledger/lane_fork.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/batch.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

using samples::body_of;
using samples::bytes_of;
using samples::chain;
using samples::key_of;

namespace {

/// A header of n1's lane at this sequence, signed by whoever.
SignedBatchHeader header(std::string_view text,
                         std::uint64_t sequence = 3,
                         std::string_view signer = "n1") {
  BatchPlace place;
  place.lane = ValidatorIndex{1};
  place.sequence = Sequence{sequence};
  const auto transaction =
      Transaction::sign(body_of("alice", {Note{bytes_of(text)}}), key_of("alice"));
  const BatchDraft draft = draft_batch(place, std::vector{transaction});
  return {draft.header, key_of(signer).sign(signed_bytes(draft.header, chain()))};
}

bool is_proof(const LaneFork& fork) {
  return proves(fork, chain(), key_of("n1").public_key());
}

Result<LaneFork, codec::WireError> decode(const Bytes& encoded) {
  return codec::decode(encoded, read_fork);
}

Bytes encode_fork(const LaneFork& fork) {
  codec::Writer writer;
  write(writer, fork);
  return writer.take();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lane_fork_test)

BOOST_AUTO_TEST_CASE(two_signed_headers_of_one_place_are_a_proof_in_one_order) {
  const LaneFork fork = make_fork(header("a"), header("b"));

  BOOST_CHECK(fork == make_fork(header("b"), header("a")));
  BOOST_CHECK(is_proof(fork));
  BOOST_CHECK(!is_proof({fork.second, fork.first}));
  BOOST_TEST(describe(fork) == "validator 1 forked its lane at sequence 3");
}

BOOST_AUTO_TEST_CASE(what_an_honest_author_signs_is_no_proof) {
  BOOST_CHECK(!is_proof({header("a"), header("a")}));
  BOOST_CHECK(!is_proof({header("a", 3), header("b", 4)}));
  BOOST_CHECK(!is_proof({header("b", 4), header("a", 3)}));
}

BOOST_AUTO_TEST_CASE(a_header_that_somebody_else_signed_is_no_proof) {
  BOOST_CHECK(!is_proof(make_fork(header("a"), header("b", 3, "n2"))));
  BOOST_CHECK(!is_proof(make_fork(header("a", 3, "n2"), header("b"))));
  BOOST_CHECK(!proves(make_fork(header("a"), header("b")),
                      crypto::sha256(as_bytes("another chain")),
                      key_of("n1").public_key()));
}

BOOST_AUTO_TEST_CASE(a_fork_survives_its_encoding_and_every_truncation_is_refused) {
  const LaneFork fork = make_fork(header("a"), header("b"));
  const Bytes encoded = encode_fork(fork);

  BOOST_REQUIRE(decode(encoded).ok());
  BOOST_CHECK(decode(encoded).value() == fork);
  for (std::size_t length = 0; length < encoded.size(); ++length)
    BOOST_CHECK(!decode(Bytes(encoded.begin(), encoded.begin() + static_cast<long>(length))));
}

BOOST_AUTO_TEST_CASE(two_headers_that_prove_nothing_are_not_even_read) {
  const LaneFork fork = make_fork(header("a"), header("b"));

  for (const LaneFork& nothing : {LaneFork{fork.second, fork.first},
                                  LaneFork{fork.first, fork.first},
                                  LaneFork{header("a", 3), header("b", 4)}})
    BOOST_CHECK(!decode(encode_fork(nothing)).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
