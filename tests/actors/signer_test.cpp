#include "actors/signer.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <boost/test/unit_test.hpp>

#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using troupe::Bytes;
using troupe::Epoch;
using troupe::Height;
using troupe::View;
using troupe::actors::sign_atom_v;
using troupe::actors::SignBatchHeader;
using troupe::actors::SignedOrRefused;
using troupe::actors::Signer;
using troupe::actors::SignerActor;
using troupe::actors::SignerSeed;
using troupe::actors::SignVote;
using troupe::consensus::JournalHealth;
using troupe::consensus::Refusal;
using troupe::consensus::Vote;
using troupe::consensus::VoteKind;
using troupe::crypto::Digest;
using troupe::crypto::Signature;
using troupe::simulator::PowerCut;
using troupe::storage::JournalMark;
using troupe::test::CastRig;
using troupe::test::SampleChain;
using troupe::test::validator_key;

Digest block(std::string_view name) {
  return troupe::crypto::sha256(troupe::as_bytes(name));
}

SignVote notarize(std::uint64_t view, std::string_view name = "a block") {
  return {{VoteKind::Notarize, Epoch{0}, View{view}, block(name)}, {}};
}

Signature signature_in(const SignedOrRefused& answer) {
  BOOST_REQUIRE(std::holds_alternative<Signature>(answer.answer));
  return std::get<Signature>(answer.answer);
}

Refusal refusal_in(const SignedOrRefused& answer) {
  BOOST_REQUIRE(std::holds_alternative<Refusal>(answer.answer));
  return std::get<Refusal>(answer.answer);
}

std::string journal_of(CastRig& rig) {
  const std::string path = rig.directory() + "/journal";
  BOOST_REQUIRE(rig.environment().create_directory(path).ok());
  BOOST_REQUIRE(rig.environment().sync_directory(rig.directory()).ok());
  return path;
}

troupe::actors::RecoveredJournal recover(CastRig& rig, bool is_new) {
  auto recovered = troupe::actors::recover_journal(*rig.context(), journal_of(rig), is_new);
  BOOST_REQUIRE(recovered.ok());
  return std::move(recovered).value();
}

/// A signer over what the disk holds; the first one of a rig finds no journal and makes it.
SignerActor start_signer(CastRig& rig, bool is_new = false, const JournalMark& at_least = {}) {
  auto recovered = recover(rig, is_new);
  auto seed = std::make_shared<SignerSeed>(SignerSeed{validator_key(0),
                                                      std::move(recovered.journal),
                                                      std::move(recovered.rules),
                                                      journal_of(rig),
                                                      at_least});
  return rig.spawn<SignerActor, Signer>(rig.context(), std::move(seed));
}

SignedOrRefused sign(CastRig& rig, const SignerActor& signer, const SignVote& vote) {
  return rig.must_answer<SignedOrRefused>(signer, sign_atom_v, vote);
}

SignedOrRefused sign(CastRig& rig, const SignerActor& signer, const troupe::ledger::Batch& batch) {
  return rig.must_answer<SignedOrRefused>(signer, sign_atom_v, SignBatchHeader{batch.header()});
}

