#include "protocol/ledger/membership.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/ledger_state.hpp"

namespace troupe::ledger {

using samples::bytes_of;
using samples::key_of;
using samples::LedgerState;

namespace {

crypto::Digest nonce(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

Operation rejoin(std::string_view text = "nonce", Epoch epoch = {}) {
  return operation_of(Rejoin{epoch, nonce(text)});
}

/// A ledger whose validators are n1 and n2.
struct Validators : LedgerState {
  Validators() { modules.add(std::make_shared<const MembershipModule>(Epoch{0}, keys())); }

  static std::vector<crypto::PublicKey> keys() {
    return {key_of("n1").public_key(), key_of("n2").public_key()};
  }

  [[nodiscard]] std::uint64_t life(std::uint32_t validator) const {
    return read_life(values, ValidatorIndex{validator}).value().number;
  }
};

bool is_refused(const Outcome& outcome) {
  const auto* refused = std::get_if<Refused>(&outcome);
  return refused != nullptr && refused->reason == Refusal::NotAllowed;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(membership_test, Validators)

BOOST_AUTO_TEST_CASE(a_rejoin_survives_its_encoding) {
  const Rejoin original{Epoch{3}, nonce("some")};

  const auto decoded = decode_rejoin(operation_of(original).content);

  BOOST_REQUIRE(decoded.ok());
  BOOST_CHECK(*decoded == original);
}

BOOST_AUTO_TEST_CASE(content_that_is_no_rejoin_is_refused_at_admission) {
  const MembershipModule module(Epoch{0}, keys());
  const Bytes sound = operation_of(Rejoin{Epoch{0}, nonce("a")}).content;
  Bytes other_kind = sound;
  other_kind[0] = 2;
  Bytes longer = sound;
  longer.push_back(0);
  const Bytes shorter(sound.begin(), sound.end() - 1);

  BOOST_CHECK(module.check(ModuleOperation{kMembershipModule, sound}).ok());
  for (const Bytes& content : {other_kind, longer, shorter, Bytes{}})
    BOOST_CHECK(!module.check(ModuleOperation{kMembershipModule, content}));
  BOOST_CHECK(!module.check(Note{}));
}

BOOST_AUTO_TEST_CASE(a_validators_rejoin_begins_a_life_named_by_its_height) {
  execute(std::vector<Transaction>{});
  BOOST_TEST(life(1) == 0u);

  const Execution execution = execute(std::vector<Transaction>{make("n2", {rejoin()})});

  BOOST_CHECK(std::holds_alternative<Applied>(execution.receipts.at(0).outcome));
  BOOST_TEST(life(1) == 2u);
  BOOST_TEST(life(0) == 0u);
  const auto begun = lives_begun(execution.writes);
  BOOST_REQUIRE(begun.size() == 1u);
  BOOST_CHECK((begun[0] == LaneLife{ValidatorIndex{1}, Incarnation{2}}));
}

BOOST_AUTO_TEST_CASE(a_later_rejoin_begins_a_later_life) {
  run("n1", {rejoin("first")});

  run("n1", {rejoin("second")});

  BOOST_TEST(life(0) == 2u);
}

BOOST_AUTO_TEST_CASE(nobody_but_a_validator_can_rejoin) {
  BOOST_CHECK(is_refused(run("alice", {rejoin()})));

  BOOST_TEST(life(0) == 0u);
  BOOST_TEST(life(1) == 0u);
}

BOOST_AUTO_TEST_CASE(a_rejoin_of_another_epoch_is_refused) {
  BOOST_CHECK(is_refused(run("n1", {rejoin("nonce", Epoch{1})})));
}

BOOST_AUTO_TEST_CASE(of_two_rejoins_of_one_validator_in_a_block_only_the_first_takes_effect) {
  const Execution execution = execute(
      std::vector<Transaction>{make("n1", {rejoin("first")}), make("n1", {rejoin("second")})});

  BOOST_CHECK(std::holds_alternative<Applied>(execution.receipts.at(0).outcome));
  BOOST_CHECK(is_refused(execution.receipts.at(1).outcome));
}

BOOST_AUTO_TEST_CASE(a_block_without_a_rejoin_begins_no_life) {
  const Execution execution =
      execute(std::vector<Transaction>{make("alice", {Put{"key", bytes_of("value")}})});

  BOOST_CHECK(lives_begun(execution.writes).empty());
}

BOOST_AUTO_TEST_CASE(a_life_that_is_no_height_cannot_be_read) {
  values.values[life_state_key(ValidatorIndex{0})] = Bytes{0x80};

  BOOST_CHECK(!read_life(values, ValidatorIndex{0}));
}

BOOST_AUTO_TEST_CASE(the_module_answers_when_a_validator_last_rejoined) {
  run("n2", {rejoin()});
  const MembershipModule module(Epoch{0}, keys());

  const auto known = module.query(Bytes{1}, values);
  const auto never = module.query(Bytes{0}, values);
  const auto nonsense = module.query(Bytes{1, 1}, values);

  BOOST_REQUIRE(known.ok());
  BOOST_CHECK(*known == Bytes{1});
  BOOST_CHECK(never.error() == QueryError::NotFound);
  BOOST_CHECK(nonsense.error() == QueryError::Malformed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger
