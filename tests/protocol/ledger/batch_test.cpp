#include "protocol/ledger/batch.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "protocol/crypto/merkle.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

BatchPlace sample_place() {
  BatchPlace place;
  place.epoch = Epoch{3};
  place.root = crypto::sha256(as_bytes("root"));
  place.lane = ValidatorIndex{2};
  place.incarnation = Incarnation{300};
  place.sequence = Sequence{129};
  place.parent = crypto::sha256(as_bytes("parent"));
  return place;
}

std::vector<Transaction> notes(std::size_t count) {
  std::vector<Transaction> transactions;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = "note " + std::to_string(i);
    transactions.push_back(samples::transaction_of("alice", {Note{samples::bytes_of(text)}}));
  }
  return transactions;
}

Batch seal(const BatchPlace& place, const std::vector<Transaction>& transactions) {
  const BatchDraft draft = draft_batch(place, transactions);
  const crypto::KeyPair author = samples::key_of("n3");
  return Batch::assemble(draft, author.sign(signed_bytes(draft.header, samples::chain())));
}

Batch sample_batch() {
  return seal(sample_place(), notes(3));
}

/// A batch of any header and payload, as a liar could send it.
Bytes forge(const BatchHeader& header, ByteView payload) {
  Bytes bytes = encode(SignedBatchHeader{header, {}});
  append(bytes, payload);
  return bytes;
}

BatchHeader header_over(ByteView payload, std::uint64_t transactions) {
  return {sample_place(), transactions, payload.size(), crypto::sha256(payload)};
}

BatchError error_of(ByteView encoded) {
  const auto batch = Batch::decode(encoded);
  BOOST_REQUIRE(!batch.ok());
  return batch.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_test)

BOOST_AUTO_TEST_CASE(a_batch_decodes_to_what_was_encoded) {
  const Batch batch = sample_batch();

  const auto decoded = Batch::decode(batch.encoded());

  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST((decoded->place() == sample_place()));
  BOOST_TEST((decoded->signed_header() == batch.signed_header()));
  BOOST_TEST((decoded->transactions() == notes(3)));
  BOOST_TEST((decoded->digest() == batch.digest()));
  BOOST_TEST(equal(decoded->encoded(), batch.encoded()));
}

BOOST_AUTO_TEST_CASE(the_transactions_of_a_batch_lie_in_its_buffer) {
  const auto buffer = std::make_shared<const Bytes>(to_bytes(sample_batch().encoded()));

  const auto batch = Batch::decode(buffer);

  BOOST_REQUIRE(batch.ok());
  for (const Transaction& transaction : batch->transactions()) {
    BOOST_TEST((transaction.encoded().data() > buffer->data()));
    BOOST_TEST((transaction.encoded().data() < buffer->data() + buffer->size()));
  }
}

BOOST_AUTO_TEST_CASE(a_transaction_keeps_the_buffer_of_its_batch_alive) {
  std::vector<Transaction> kept;
  {
    const auto batch = Batch::decode(sample_batch().encoded());
    kept.push_back(batch->transactions()[1]);
  }

  BOOST_TEST((kept[0].id() == notes(3)[1].id()));
  BOOST_TEST((kept[0].body().operations.size() == 1));
}

BOOST_AUTO_TEST_CASE(the_digest_is_that_of_the_header_and_ignores_the_signature) {
  const BatchDraft draft = draft_batch(sample_place(), notes(2));

  const Batch unsigned_one = Batch::assemble(draft, {});

  BOOST_TEST((unsigned_one.digest() == crypto::sha256(encode(draft.header))));
  BOOST_TEST((unsigned_one.digest() == seal(sample_place(), notes(2)).digest()));
}

BOOST_AUTO_TEST_CASE(place_and_payload_change_the_digest) {
  std::vector<BatchPlace> places(7, sample_place());
  places[1].epoch = Epoch{4};
  places[2].root = {};
  places[3].lane = ValidatorIndex{1};
  places[4].incarnation = Incarnation{0};
  places[5].sequence = Sequence{130};
  places[6].parent = {};
  std::vector<crypto::Digest> digests{seal(sample_place(), notes(2)).digest()};
  for (const BatchPlace& place : places)
    digests.push_back(seal(place, notes(3)).digest());

  for (std::size_t i = 0; i < digests.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      BOOST_TEST((digests[i] != digests[j]));
  }
}