bool remembers(CastRig& rig, const Vote& vote) {
  for (const auto& record : recover(rig, false).rules.live_records()) {
    const auto* kept = std::get_if<troupe::consensus::VoteRecord>(&record);
    if (kept != nullptr && kept->vote.vote == vote) return true;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signer_test)

BOOST_AUTO_TEST_CASE(a_vote_is_signed_with_the_validator_key_for_this_epoch) {
  CastRig rig;
  const auto signer = start_signer(rig, true);

  const Signature signature = signature_in(sign(rig, signer, notarize(1)));

  const troupe::consensus::SignedVote vote{notarize(1).vote, *rig.context()->own(), signature};
  BOOST_TEST(rig.context()->electorate().accepts(vote));
}

BOOST_AUTO_TEST_CASE(a_vote_is_on_disk_before_its_answer_leaves) {
  CastRig rig;
  const auto signer = start_signer(rig, true);

  (void)signature_in(sign(rig, signer, notarize(1)));
  rig.restart(PowerCut::LoseAll);

  BOOST_TEST(remembers(rig, notarize(1).vote));
}

BOOST_AUTO_TEST_CASE(
    at_whatever_operation_the_process_dies_no_signature_is_out_without_its_record) {
  std::uint64_t answered = 0;
  std::uint64_t unanswered = 0;
  for (std::uint64_t operation = 1; answered == 0; ++operation) {
    BOOST_REQUIRE(operation < 100);
    CastRig rig;
    const auto signer = start_signer(rig, true);
    rig.environment().die_at(rig.environment().operations() + operation);

    const auto asked = rig.ask<SignedOrRefused>(signer, sign_atom_v, notarize(1));
    rig.restart(PowerCut::LoseAll);

    if (asked->reply) {
      ++answered;
      BOOST_TEST(remembers(rig, notarize(1).vote));
    } else {
      ++unanswered;
    }
  }
  BOOST_TEST(unanswered >= 4u);  // a write and a sync of each of the two copies
}

BOOST_AUTO_TEST_CASE(the_same_vote_again_gets_the_same_signature_and_touches_no_disk) {
  CastRig rig;
  const auto signer = start_signer(rig, true);
  const Signature first = signature_in(sign(rig, signer, notarize(1)));
  const std::uint64_t operations = rig.environment().operations();

  const Signature second = signature_in(sign(rig, signer, notarize(1)));

  BOOST_TEST((first == second));
  BOOST_TEST(rig.environment().operations() == operations);
}

BOOST_AUTO_TEST_CASE(a_vote_that_contradicts_a_signed_one_is_refused_by_name_also_after_a_restart) {
  CastRig rig;
  (void)signature_in(sign(rig, start_signer(rig, true), notarize(1)));
  rig.restart(PowerCut::LoseAll);
  const auto signer = start_signer(rig);

  const auto answer = sign(rig, signer, notarize(1, "another block"));

  BOOST_TEST((refusal_in(answer) == Refusal::AnotherNotarize));
  BOOST_TEST(!rig.end_of(signer).has_value());
}

BOOST_AUTO_TEST_CASE(an_own_batch_is_signed_for_this_chain_and_again_alike) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto batch = chain.seal(0, {chain.put("key", "value")});
  const auto signer = start_signer(rig, true);

  const Signature first = signature_in(sign(rig, signer, *batch));
  const Signature second = signature_in(sign(rig, signer, *batch));

  const troupe::ledger::SignedBatchHeader header{batch->header(), first};
  BOOST_TEST(troupe::ledger::verify(header, rig.context()->chain(), validator_key(0).public_key()));
  BOOST_TEST((first == second));
}

BOOST_AUTO_TEST_CASE(a_second_batch_for_one_place_of_the_lane_is_refused_also_after_a_restart) {
  CastRig rig;
  const auto one = SampleChain(rig.context());
  const auto batch = SampleChain(rig.context()).seal(0, {one.put("key", "one")});
  const auto fork = SampleChain(rig.context()).seal(0, {one.put("key", "another")});
  (void)signature_in(sign(rig, start_signer(rig, true), *batch));
  rig.restart(PowerCut::LoseAll);

  const auto answer = sign(rig, start_signer(rig), *fork);

  BOOST_TEST((refusal_in(answer) == Refusal::AnotherBatch));
}

