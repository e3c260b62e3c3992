#include "protocol/ledger/transaction.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using codec::WireError;

std::vector<Operation> one_of_each() {
  return {Note{samples::bytes_of("hello")},
          Put{"bike/17", samples::bytes_of("red")},
          Transfer{"bike/17", samples::public_key_of("bob")},
          Retire{"bike/18"},
          ModuleOperation{7, samples::bytes_of("whatever")}};
}

Body sample_body() {
  Body body = samples::body_of("alice", one_of_each());
  body.memo = "order 66";
  return body;
}

/// The encoding of a body with one operation that is given as bytes.
Bytes body_with_operation(std::uint64_t module, ByteView content) {
  const Body body = samples::body_of("alice", {});
  codec::Writer writer;
  writer.varint(body.version).fixed(body.chain.view()).fixed(body.account.view());
  writer.varint(body.valid_through.number).varint(1).varint(module).bytes(content).text("");
  return writer.take();
}

Bytes transaction_with_body(ByteView body) {
  codec::Writer writer;
  writer.bytes(body).varint(1).fixed(crypto::Signature{}.view());
  return writer.take();
}

WireError error_of_body(ByteView body) {
  const auto decoded = decode_body(body);
  const auto transaction = Transaction::decode(transaction_with_body(body));
  BOOST_REQUIRE(!decoded.ok() && !transaction.ok());
  BOOST_TEST(static_cast<int>(decoded.error()) == static_cast<int>(transaction.error()));
  return decoded.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transaction_test)

BOOST_AUTO_TEST_CASE(a_body_decodes_to_what_was_encoded) {
  const Body body = sample_body();

  const auto decoded = decode_body(encode(body));

  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST((*decoded == body));
}

BOOST_AUTO_TEST_CASE(a_transaction_decodes_to_what_was_encoded) {
  const Transaction transaction = Transaction::sign(sample_body(), samples::key_of("alice"));

  const auto decoded = Transaction::decode(transaction.encoded());

  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST((*decoded == transaction));
  BOOST_TEST((decoded->id() == transaction.id()));
  BOOST_TEST((decoded->body() == sample_body()));
  BOOST_TEST((decoded->signatures() == transaction.signatures()));
  BOOST_TEST((decoded->account() == samples::public_key_of("alice")));
  BOOST_TEST(decoded->valid_through().number == 100U);
  BOOST_TEST(decoded->operation_count() == 5U);
}

BOOST_AUTO_TEST_CASE(decoding_from_a_shared_buffer_copies_no_bytes) {
  const Transaction transaction = Transaction::sign(sample_body(), samples::key_of("alice"));
  const auto buffer = std::make_shared<const Bytes>(to_bytes(transaction.encoded()));

  const auto decoded = Transaction::decode(buffer, *buffer);

  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST(decoded->encoded().data() == buffer->data());
  BOOST_TEST(buffer.use_count() == 2);
}

BOOST_AUTO_TEST_CASE(the_id_is_the_digest_of_the_body_and_ignores_the_signature) {
  const Body body = sample_body();

  const Transaction by_alice = Transaction::sign(body, samples::key_of("alice"));
  const Transaction by_bob = Transaction::sign(body, samples::key_of("bob"));

  BOOST_TEST((by_alice.id() == by_bob.id()));
  BOOST_TEST((by_alice.id() == id_of(body)));
  BOOST_TEST((by_alice.id() == crypto::sha256(encode(body))));
  BOOST_TEST((by_alice != by_bob));
}

BOOST_AUTO_TEST_CASE(each_field_of_a_body_changes_the_id) {
  std::vector<Body> bodies(7, sample_body());
  bodies[1].chain = crypto::Digest{};
  bodies[2].account = samples::public_key_of("bob");
  bodies[3].valid_through = Height{101};
  bodies[4].operations.pop_back();
  bodies[5].memo = "";
  bodies[6].version = 2;

  for (std::size_t i = 0; i < bodies.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      BOOST_TEST((id_of(bodies[i]) != id_of(bodies[j])));
  }
}