BOOST_AUTO_TEST_CASE(only_the_author_s_signature_on_this_chain_verifies) {
  const Batch batch = sample_batch();
  const crypto::PublicKey author = samples::public_key_of("n3");

  BOOST_TEST(verify(batch.signed_header(), samples::chain(), author));
  BOOST_TEST(!verify(batch.signed_header(), crypto::Digest{}, author));
  BOOST_TEST(!verify(batch.signed_header(), samples::chain(), samples::public_key_of("n2")));
}

BOOST_AUTO_TEST_CASE(a_batch_is_checked_down_to_each_transaction) {
  const crypto::PublicKey author = samples::public_key_of("n3");
  std::vector<Transaction> transactions = notes(2);
  transactions.push_back(
      Transaction::sign(samples::body_of("alice", {Note{}}), samples::key_of("bob")));

  BOOST_TEST(check_batch(sample_batch(), samples::chain(), author).ok());
  BOOST_TEST((check_batch(sample_batch(), samples::chain(), samples::public_key_of("n1")).error() ==
              BatchError::BadSignature));
  BOOST_TEST((check_batch(seal(sample_place(), transactions), samples::chain(), author).error() ==
              BatchError::BadTransaction));
}

BOOST_AUTO_TEST_CASE(two_batches_for_one_place_conflict) {
  const BatchHeader header = sample_batch().header();
  const BatchHeader fork = seal(sample_place(), notes(2)).header();
  BatchPlace other_parent = sample_place();
  other_parent.parent = {};

  BOOST_TEST(conflict(header, fork));
  BOOST_TEST(conflict(header, seal(other_parent, notes(3)).header()));
  BOOST_TEST(!conflict(header, header));
}

BOOST_AUTO_TEST_CASE(batches_of_different_places_do_not_conflict) {
  std::vector<BatchPlace> places(5, sample_place());
  places[0].epoch = Epoch{4};
  places[1].root = {};
  places[2].lane = ValidatorIndex{1};
  places[3].incarnation = Incarnation{0};
  places[4].sequence = Sequence{130};

  for (const BatchPlace& place : places) {
    BOOST_TEST(!conflict(sample_batch().header(), seal(place, notes(2)).header()));
  }
}

BOOST_AUTO_TEST_CASE(a_signed_header_travels_alone) {
  const SignedBatchHeader header = sample_batch().signed_header();
  const Bytes encoded = encode(header);

  const auto decoded = decode_signed_batch_header(encoded);

  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST((*decoded == header));
  BOOST_TEST(encoded.size() < 300U);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    BOOST_TEST(!decode_signed_batch_header(ByteView(encoded).first(size)).ok());
  }
}