BOOST_AUTO_TEST_CASE(without_a_journal_nothing_is_signed) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto signer = start_signer(rig, false);

  BOOST_TEST((refusal_in(sign(rig, signer, notarize(1))) == Refusal::JournalUnusable));
  const auto batch = chain.seal(0, {chain.put("key", "value")});
  BOOST_TEST((refusal_in(sign(rig, signer, *batch)) == Refusal::JournalUnusable));
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_ends_the_signer_and_answers_with_what_failed) {
  CastRig rig;
  const auto signer = start_signer(rig, true);
  rig.environment().fail_at(rig.environment().operations() + 1,
                            troupe::storage::StorageErrorKind::Full);

  const auto asked = rig.ask<SignedOrRefused>(signer, sign_atom_v, notarize(1));

  BOOST_TEST(asked->error.has_value());
  BOOST_REQUIRE(rig.end_of(signer).has_value());
  BOOST_TEST(rig.end_of(signer)->find("(full)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_at_or_below_a_finalization_that_was_shown_is_signed) {
  CastRig rig;
  const SampleChain chain(rig.context());
  const auto signer = start_signer(rig, true);

  rig.tell(signer,
           troupe::actors::mark_atom_v,
           chain.certify(VoteKind::Finalize, View{5}, block("final")));

  BOOST_TEST((refusal_in(sign(rig, signer, notarize(5))) == Refusal::AtOrBelowFinal));
  (void)signature_in(sign(rig, signer, notarize(6)));
}

BOOST_AUTO_TEST_CASE(a_large_journal_is_compacted_at_the_next_mark_and_forgets_no_rule) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto fork = SampleChain(rig.context()).seal(0, {chain.put("key", "another")});
  const auto signer = start_signer(rig, true);
  (void)signature_in(sign(rig, signer, *chain.seal(0, {chain.put("key", "value")})));
  troupe::consensus::Header wide = rig.context()->root();
  for (std::uint32_t lane = 0; lane < 100; ++lane) {
    wide.tips.push_back({troupe::ValidatorIndex{lane}, {}, {1}, block("tip")});
  }
  for (std::uint64_t view = 1; view <= 6; ++view) {
    SignVote vote = notarize(view);
    vote.basis.headers.assign(200, wide);
    (void)signature_in(sign(rig, signer, vote));
  }
  const auto size = [&] {
    return rig.disk().content(rig.directory() + "/journal/votes.a")->size();
  };
  BOOST_REQUIRE(size() > 4u * 1024 * 1024);

  rig.tell(signer,
           troupe::actors::mark_atom_v,
           chain.certify(VoteKind::Finalize, View{6}, block("final")));

  BOOST_TEST(size() < 1024u * 1024);
  rig.restart(PowerCut::LoseAll);
  const auto next = start_signer(rig);
  BOOST_TEST((refusal_in(sign(rig, next, notarize(6, "x"))) == Refusal::AtOrBelowFinal));
  BOOST_TEST((refusal_in(sign(rig, next, *fork)) == Refusal::AnotherBatch));
}

BOOST_AUTO_TEST_CASE(a_node_that_never_signed_gets_a_new_journal_and_any_other_goes_without) {
  CastRig rig;

  const auto missing = recover(rig, false);
  const auto created = recover(rig, true);

  BOOST_TEST((missing.health == JournalHealth::Missing));
  BOOST_TEST(missing.journal == nullptr);
  BOOST_TEST((created.health == JournalHealth::Intact));
  BOOST_TEST(created.journal != nullptr);
}

BOOST_AUTO_TEST_CASE(one_damaged_copy_is_made_good_and_two_end_the_voting) {
  CastRig rig;
  (void)signature_in(sign(rig, start_signer(rig, true), notarize(1)));
  rig.restart(std::nullopt);
  const Bytes rot(64, 0x55);

  rig.disk().plant(rig.directory() + "/journal/votes.a", rot);
  BOOST_TEST(remembers(rig, notarize(1).vote));
  rig.disk().plant(rig.directory() + "/journal/votes.a", rot);
  rig.disk().plant(rig.directory() + "/journal/votes.b", rot);
  const auto recovered = recover(rig, false);

  BOOST_TEST((recovered.health == JournalHealth::Damaged));
  BOOST_TEST(recovered.journal == nullptr);
  BOOST_TEST(!recovered.detail.empty());
}

BOOST_AUTO_TEST_CASE(a_signer_says_how_far_its_journal_has_come) {
  CastRig rig;
  const auto signer = start_signer(rig, true);
  const auto mark = [&] {
    const auto asked = rig.ask<troupe::storage::JournalMark>(signer, troupe::actors::mark_atom_v);
    BOOST_REQUIRE(asked->reply.has_value());
    return *asked->reply;
  };
  const auto before = mark();

  (void)signature_in(sign(rig, signer, notarize(1)));

  BOOST_TEST(mark().ordinal == before.ordinal + 1);
  BOOST_TEST(mark().generation == before.generation);
}

BOOST_AUTO_TEST_CASE(a_journal_that_contradicts_itself_is_damaged) {
  CastRig rig;
  const SampleChain chain(rig.context());
  {
    const auto recovered = recover(rig, true);
    for (const char* name : {"one", "another"}) {
      const auto vote = chain.vote(0, VoteKind::Notarize, View{1}, block(name));
      const Bytes record = troupe::consensus::encode(troupe::consensus::VoteRecord{vote, {}});
      BOOST_REQUIRE(recovered.journal->append({{{Epoch{0}, View{1}}, record}}).ok());
    }
  }

  const auto recovered = recover(rig, false);

  BOOST_TEST((recovered.health == JournalHealth::Damaged));
  BOOST_TEST(recovered.journal == nullptr);
  BOOST_TEST(recovered.detail == "the vote journal contradicts itself");
}

/// A finalization of this view; nobody here looks at its signatures.
troupe::actors::RenewJournal renewal(std::uint64_t view, std::uint64_t life) {
  return {{{VoteKind::Finalize, Epoch{0}, View{view}, block("the block of the rejoin")}, {}},
          troupe::Incarnation{life}};
}

BOOST_AUTO_TEST_CASE(a_signer_without_a_journal_signs_nothing_but_a_rejoin) {
  CastRig rig;
  const auto signer = start_signer(rig);
  BOOST_TEST((refusal_in(sign(rig, signer, notarize(1))) == Refusal::JournalUnusable));

  const auto rejoin = rig.must_answer<troupe::actors::SignedTransaction>(
      signer, sign_atom_v, troupe::actors::SignRejoin{Height{20}});

  const auto transaction = troupe::ledger::Transaction::decode(*rejoin.transaction);
  BOOST_REQUIRE(transaction.ok());
  BOOST_TEST((transaction->id() == rejoin.id));
  BOOST_TEST((transaction->account() == validator_key(0).public_key()));
  BOOST_TEST((transaction->valid_through() == Height{20}));
  BOOST_TEST(rig.context()->modules().check_stateless(*transaction, rig.context()->chain()).ok());
}

BOOST_AUTO_TEST_CASE(the_same_accusation_is_signed_as_the_same_transaction) {
  CastRig rig;
  const auto signer = start_signer(rig);
  const auto vote = [](const char* name) {
    return troupe::consensus::SignedVote{
        {VoteKind::Notarize, Epoch{0}, View{3}, block(name)}, troupe::ValidatorIndex{2}, {}};
  };
  const troupe::actors::SignAccusation request{
      troupe::consensus::make_evidence(vote("a"), vote("b")), Height{20}};

  const auto one = rig.must_answer<troupe::actors::SignedTransaction>(signer, sign_atom_v, request);
  const auto other =
      rig.must_answer<troupe::actors::SignedTransaction>(signer, sign_atom_v, request);

  BOOST_TEST((one.id == other.id));
  const auto transaction = troupe::ledger::Transaction::decode(*one.transaction);
  BOOST_REQUIRE(transaction.ok());
  BOOST_TEST((transaction->account() == validator_key(0).public_key()));
  BOOST_TEST((transaction->valid_through() == Height{20}));
}

BOOST_AUTO_TEST_CASE(every_rejoin_has_a_nonce_of_its_own) {
  CastRig rig;
  const auto signer = start_signer(rig);
  const troupe::actors::SignRejoin request{Height{20}};

  const auto one = rig.must_answer<troupe::actors::SignedTransaction>(signer, sign_atom_v, request);
  const auto other =
      rig.must_answer<troupe::actors::SignedTransaction>(signer, sign_atom_v, request);

  BOOST_TEST((one.id != other.id));
}

BOOST_AUTO_TEST_CASE(a_renewed_journal_signs_above_its_mark_and_refuses_what_lies_below) {
  CastRig rig;
  const auto signer = start_signer(rig);

  BOOST_TEST(rig.must_answer<bool>(signer, troupe::actors::renew_atom_v, renewal(7, 3)));

  BOOST_TEST((refusal_in(sign(rig, signer, notarize(7))) == Refusal::AtOrBelowFinal));
  (void)signature_in(sign(rig, signer, notarize(8)));
  rig.restart(PowerCut::LoseAll);
  const auto recovered = recover(rig, false);
  BOOST_TEST((recovered.health == JournalHealth::Intact));
  BOOST_REQUIRE(recovered.rules.mark().has_value());
  BOOST_TEST((recovered.rules.mark()->view() == View{7}));
}

BOOST_AUTO_TEST_CASE(after_a_renewal_no_batch_of_an_earlier_life_is_signed) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto old = chain.seal(0, {chain.put("key", "value")});
  const auto signer = start_signer(rig);
  BOOST_TEST(rig.must_answer<bool>(signer, troupe::actors::renew_atom_v, renewal(7, 3)));

  BOOST_TEST((refusal_in(sign(rig, signer, *old)) == Refusal::BatchBehind));

  auto header = old->header();
  header.place.incarnation = troupe::Incarnation{3};
  const auto answer =
      rig.must_answer<SignedOrRefused>(signer, sign_atom_v, SignBatchHeader{header});
  (void)signature_in(answer);
}

