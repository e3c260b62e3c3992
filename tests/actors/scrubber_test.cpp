#include "actors/scrubber.hpp"

#include <algorithm>
#include <chrono>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/record.hpp"
#include "tests/actors/stored_ledger.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Bytes;
using troupe::ByteView;
using troupe::Height;
using troupe::actors::custody_atom;
using troupe::actors::CustodyNews;
using troupe::actors::CustodyNewsPointer;
using troupe::actors::FetchedBatch;
using troupe::actors::FetchedBlock;
using troupe::actors::Mending;
using troupe::actors::Scrubber;
using troupe::actors::ScrubberActor;
using troupe::actors::ScrubQuery;
using troupe::actors::ScrubReport;
using troupe::actors::WantedBatch;
using troupe::actors::WantedBlock;
using troupe::test::StoredLedger;

/// A scrubber over a ledger of five blocks; the writer of the rig's cast is a stand-in.
struct Bench : StoredLedger {
  Bench() {
    for (const char* value : {"1", "2", "3", "4", "5"})
      commit("key", value);
    whole = entries();
    scrubber = rig.spawn<ScrubberActor, Scrubber>(rig.context(), rig.chain(), ScrubReport{});
    rig.meet(scrubber);
  }

  ScrubReport ask(bool now = false) {
    return rig.must_answer<ScrubReport>(scrubber, troupe::actors::scrub_atom_v, ScrubQuery{now});
  }

  /// Writes what the scrubber has the writer write.
  void mend() {
    const auto question = rig.ledger_writer->take<troupe::actors::mend_atom, Mending>();
    BOOST_REQUIRE(database().commit(*question.get().entries).ok());
    rig.answer(*rig.ledger_writer, question, true);
  }

  /// What the admin was told, in order.
  [[nodiscard]] std::vector<CustodyNews> told() const {
    std::vector<CustodyNews> told;
    for (const auto& news : rig.admin->all<custody_atom, CustodyNewsPointer>())
      told.push_back(*news);
    return told;
  }

  static Bytes value_place(std::uint64_t version) {
    return troupe::storage::keys::state_value(
        troupe::crypto::sha256(troupe::ledger::record_state_key("key")), Height{version});
  }

  Entries whole;
  ScrubberActor scrubber;
};

/// The batch's encoding with these bytes in place of its signature.
Bytes with_signature_byte(const troupe::ledger::Batch& batch, std::uint8_t byte) {
  Bytes encoded(batch.encoded().begin(), batch.encoded().end());
  const auto& signature = batch.signed_header().signature.bytes;
  const auto at = std::search(encoded.begin(), encoded.end(), signature.begin(), signature.end());
  BOOST_REQUIRE(at != encoded.end());
  std::fill_n(at, signature.size(), byte);
  return encoded;
}

