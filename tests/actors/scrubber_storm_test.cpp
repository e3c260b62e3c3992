#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>

#include "actors/ledger_reader.hpp"
#include "actors/scrubber.hpp"
#include "protocol/ledger/record.hpp"
#include "tests/actors/stored_ledger.hpp"
#include "tests/protocol/ledger/samples.hpp"

// Random damage to a stored ledger while its node runs: its reader is asked all the time, its
// scrubber finds and its writer mends; peers give what only they have. Every altered value gets the
// checksum that belongs to it, as from somebody with full access. TROUPE_DAMAGES=1000 lengthens it.
namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::BlockQuery;
using troupe::actors::BlockReport;
using troupe::actors::blocks_atom_v;
using troupe::actors::BlocksReport;
using troupe::actors::ByteVector;
using troupe::actors::Cast;
using troupe::actors::CastPointer;
using troupe::actors::fetch_atom;
using troupe::actors::FetchedBatch;
using troupe::actors::FetchedBlock;
using troupe::actors::LedgerReader;
using troupe::actors::LedgerReaderActor;
using troupe::actors::meet_atom_v;
using troupe::actors::RecordQuery;
using troupe::actors::RecordReport;
using troupe::actors::records_atom_v;
using troupe::actors::RecordsReport;
using troupe::actors::scrub_atom_v;
using troupe::actors::Scrubber;
using troupe::actors::ScrubberActor;
using troupe::actors::ScrubQuery;
using troupe::actors::ScrubReport;
using troupe::actors::WantedBatch;
using troupe::actors::WantedBlock;
using troupe::ledger::samples::below;
using troupe::ledger::samples::Random;
using troupe::test::StoredLedger;

std::size_t damages() {
  const char* text = std::getenv("TROUPE_DAMAGES");
  return text == nullptr ? 60 : std::strtoull(text, nullptr, 10);
}

std::string text_of(const RecordsReport& report) {
  std::string text;
  for (const RecordReport& record : report.records) {
    text += record.key + " " + std::to_string(record.version) + " " +
            std::to_string(record.height) + " " + std::string(troupe::as_text(record.value)) + "\n";
  }
  return text;
}

std::string text_of(const BlocksReport& report) {
  std::string text;
  for (const BlockReport& block : report.blocks) {
    text += std::to_string(block.height) + " " + troupe::to_hex(block.digest) + " " +
            troupe::to_hex(block.state_root) + " " + std::to_string(block.timestamp_ms);
    for (const ByteVector& id : block.transaction_ids)
      text += " " + troupe::to_hex(id);
    text += "\n";
  }
  return text;
}

/// A node's reader, scrubber and writer over one ledger, and what is true of it.
struct Bench : StoredLedger {
  Bench() {
    for (int i = 0; i < 12; ++i) {
      commit({chain.put("bike/" + std::to_string(i % 4), "owner=" + std::to_string(i)),
              chain.put("car/" + std::to_string(i), "new")});
    }
    commit({});
    whole = entries();
    reader = rig.spawn<LedgerReaderActor, LedgerReader>(rig.context(), rig.chain());
    scrubber = rig.spawn<ScrubberActor, Scrubber>(rig.context(), rig.chain(), ScrubReport{});
    Cast cast = rig.members();
    cast.ledger_reader = reader;
    cast.ledger_writer = writer;
    cast.scrubber = scrubber;
    introduce(cast);
    for (const std::string& question : questions())
      truth[question] = *ask(question);
  }

  void introduce(const Cast& cast) {
    const CastPointer shared = std::make_shared<const Cast>(cast);
    BOOST_REQUIRE(rig.must_answer<bool>(reader, meet_atom_v, shared));
    BOOST_REQUIRE(rig.must_answer<bool>(scrubber, meet_atom_v, shared));
  }

  static std::vector<std::string> questions() {
    std::vector<std::string> all{"record none"};
    for (int i = 0; i < 4; ++i) {
      all.push_back("record bike/" + std::to_string(i));
      all.push_back("history bike/" + std::to_string(i));
    }
    for (int i = 0; i < 12; ++i)
      all.push_back("record car/" + std::to_string(i));
    for (int height = 1; height <= 13; ++height)
      all.push_back("block " + std::to_string(height));
    return all;
  }

  /// The node's answer as text; nothing if it refuses.
  std::optional<std::string> ask(const std::string& question) {
    const std::size_t space = question.find(' ');
    const std::string what = question.substr(space + 1);
    if (question.starts_with("block")) {
      BlockQuery query;
      query.first = std::stoull(what);
      const auto report = rig.must_answer<BlocksReport>(reader, blocks_atom_v, query);
      if (report.reason.code == "damaged") return std::nullopt;
      return text_of(report);
    }
    RecordQuery query;
    query.key = what;
    query.history = question.starts_with("history");
    const auto report = rig.must_answer<RecordsReport>(reader, records_atom_v, query);
    if (report.reason.code == "damaged") return std::nullopt;
    return text_of(report);
  }

