#include "protocol/consensus/signer_rules.hpp"

#include <boost/test/unit_test.hpp>

// What is never signed (consensus.md, sections 3 and 5).
namespace troupe::consensus {

namespace {

const crypto::Digest kOne = crypto::sha256(as_bytes("one"));
const crypto::Digest kTwo = crypto::sha256(as_bytes("two"));

Vote make(VoteKind kind, std::uint64_t view, const crypto::Digest& block = {}) {
  return {kind, Epoch{}, View{view}, block};
}

crypto::Signature signature_of(const Vote& vote) {
  crypto::Signature signature;
  signature.bytes[0] = static_cast<std::uint8_t>(vote.view.number);
  signature.bytes[1] = static_cast<std::uint8_t>(vote.kind);
  return signature;
}

VoteRecord record(const Vote& vote) {
  return {{vote, ValidatorIndex{0}, signature_of(vote)}, {}};
}

Certificate finalization(std::uint64_t view) {
  return {make(VoteKind::Finalize, view, kOne), {}};
}

bool may_sign(const SignerRules& rules, const Vote& vote) {
  return std::holds_alternative<MaySign>(rules.decide(vote));
}

std::optional<Refusal> refusal(const Decision& decision) {
  const auto* refused = std::get_if<Refused>(&decision);
  return refused == nullptr ? std::nullopt : std::optional(refused->reason);
}

BatchIdentity batch(std::uint64_t sequence,
                    const crypto::Digest& digest,
                    std::uint64_t incarnation = 0) {
  return {Epoch{}, ValidatorIndex{2}, Incarnation{incarnation}, Sequence{sequence}, digest};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signer_rules_test)

BOOST_AUTO_TEST_CASE(two_values_of_one_kind_and_view_are_never_signed) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Notarize, 1, kOne))));
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Finalize, 1, kOne))));

  BOOST_CHECK(refusal(rules.decide(make(VoteKind::Notarize, 1, kTwo))) == Refusal::AnotherNotarize);
  BOOST_CHECK(refusal(rules.decide(make(VoteKind::Finalize, 1, kTwo))) == Refusal::AnotherFinalize);
  BOOST_CHECK(may_sign(rules, make(VoteKind::Notarize, 2, kTwo)));
}

BOOST_AUTO_TEST_CASE(finalize_after_nullify_of_one_view_is_never_signed) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Nullify, 1))));

  BOOST_CHECK(refusal(rules.decide(make(VoteKind::Finalize, 1, kOne))) == Refusal::NullifiedBefore);
}

BOOST_AUTO_TEST_CASE(nullify_after_finalize_of_one_view_is_never_signed) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Finalize, 1, kOne))));

  BOOST_CHECK(refusal(rules.decide(make(VoteKind::Nullify, 1))) == Refusal::FinalizedBefore);
}

BOOST_AUTO_TEST_CASE(notarize_after_nullify_and_finalize_of_another_block_are_allowed) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Nullify, 1))));
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Notarize, 2, kOne))));

  BOOST_CHECK(may_sign(rules, make(VoteKind::Notarize, 1, kOne)));
  BOOST_CHECK(may_sign(rules, make(VoteKind::Finalize, 2, kTwo)));
}

BOOST_AUTO_TEST_CASE(the_same_value_asked_again_gets_the_same_signature) {
  SignerRules rules;
  const Vote vote = make(VoteKind::Notarize, 1, kOne);
  BOOST_REQUIRE(rules.remember(record(vote)));

  const auto decision = rules.decide(vote);

  BOOST_REQUIRE(std::holds_alternative<SameAgain>(decision));
  BOOST_CHECK(std::get<SameAgain>(decision).signature == signature_of(vote));
}

BOOST_AUTO_TEST_CASE(nothing_at_or_below_the_last_final_view_is_signed) {
  SignerRules rules;
  rules.raise_mark(finalization(5));

  BOOST_CHECK(refusal(rules.decide(make(VoteKind::Nullify, 4))) == Refusal::AtOrBelowFinal);
  BOOST_CHECK(refusal(rules.decide(make(VoteKind::Notarize, 5, kOne))) == Refusal::AtOrBelowFinal);
  BOOST_CHECK(may_sign(rules, make(VoteKind::Nullify, 6)));
}