Bytes without_signature(const troupe::ledger::Batch& batch) {
  return with_signature_byte(batch, 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scrubber_test)

BOOST_AUTO_TEST_CASE(a_sound_ledger_is_walked_and_nothing_is_said) {
  Bench bench;

  (void)bench.ask(true);
  const ScrubReport report = bench.ask();

  BOOST_TEST(report.passes == 1u);
  BOOST_TEST(!report.walking);
  BOOST_TEST(report.height == 5u);
  BOOST_TEST(report.values > 50u);
  BOOST_TEST(report.damaged == 0u);
  BOOST_TEST(!bench.rig.has_logged("ALTERED"));
  BOOST_TEST(bench.told().empty());
}

BOOST_AUTO_TEST_CASE(how_long_ago_the_last_whole_walk_ended_is_said) {
  Bench bench;
  BOOST_TEST(bench.ask().rested_ms == 0u);
  (void)bench.ask(true);
  BOOST_TEST(bench.ask().passes == 1u);

  bench.rig.advance(1500ms);

  BOOST_TEST(bench.ask().rested_ms == 1500u);
}

BOOST_AUTO_TEST_CASE(who_watches_is_told_that_something_was_altered_set_aside_and_mended) {
  Bench bench;
  bench.alter(Bench::value_place(2), Bytes{0});

  (void)bench.ask(true);
  bench.mend();
  (void)bench.ask();

  const auto told = bench.told();
  BOOST_REQUIRE(told.size() == 4u);
  BOOST_TEST((told[0].what == CustodyNews::What::Altered));
  BOOST_TEST(told[0].text.find("ALTERED DATA: height 2") == 0u);
  BOOST_TEST((told[1].what == CustodyNews::What::Quarantined));
  BOOST_TEST((told[2].what == CustodyNews::What::Mended));
  BOOST_TEST(told[2].entries == 1u);
  BOOST_TEST((told[3].what == CustodyNews::What::Whole));
  for (const CustodyNews& news : told)
    BOOST_TEST(news.height.number == 2u);
}

BOOST_AUTO_TEST_CASE(an_altered_value_is_announced_mended_and_counted) {
  Bench bench;
  Bytes value = bench.whole.at(Bench::value_place(2));
  value.back() ^= 1;
  bench.alter(Bench::value_place(2), value);

  (void)bench.ask(true);
  BOOST_TEST(bench.ask().quarantined == 1u);
  bench.mend();

  const ScrubReport report = bench.ask();
  BOOST_TEST(report.passes == 1u);
  BOOST_TEST(report.damaged == 1u);
  BOOST_TEST(report.repaired == 1u);
  BOOST_TEST(report.quarantined == 0u);
  BOOST_REQUIRE(report.findings.size() == 1u);
  BOOST_TEST(report.findings.front().find("the state value") != std::string::npos);
  BOOST_TEST(bench.rig.has_logged("ALTERED DATA: height 2"));
  BOOST_TEST((bench.entries() == bench.whole));
}

BOOST_AUTO_TEST_CASE(a_block_is_asked_of_the_peers_and_a_height_whole_after_it) {
  Bench bench;
  bench.alter(troupe::storage::keys::block(Height{3}), Bytes{1, 2, 3});

  (void)bench.ask(true);
  const auto wanted = bench.rig.synchronizer->take<troupe::actors::fetch_atom, WantedBlock>();
  BOOST_TEST(wanted.get().height.number == 3u);
  bench.rig.answer(*bench.rig.synchronizer, wanted, FetchedBlock{bench.blocks[2]});
  bench.mend();

  BOOST_TEST(bench.ask().quarantined == 0u);
  BOOST_TEST((bench.entries() == bench.whole));
}

BOOST_AUTO_TEST_CASE(a_batch_is_asked_of_the_peers) {
  Bench bench;
  const auto batch = bench.batches.begin()->second;
  bench.alter(troupe::storage::keys::batch(batch->digest()), Bytes{});

  (void)bench.ask(true);
  const auto wanted = bench.rig.synchronizer->take<troupe::actors::fetch_atom, WantedBatch>();
  BOOST_TEST((wanted.get().digest == batch->digest()));
  bench.rig.answer(*bench.rig.synchronizer, wanted, FetchedBatch{batch});
  bench.mend();

  BOOST_TEST(bench.ask().quarantined == 0u);
  BOOST_TEST((bench.entries() == bench.whole));
}

BOOST_AUTO_TEST_CASE(a_batch_that_lacks_only_its_signature_is_no_damage_and_is_completed) {
  Bench bench;
  const auto batch = bench.batches.begin()->second;
  bench.alter(troupe::storage::keys::batch(batch->digest()), without_signature(*batch));

  (void)bench.ask(true);
  const auto wanted = bench.rig.synchronizer->take<troupe::actors::fetch_atom, WantedBatch>();
  BOOST_TEST((wanted.get().digest == batch->digest()));
  BOOST_TEST(bench.ask().quarantined == 0u);
  bench.rig.answer(*bench.rig.synchronizer, wanted, FetchedBatch{batch});
  bench.mend();

  BOOST_TEST(bench.ask().damaged == 0u);
  BOOST_TEST((bench.entries() == bench.whole));
}

BOOST_AUTO_TEST_CASE(a_batch_that_its_author_did_not_sign_is_not_taken_from_a_peer) {
  Bench bench;
  const auto batch = bench.batches.begin()->second;
  bench.alter(troupe::storage::keys::batch(batch->digest()), Bytes{});
  const Bytes forged = with_signature_byte(*batch, 0x5a);
  auto decoded = troupe::ledger::Batch::decode(ByteView(forged));
  BOOST_REQUIRE(decoded.ok());
  BOOST_REQUIRE((decoded->digest() == batch->digest()));

  (void)bench.ask(true);
  const auto wanted = bench.rig.synchronizer->take<troupe::actors::fetch_atom, WantedBatch>();
  bench.rig.answer(*bench.rig.synchronizer,
                   wanted,
                   FetchedBatch{std::make_shared<const troupe::ledger::Batch>(*decoded)});

  BOOST_TEST(bench.ask().quarantined >= 1u);
  BOOST_TEST(bench.ask().repaired == 0u);
}

BOOST_AUTO_TEST_CASE(what_no_peer_gives_stays_in_quarantine_and_the_walk_goes_on) {
  Bench bench;
  bench.alter(troupe::storage::keys::block(Height{5}), std::nullopt);
  bench.alter(troupe::storage::keys::block(Height{5}), Bytes{7});

  (void)bench.ask(true);
  const auto wanted = bench.rig.synchronizer->take<troupe::actors::fetch_atom, WantedBlock>();
  bench.rig.answer(*bench.rig.synchronizer, wanted, FetchedBlock{});

  const ScrubReport report = bench.ask();
  BOOST_TEST(report.passes == 1u);
  BOOST_TEST(report.quarantined == 1u);
  BOOST_TEST(bench.rig.has_logged("height 5 cannot be mended now"));
  BOOST_REQUIRE(!bench.told().empty());
  BOOST_TEST((bench.told().back().what == CustodyNews::What::Unmended));
}

BOOST_AUTO_TEST_CASE(a_suspected_height_is_looked_at_before_the_walk_gets_there) {
  Bench bench;
  bench.alter(Bench::value_place(4), Bytes{0});

  bench.rig.tell(bench.scrubber, troupe::actors::suspect_atom_v, Height{4});
  bench.mend();

  BOOST_TEST(bench.ask().repaired == 1u);
  BOOST_TEST(bench.ask().passes == 0u);
}

BOOST_AUTO_TEST_CASE(at_its_usual_rate_it_walks_by_itself) {
  Bench bench;

  bench.rig.tell(bench.scrubber, troupe::actors::start_atom_v);
  BOOST_TEST(bench.ask().passes == 0u);
  bench.rig.advance(5s);

  BOOST_TEST(bench.ask().passes == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
