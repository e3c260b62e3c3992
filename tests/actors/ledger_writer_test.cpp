#include "actors/ledger_writer.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/record.hpp"
#include "storage/keys.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::ValidatorIndex;
using troupe::actors::accuse_atom_v;
using troupe::actors::BatchList;
using troupe::actors::BatchRanges;
using troupe::actors::BlockCommittedPointer;
using troupe::actors::ChainState;
using troupe::actors::commit_atom_v;
using troupe::actors::CommitBlocks;
using troupe::actors::fetch_atom;
using troupe::actors::final_atom;
using troupe::actors::LedgerWriter;
using troupe::actors::LedgerWriterActor;
using troupe::consensus::CertifiedBlock;
using troupe::consensus::VoteKind;
using troupe::ledger::BatchPointer;
using troupe::simulator::PowerCut;
using troupe::test::Asked;
using troupe::test::CastRig;
using troupe::test::Finality;
using troupe::test::SampleChain;

/// A writer over what the disk holds, and the chain that its validators make.
struct Bench {
  CastRig rig;
  SampleChain chain{rig.context()};
  LedgerWriterActor writer = start();

  LedgerWriterActor start() {
    const auto state = troupe::actors::read_chain_state(*rig.chain(), *rig.context());
    BOOST_REQUIRE(state.ok());
    return start_from(*state);
  }

  LedgerWriterActor start_from(const ChainState& state) {
    const auto actor =
        rig.spawn<LedgerWriterActor, LedgerWriter>(rig.context(), rig.chain(), state);
    rig.meet(actor);
    return actor;
  }

  std::shared_ptr<Asked<bool>> commit(const std::vector<CertifiedBlock>& blocks) {
    return rig.ask<bool>(writer, commit_atom_v, CommitBlocks{blocks});
  }

  /// Has the mempool produce what the writer asks for now, from each tip downwards.
  void produce(const std::vector<BatchPointer>& from_tip_down) {
    const auto question = rig.mempool->take<fetch_atom, BatchRanges>();
    rig.answer(*rig.mempool, question, BatchList{from_tip_down});
  }

  [[nodiscard]] std::vector<BlockCommittedPointer> announced() const {
    return rig.admin->all<final_atom, BlockCommittedPointer>();
  }