BOOST_AUTO_TEST_CASE(the_mark_never_falls_and_forgets_nothing_above_it) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Notarize, 5, kOne))));
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Notarize, 6, kOne))));
  rules.raise_mark(finalization(5));
  rules.raise_mark(finalization(3));

  BOOST_CHECK(rules.mark()->view() == View{5});
  BOOST_CHECK(refusal(rules.decide(make(VoteKind::Notarize, 6, kTwo))) == Refusal::AnotherNotarize);
}

BOOST_AUTO_TEST_CASE(the_live_records_give_the_same_rules_again) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Notarize, 5, kOne))));
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Nullify, 6))));
  BOOST_REQUIRE(rules.remember(BatchRecord{batch(4, kOne), {}}));
  rules.raise_mark(finalization(5));

  SignerRules again;
  for (const JournalRecord& live : rules.live_records())
    BOOST_REQUIRE(again.remember(live));

  BOOST_CHECK_EQUAL(again.live_records().size(), 3);
  BOOST_CHECK(refusal(again.decide(make(VoteKind::Finalize, 6, kOne))) == Refusal::NullifiedBefore);
  BOOST_CHECK(refusal(again.decide(make(VoteKind::Notarize, 5, kTwo))) == Refusal::AtOrBelowFinal);
  BOOST_CHECK(refusal(again.decide(batch(4, kTwo))) == Refusal::AnotherBatch);
}

BOOST_AUTO_TEST_CASE(a_journal_that_contradicts_itself_is_not_believed) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(record(make(VoteKind::Notarize, 1, kOne))));

  BOOST_CHECK(!rules.remember(record(make(VoteKind::Notarize, 1, kTwo))));
}

BOOST_AUTO_TEST_CASE(several_batches_whose_signatures_were_lost_are_signed_again_in_their_order) {
  SignerRules rules;
  const crypto::Signature signature = [] {
    crypto::Signature some;
    some.bytes[0] = 7;
    return some;
  }();
  BOOST_REQUIRE(rules.remember(BatchRecord{batch(4, kOne), signature}));
  BOOST_REQUIRE(rules.remember(BatchRecord{batch(5, kTwo), {}}));

  SignerRules again;
  for (const JournalRecord& record : rules.live_records())
    BOOST_REQUIRE(again.remember(record));

  const Decision decision = again.decide(batch(4, kOne));
  BOOST_REQUIRE(std::holds_alternative<SameAgain>(decision));
  BOOST_CHECK(std::get<SameAgain>(decision).signature == signature);
  BOOST_CHECK(refusal(again.decide(batch(4, kTwo))) == Refusal::AnotherBatch);
  BOOST_CHECK(refusal(again.decide(batch(3, kOne))) == Refusal::BatchBehind);
  BOOST_CHECK(std::holds_alternative<SameAgain>(again.decide(batch(5, kTwo))));
}

BOOST_AUTO_TEST_CASE(two_batches_of_one_sequence_are_never_signed) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(BatchRecord{batch(4, kOne), {}}));

  BOOST_CHECK(refusal(rules.decide(batch(4, kTwo))) == Refusal::AnotherBatch);
  BOOST_CHECK(refusal(rules.decide(batch(3, kTwo))) == Refusal::BatchBehind);
  BOOST_CHECK(std::holds_alternative<SameAgain>(rules.decide(batch(4, kOne))));
  BOOST_CHECK(std::holds_alternative<MaySign>(rules.decide(batch(5, kTwo))));
}

BOOST_AUTO_TEST_CASE(a_new_incarnation_of_a_lane_starts_over_and_the_old_one_is_closed) {
  SignerRules rules;
  BOOST_REQUIRE(rules.remember(BatchRecord{batch(9, kOne), {}}));

  BOOST_CHECK(std::holds_alternative<MaySign>(rules.decide(batch(1, kTwo, 30))));
  BOOST_REQUIRE(rules.remember(BatchRecord{batch(1, kTwo, 30), {}}));
  BOOST_CHECK(refusal(rules.decide(batch(10, kOne))) == Refusal::BatchBehind);
}

BOOST_AUTO_TEST_CASE(each_refusal_says_why) {
  for (int i = 0; i <= static_cast<int>(Refusal::JournalUnusable); ++i) {
    BOOST_CHECK(describe(static_cast<Refusal>(i)) != "unknown refusal");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus
