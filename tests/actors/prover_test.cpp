#include "actors/prover.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/actors/stored_ledger.hpp"

namespace {

using troupe::Height;
using troupe::actors::Proved;
using troupe::actors::Prover;
using troupe::actors::Reason;
using troupe::proof::Proof;
using troupe::test::Finality;
using troupe::test::StoredLedger;

struct Bench : StoredLedger {
  Prover prover{rig.context(), rig.chain()};

  [[nodiscard]] Proof proof_of(const troupe::storage::Stored<Proved>& proved) const {
    BOOST_REQUIRE(proved.ok());
    BOOST_REQUIRE(std::holds_alternative<Proof>(*proved));
    Proof proof = std::get<Proof>(*proved);
    BOOST_TEST(verify(proof, rig.context()->chain()).ok());
    return proof;
  }
};

std::string reason_of(const troupe::storage::Stored<Proved>& proved) {
  BOOST_REQUIRE(proved.ok());
  BOOST_REQUIRE(std::holds_alternative<Reason>(*proved));
  return std::get<Reason>(*proved).code;
}

std::string value_of(const Proof& proof) {
  const auto& value = std::get<troupe::proof::RecordClaim>(proof.claim).record.value;
  return std::string(troupe::as_text(value));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prover_test)

BOOST_AUTO_TEST_CASE(a_record_is_proved_once_a_final_header_exposes_its_state) {
  Bench bench;
  bench.commit("key", "value");
  BOOST_TEST(reason_of(bench.prover.record("key", Height{0})) == "not-proven-yet");

  bench.commit({});

  const Proof proof = bench.proof_of(bench.prover.record("key", Height{0}));
  BOOST_TEST(value_of(proof) == "value");
  BOOST_TEST(proof.subject().height.number == 2u);
  BOOST_TEST(!proof.header.has_value());
}

BOOST_AUTO_TEST_CASE(an_older_state_is_proved_by_the_header_that_exposes_it) {
  Bench bench;
  bench.commit("key", "old");
  bench.commit("key", "new");
  bench.commit({}, Finality::Descendant);
  bench.commit({});

  BOOST_TEST(value_of(bench.proof_of(bench.prover.record("key", Height{1}))) == "old");
  const Proof newer = bench.proof_of(bench.prover.record("key", Height{2}));
  BOOST_TEST(value_of(newer) == "new");
  BOOST_TEST(newer.subject().height.number == 3u);
  BOOST_TEST(newer.anchor.height.number == 4u);
  BOOST_TEST(reason_of(bench.prover.record("key", Height{9})) == "no-block");
  BOOST_TEST(reason_of(bench.prover.record("key", Height{4})) == "not-proven-yet");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_proved_absent) {
  Bench bench;
  bench.commit({});
  bench.commit({bench.chain.put("a", "1"), bench.chain.put("b", "2")});
  bench.commit({});

  for (const char* key : {"c", "d", "e", "f", "g"}) {
    const Proof proof = bench.proof_of(bench.prover.record(key, Height{0}));
    BOOST_TEST(std::holds_alternative<troupe::proof::AbsenceClaim>(proof.claim));
  }
  const Proof empty = bench.proof_of(bench.prover.record("a", Height{1}));
  BOOST_TEST(std::holds_alternative<troupe::proof::AbsenceClaim>(empty.claim));
}

BOOST_AUTO_TEST_CASE(every_transaction_is_proved_with_its_receipt) {
  Bench bench;
  std::vector<troupe::ledger::Transaction> ordered;
  for (const char* key : {"a", "b", "c", "d", "e"})
    ordered.push_back(bench.chain.put(key, "x"));
  bench.commit(ordered);
  BOOST_TEST(reason_of(bench.prover.transaction(ordered.front().id())) == "not-proven-yet");
  bench.commit({});

  for (const auto& transaction : ordered) {
    const Proof proof = bench.proof_of(bench.prover.transaction(transaction.id()));
    BOOST_TEST((std::get<troupe::proof::TransactionClaim>(proof.claim).transaction == transaction));
  }
  BOOST_TEST(reason_of(bench.prover.transaction(bench.chain.put("z", "x").id())) ==
             "no-transaction");
}

BOOST_AUTO_TEST_CASE(every_header_is_proved_to_be_in_the_newest_history) {
  Bench bench;
  for (int i = 0; i < 12; ++i)
    bench.commit({}, i % 3 == 1 ? Finality::Descendant : Finality::Direct);

  for (std::uint64_t height = 0; height <= 12; ++height) {
    const Proof proof = bench.proof_of(bench.prover.header(Height{height}));
    BOOST_TEST(proof.subject().height.number == height);
    BOOST_TEST(proof.anchor.height.number == 12u);
  }
  BOOST_TEST(reason_of(bench.prover.header(Height{13})) == "no-block");
}

BOOST_AUTO_TEST_CASE(an_altered_value_proves_nothing) {
  Bench bench;
  bench.commit("key", "value");
  bench.commit({});
  const auto digest = troupe::crypto::sha256(troupe::ledger::record_state_key("key"));
  const auto place = troupe::storage::keys::state_value(digest, Height{1});
  troupe::Bytes value = bench.database().get(place).value().value();
  value.back() ^= 1;
  bench.alter(place, value);

  const auto proved = bench.prover.record("key", Height{0});

  BOOST_REQUIRE(!proved.ok());
  BOOST_TEST((proved.error().kind == troupe::storage::StorageErrorKind::Corrupt));
}

BOOST_AUTO_TEST_SUITE_END()
