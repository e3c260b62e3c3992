#include <optional>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/validator.hpp"
#include "tests/actors/committed.hpp"
#include "tests/actors/validator_bench.hpp"

// How a validator that lost its journal comes to vote again (consensus.md, section 5).
namespace {

using troupe::Height;
using troupe::Incarnation;
using troupe::ValidatorIndex;
using troupe::View;
using troupe::actors::BlockCommitted;
using troupe::actors::BlockCommittedPointer;
using troupe::actors::final_atom_v;
using troupe::actors::rejoin_atom;
using troupe::actors::rejoin_atom_v;
using troupe::actors::RejoinReport;
using troupe::actors::renew_atom;
using troupe::actors::RenewJournal;
using troupe::actors::sign_atom;
using troupe::actors::SignedTransaction;
using troupe::actors::SignRejoin;
using troupe::consensus::CertifiedBlock;
using troupe::consensus::Inquiry;
using troupe::consensus::InquiryAnswer;
using troupe::consensus::JournalHealth;
using troupe::ledger::Applied;
using troupe::ledger::Receipt;
using troupe::ledger::Refused;
using troupe::test::follower;
using troupe::test::named;
using troupe::test::ValidatorBench;

/// A validator that lost its journal, and the block by which it rejoins.
struct Observer : ValidatorBench {
  Observer() : ValidatorBench(follower(), JournalHealth::Missing) {
    start();
    (void)rig.take_sent();
  }

  /// Asks for the rejoin; the signer answers with a transaction of this name.
  RejoinReport ask(std::string_view name = "rejoin") {
    const auto asked = rig.ask<RejoinReport>(validator, rejoin_atom_v);
    if (rig.signer->count<sign_atom, SignRejoin>() > 0) {
      const auto question = rig.signer->take<sign_atom, SignRejoin>();
      rig.answer(*rig.signer,
                 question,
                 SignedTransaction{named(name), troupe::actors::share(troupe::Bytes{1, 2, 3})});
    }
    BOOST_REQUIRE(asked->reply);
    return *asked->reply;
  }

  /// What the writer says of a block that orders a transaction of this name, and begins this
  /// validator's life if it took effect.
  BlockCommittedPointer ordering(const CertifiedBlock& block, std::string_view name) const {
    BlockCommitted durable = *troupe::test::committed(block, {{named(name), Applied{}}});
    durable.lives = {{ValidatorIndex{own}, Incarnation{block.header.height.number}}};
    return std::make_shared<const BlockCommitted>(std::move(durable));
  }

  /// The inquiry that was sent last; its instance.
  std::optional<std::uint64_t> inquired() {
    std::optional<std::uint64_t> instance;
    for (const auto& sent : rig.take_sent()) {
      const auto message = troupe::consensus::decode_message(sent.message);
      BOOST_REQUIRE(message.ok());
      if (const auto* inquiry = std::get_if<Inquiry>(&message->body)) instance = inquiry->instance;
    }
    return instance;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(validator_rejoin_test)

BOOST_AUTO_TEST_CASE(a_validator_that_votes_has_nothing_to_rejoin) {
  ValidatorBench bench;
  bench.start_voting();

  const auto report = bench.rig.must_answer<RejoinReport>(bench.validator, rejoin_atom_v);

  BOOST_TEST(report.transaction.empty());
  BOOST_TEST(report.reason.code == "votes");
}

BOOST_AUTO_TEST_CASE(an_observer_hands_out_the_rejoin_that_the_signer_made) {
  Observer bench;

  const RejoinReport report = bench.ask();

  BOOST_TEST(report.reason.code.empty());
  BOOST_TEST((report.transaction == troupe::actors::ByteVector{1, 2, 3}));
  BOOST_TEST(report.id.size() == 32u);
}

BOOST_AUTO_TEST_CASE(a_rejoin_that_can_still_be_ordered_is_handed_out_again) {
  Observer bench;
  const RejoinReport first = bench.ask("first");

  const RejoinReport second = bench.ask("second");

  BOOST_TEST((first.id == second.id));
}

BOOST_AUTO_TEST_CASE(the_rejoins_block_begins_a_journal_and_a_new_inquiry_and_then_it_votes) {
  Observer bench;
  bench.ask();
  const CertifiedBlock block = bench.chain.extend();
  bench.finalize(block);

  bench.rig.tell(bench.validator, final_atom_v, bench.ordering(block, "rejoin"));

  const auto question = bench.rig.signer->take<renew_atom, RenewJournal>();
  BOOST_TEST((question.get().life == Incarnation{1}));
  BOOST_TEST((question.get().finalization.vote.block == troupe::consensus::digest(block.header)));
  (void)bench.rig.take_sent();
  bench.rig.answer(*bench.rig.signer, question, true);
  const auto instance = bench.inquired();
  BOOST_REQUIRE(instance.has_value());
  BOOST_TEST(!bench.status().voting);
  BOOST_TEST(bench.rig.mempool->count<rejoin_atom>() == 0u);

  for (const std::uint32_t peer : bench.others())
    bench.deliver(peer, InquiryAnswer{*instance, false, {}});

  BOOST_TEST(bench.status().voting);
  BOOST_TEST(bench.status().trouble.empty());
  BOOST_TEST(bench.rig.mempool->count<rejoin_atom>() == 1u);
}

BOOST_AUTO_TEST_CASE(a_block_that_is_durable_before_its_finalization_is_known_begins_it_later) {
  Observer bench;
  bench.ask();
  const CertifiedBlock block = bench.chain.extend();
  bench.rig.tell(bench.validator, final_atom_v, bench.ordering(block, "rejoin"));
  BOOST_TEST((bench.rig.signer->count<renew_atom, RenewJournal>() == 0u));

  const auto finalization = bench.chain.certify(troupe::consensus::VoteKind::Finalize,
                                                block.header.view,
                                                troupe::consensus::digest(block.header));
  bench.rig.tell(
      bench.validator,
      troupe::actors::synced_atom_v,
      troupe::consensus::Synced{block.header, bench.chain.history(), finalization, Height{1}});

  BOOST_TEST((bench.rig.signer->count<renew_atom, RenewJournal>() == 1u));
}

BOOST_AUTO_TEST_CASE(a_rejoin_that_this_process_did_not_ask_for_begins_nothing_here) {
  Observer bench;
  bench.ask();
  const CertifiedBlock block = bench.chain.extend();
  bench.finalize(block);

  bench.rig.tell(bench.validator, final_atom_v, bench.ordering(block, "of an earlier process"));

  BOOST_TEST((bench.rig.signer->count<renew_atom, RenewJournal>() == 0u));
  BOOST_TEST(!bench.status().voting);
}

BOOST_AUTO_TEST_CASE(a_voting_validator_whose_key_rejoins_elsewhere_stops_voting) {
  Observer voting;
  ValidatorBench bench;
  bench.start_voting();
  const CertifiedBlock block = bench.chain.extend();

  bench.rig.tell(bench.validator, final_atom_v, voting.ordering(block, "of a twin"));

  BOOST_TEST(!bench.status().voting);
  BOOST_TEST(bench.rig.has_logged("another process runs under this key"));
}

BOOST_AUTO_TEST_SUITE_END()
