#include "protocol/proof/proof.hpp"

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/samples.hpp"
#include "tests/support/sample_proofs.hpp"

namespace {

using troupe::Bytes;
using troupe::crypto::Digest;
using troupe::proof::Flaw;
using troupe::proof::Proof;
using troupe::support::sample_proofs;
using troupe::support::SampleProofs;

Flaw flaw_of(const Proof& proof) {
  const auto checked = verify(proof, sample_proofs().chain);
  BOOST_REQUIRE(!checked.ok());
  return checked.error();
}

Digest altered(Digest digest) {
  digest.bytes[7] ^= 0x10;
  return digest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proof)

BOOST_AUTO_TEST_CASE(every_kind_of_claim_is_proved_down_to_the_genesis_digest) {
  for (const SampleProofs::Named& sample : sample_proofs().all()) {
    BOOST_TEST_CONTEXT(sample.name) {
      BOOST_TEST(verify(sample.proof, sample_proofs().chain).ok());
    }
  }
}

BOOST_AUTO_TEST_CASE(encoding_and_decoding_gives_the_same_proof) {
  for (const SampleProofs::Named& sample : sample_proofs().all()) {
    BOOST_TEST_CONTEXT(sample.name) {
      const auto decoded = troupe::proof::decode_proof(encode(sample.proof));
      BOOST_REQUIRE(decoded.ok());
      BOOST_TEST((*decoded == sample.proof));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_change_of_a_single_bit_is_refused) {
  for (const SampleProofs::Named& sample : sample_proofs().all()) {
    Bytes encoded = encode(sample.proof);
    std::size_t accepted = 0;
    for (std::size_t bit = 0; bit < 8 * encoded.size(); ++bit) {
      encoded[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      const auto decoded = troupe::proof::decode_proof(encoded);
      if (decoded && verify(*decoded, sample_proofs().chain)) ++accepted;
      encoded[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    }
    BOOST_TEST_CONTEXT(sample.name) {
      BOOST_TEST(accepted == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_cut_or_longer_encoding_is_refused) {
  for (const SampleProofs::Named& sample : sample_proofs().all()) {
    Bytes encoded = encode(sample.proof);
    for (std::size_t size = 0; size < encoded.size(); ++size) {
      BOOST_REQUIRE(!troupe::proof::decode_proof(std::span(encoded).first(size)).ok());
    }
    encoded.push_back(0);
    BOOST_TEST(!troupe::proof::decode_proof(encoded).ok());
  }
}

BOOST_AUTO_TEST_CASE(an_encoding_above_the_bound_is_refused_unread) {
  const Bytes huge(troupe::proof::kProofBytesMax + 1);

  BOOST_TEST((troupe::proof::decode_proof(huge).error() == troupe::codec::WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(a_changed_value_fails_at_the_first_step) {
  Proof proof = sample_proofs().record;
  auto& claim = std::get<troupe::proof::RecordClaim>(proof.claim);
  claim.record.value = troupe::ledger::samples::bytes_of("owner=mallory");

  BOOST_TEST((flaw_of(proof) == Flaw::RecordNotInState));
  BOOST_TEST(step_of(flaw_of(proof)) == 1u);
}

BOOST_AUTO_TEST_CASE(absence_of_a_key_that_is_there_is_refused) {
  Proof proof = sample_proofs().absence;
  std::get<troupe::proof::AbsenceClaim>(proof.claim).key = "bike/17";

  BOOST_TEST((flaw_of(proof) == Flaw::KeyNotAbsent));
}

BOOST_AUTO_TEST_CASE(a_transaction_must_lie_in_its_block_and_its_receipt_in_the_state) {
  using troupe::proof::TransactionClaim;
  Proof proof = sample_proofs().transaction;
  std::get<TransactionClaim>(proof.claim).path.front().sibling.bytes[0] ^= 1;
  BOOST_TEST((flaw_of(proof) == Flaw::TransactionNotInBlock));

  proof = sample_proofs().transaction;
  auto& unsigned_claim = std::get<TransactionClaim>(proof.claim);
  unsigned_claim.transaction = troupe::ledger::Transaction::sign(
      unsigned_claim.transaction.body(), troupe::ledger::samples::key_of("mallory"));
  BOOST_TEST((flaw_of(proof) == Flaw::TransactionNotSigned));

  proof = sample_proofs().transaction;
  std::get<TransactionClaim>(proof.claim).receipt.outcome =
      troupe::ledger::Refused{0, troupe::ledger::Refusal::NotOwner};
  BOOST_TEST((flaw_of(proof) == Flaw::ReceiptNotInState));

  proof = sample_proofs().transaction;
  auto& other = std::get<TransactionClaim>(proof.claim).receipt.transaction;
  other = altered(other);
  BOOST_TEST((flaw_of(proof) == Flaw::ReceiptOfAnother));
}

BOOST_AUTO_TEST_CASE(a_header_outside_of_the_history_fails_at_the_second_step) {
  Proof proof = sample_proofs().header;
  proof.header->timestamp.milliseconds += 1;
  BOOST_TEST((flaw_of(proof) == Flaw::NotInHistory));
  BOOST_TEST(step_of(flaw_of(proof)) == 2u);

  proof = sample_proofs().header;
  auto& path = std::get<troupe::proof::HeaderClaim>(proof.claim).consistency;
  path.front() = altered(path.front());
  BOOST_TEST((flaw_of(proof) == Flaw::NotConsistent));

  proof = sample_proofs().record;
  proof.history.push_back({});
  BOOST_TEST((flaw_of(proof) == Flaw::NotInHistory));
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_block_or_kind_fails_at_the_third_step) {
  Proof proof = sample_proofs().record;
  proof.finalization.vote.kind = troupe::consensus::VoteKind::Notarize;
  BOOST_TEST((flaw_of(proof) == Flaw::NotItsCertificate));

  proof = sample_proofs().record;
  proof.finalization = sample_proofs().header.finalization;
  BOOST_TEST((flaw_of(proof) == Flaw::NotItsCertificate));
  BOOST_TEST(step_of(flaw_of(proof)) == 3u);
}

BOOST_AUTO_TEST_CASE(fewer_signatures_than_a_quorum_fail_at_the_fourth_step) {
  Proof proof = sample_proofs().record;
  proof.finalization.signatures.pop_back();

  BOOST_TEST((flaw_of(proof) == Flaw::NoQuorum));
  BOOST_TEST(step_of(flaw_of(proof)) == 4u);
}

BOOST_AUTO_TEST_CASE(a_sound_proof_of_another_network_fails_at_the_last_step) {
  const auto checked = verify(sample_proofs().record, altered(sample_proofs().chain));

  BOOST_REQUIRE(!checked.ok());
  BOOST_TEST((checked.error() == Flaw::OtherGenesis));
  BOOST_TEST(step_of(checked.error()) == troupe::proof::kSteps);
}

BOOST_AUTO_TEST_CASE(a_genesis_with_other_validators_vouches_for_nothing) {
  Proof proof = sample_proofs().record;
  proof.genesis.validators[2].key = troupe::ledger::samples::public_key_of("mallory");

  const auto checked = verify(proof, troupe::ledger::chain_id(proof.genesis));

  BOOST_TEST(!checked.ok());
}

BOOST_AUTO_TEST_CASE(an_audit_path_with_sides_leads_where_the_plain_one_leads) {
  std::vector<Digest> leaves;
  for (std::uint64_t size = 1; size <= 40; ++size) {
    leaves.push_back(troupe::crypto::merkle_leaf(troupe::as_bytes(std::to_string(size))));
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto path = troupe::proof::path_of(leaves, index);
      BOOST_TEST(
          (troupe::proof::root_of(leaves[index], path) == troupe::crypto::merkle_root(leaves)));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_flaw_has_a_name_a_sentence_and_a_step) {
  for (int number = 0; number <= static_cast<int>(Flaw::OtherGenesis); ++number) {
    const auto flaw = static_cast<Flaw>(number);
    BOOST_TEST(name(flaw) != "unknown");
    BOOST_TEST(describe(flaw).ends_with('.'));
    BOOST_TEST(step_of(flaw) >= 1u);
    BOOST_TEST(step_of(flaw) <= troupe::proof::kSteps);
  }
}

BOOST_AUTO_TEST_SUITE_END()
