#include "actors/worker.hpp"

#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::ValidatorIndex;
using troupe::actors::DecodedBatches;
using troupe::actors::ExaminedSubmission;
using troupe::actors::PartVerified;
using troupe::actors::RawBatches;
using troupe::actors::RawSubmission;
using troupe::actors::share;
using troupe::actors::VerifyPart;
using troupe::actors::Worker;
using troupe::actors::WorkerActor;
using troupe::ledger::AdmissionError;
using troupe::ledger::BatchPointer;
using troupe::ledger::BatchVerdict;
using troupe::ledger::Body;
using troupe::ledger::Candidate;
using troupe::ledger::Put;
using troupe::ledger::Transaction;
using troupe::test::CastRig;
using troupe::test::SampleChain;

struct Bench {
  CastRig rig;
  SampleChain chain{rig.context()};
  WorkerActor worker = rig.spawn<WorkerActor, Worker>(rig.context(), rig.chain());

  ExaminedSubmission examine(const std::vector<Bytes>& encoded) {
    RawSubmission submission;
    for (const Bytes& bytes : encoded)
      submission.transactions.push_back(share(bytes));
    return rig.must_answer<ExaminedSubmission>(worker, troupe::actors::examine_atom_v, submission);
  }

  std::optional<AdmissionError> refusal_of(const Bytes& encoded) {
    const auto examined = examine({encoded});
    BOOST_REQUIRE(examined.items.size() == 1u);
    const auto* error = std::get_if<AdmissionError>(&examined.items.front());
    return error == nullptr ? std::nullopt : std::optional(*error);
  }

  BatchVerdict verify(const BatchPointer& batch, std::size_t first, std::size_t last) {
    return rig
        .must_answer<PartVerified>(
            worker, troupe::actors::verify_atom_v, VerifyPart{batch, first, last})
        .verdict;
  }
};

Bytes encoded(const Transaction& transaction) {
  return troupe::to_bytes(transaction.encoded());
}

/// A transaction of alice's for this chain, changed and signed again.
template <class Change>
Bytes changed(const SampleChain& chain, Change change) {
  Body body = chain.put("key", "value").body();
  change(body);
  return encoded(Transaction::sign(body, troupe::ledger::samples::key_of("alice")));
}

/// A batch of lane 1 as its author might make it, with transactions of any kind.
BatchPointer batch_of(SampleChain& chain, const std::vector<Transaction>& transactions) {
  return chain.seal(1, transactions);
}

