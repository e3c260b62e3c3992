#include "protocol/ledger/admission.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/signed_bytes.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

AdmissionError error_of(const Transaction& transaction) {
  const auto checked = check_stateless(transaction, samples::chain());
  BOOST_REQUIRE(!checked.ok());
  return checked.error();
}

AdmissionError error_of(Operation operation) {
  return error_of(samples::transaction_of("alice", {std::move(operation)}));
}

Transaction sign(const Body& body) {
  return Transaction::sign(body, samples::key_of("alice"));
}

constexpr AdmissionError kAll[] = {AdmissionError::Malformed,
                                   AdmissionError::TooLarge,
                                   AdmissionError::UnknownVersion,
                                   AdmissionError::WrongChain,
                                   AdmissionError::NoOperation,
                                   AdmissionError::UnknownModule,
                                   AdmissionError::BadRecordKey,
                                   AdmissionError::BadRecordValue,
                                   AdmissionError::BadOperation,
                                   AdmissionError::NotAcceptableKey,
                                   AdmissionError::BadSignatureCount,
                                   AdmissionError::BadSignature,
                                   AdmissionError::Expired,
                                   AdmissionError::TooFarAhead,
                                   AdmissionError::Duplicate,
                                   AdmissionError::AccountFull,
                                   AdmissionError::MempoolFull};

}  // namespace

BOOST_AUTO_TEST_SUITE(admission_test)

BOOST_AUTO_TEST_CASE(a_signed_transaction_of_this_chain_is_accepted) {
  const Transaction transaction = samples::transaction_of(
      "alice",
      {Note{}, Put{"a key", {0}}, Transfer{"k", samples::public_key_of("bob")}, Retire{"k"}});

  BOOST_TEST(check_stateless(transaction, samples::chain()).ok());
}

BOOST_AUTO_TEST_CASE(a_transaction_of_another_chain_is_refused) {
  Body body = samples::body_of("alice", {Note{}});
  body.chain = crypto::sha256(as_bytes("another chain"));

  BOOST_TEST((error_of(sign(body)) == AdmissionError::WrongChain));
}

BOOST_AUTO_TEST_CASE(an_unknown_version_is_refused) {
  Body body = samples::body_of("alice", {Note{}});
  body.version = 2;

  BOOST_TEST((error_of(sign(body)) == AdmissionError::UnknownVersion));
}

BOOST_AUTO_TEST_CASE(a_transaction_without_an_operation_is_refused) {
  BOOST_TEST((error_of(samples::transaction_of("alice", {})) == AdmissionError::NoOperation));
}

BOOST_AUTO_TEST_CASE(an_operation_of_an_unknown_module_is_refused) {
  BOOST_TEST((error_of(ModuleOperation{1, {}}) == AdmissionError::UnknownModule));
}

BOOST_AUTO_TEST_CASE(a_record_key_is_1_to_1024_printable_characters) {
  BOOST_TEST(is_record_key("package/libc6:amd64 ~"));
  BOOST_TEST(is_record_key(std::string(1024, 'k')));
  for (const std::string& key : {std::string(),
                                 std::string(1025, 'k'),
                                 std::string("a\nb"),
                                 std::string("tab\t"),
                                 std::string("nul\0", 4),
                                 std::string("\x7f"),
                                 std::string("caf\xc3\xa9")}) {
    BOOST_TEST(!is_record_key(key));
  }
}

BOOST_AUTO_TEST_CASE(a_bad_record_key_is_refused_in_each_operation) {
  BOOST_TEST((error_of(Put{"a\nb", {1}}) == AdmissionError::BadRecordKey));
  BOOST_TEST(
      (error_of(Transfer{"", samples::public_key_of("bob")}) == AdmissionError::BadRecordKey));
  BOOST_TEST((error_of(Retire{"\x01"}) == AdmissionError::BadRecordKey));
}

BOOST_AUTO_TEST_CASE(an_empty_value_is_refused) {
  BOOST_TEST((error_of(Put{"k", {}}) == AdmissionError::BadRecordValue));
}

BOOST_AUTO_TEST_CASE(a_bad_operation_after_a_good_one_is_found) {
  const Transaction transaction = samples::transaction_of("alice", {Note{}, Put{"k", {}}});

  BOOST_TEST((error_of(transaction) == AdmissionError::BadRecordValue));
}

BOOST_AUTO_TEST_CASE(a_new_owner_whose_key_is_of_small_order_is_refused) {
  BOOST_TEST((error_of(Transfer{"k", crypto::PublicKey{}}) == AdmissionError::NotAcceptableKey));
}

