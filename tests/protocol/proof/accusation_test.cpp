#include "protocol/proof/accusation.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/ledger_state.hpp"

namespace troupe::proof {

using ledger::samples::bytes_of;
using ledger::samples::key_of;
using ledger::samples::LedgerState;

namespace {

const crypto::Digest kRoot = crypto::sha256(as_bytes("a root block"));

std::string name_of(std::uint32_t validator) {
  return "n" + std::to_string(validator);
}

consensus::Electorate electorate() {
  std::vector<crypto::PublicKey> keys;
  for (std::uint32_t i = 0; i < 4; ++i)
    keys.push_back(key_of(name_of(i)).public_key());
  return {{ledger::samples::chain(), Epoch{}, kRoot}, *consensus::ValidatorSet::from(keys)};
}

consensus::SignedVote vote(std::uint32_t signer, std::string_view block, std::uint64_t view = 7) {
  const consensus::Vote content{
      consensus::VoteKind::Notarize, Epoch{}, View{view}, crypto::sha256(as_bytes(block))};
  const Bytes message = consensus::signed_bytes(electorate().binding, content);
  return {content, ValidatorIndex{signer}, key_of(name_of(signer)).sign(message)};
}

Accusation two_votes(std::uint32_t culprit, std::uint64_t view = 7) {
  return consensus::make_evidence(vote(culprit, "a", view), vote(culprit, "b", view));
}

ledger::SignedBatchHeader header(std::uint32_t lane, std::string_view text) {
  ledger::BatchPlace place;
  place.root = kRoot;
  place.lane = ValidatorIndex{lane};
  place.sequence = Sequence{3};
  const auto note = ledger::Transaction::sign(
      ledger::samples::body_of("alice", {ledger::Note{bytes_of(text)}}), key_of("alice"));
  const ledger::BatchDraft draft = ledger::draft_batch(place, std::vector{note});
  const Bytes message = ledger::signed_bytes(draft.header, ledger::samples::chain());
  return {draft.header, key_of(name_of(lane)).sign(message)};
}

Accusation fork(std::uint32_t culprit) {
  return ledger::make_fork(header(culprit, "a"), header(culprit, "b"));
}

/// A ledger that takes accusations against n0 to n3.
struct Court : LedgerState {
  Court() { modules.add(std::make_shared<const EvidenceModule>(electorate())); }

  [[nodiscard]] ledger::Execution accuse(const Accusation& accusation) {
    return execute(std::vector{make("anybody", {operation_of(accusation)})});
  }

