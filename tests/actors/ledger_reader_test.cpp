#include "actors/ledger_reader.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/ledger_writer.hpp"
#include "protocol/consensus/sync_message.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace {

using troupe::Height;
using troupe::actors::BatchDigests;
using troupe::actors::BatchList;
using troupe::actors::BatchRanges;
using troupe::actors::BlockQuery;
using troupe::actors::BlocksReport;
using troupe::actors::ByteVector;
using troupe::actors::CommitBlocks;
using troupe::actors::LedgerReader;
using troupe::actors::LedgerReaderActor;
using troupe::actors::LedgerWriter;
using troupe::actors::LedgerWriterActor;
using troupe::actors::RecordQuery;
using troupe::actors::RecordsReport;
using troupe::actors::ServeBlocks;
using troupe::actors::SharedBytes;
using troupe::actors::SubmitReply;
using troupe::actors::TransactionQuery;
using troupe::actors::TransactionReport;
using troupe::consensus::CertifiedBlock;
using troupe::ledger::BatchPointer;
using troupe::ledger::Transaction;
using troupe::test::CastRig;
using troupe::test::Finality;
using troupe::test::SampleChain;

/// A reader beside a writer that puts blocks into the ledger.
struct Bench {
  CastRig rig;
  SampleChain chain{rig.context()};
  LedgerReaderActor reader = rig.spawn<LedgerReaderActor, LedgerReader>(rig.context(), rig.chain());
  LedgerWriterActor writer = start_writer();

  LedgerWriterActor start_writer() {
    const auto state = troupe::actors::read_chain_state(*rig.chain(), *rig.context());
    const auto actor =
        rig.spawn<LedgerWriterActor, LedgerWriter>(rig.context(), rig.chain(), state.value());
    rig.meet(actor);
    return actor;
  }

  void commit(const std::vector<CertifiedBlock>& blocks) {
    const auto asked = rig.ask<bool>(writer, troupe::actors::commit_atom_v, CommitBlocks{blocks});
    BOOST_REQUIRE(asked->reply.value_or(false));
  }

  /// One block that orders one batch of these transactions, which is on disk too.
  BatchPointer commit(const std::vector<Transaction>& transactions) {
    const auto batch = chain.seal(1, transactions);
    BOOST_REQUIRE(
        rig.chain()
            ->hold_batches({{batch->digest(), std::nullopt, troupe::to_bytes(batch->encoded())}})
            .ok());
    const auto asked =
        rig.ask<bool>(writer, troupe::actors::commit_atom_v, CommitBlocks{{chain.extend({batch})}});
    const auto question = rig.mempool->take<troupe::actors::fetch_atom, BatchRanges>();
    rig.answer(*rig.mempool, question, BatchList{{batch}});
    BOOST_REQUIRE(asked->reply.value_or(false));
    return batch;
  }

  std::vector<std::uint64_t> serve(std::uint64_t first, std::uint64_t last) {
    const ServeBlocks request{77, Height{first}, Height{last}};
    const auto encoded =
        rig.must_answer<SharedBytes>(reader, troupe::actors::serve_atom_v, request);
    const auto message = troupe::consensus::decode_sync_message(*encoded);
    BOOST_REQUIRE(message.ok());
    const auto& answer = std::get<troupe::consensus::RunAnswer>(*message);
    BOOST_TEST(answer.request == 77u);
    std::vector<std::uint64_t> heights;
    for (const CertifiedBlock& block : answer.run)
      heights.push_back(block.header.height.number);
    return heights;
  }

  TransactionReport transaction(const ByteVector& id) {
    return rig.must_answer<TransactionReport>(
        reader, troupe::actors::gettx_atom_v, TransactionQuery{id});
  }

  BlocksReport blocks(const BlockQuery& query) {
    return rig.must_answer<BlocksReport>(reader, troupe::actors::blocks_atom_v, query);
  }

  RecordsReport records(const RecordQuery& query) {
    return rig.must_answer<RecordsReport>(reader, troupe::actors::records_atom_v, query);
  }
};

using Heights = std::vector<std::uint64_t>;
using Names = std::vector<std::string>;

ByteVector id_of(const Transaction& transaction) {
  return {transaction.id().bytes.begin(), transaction.id().bytes.end()};
}

Names keys_of(const RecordsReport& report) {
  Names keys;
  for (const auto& record : report.records)
    keys.push_back(record.key);
  return keys;
}

std::string value_of(const troupe::actors::RecordReport& record) {
  return {record.value.begin(), record.value.end()};
}

RecordQuery query_of(const std::string& key, std::uint64_t at_height = 0) {
  RecordQuery query;
  query.key = key;
  query.at_height = at_height;
  return query;
}