BOOST_AUTO_TEST_CASE(an_account_whose_key_is_of_small_order_is_refused) {
  Body body = samples::body_of("alice", {Note{}});
  body.account = crypto::PublicKey{};

  BOOST_TEST((error_of(sign(body)) == AdmissionError::NotAcceptableKey));
}

BOOST_AUTO_TEST_CASE(a_transaction_without_a_signature_is_refused) {
  const Transaction transaction(samples::body_of("alice", {Note{}}), {});

  BOOST_TEST((error_of(transaction) == AdmissionError::BadSignatureCount));
  BOOST_TEST((check_signature(transaction).error() == AdmissionError::BadSignature));
}

BOOST_AUTO_TEST_CASE(a_signature_of_another_key_is_refused) {
  const Transaction transaction =
      Transaction::sign(samples::body_of("alice", {Note{}}), samples::key_of("bob"));

  BOOST_TEST((error_of(transaction) == AdmissionError::BadSignature));
}

BOOST_AUTO_TEST_CASE(a_signature_over_the_body_alone_is_refused) {
  const Body body = samples::body_of("alice", {Note{}});

  const Transaction transaction(body, {samples::key_of("alice").sign(encode(body))});

  BOOST_TEST((error_of(transaction) == AdmissionError::BadSignature));
}

BOOST_AUTO_TEST_CASE(a_signature_of_another_kind_is_refused) {
  const Body body = samples::body_of("alice", {Note{}});
  const Bytes message = signed_bytes("batch", body.chain, encode(body));

  const Transaction transaction(body, {samples::key_of("alice").sign(message)});

  BOOST_TEST((error_of(transaction) == AdmissionError::BadSignature));
}

BOOST_AUTO_TEST_CASE(every_one_bit_change_of_the_body_is_refused) {
  const Transaction transaction = samples::transaction_of("alice", {Put{"key", {1, 2, 3}}});
  const std::size_t body_bytes = transaction.encoded_body().size();

  for (std::size_t i = 0; i < body_bytes; ++i) {
    Bytes altered = to_bytes(transaction.encoded());
    altered[i + (transaction.encoded().size() - 65 - body_bytes)] ^= 0x04;
    const auto decoded = Transaction::decode(altered);
    BOOST_TEST((!decoded.ok() || !check_stateless(*decoded, samples::chain()).ok()));
  }
}

BOOST_AUTO_TEST_CASE(a_client_learns_whether_its_bytes_are_malformed_or_too_large) {
  const Transaction transaction = samples::transaction_of("alice", {Note{}});

  BOOST_TEST((decode_transaction(transaction.encoded())->id() == transaction.id()));
  BOOST_TEST((decode_transaction(as_bytes("garbage")).error() == AdmissionError::Malformed));
  BOOST_TEST(
      (decode_transaction(Bytes(kTransactionBytesMax + 1)).error() == AdmissionError::TooLarge));
}

BOOST_AUTO_TEST_CASE(a_life_time_ends_at_valid_through_and_spans_at_most_1000_heights) {
  BOOST_TEST(check_lifetime(Height{5}, Height{5}).ok());
  BOOST_TEST(check_lifetime(Height{1005}, Height{5}).ok());
  BOOST_TEST((check_lifetime(Height{4}, Height{5}).error() == AdmissionError::Expired));
  BOOST_TEST((check_lifetime(Height{1006}, Height{5}).error() == AdmissionError::TooFarAhead));
  BOOST_TEST(
      (check_lifetime(Height{UINT64_MAX}, Height{5}).error() == AdmissionError::TooFarAhead));
}

BOOST_AUTO_TEST_CASE(every_refusal_has_a_name_of_its_own_a_description_and_a_hint) {
  std::set<std::string_view> names;

  for (const AdmissionError error : kAll) {
    names.insert(name(error));
    BOOST_TEST(!describe(error).empty());
    BOOST_TEST(!hint(error).empty());
  }

  BOOST_TEST(names.size() == std::size(kAll));
}

BOOST_AUTO_TEST_CASE(only_what_the_bytes_alone_decide_is_stateless) {
  BOOST_TEST(is_stateless(AdmissionError::BadSignature));
  BOOST_TEST(is_stateless(AdmissionError::WrongChain));
  BOOST_TEST(!is_stateless(AdmissionError::Expired));
  BOOST_TEST(!is_stateless(AdmissionError::Duplicate));
  BOOST_TEST(!is_stateless(AdmissionError::MempoolFull));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