BOOST_AUTO_TEST_CASE(a_batch_cut_at_any_length_is_refused) {
  const Batch batch = sample_batch();

  for (std::size_t size = 0; size < batch.encoded().size(); ++size) {
    BOOST_TEST(!Batch::decode(batch.encoded().first(size)).ok());
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_a_batch_are_refused) {
  Bytes longer = to_bytes(sample_batch().encoded());
  longer.push_back(0);

  BOOST_TEST((error_of(longer) == BatchError::PayloadMismatch));
}

BOOST_AUTO_TEST_CASE(an_empty_batch_is_refused) {
  BOOST_TEST((error_of(forge(header_over({}, 0), {})) == BatchError::Empty));
}

BOOST_AUTO_TEST_CASE(sequence_0_is_refused) {
  const BatchDraft draft = draft_batch(sample_place(), notes(1));
  BatchHeader header = draft.header;
  header.place.sequence = Sequence{0};

  BOOST_TEST((error_of(forge(header, draft.payload)) == BatchError::BadSequence));
}

BOOST_AUTO_TEST_CASE(another_payload_than_the_header_names_is_refused) {
  const BatchDraft draft = draft_batch(sample_place(), notes(2));
  Bytes payload = draft.payload;
  payload.back() ^= 1;

  BOOST_TEST((error_of(forge(draft.header, payload)) == BatchError::PayloadMismatch));
}

BOOST_AUTO_TEST_CASE(a_wrong_number_of_transactions_is_refused) {
  const Bytes payload = draft_batch(sample_place(), notes(2)).payload;

  BOOST_TEST((error_of(forge(header_over(payload, 1), payload)) == BatchError::Malformed));
  BOOST_TEST((error_of(forge(header_over(payload, 3), payload)) == BatchError::Malformed));
}

BOOST_AUTO_TEST_CASE(garbage_in_place_of_a_transaction_is_refused) {
  const Bytes payload{3, 'a', 'b', 'c'};

  BOOST_TEST((error_of(forge(header_over(payload, 1), payload)) == BatchError::Malformed));
}

BOOST_AUTO_TEST_CASE(a_batch_above_its_bounds_is_refused) {
  const Bytes payload{1, 0};

  BOOST_TEST((error_of(Bytes(kBatchBytesMax + 1)) == BatchError::TooLarge));
  BOOST_TEST((error_of(forge(header_over(payload, kBatchTransactionsMax + 1), payload)) ==
              BatchError::Malformed));
}

BOOST_AUTO_TEST_CASE(an_unknown_version_and_a_lane_above_its_bound_are_refused) {
  const BatchDraft draft = draft_batch(sample_place(), notes(1));
  BatchHeader far = draft.header;
  far.place.lane = ValidatorIndex{kValidatorsMax};
  Bytes later = forge(draft.header, draft.payload);
  const std::size_t version_at = codec::varint_size(encode(draft.header).size());
  BOOST_REQUIRE(later[version_at] == 1);
  later[version_at] = 2;

  BOOST_TEST((error_of(forge(far, draft.payload)) == BatchError::Malformed));
  BOOST_TEST((error_of(later) == BatchError::Malformed));
}

BOOST_AUTO_TEST_CASE(a_header_with_a_needless_byte_is_refused) {
  const BatchDraft draft = draft_batch(sample_place(), notes(1));
  Bytes header = encode(draft.header);
  header[1] = 0x83;  // epoch 3 in two bytes
  header.insert(header.begin() + 2, 0x00);
  codec::Writer writer;
  writer.bytes(header).fixed(crypto::Signature{}.view());

  const auto decoded = decode_signed_batch_header(writer.view());
  writer.fixed(draft.payload);

  BOOST_TEST((decoded.error() == codec::WireError::NotMinimal));
  BOOST_TEST((error_of(writer.view()) == BatchError::Malformed));
}

BOOST_AUTO_TEST_CASE(bytes_after_a_header_within_its_length_are_refused) {
  const BatchDraft draft = draft_batch(sample_place(), notes(1));
  Bytes header = encode(draft.header);
  header.push_back(0);
  codec::Writer writer;
  writer.bytes(header).fixed(crypto::Signature{}.view()).fixed(draft.payload);

  BOOST_TEST((error_of(writer.view()) == BatchError::Malformed));
}

BOOST_AUTO_TEST_CASE(the_largest_payload_fits_a_batch) {
  const Transaction note = samples::transaction_of("alice", {Note{Bytes(kNoteBytesMax)}});
  const std::vector<Transaction> transactions(kBatchPayloadBytesMax / payload_bytes_of(note), note);

  const Batch batch = seal(sample_place(), transactions);

  BOOST_TEST(batch.transactions().size() == transactions.size());
  BOOST_TEST(batch.header().payload_bytes == transactions.size() * payload_bytes_of(note));
}

BOOST_AUTO_TEST_CASE(the_transactions_root_is_the_merkle_root_over_the_ids_in_order) {
  const std::vector<Batch> batches{seal(sample_place(), notes(3)), seal(sample_place(), notes(2))};
  std::vector<crypto::Digest> leaves;
  for (const std::size_t i : {0U, 1U, 2U, 0U, 1U}) {
    leaves.push_back(crypto::merkle_leaf(notes(3)[i].id().view()));
  }

  BOOST_TEST((transactions_root(batches) == crypto::merkle_root(leaves)));
  BOOST_TEST((transactions_root({}) == crypto::sha256(ByteView{})));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