BOOST_AUTO_TEST_CASE(the_signed_bytes_name_kind_and_chain) {
  const Body body = sample_body();

  const Bytes bytes = signed_bytes(body);

  Bytes expected = samples::bytes_of("troupe/transaction/1");
  expected.push_back(0);
  append(expected, samples::chain().view());
  append(expected, encode(body));
  BOOST_TEST(bytes == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_transaction_cut_at_any_length_is_refused) {
  const Transaction transaction = Transaction::sign(sample_body(), samples::key_of("alice"));

  for (std::size_t size = 0; size < transaction.encoded().size(); ++size) {
    BOOST_TEST(!Transaction::decode(transaction.encoded().first(size)).ok());
  }
}

BOOST_AUTO_TEST_CASE(a_body_cut_at_any_length_is_refused) {
  const Bytes body = encode(sample_body());

  for (std::size_t size = 0; size < body.size(); ++size) {
    const WireError error = error_of_body(ByteView(body).first(size));
    BOOST_TEST((error == WireError::Truncated));
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_refused) {
  const Transaction transaction = Transaction::sign(sample_body(), samples::key_of("alice"));
  Bytes longer = to_bytes(transaction.encoded());
  longer.push_back(0);
  Bytes longer_body = encode(sample_body());
  longer_body.push_back(0);

  BOOST_TEST((Transaction::decode(longer).error() == WireError::TrailingBytes));
  BOOST_TEST((error_of_body(longer_body) == WireError::TrailingBytes));
}

BOOST_AUTO_TEST_CASE(bytes_after_an_operation_are_refused) {
  const Bytes content{3, 1, 'k', 0};

  BOOST_TEST((error_of_body(body_with_operation(0, content)) == WireError::TrailingBytes));
}

BOOST_AUTO_TEST_CASE(a_number_with_a_needless_byte_is_refused) {
  Bytes body = encode(sample_body());
  body[0] = 0x81;
  body.insert(body.begin() + 1, 0x00);

  BOOST_TEST((error_of_body(body) == WireError::NotMinimal));
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_of_core_operation_is_refused) {
  const Bytes content{4, 0};

  BOOST_TEST((error_of_body(body_with_operation(0, content)) == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(a_module_number_above_its_bound_is_refused) {
  const Bytes content{0};

  BOOST_TEST(decode_body(body_with_operation(127, content)).ok());
  BOOST_TEST((error_of_body(body_with_operation(128, content)) == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(lengths_above_their_bounds_are_refused) {
  const auto put_of = [](std::size_t key_bytes, std::size_t value_bytes) {
    codec::Writer content;
    content.u8(1).text(std::string(key_bytes, 'k')).bytes(Bytes(value_bytes));
    return body_with_operation(0, content.view());
  };
  codec::Writer note;
  note.u8(0).bytes(Bytes(kNoteBytesMax + 1));

  BOOST_TEST(decode_body(put_of(kRecordKeyBytesMax, kRecordValueBytesMax)).ok());
  BOOST_TEST((error_of_body(put_of(kRecordKeyBytesMax + 1, 1)) == WireError::OutOfRange));
  BOOST_TEST((error_of_body(put_of(1, kRecordValueBytesMax + 1)) == WireError::OutOfRange));
  BOOST_TEST((error_of_body(body_with_operation(0, note.view())) == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(more_operations_than_the_bound_are_refused) {
  Bytes body = encode(samples::body_of("alice", std::vector<Operation>(256, Note{})));
  BOOST_TEST(decode_body(body).ok());
  const std::size_t count_at = 1 + 32 + 32 + 1;
  BOOST_REQUIRE(body[count_at] == 0x80 && body[count_at + 1] == 0x02);

  body[count_at] = 0x81;

  BOOST_TEST((error_of_body(body) == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(a_memo_above_its_bound_is_refused) {
  Body body = samples::body_of("alice", {Note{}});
  body.memo = std::string(kMemoBytesMax, 'm');
  Bytes encoded = encode(body);
  BOOST_TEST(decode_body(encoded).ok());

  const std::size_t memo_at = encoded.size() - kMemoBytesMax - 2;
  encoded[memo_at] = 0x81;

  BOOST_TEST((error_of_body(encoded) == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(an_oversized_transaction_is_refused_before_it_is_read) {
  const Bytes huge(kTransactionBytesMax + 1);

  BOOST_TEST((Transaction::decode(huge).error() == WireError::OutOfRange));
  BOOST_TEST((decode_body(huge).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(two_signatures_are_refused) {
  codec::Writer writer;
  writer.bytes(encode(sample_body())).varint(2).fixed(Bytes(128));

  BOOST_TEST((Transaction::decode(writer.view()).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(an_altered_encoding_is_refused_or_is_another_transaction) {
  samples::Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  const Transaction transaction = Transaction::sign(sample_body(), samples::key_of("alice"));

  for (int round = 0; round < 2000; ++round) {
    Bytes altered = to_bytes(transaction.encoded());
    const std::size_t place = samples::below(random, altered.size());
    altered[place] ^= static_cast<std::uint8_t>(1U << samples::below(random, 8));
    const auto decoded = Transaction::decode(altered);
    if (!decoded) continue;
    BOOST_TEST((*decoded != transaction));
    // Canonical: whatever is accepted encodes to the very same bytes.
    const Transaction again(decoded->body(), decoded->signatures());
    BOOST_TEST(equal(again.encoded(), altered));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