  /// A client that asks everything: each answer is the truth or a refusal.
  void read_all() {
    for (const std::string& question : questions()) {
      const auto answer = ask(question);
      ++answers;
      if (!answer) ++refusals;
      if (answer) BOOST_REQUIRE_EQUAL(*answer, truth.at(question));
    }
  }

  /// One pass of the scrubber. Peers give what they are asked for; the client reads in between.
  void scrub() {
    (void)rig.must_answer<ScrubReport>(scrubber, scrub_atom_v, ScrubQuery{true});
    while (give_block() || give_batch())
      read_all();
  }

  bool give_block() {
    if (rig.synchronizer->count<fetch_atom, WantedBlock>() == 0) return false;
    const auto wanted = rig.synchronizer->take<fetch_atom, WantedBlock>();
    rig.answer(*rig.synchronizer, wanted, FetchedBlock{blocks.at(wanted.get().height.number - 1)});
    return true;
  }

  bool give_batch() {
    if (rig.synchronizer->count<fetch_atom, WantedBatch>() == 0) return false;
    const auto wanted = rig.synchronizer->take<fetch_atom, WantedBatch>();
    const auto found = batches.find(wanted.get().digest);
    rig.answer(
        *rig.synchronizer, wanted, FetchedBatch{found == batches.end() ? nullptr : found->second});
    return true;
  }

  Entries whole;
  LedgerReaderActor reader;
  ScrubberActor scrubber;
  std::map<std::string, std::string> truth;
  std::size_t answers = 0;
  std::size_t refusals = 0;
};

using Entry = StoredLedger::Entries::const_iterator;

/// What somebody makes of a value; nothing if it is taken away.
using Way = std::optional<Bytes> (*)(Random& random, const Bytes& value, const Bytes& other);

constexpr Way kWays[] = {
    [](Random& random, const Bytes& value, const Bytes&) {
      Bytes flipped = value.empty() ? Bytes{0} : value;
      flipped[below(random, flipped.size())] ^= static_cast<std::uint8_t>(1U << below(random, 8));
      return std::optional(flipped);
    },
    [](Random& random, const Bytes& value, const Bytes&) {
      Bytes cut = value;
      cut.resize(value.empty() ? 1 : below(random, value.size()));
      return std::optional(cut);
    },
    // Of the same kind and older or newer: exchanged, or rolled back.
    [](Random&, const Bytes&, const Bytes& other) { return std::optional(other); },
    [](Random&, const Bytes&, const Bytes&) { return std::optional<Bytes>(); }};

/// An entry of a random kind, each kind as likely.
Entry random_entry(Random& random, const StoredLedger::Entries& entries) {
  const std::string kinds = "bfydRtvknrp";
  while (true) {
    const auto kind = static_cast<std::uint8_t>(kinds[below(random, kinds.size())]);
    const auto first = entries.lower_bound(Bytes{kind});
    const auto end = entries.lower_bound(Bytes{static_cast<std::uint8_t>(kind + 1)});
    const auto count = static_cast<std::size_t>(std::distance(first, end));
    if (count > 0) return std::next(first, static_cast<std::ptrdiff_t>(below(random, count)));
  }
}

const Bytes& other_of_its_kind(Random& random, const StoredLedger::Entries& entries, Entry entry) {
  for (int tries = 0; tries < 1000; ++tries) {
    const Entry other = random_entry(random, entries);
    if (other->first[0] == entry->first[0]) return other->second;
  }
  return entry->second;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scrubber_storm_test)

BOOST_AUTO_TEST_CASE(whatever_is_altered_is_found_and_mended_and_no_client_is_told_a_lie) {
  Bench bench;
  Random random(troupe::ledger::samples::seed());
  BOOST_TEST_MESSAGE("seed " << troupe::ledger::samples::seed());
  std::map<char, std::size_t> altered;

  for (std::size_t done = 0; done < damages(); ++done) {
    const Entry entry = random_entry(random, bench.whole);
    const Way way = kWays[below(random, std::size(kWays))];
    const auto value = way(random, entry->second, other_of_its_kind(random, bench.whole, entry));
    if (value == entry->second) continue;
    bench.alter(entry->first, value);
    ++altered[static_cast<char>(entry->first[0])];
    BOOST_TEST_CONTEXT("damage " << done << " under key " << troupe::to_hex(entry->first)) {
      bench.read_all();
      for (int pass = 0; pass < 4 && bench.entries() != bench.whole; ++pass)
        bench.scrub();
      BOOST_REQUIRE((bench.entries() == bench.whole));
      bench.scrub();  // so that nothing is in quarantine any more
      bench.read_all();
    }
  }

  const auto report =
      bench.rig.must_answer<ScrubReport>(bench.scrubber, scrub_atom_v, ScrubQuery{});
  BOOST_TEST(report.quarantined == 0u);
  BOOST_TEST(report.repaired > 0u);
  BOOST_TEST(altered.size() > 8u);
  for (const auto& [kind, count] : altered)
    BOOST_TEST_MESSAGE(kind << ": " << count << " altered");
  BOOST_TEST_MESSAGE(bench.answers << " answers, " << bench.refusals << " of them refusals");
}

BOOST_AUTO_TEST_SUITE_END()