Transaction of_another_chain() {
  return troupe::ledger::samples::transaction_of("alice", {Put{"key", {1}}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_test)

BOOST_AUTO_TEST_CASE(a_transaction_in_order_becomes_a_candidate) {
  Bench bench;
  const Transaction transaction = bench.chain.put("key", "value");

  const auto examined = bench.examine({encoded(transaction)});

  BOOST_REQUIRE(examined.items.size() == 1u);
  const auto* candidate = std::get_if<Candidate>(&examined.items.front());
  BOOST_REQUIRE(candidate != nullptr);
  BOOST_TEST((candidate->transaction.id() == transaction.id()));
  BOOST_TEST(!candidate->ordered_at.has_value());
}

BOOST_AUTO_TEST_CASE(every_fault_of_the_bytes_is_refused_by_its_name) {
  Bench bench;
  const SampleChain& chain = bench.chain;
  Bytes forged = encoded(chain.put("key", "value"));
  forged.back() ^= 1;

  BOOST_TEST((bench.refusal_of({1, 2, 3}) == AdmissionError::Malformed));
  BOOST_TEST(
      (bench.refusal_of(Bytes(troupe::kTransactionBytesMax + 1)) == AdmissionError::TooLarge));
  BOOST_TEST((bench.refusal_of(Bytes(troupe::kTransactionBytesMax)) == AdmissionError::Malformed));
  BOOST_TEST((bench.refusal_of(encoded(of_another_chain())) == AdmissionError::WrongChain));
  BOOST_TEST((bench.refusal_of(forged) == AdmissionError::BadSignature));
  BOOST_TEST((bench.refusal_of(changed(chain, [](Body& body) { body.version = 2; })) ==
              AdmissionError::UnknownVersion));
  BOOST_TEST((bench.refusal_of(changed(chain, [](Body& body) {
    body.operations = {Put{"", {1}}};
  })) == AdmissionError::BadRecordKey));
  BOOST_TEST((bench.refusal_of(changed(chain, [](Body& body) {
    body.operations = {Put{"key", {}}};
  })) == AdmissionError::BadRecordValue));
  BOOST_TEST((bench.refusal_of(changed(chain, [](Body& body) {
    body.operations = {troupe::ledger::ModuleOperation{7, {1}}};
  })) == AdmissionError::UnknownModule));
}

BOOST_AUTO_TEST_CASE(each_transaction_of_a_submission_is_judged_on_its_own_and_in_order) {
  Bench bench;

  const auto examined = bench.examine({encoded(bench.chain.put("one", "1")),
                                       Bytes{1},
                                       encoded(of_another_chain()),
                                       encoded(bench.chain.put("two", "2"))});

  BOOST_REQUIRE(examined.items.size() == 4u);
  BOOST_TEST(std::holds_alternative<Candidate>(examined.items[0]));
  BOOST_TEST((std::get<AdmissionError>(examined.items[1]) == AdmissionError::Malformed));
  BOOST_TEST((std::get<AdmissionError>(examined.items[2]) == AdmissionError::WrongChain));
  BOOST_TEST(std::holds_alternative<Candidate>(examined.items[3]));
}

BOOST_AUTO_TEST_CASE(a_candidate_that_is_final_already_says_at_which_height) {
  Bench bench;
  const Transaction transaction = bench.chain.put("key", "value");
  troupe::storage::WriteSet set;
  troupe::storage::put_transaction(set, transaction.id(), {Height{7}, 3});
  BOOST_REQUIRE(bench.rig.chain()->database()->commit(set).ok());

  const auto examined = bench.examine({encoded(transaction)});

  BOOST_TEST((std::get<Candidate>(examined.items.front()).ordered_at == Height{7}));
}

BOOST_AUTO_TEST_CASE(batches_are_decoded_in_order_and_one_that_is_malformed_spoils_all) {
  Bench bench;
  const auto one = batch_of(bench.chain, {bench.chain.put("one", "1")});
  const auto two = batch_of(bench.chain, {bench.chain.put("two", "2")});
  const auto decode = [&](const std::vector<troupe::ByteView>& views) {
    return bench.rig.must_answer<DecodedBatches>(
        bench.worker, troupe::actors::decode_atom_v, RawBatches{share({}), views});
  };
  const Bytes junk{1, 2, 3};

  const auto good = decode({two->encoded(), one->encoded()});
  const auto bad = decode({one->encoded(), junk});

  BOOST_REQUIRE(good.batches.has_value());
  BOOST_REQUIRE(good.batches->size() == 2u);
  BOOST_TEST(((*good.batches)[0]->digest() == two->digest()));
  BOOST_TEST(((*good.batches)[1]->digest() == one->digest()));
  BOOST_TEST(!bad.batches.has_value());
}

BOOST_AUTO_TEST_CASE(a_batch_of_its_author_with_valid_transactions_is_valid) {
  Bench bench;
  const auto batch = batch_of(bench.chain, {bench.chain.put("one", "1")});

  BOOST_TEST((bench.verify(batch, 0, 1) == BatchVerdict::Valid));
}

BOOST_AUTO_TEST_CASE(a_batch_that_its_lanes_validator_did_not_sign_is_not_of_its_author) {
  Bench bench;
  const auto batch = batch_of(bench.chain, {bench.chain.put("one", "1")});
  const auto draft = troupe::ledger::draft_batch(batch->place(), batch->transactions());
  const auto forged = troupe::test::validator_key(2).sign(
      troupe::ledger::signed_bytes(draft.header, bench.rig.context()->chain()));
  auto foreign_place = batch->place();
  foreign_place.lane = ValidatorIndex{4};
  const auto foreign = troupe::ledger::draft_batch(foreign_place, batch->transactions());
  const auto make = [](const auto& from, const auto& signature) {
    return std::make_shared<const troupe::ledger::Batch>(
        troupe::ledger::Batch::assemble(from, signature));
  };

  BOOST_TEST((bench.verify(make(draft, forged), 0, 1) == BatchVerdict::NotOfAuthor));
  BOOST_TEST((bench.verify(make(foreign, forged), 0, 1) == BatchVerdict::NotOfAuthor));
}

BOOST_AUTO_TEST_CASE(a_part_answers_for_its_own_transactions_and_the_first_also_for_the_author) {
  Bench bench;
  const auto batch =
      batch_of(bench.chain,
               {bench.chain.put("one", "1"), of_another_chain(), bench.chain.put("three", "3")});
  const auto draft = troupe::ledger::draft_batch(batch->place(), batch->transactions());
  const auto without_author =
      std::make_shared<const troupe::ledger::Batch>(troupe::ledger::Batch::assemble(draft, {}));

  BOOST_TEST((bench.verify(batch, 0, 1) == BatchVerdict::Valid));
  BOOST_TEST((bench.verify(batch, 1, 2) == BatchVerdict::InvalidContent));
  BOOST_TEST((bench.verify(batch, 2, 3) == BatchVerdict::Valid));
  BOOST_TEST((bench.verify(without_author, 2, 3) == BatchVerdict::Valid));
  BOOST_TEST((bench.verify(without_author, 0, 1) == BatchVerdict::NotOfAuthor));
}

BOOST_AUTO_TEST_SUITE_END()
