#include "protocol/consensus/journal.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/decoding.hpp"
#include "tests/support/vectors.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::consensus {

namespace {

const crypto::Digest kBlock = crypto::sha256(as_bytes("block"));

std::vector<JournalRecord> one_of_each() {
  const simulator::KeyedSignatures signatures(4);
  const Binding binding{kBlock, Epoch{}, kBlock};
  const Vote vote{VoteKind::Finalize, Epoch{}, View{5}, kBlock};
  const auto certificate = signatures.certify(binding, vote, {0, 1, 3});
  Header header;
  header.view = View{6};
  return {VoteRecord{signatures.sign(binding, ValidatorIndex{1}, vote),
                     {{certificate, certificate}, {header}}},
          BatchRecord{{Epoch{3}, ValidatorIndex{2}, Incarnation{}, Sequence{300}, kBlock}, {}},
          MarkRecord{certificate}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_test)

BOOST_AUTO_TEST_CASE(each_encoding_gives_the_same_record_and_nothing_else_does) {
  for (const JournalRecord& record : one_of_each()) {
    const Bytes encoded = encode(record);
    BOOST_CHECK(decode_journal_record(encoded).value() == record);
    support::check_only_whole_inputs_decode(encoded, decode_journal_record);
  }
}

BOOST_AUTO_TEST_CASE(the_encoding_of_a_batch_record_is_the_one_of_the_vectors) {
  const auto vectors = support::load_vectors("consensus.json");

  BOOST_CHECK_EQUAL(to_hex(encode(one_of_each()[1])), vectors["batch-record"].get<std::string>());
}

BOOST_AUTO_TEST_CASE(an_unknown_record_and_a_mark_that_is_no_finalization_are_refused) {
  Bytes unknown = encode(one_of_each()[2]);
  unknown[0] = 4;
  const Certificate nullification{{VoteKind::Nullify, {}, View{1}, {}}, {}};

  BOOST_CHECK(!decode_journal_record(unknown).ok());
  BOOST_CHECK(!decode_journal_record(encode(JournalRecord{MarkRecord{nullification}})).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
