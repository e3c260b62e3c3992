#include "actors/chain_state.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/state_node.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::ChainState;
using troupe::consensus::CertifiedBlock;
using troupe::crypto::Digest;
using troupe::storage::StorageErrorKind;
using troupe::test::CastRig;
using troupe::test::Finality;
using troupe::test::SampleChain;

Digest named(std::string_view name) {
  return troupe::crypto::sha256(troupe::as_bytes(name));
}

/// A ledger of three blocks, of which the second is the last that is directly final.
struct Bench {
  CastRig rig;
  SampleChain chain{rig.context()};
  std::vector<CertifiedBlock> blocks;
  ChainState state;

  void store_three() {
    state = read().value();
    add(chain.extend());
    add(chain.extend());
    state.final_header = blocks[1].header;
    state.final_history = chain.history();
    state.finalization = blocks[1].finalization;
    add(chain.extend({}, Finality::Descendant));
    state.history = chain.history();
    state.tree = {Height{3}, named("tree")};
    state.last_ordering = Height{2};
    troupe::storage::WriteSet set;
    troupe::actors::put_chain_state(set, state);
    commit(set);
  }

  void add(const CertifiedBlock& block) {
    troupe::ledger::BlockRecord record = troupe::actors::to_record(block);
    record.state_root = named("state of " + std::to_string(block.header.height.number));
    troupe::storage::WriteSet set;
    troupe::storage::put_final_block(set,
                                     {block.header.height,
                                      troupe::consensus::digest(block.header),
                                      troupe::ledger::encode(record),
                                      std::nullopt});
    commit(set);
    blocks.push_back(block);
    state.newest = block.header;
  }

  void commit(const troupe::storage::WriteSet& set) {
    BOOST_REQUIRE(rig.chain()->database()->commit(set).ok());
  }

  troupe::storage::Stored<ChainState> read() {
    return troupe::actors::read_chain_state(*rig.chain(), *rig.context());
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(chain_state_test)

BOOST_AUTO_TEST_CASE(an_empty_ledger_stands_at_the_root_block) {
  Bench bench;

  const auto state = bench.read();

  BOOST_REQUIRE(state.ok());
  BOOST_TEST((state->newest == bench.rig.context()->root()));
  BOOST_TEST((state->final_header == bench.rig.context()->root()));
  BOOST_TEST((state->history == bench.chain.history()));
  BOOST_TEST((state->final_history == bench.chain.history()));
  BOOST_TEST(!state->finalization.has_value());
  BOOST_TEST(state->last_ordering.number == 0u);
}

BOOST_AUTO_TEST_CASE(a_ledger_is_read_back_as_it_was_put) {
  Bench bench;
  bench.store_three();

  const auto state = bench.read();

  BOOST_REQUIRE(state.ok());
  BOOST_TEST((state->newest == bench.blocks[2].header));
  BOOST_TEST((state->history == bench.state.history));
  BOOST_TEST((state->tree.version == Height{3}));
  BOOST_TEST((state->tree.root == named("tree")));
  BOOST_TEST((state->last_ordering == Height{2}));
  BOOST_TEST((state->final_header == bench.blocks[1].header));
  BOOST_TEST((state->final_history == bench.state.final_history));
  BOOST_TEST((state->finalization == bench.blocks[1].finalization));
}

BOOST_AUTO_TEST_CASE(blocks_without_a_chain_state_are_corrupt) {
  Bench bench;
  bench.add(bench.chain.extend());

  const auto state = bench.read();

  BOOST_REQUIRE(!state.ok());
  BOOST_TEST((state.error().kind == StorageErrorKind::Corrupt));
  BOOST_TEST(state.error().detail == "the chain state is missing");
}

BOOST_AUTO_TEST_CASE(a_chain_state_that_is_none_is_corrupt) {
  Bench bench;
  bench.store_three();
  troupe::storage::WriteSet set;
  troupe::storage::put_meta(set, "chain-state", Bytes{1, 2, 3});
  bench.commit(set);

  const auto state = bench.read();

  BOOST_REQUIRE(!state.ok());
  BOOST_TEST(state.error().detail == "the chain state cannot be decoded");
}

BOOST_AUTO_TEST_CASE(a_missing_block_is_corrupt_and_named_by_its_height) {
  Bench bench;

  const auto record = troupe::actors::read_block(*bench.rig.chain(), Height{7});

  BOOST_REQUIRE(!record.ok());
  BOOST_TEST((record.error().kind == StorageErrorKind::Corrupt));
  BOOST_TEST(record.error().detail == "the block of height 7 is missing");
}

BOOST_AUTO_TEST_CASE(a_block_keeps_all_its_certificates_on_its_way_through_a_record) {
  CastRig rig;
  SampleChain chain(rig.context());
  CertifiedBlock direct = chain.extend();
  direct.nullifications = {
      chain.certify(troupe::consensus::VoteKind::Nullify, troupe::View{3}, {}),
      chain.certify(troupe::consensus::VoteKind::Nullify, troupe::View{4}, {})};
  CertifiedBlock bare = chain.extend({}, Finality::Descendant);
  bare.notarization.reset();

  for (const CertifiedBlock& block : {direct, bare}) {
    const auto back = troupe::actors::to_block(troupe::actors::to_record(block));
    BOOST_REQUIRE(back.ok());
    BOOST_TEST((*back == block));
  }
}

BOOST_AUTO_TEST_CASE(a_record_whose_header_or_certificate_is_none_is_corrupt) {
  CastRig rig;
  SampleChain chain(rig.context());
  const auto good = troupe::actors::to_record(chain.extend());
  for (auto part : {&troupe::ledger::BlockRecord::header,
                    &troupe::ledger::BlockRecord::notarization,
                    &troupe::ledger::BlockRecord::finalization}) {
    auto bad = good;
    (bad.*part).push_back(0);

    const auto block = troupe::actors::to_block(bad);

    BOOST_REQUIRE(!block.ok());
    BOOST_TEST((block.error().kind == StorageErrorKind::Corrupt));
  }
}

BOOST_AUTO_TEST_CASE(consensus_is_told_every_state_root_from_the_executed_height_on) {
  Bench bench;
  bench.store_three();

  const auto all =
      troupe::actors::read_executed_roots(*bench.rig.chain(), *bench.rig.context(), bench.state);
  ChainState later = bench.state;
  later.final_header.executed_height = Height{2};
  const auto some =
      troupe::actors::read_executed_roots(*bench.rig.chain(), *bench.rig.context(), later);

  BOOST_REQUIRE(all.ok());
  BOOST_REQUIRE(all->size() == 4u);
  BOOST_TEST(((*all)[0].root == bench.rig.context()->root().executed_root));
  BOOST_TEST(((*all)[3].root == named("state of 3")));
  BOOST_REQUIRE(some.ok());
  BOOST_REQUIRE(some->size() == 2u);
  BOOST_TEST((some->front().height == Height{2}));
  BOOST_TEST((some->front().root == named("state of 2")));
}

BOOST_AUTO_TEST_SUITE_END()