  [[nodiscard]] std::optional<RecordedAccusation> known(std::uint32_t culprit, LieKind kind) const {
    return read_accusation(values, {ValidatorIndex{culprit}, kind}).value();
  }
};

bool is_admitted(const ledger::Operation& operation) {
  return EvidenceModule(electorate()).check(operation).ok();
}

bool is_already_known(const ledger::Outcome& outcome) {
  const auto* refused = std::get_if<ledger::Refused>(&outcome);
  return refused != nullptr && refused->reason == ledger::Refusal::AlreadyKnown;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(accusation_test, Court)

BOOST_AUTO_TEST_CASE(both_kinds_survive_their_encoding) {
  for (const Accusation& accusation : {two_votes(2), fork(2)}) {
    const auto decoded = decode_accusation(encode(accusation));
    BOOST_REQUIRE(decoded.ok());
    BOOST_CHECK(*decoded == accusation);
  }
  BOOST_CHECK((lie_of(two_votes(2)) == Lie{ValidatorIndex{2}, LieKind::Votes}));
  BOOST_CHECK((lie_of(fork(1)) == Lie{ValidatorIndex{1}, LieKind::Lane}));
}

BOOST_AUTO_TEST_CASE(every_truncation_unknown_kind_and_trailing_byte_is_refused) {
  for (const Accusation& accusation : {two_votes(2), fork(2)}) {
    Bytes encoded = encode(accusation);
    for (std::size_t length = 0; length < encoded.size(); ++length)
      BOOST_CHECK(!decode_accusation(ByteView(encoded).first(length)));
    encoded.push_back(0);
    BOOST_CHECK(!decode_accusation(encoded));
    encoded.pop_back();
    encoded[0] = 3;
    BOOST_CHECK(!decode_accusation(encoded));
  }
}

BOOST_AUTO_TEST_CASE(what_contradicts_nothing_is_no_accusation_in_any_encoding) {
  const consensus::Evidence honest{vote(2, "a", 7), vote(2, "a", 8)};
  BOOST_CHECK(!decode_accusation(encode(Accusation{honest})));
  const auto votes = std::get<consensus::Evidence>(two_votes(2));
  BOOST_CHECK(
      !decode_accusation(encode(Accusation{consensus::Evidence{votes.second, votes.first}})));
  const ledger::LaneFork twice{header(2, "a"), header(2, "a")};
  BOOST_CHECK(!decode_accusation(encode(Accusation{twice})));
}

BOOST_AUTO_TEST_CASE(an_accusation_is_admitted_only_with_the_accused_ones_signatures) {
  BOOST_CHECK(is_admitted(operation_of(two_votes(2))));
  BOOST_CHECK(is_admitted(operation_of(fork(2))));

  auto forged_vote = std::get<consensus::Evidence>(two_votes(2));
  forged_vote.second.signature.bytes[0] ^= 1;
  auto forged_header = std::get<ledger::LaneFork>(fork(2));
  forged_header.first.signature.bytes[0] ^= 1;
  auto foreign = std::get<ledger::LaneFork>(fork(2));
  foreign.first.header.place.root = foreign.second.header.place.root = {};
  BOOST_CHECK(!is_admitted(operation_of(Accusation{forged_vote})));
  BOOST_CHECK(!is_admitted(operation_of(Accusation{forged_header})));
  BOOST_CHECK(!is_admitted(operation_of(Accusation{foreign})));
  BOOST_CHECK(!is_admitted(ledger::ModuleOperation{kEvidenceModule, {}}));
  BOOST_CHECK(!is_admitted(ledger::Note{}));
}

BOOST_AUTO_TEST_CASE(anybody_may_accuse_and_the_ledger_keeps_the_proof_with_its_height) {
  const auto execution = accuse(two_votes(2));

  BOOST_CHECK(std::holds_alternative<ledger::Applied>(execution.receipts.at(0).outcome));
  const auto recorded = known(2, LieKind::Votes);
  BOOST_REQUIRE(recorded.has_value());
  BOOST_CHECK((*recorded == RecordedAccusation{height, two_votes(2)}));
  BOOST_CHECK(!known(2, LieKind::Lane).has_value());
  BOOST_CHECK((accusations_in(execution.writes) == std::vector{*recorded}));
  BOOST_CHECK((read_accusations(values, 4).value() == std::vector{*recorded}));
}

BOOST_AUTO_TEST_CASE(a_second_proof_of_a_known_lie_is_refused_as_known) {
  (void)accuse(two_votes(2, 7));

  const auto again = accuse(two_votes(2, 8));

  BOOST_CHECK(is_already_known(again.receipts.at(0).outcome));
  BOOST_CHECK(accusations_in(again.writes).empty());
  BOOST_CHECK((known(2, LieKind::Votes)->accusation == two_votes(2, 7)));
}

BOOST_AUTO_TEST_CASE(only_a_fork_closes_the_lane) {
  const auto votes = accuse(two_votes(2));
  const auto forked = accuse(fork(2));

  BOOST_CHECK(closings_in(accusations_in(votes.writes)).empty());
  const auto closings = closings_in(accusations_in(forked.writes));
  BOOST_CHECK((closings == std::vector{ledger::LaneClosing{ValidatorIndex{2}, height}}));
}

BOOST_AUTO_TEST_CASE(a_damaged_entry_is_unreadable_and_not_absent) {
  values.values[lie_state_key({ValidatorIndex{1}, LieKind::Lane})] = bytes_of("damage");

  BOOST_CHECK(!read_accusation(values, {ValidatorIndex{1}, LieKind::Lane}));
  BOOST_CHECK(!read_accusations(values, 4));
}

BOOST_AUTO_TEST_CASE(a_question_is_answered_with_what_is_kept) {
  (void)accuse(fork(3));
  const EvidenceModule module(electorate());
  const auto question = [](std::uint64_t validator, std::uint8_t kind) {
    codec::Writer writer;
    writer.varint(validator).u8(kind);
    return writer.take();
  };

  BOOST_CHECK(module.query(question(3, 2), values).ok());
  BOOST_CHECK((module.query(question(3, 1), values).error() == ledger::QueryError::NotFound));
  BOOST_CHECK((module.query(question(3, 9), values).error() == ledger::QueryError::Malformed));
  BOOST_CHECK((module.query({}, values).error() == ledger::QueryError::Malformed));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::proof