BOOST_AUTO_TEST_CASE(at_whatever_operation_a_renewal_dies_the_journal_has_its_mark_or_is_unusable) {
  bool is_done = false;
  std::size_t unusable = 0;
  for (std::uint64_t operation = 1; !is_done; ++operation) {
    BOOST_REQUIRE(operation < 100);
    CastRig rig;
    const auto signer = start_signer(rig, false, {5, 30});
    rig.environment().die_at(rig.environment().operations() + operation);
    const auto asked = rig.ask<bool>(signer, troupe::actors::renew_atom_v, renewal(7, 3));
    is_done = asked->reply.has_value();
    rig.restart(PowerCut::LoseAll);

    const auto recovered = recover(rig, false);
    if (recovered.health != JournalHealth::Intact) {
      BOOST_TEST(!is_done);
      ++unusable;
      continue;
    }
    BOOST_REQUIRE(recovered.rules.mark().has_value());
    BOOST_TEST((recovered.rules.mark()->view() == View{7}));
    BOOST_TEST((recovered.journal->mark() > JournalMark{5, 30}));
  }
  BOOST_TEST(unusable > 0u);
}

BOOST_AUTO_TEST_CASE(without_a_journal_the_signer_still_says_where_it_once_stood) {
  CastRig rig;
  const auto signer = start_signer(rig, false, {5, 30});

  const auto mark = rig.must_answer<JournalMark>(signer, troupe::actors::mark_atom_v);

  BOOST_TEST((mark == JournalMark{5, 30}));
}

BOOST_AUTO_TEST_SUITE_END()