  std::uint64_t stored_height() {
    return rig.chain()->last_height().value().value_or(Height{0}).number;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ledger_writer_test)

BOOST_AUTO_TEST_CASE(a_block_that_orders_nothing_needs_no_batches) {
  Bench bench;

  const auto asked = bench.commit({bench.chain.extend()});

  BOOST_TEST(asked->reply.value_or(false));
  BOOST_TEST((bench.rig.mempool->count<fetch_atom, BatchRanges>() == 0u));
  BOOST_TEST(bench.stored_height() == 1u);
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_stalled_executes_what_came_meanwhile_once_it_may_again) {
  Bench bench;
  bench.rig.tell(bench.writer, troupe::actors::stall_atom_v, true);

  const auto asked = bench.commit({bench.chain.extend()});
  BOOST_TEST(asked->is_open());
  BOOST_TEST(bench.stored_height() == 0u);
  bench.rig.tell(bench.writer, troupe::actors::stall_atom_v, false);

  BOOST_TEST(asked->reply.value_or(false));
  BOOST_TEST(bench.stored_height() == 1u);
}

BOOST_AUTO_TEST_CASE(a_block_is_executed_with_the_batches_it_orders_and_then_answered) {
  Bench bench;
  const auto first = bench.chain.seal(1, {bench.chain.put("one", "1")});
  const auto second = bench.chain.seal(1, {bench.chain.put("one", "2")});

  const auto asked = bench.commit({bench.chain.extend({first, second})});
  BOOST_TEST(asked->is_open());
  BOOST_TEST(bench.stored_height() == 0u);
  bench.produce({second, first});

  BOOST_TEST(asked->reply.value_or(false));
  BOOST_REQUIRE(bench.announced().size() == 1u);
  const auto& block = *bench.announced().front();
  BOOST_TEST(block.ordered_something);
  BOOST_REQUIRE(block.receipts->size() == 2u);
  const auto versions_of = [&](std::size_t place) {
    return std::get<troupe::ledger::Applied>((*block.receipts)[place].outcome).versions;
  };
  BOOST_TEST(versions_of(0) == std::vector<std::uint64_t>{1}, boost::test_tools::per_element());
  BOOST_TEST(versions_of(1) == std::vector<std::uint64_t>{2}, boost::test_tools::per_element());
  const auto id = first->transactions().front().id();
  BOOST_TEST((block.ids->front() == id));
  BOOST_TEST((bench.rig.chain()->transaction(id).value()->height == Height{1}));
}

BOOST_AUTO_TEST_CASE(batches_of_several_lanes_are_asked_for_at_once_lane_by_lane) {
  Bench bench;
  const auto late = bench.chain.seal(2, {bench.chain.put("two", "2")});
  const auto early = bench.chain.seal(0, {bench.chain.put("zero", "0")});
  (void)bench.commit({bench.chain.extend({late, early})});

  const auto question = bench.rig.mempool->take<fetch_atom, BatchRanges>();

  const auto& ranges = question.get().ranges;
  BOOST_REQUIRE(ranges.size() == 2u);
  BOOST_TEST((ranges[0] == troupe::ledger::BatchRange{early->digest(), 1}));
  BOOST_TEST((ranges[1] == troupe::ledger::BatchRange{late->digest(), 1}));
}

BOOST_AUTO_TEST_CASE(every_member_that_lives_by_finality_hears_of_each_block_once_and_in_order) {
  Bench bench;
  const auto blocks = bench.chain.extend_by(3, Finality::Descendant);

  (void)bench.commit(blocks);

  for (const auto* member :
       {&bench.rig.admin, &bench.rig.validator, &bench.rig.mempool, &bench.rig.synchronizer}) {
    const auto heard = (*member)->all<final_atom, BlockCommittedPointer>();
    BOOST_REQUIRE(heard.size() == 3u);
    for (std::size_t i = 0; i < 3; ++i)
      BOOST_TEST((heard[i]->block.header == blocks[i].header));
  }
}

BOOST_AUTO_TEST_CASE(a_block_final_through_a_descendant_names_the_descendants_signers) {
  Bench bench;

  (void)bench.commit(bench.chain.extend_by(2, Finality::Descendant));

  const std::vector<ValidatorIndex> signers{{0}, {1}, {2}};
  BOOST_REQUIRE(bench.announced().size() == 2u);
  BOOST_TEST((bench.announced()[0]->signers == signers));
  BOOST_TEST(!bench.announced()[0]->block.finalization.has_value());
}

BOOST_AUTO_TEST_CASE(what_was_answered_survives_a_power_cut_and_the_next_life_goes_on_above_it) {
  Bench bench;
  const auto batch = bench.chain.seal(1, {bench.chain.put("key", "value")});
  const auto asked = bench.commit({bench.chain.extend({batch})});
  bench.produce({batch});
  BOOST_REQUIRE(asked->reply.value_or(false));
  const auto root = bench.announced().front()->state_root;

  bench.writer = nullptr;
  bench.rig.restart(PowerCut::LoseAll);

  BOOST_TEST(bench.stored_height() == 1u);
  const auto state = troupe::actors::read_chain_state(*bench.rig.chain(), *bench.rig.context());
  BOOST_REQUIRE(state.ok());
  BOOST_TEST((state->tree.root == root));
  bench.writer = bench.start();
  BOOST_TEST(bench.commit({bench.chain.extend()})->reply.value_or(false));
  BOOST_TEST(bench.stored_height() == 2u);
}

BOOST_AUTO_TEST_CASE(each_block_keeps_how_far_the_vote_journal_had_come_at_the_one_before) {
  Bench bench;
  const auto stored = [&] { return troupe::actors::read_journal_mark(*bench.rig.chain()).value(); };
  (void)bench.commit({bench.chain.extend()});
  const auto question = bench.rig.signer->take<troupe::actors::mark_atom>();
  (void)bench.commit({bench.chain.extend()});
  BOOST_TEST((stored() == troupe::storage::JournalMark{}));

  bench.rig.answer(*bench.rig.signer, question, troupe::storage::JournalMark{3, 17});
  (void)bench.commit({bench.chain.extend()});

  BOOST_TEST((stored() == troupe::storage::JournalMark{3, 17}));
}

BOOST_AUTO_TEST_CASE(a_block_that_is_stored_already_is_answered_and_not_committed_again) {
  Bench bench;
  const auto block = bench.chain.extend();
  (void)bench.commit({block});
  const std::uint64_t syncs = bench.rig.environment().syncs();

  const auto again = bench.commit({block});

  BOOST_TEST(again->reply.value_or(false));
  BOOST_TEST(bench.announced().size() == 1u);
  BOOST_TEST(bench.rig.environment().syncs() == syncs);
}

BOOST_AUTO_TEST_CASE(a_block_waits_for_those_between_and_then_both_are_answered) {
  Bench bench;
  const auto first = bench.chain.extend();
  const auto second = bench.chain.extend();

  const auto late = bench.commit({second});
  BOOST_TEST(late->is_open());
  BOOST_TEST(bench.stored_height() == 0u);
  const auto early = bench.commit({first});

  BOOST_TEST(early->reply.value_or(false));
  BOOST_TEST(late->reply.value_or(false));
  BOOST_TEST(bench.stored_height() == 2u);
}

BOOST_AUTO_TEST_CASE(while_batches_are_fetched_no_later_block_overtakes) {
  Bench bench;
  const auto batch = bench.chain.seal(1, {bench.chain.put("key", "value")});
  const auto first = bench.commit({bench.chain.extend({batch})});
  const auto second = bench.commit({bench.chain.extend()});

  BOOST_TEST(first->is_open());
  BOOST_TEST(second->is_open());
  bench.produce({batch});

  BOOST_TEST(first->reply.value_or(false));
  BOOST_TEST(second->reply.value_or(false));
}

BOOST_AUTO_TEST_CASE(a_block_handed_over_twice_while_its_batches_are_fetched_holds_up_nothing) {
  Bench bench;
  const auto batch = bench.chain.seal(1, {bench.chain.put("key", "value")});
  const auto block = bench.chain.extend({batch});
  (void)bench.commit({block});
  const auto again = bench.commit({block});

  bench.produce({batch});
  const auto next = bench.commit({bench.chain.extend()});

  BOOST_TEST(again->reply.value_or(false));
  BOOST_TEST(next->reply.value_or(false));
  BOOST_TEST(bench.announced().size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_block_that_all_others_wait_for_finds_room_however_many_these_are) {
  Bench bench;
  const auto first = bench.chain.extend();
  const auto others = bench.chain.extend_by(troupe::kBlocksWaitingMax + 1, Finality::Descendant);
  const auto last = bench.commit(others);

  const auto asked = bench.commit({first});

  BOOST_TEST(asked->reply.value_or(false));
  BOOST_TEST(bench.stored_height() >= troupe::kBlocksWaitingMax);
  // What found no room is brought again.
  BOOST_TEST(last->is_open());
  (void)bench.commit(others);
  BOOST_TEST(last->reply.value_or(false));
}

BOOST_AUTO_TEST_CASE(a_final_block_whose_batch_nobody_has_stops_the_writer) {
  Bench bench;
  const auto batch = bench.chain.seal(1, {bench.chain.put("key", "value")});
  const auto asked = bench.commit({bench.chain.extend({batch})});

  bench.produce({});

  BOOST_TEST(!asked->reply.has_value());
  BOOST_TEST(bench.rig.end_of(bench.writer).value_or("").find("is missing") != std::string::npos);
  BOOST_TEST(bench.stored_height() == 0u);
}

BOOST_AUTO_TEST_CASE(a_final_block_of_another_chain_stops_the_writer) {
  Bench bench;
  auto block = bench.chain.extend();
  block.header.parent = troupe::crypto::sha256(troupe::as_bytes("another block"));

  const auto asked = bench.commit({block});

  BOOST_TEST(!asked->reply.has_value());
  BOOST_TEST(bench.rig.end_of(bench.writer).value_or("").find("does not follow ours") !=
             std::string::npos);
  BOOST_TEST(bench.stored_height() == 0u);
}

BOOST_AUTO_TEST_CASE(a_state_that_cannot_be_read_stops_the_writer_before_it_writes) {
  Bench bench;
  auto state = troupe::actors::read_chain_state(*bench.rig.chain(), *bench.rig.context()).value();
  state.tree = {Height{0}, troupe::crypto::sha256(troupe::as_bytes("no such tree"))};
  bench.writer = bench.start_from(state);
  const auto batch = bench.chain.seal(1, {bench.chain.put("key", "value")});

  (void)bench.commit({bench.chain.extend({batch})});
  bench.produce({batch});

  BOOST_TEST(bench.rig.end_of(bench.writer).has_value());
  BOOST_TEST(bench.stored_height() == 0u);
  BOOST_TEST(bench.announced().empty());
}

BOOST_AUTO_TEST_CASE(a_block_that_meets_an_altered_value_waits_until_it_is_mended) {
  Bench bench;
  const auto first = bench.chain.seal(1, {bench.chain.put("key", "true")});
  (void)bench.commit({bench.chain.extend({first})});
  bench.produce({first});
  auto& database = *bench.rig.chain()->database();
  const Bytes place = troupe::storage::keys::state_value(
      troupe::crypto::sha256(troupe::ledger::record_state_key("key")), Height{1});
  const Bytes whole = database.get(place).value().value();
  Bytes altered = whole;
  altered.back() ^= 1;
  troupe::storage::WriteSet crime;
  crime.put(place, altered);
  BOOST_REQUIRE(database.commit(crime).ok());

  const auto second = bench.chain.seal(1, {bench.chain.put("key", "newer")});
  const auto asked = bench.commit({bench.chain.extend({second})});
  bench.produce({second});

  BOOST_TEST(bench.stored_height() == 1u);
  BOOST_TEST(!bench.rig.end_of(bench.writer).has_value());
  BOOST_TEST((bench.rig.scrubber->count<troupe::actors::suspect_atom, Height>() == 1u));
  BOOST_TEST(bench.rig.has_logged("waits to be executed until this is mended"));

  troupe::storage::WriteSet mending;
  mending.put(place, whole);
  BOOST_TEST(bench.rig.must_answer<bool>(
      bench.writer,
      troupe::actors::mend_atom_v,
      troupe::actors::Mending{
          std::make_shared<const troupe::storage::WriteSet>(std::move(mending))}));
  bench.produce({second});

  BOOST_TEST(asked->reply.value_or(false));
  BOOST_TEST(bench.stored_height() == 2u);
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_stops_the_writer_and_nobody_hears_of_the_block) {
  Bench bench;
  bench.rig.environment().die();

  const auto asked = bench.commit({bench.chain.extend()});

  BOOST_TEST(!asked->reply.has_value());
  BOOST_TEST(bench.rig.end_of(bench.writer).has_value());
  BOOST_TEST(bench.announced().empty());
}

BOOST_AUTO_TEST_CASE(evidence_is_stored_for_ever_and_once) {
  Bench bench;
  const auto vote_for = [&](const char* name) {
    const auto block = troupe::crypto::sha256(troupe::as_bytes(name));
    return bench.chain.vote(3, VoteKind::Notarize, troupe::View{1}, block);
  };
  const troupe::proof::Accusation accusation =
      troupe::consensus::make_evidence(vote_for("a block"), vote_for("another"));

  bench.rig.tell(bench.writer, accuse_atom_v, accusation);
  bench.rig.tell(bench.writer, accuse_atom_v, accusation);
  bench.writer = nullptr;
  bench.rig.restart(PowerCut::LoseAll);

  const auto stored = bench.rig.chain()->evidence(10);
  BOOST_REQUIRE(stored.ok());
  BOOST_REQUIRE(stored->size() == 1u);
  BOOST_TEST((troupe::proof::decode_accusation(stored->front()).value() == accusation));
}

BOOST_AUTO_TEST_CASE(what_a_block_orders_is_what_lies_between_its_parents_tips_and_its_own) {
  const auto digest = troupe::crypto::sha256(troupe::as_bytes("tip"));
  const std::vector<troupe::consensus::Tip> before{{{0}, {0}, {4}, digest},
                                                   {{2}, {0}, {7}, digest}};
  const std::vector<troupe::consensus::Tip> tips{
      {{0}, {0}, {4}, digest}, {{1}, {0}, {3}, digest}, {{2}, {0}, {9}, digest}};

  const auto ranges = troupe::actors::ordered_ranges(before, tips);

  BOOST_REQUIRE(ranges.size() == 2u);
  BOOST_TEST(ranges[0].count == 3u);
  BOOST_TEST(ranges[1].count == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