RecordQuery prefix_query(const std::string& prefix, std::uint32_t count, std::string after = {}) {
  RecordQuery query = query_of(prefix);
  query.prefix = true;
  query.count = count;
  query.after = std::move(after);
  return query;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ledger_reader_test)

BOOST_AUTO_TEST_CASE(a_peer_is_served_a_run_that_ends_directly_final_at_or_below_what_it_wants) {
  Bench bench;
  bench.commit(bench.chain.extend_by(2, Finality::Descendant));
  bench.commit(bench.chain.extend_by(3, Finality::Descendant));

  BOOST_TEST(bench.serve(1, 5) == (Heights{1, 2, 3, 4, 5}), boost::test_tools::per_element());
  BOOST_TEST(bench.serve(1, 4) == (Heights{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(bench.serve(2, 2) == (Heights{2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_goes_beyond_what_was_wanted_only_to_reach_a_directly_final_block) {
  Bench bench;
  bench.commit(bench.chain.extend_by(4, Finality::Descendant));

  BOOST_TEST(bench.serve(1, 2) == (Heights{1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_request_for_heights_that_are_not_there_gets_an_empty_run) {
  Bench bench;
  bench.commit({bench.chain.extend()});

  BOOST_TEST(bench.serve(2, 9).empty());
  BOOST_TEST(bench.serve(0, 1).empty());
  BOOST_TEST(bench.serve(9, 2).empty());
  BOOST_TEST(bench.serve(UINT64_MAX, UINT64_MAX).empty());
  BOOST_TEST(bench.serve(UINT64_MAX - 3, UINT64_MAX).empty());
  BOOST_TEST(!bench.rig.end_of(bench.reader).has_value());
}

BOOST_AUTO_TEST_CASE(a_run_is_no_longer_than_one_answer_may_be) {
  Bench bench;
  bench.commit(bench.chain.extend_by(troupe::kRunHeightsMax + 8, Finality::Direct));

  BOOST_TEST(bench.serve(1, UINT64_MAX).size() == troupe::kRunHeightsMax);
}

BOOST_AUTO_TEST_CASE(the_outcome_of_a_final_transaction_says_where_and_how_it_was_decided) {
  Bench bench;
  bench.commit({bench.chain.extend()});
  const Transaction other = bench.chain.put("other", "1");
  const Transaction transaction = bench.chain.put("key", "value");
  bench.commit({other, transaction});

  const auto reply = bench.rig.must_answer<SubmitReply>(
      bench.reader,
      troupe::actors::outcome_atom_v,
      BatchDigests{{transaction.id(), bench.chain.put("unheard", "of").id()}});

  BOOST_REQUIRE(reply.outcomes.size() == 2u);
  const auto& outcome = reply.outcomes.front();
  BOOST_TEST(outcome.state == "final");
  BOOST_TEST(outcome.height == 2u);
  BOOST_TEST(outcome.view == 2u);
  BOOST_TEST(outcome.position == 1u);
  BOOST_TEST(outcome.receipt == "applied");
  BOOST_TEST(outcome.validators == 4u);
  BOOST_TEST(outcome.signers == (Names{"n1", "n2", "n3"}), boost::test_tools::per_element());
  BOOST_TEST(outcome.versions == (Heights{1}), boost::test_tools::per_element());
  BOOST_TEST(reply.outcomes.back().state == "unknown");
}

BOOST_AUTO_TEST_CASE(a_transaction_comes_with_its_very_bytes) {
  Bench bench;
  const Transaction transaction = bench.chain.put("key", "value");
  bench.commit({bench.chain.put("other", "1"), transaction});

  const auto report = bench.transaction(id_of(transaction));

  BOOST_TEST(report.outcome.state == "final");
  BOOST_TEST(report.bytes == troupe::to_bytes(transaction.encoded()),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_id_that_is_unknown_or_none_is_answered_as_unknown) {
  Bench bench;

  for (const ByteVector& id : {ByteVector(32, 7), ByteVector(3, 7), ByteVector{}}) {
    const auto report = bench.transaction(id);
    BOOST_TEST(report.outcome.state == "unknown");
    BOOST_TEST((report.outcome.id == id));
    BOOST_TEST(report.bytes.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_final_transaction_whose_batch_is_gone_is_refused_and_the_scrubber_told) {
  Bench bench;
  const Transaction transaction = bench.chain.put("key", "value");
  const auto batch = bench.commit({transaction});
  bench.rig.meet(bench.reader);
  troupe::storage::WriteSet set;
  set.remove(troupe::storage::keys::batch(batch->digest()));
  BOOST_REQUIRE(bench.rig.chain()->database()->remove_lazily(set).ok());

  const auto report = bench.transaction(id_of(transaction));

  BOOST_TEST(report.outcome.reason.code == "damaged");
  BOOST_TEST(report.bytes.empty());
  BOOST_TEST(!bench.rig.end_of(bench.reader).has_value());
  const auto suspects = bench.rig.scrubber->all<troupe::actors::suspect_atom, Height>();
  BOOST_REQUIRE(suspects.size() == 1u);
  BOOST_TEST(suspects.front().number == 1u);
}

BOOST_AUTO_TEST_CASE(an_altered_record_is_refused_though_its_checksum_is_right) {
  Bench bench;
  bench.commit({bench.chain.put("key", "value")});
  bench.commit({bench.chain.put("other", "value")});
  bench.rig.meet(bench.reader);
  const auto digest = troupe::crypto::sha256(troupe::ledger::record_state_key("key"));
  const auto place = troupe::storage::keys::state_value(digest, Height{1});
  auto value = bench.rig.chain()->database()->get(place).value().value();
  value.back() ^= 1;
  troupe::storage::WriteSet set;
  set.put(place, value);
  BOOST_REQUIRE(bench.rig.chain()->database()->commit(set).ok());

  const auto report = bench.records(query_of("key"));

  BOOST_TEST(report.reason.code == "damaged");
  BOOST_TEST(report.records.empty());
  BOOST_TEST(bench.records(query_of("other")).records.size() == 1u);
  const auto suspects = bench.rig.scrubber->all<troupe::actors::suspect_atom, Height>();
  BOOST_REQUIRE(suspects.size() == 1u);
  BOOST_TEST(suspects.front().number == 1u);
}

BOOST_AUTO_TEST_CASE(blocks_are_reported_from_a_height_on_or_the_newest) {
  Bench bench;
  const Transaction transaction = bench.chain.put("key", "value");
  bench.commit({transaction});
  bench.commit(bench.chain.extend_by(2, Finality::Descendant));

  const auto all = bench.blocks({.first = 1, .count = 9});
  const auto newest = bench.blocks({.count = 1, .latest = true});

  BOOST_REQUIRE(all.blocks.size() == 3u);
  const auto& block = all.blocks.front();
  BOOST_TEST(block.height == 1u);
  BOOST_TEST(block.transactions == 1u);
  BOOST_TEST(block.batches == 1u);
  BOOST_TEST(block.leader == "n" + std::to_string(bench.chain.leader(troupe::View{1}) + 1));
  BOOST_TEST(block.directly_final);
  BOOST_TEST((block.transaction_ids == std::vector<ByteVector>{id_of(transaction)}));
  BOOST_TEST((all.blocks[1].parent == block.digest));
  BOOST_TEST((all.blocks[1].state_root == block.state_root));  // it orders nothing
  BOOST_TEST(!all.blocks[1].directly_final);
  BOOST_TEST(all.blocks[1].signers == (Names{"n1", "n2", "n3"}), boost::test_tools::per_element());
  BOOST_REQUIRE(newest.blocks.size() == 1u);
  BOOST_TEST(newest.blocks.front().height == 3u);
}

BOOST_AUTO_TEST_CASE(blocks_that_are_not_there_are_an_empty_report) {
  Bench bench;

  BOOST_TEST(bench.blocks({.count = 1, .latest = true}).blocks.empty());
  bench.commit({bench.chain.extend()});

  BOOST_TEST(bench.blocks({.first = 2, .count = 5}).blocks.empty());
  BOOST_TEST(bench.blocks({.first = UINT64_MAX, .count = 5}).blocks.empty());
  BOOST_TEST(bench.blocks({.first = 0, .count = 5}).blocks.size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_report_holds_a_bounded_number_of_blocks) {
  Bench bench;
  bench.commit(bench.chain.extend_by(troupe::kBlocksPerQueryMax + 4, Finality::Direct));

  const auto report = bench.blocks({.first = 1, .count = UINT32_MAX});

  BOOST_TEST(report.blocks.size() == troupe::kBlocksPerQueryMax);
}

BOOST_AUTO_TEST_CASE(a_record_is_read_as_it_is_or_was_at_a_height) {
  Bench bench;
  bench.commit({bench.chain.put("key", "old")});
  const Transaction change = bench.chain.put("key", "new");
  bench.commit({change});

  const auto newest = bench.records(query_of("key"));
  const auto before = bench.records(query_of("key", 1));

  BOOST_REQUIRE(newest.records.size() == 1u);
  const auto& record = newest.records.front();
  BOOST_TEST(newest.height == 2u);
  BOOST_TEST(record.version == 2u);
  BOOST_TEST(value_of(record) == "new");
  BOOST_TEST(record.height == 2u);
  BOOST_TEST((record.transaction == id_of(change)));
  BOOST_TEST(!record.retired);
  const auto alice = troupe::ledger::samples::public_key_of("alice");
  BOOST_TEST((record.owner == ByteVector(alice.bytes.begin(), alice.bytes.end())));
  BOOST_REQUIRE(before.records.size() == 1u);
  BOOST_TEST(value_of(before.records.front()) == "old");
  BOOST_TEST(before.height == 1u);
}

BOOST_AUTO_TEST_CASE(a_record_that_never_was_is_no_record_and_no_error) {
  Bench bench;
  bench.commit({bench.chain.put("key", "value")});

  const auto report = bench.records(query_of("ke"));

  BOOST_TEST(report.records.empty());
  BOOST_TEST(report.reason.code.empty());
}

BOOST_AUTO_TEST_CASE(a_height_that_is_not_final_yet_is_refused_by_name) {
  Bench bench;
  bench.commit({bench.chain.put("key", "value")});

  const auto report = bench.records(query_of("key", 2));

  BOOST_TEST(report.reason.code == "not-final-yet");
  BOOST_TEST(report.height == 1u);
  BOOST_TEST(report.records.empty());
}

BOOST_AUTO_TEST_CASE(a_history_lists_every_version_oldest_first_to_the_retirement) {
  Bench bench;
  bench.commit({bench.chain.put("key", "one")});
  bench.commit({bench.chain.put("key", "two")});
  bench.commit({bench.chain.transaction("alice", {troupe::ledger::Retire{"key"}})});

  RecordQuery query = query_of("key");
  query.history = true;

  const auto report = bench.records(query);

  BOOST_REQUIRE(report.records.size() == 3u);
  BOOST_TEST(value_of(report.records[0]) == "one");
  BOOST_TEST(value_of(report.records[1]) == "two");
  BOOST_TEST(report.records[2].version == 3u);
  BOOST_TEST(report.records[2].retired);
  BOOST_TEST(!report.more);
}

BOOST_AUTO_TEST_CASE(a_history_that_is_too_long_for_a_report_ends_with_the_newest_and_says_so) {
  Bench bench;
  std::vector<Transaction> transactions;
  for (std::uint8_t i = 0; i < 4; ++i) {
    const std::vector<troupe::ledger::Operation> puts(troupe::kTransactionOperationsMax,
                                                      troupe::ledger::Put{"key", {i}});
    transactions.push_back(bench.chain.transaction("alice", puts));
  }
  bench.commit(transactions);
  RecordQuery query = query_of("key");
  query.history = true;

  const auto report = bench.records(query);

  BOOST_REQUIRE(report.records.size() == troupe::kRecordsPerQueryMax);
  BOOST_TEST(report.records.back().version == 4 * troupe::kTransactionOperationsMax);
  BOOST_TEST(report.more);
}

BOOST_AUTO_TEST_CASE(a_list_comes_in_key_order_page_by_page) {
  Bench bench;
  bench.commit({bench.chain.put("b/2", "x"),
                bench.chain.put("a/1", "x"),
                bench.chain.put("b/1", "x"),
                bench.chain.put("b/3", "x")});

  const auto first = bench.records(prefix_query("b/", 2));
  const auto second = bench.records(prefix_query("b/", 2, "b/2"));

  BOOST_TEST(keys_of(first) == (Names{"b/1", "b/2"}), boost::test_tools::per_element());
  BOOST_TEST(first.more);
  BOOST_TEST(keys_of(second) == (Names{"b/3"}), boost::test_tools::per_element());
  BOOST_TEST(!second.more);
}

BOOST_AUTO_TEST_CASE(a_block_record_that_is_none_is_refused_with_where_it_lies) {
  Bench bench;
  bench.commit({bench.chain.extend()});
  troupe::storage::WriteSet set;
  troupe::storage::put_final_block(
      set, {Height{2}, troupe::crypto::sha256(troupe::as_bytes("junk")), {1, 2, 3}, std::nullopt});
  BOOST_REQUIRE(bench.rig.chain()->database()->commit(set).ok());

  const auto report = bench.blocks({.first = 2, .count = 1});

  BOOST_TEST(report.blocks.empty());
  BOOST_TEST(report.reason.code == "damaged");
  BOOST_TEST(report.reason.message.find("height 2") != std::string::npos);
  BOOST_TEST(!bench.rig.end_of(bench.reader).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
