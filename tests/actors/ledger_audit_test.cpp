#include "actors/ledger_audit.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/record.hpp"
#include "tests/actors/stored_ledger.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::AuditParts;
using troupe::actors::HeightAudit;
using troupe::actors::LedgerAudit;
using troupe::ledger::samples::below;
using troupe::ledger::samples::Random;
using troupe::test::Finality;
using troupe::test::StoredLedger;

constexpr std::size_t kValuesAtOnce = 7;

/// A few blocks of every kind, and an audit over them.
struct Bench : StoredLedger {
  Bench() {
    commit("bike/17", "owner=alice");
    commit({chain.put("bike/17", "owner=bob"), chain.put("bike/18", "new")});
    commit({});
    commit({chain.transaction("alice", {troupe::ledger::Note{{1, 2, 3}}}),
            chain.transaction("carol", {troupe::ledger::Retire{"bike/17"}})});
    commit({}, Finality::Descendant);
    commit("bike/19", "last");
    commit({});
    commit({});
  }

  LedgerAudit audit{{rig.context()->root(), rig.context()->electorate()}, rig.chain()};

  HeightAudit check(std::uint64_t height, const AuditParts& parts = {}) {
    auto checked = audit.check(Height{height}, parts);
    BOOST_REQUIRE(checked.ok());
    return std::move(checked).value();
  }

  void write(const HeightAudit& checked) {
    if (!checked.mending.empty()) BOOST_REQUIRE(database().commit(checked.mending).ok());
  }

  /// Audits a height until it is sound, with what peers would give; how much was damaged.
  std::size_t mend(std::uint64_t height) {
    AuditParts parts;
    std::size_t damages = 0;
    for (int round = 0; round < 8; ++round) {
      const HeightAudit checked = check(height, parts);
      if (checked.is_sound()) return damages;
      damages += checked.damages.size();
      if (checked.wants_block) parts.block = blocks[height - 1];
      for (const auto& digest : checked.wants_batches)
        parts.batches[digest] = batches.at(digest);
      write(checked);
    }
    return damages;  // it rests on a later height: the next pass mends it
  }

  /// One whole pass, as the scrubber does it.
  std::size_t mend_all() {
    std::size_t damages = 0;
    for (std::uint64_t height = 1; height <= newest().number; ++height)
      damages += mend(height);
    Bytes next;
    do {
      const auto checked = audit.check_values(next, kValuesAtOnce);
      BOOST_REQUIRE(checked.ok());
      damages += checked->damages.size();
      write(*checked);
    } while (!next.empty());
    return damages;
  }
};

using Alter = std::function<std::optional<Bytes>(const Bytes& value, const Bytes& other)>;

struct Way {
  std::string name;
  Alter alter;
};

std::vector<Way> ways() {
  return {
      {"another byte",
       [](Bytes value, const Bytes&) {
         if (value.empty()) return std::optional<Bytes>{Bytes{1}};
         value[value.size() / 2] ^= 0x40;
         return std::optional<Bytes>{value};
       }},
      {"the end cut off",
       [](Bytes value, const Bytes&) {
         value.resize(value.size() / 2);
         return std::optional<Bytes>{value};
       }},
      {"removed", [](const Bytes&, const Bytes&) { return std::optional<Bytes>{}; }},
      {"exchanged", [](const Bytes&, const Bytes& other) { return std::optional<Bytes>{other}; }}};
}

/// Passes until one finds nothing; true if any found something.
bool mends(Bench& bench) {
  std::size_t passes = 0;
  while (bench.mend_all() > 0)
    BOOST_REQUIRE(++passes < 4u);
  return passes > 0;
}

/// The value of the next entry of the same kind.
Bytes neighbour(const StoredLedger::Entries& entries, StoredLedger::Entries::const_iterator at) {
  const std::uint8_t prefix = at->first[0];
  const auto next = std::next(at);
  if (next != entries.end() && next->first[0] == prefix) return next->second;
  return entries.lower_bound(Bytes{prefix})->second;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ledger_audit_test)

BOOST_AUTO_TEST_CASE(what_the_writer_wrote_is_sound) {
  Bench bench;

  BOOST_TEST(bench.mend_all() == 0u);
  BOOST_TEST(bench.check(2).values > 20u);
}

BOOST_AUTO_TEST_CASE(every_stored_entry_is_mended_to_the_same_bytes_however_it_was_altered) {
  Bench bench;
  const auto whole = bench.entries();
  BOOST_REQUIRE(whole.size() > 60u);

  for (const Way& way : ways()) {
    for (auto entry = whole.begin(); entry != whole.end(); ++entry) {
      const auto altered = way.alter(entry->second, neighbour(whole, entry));
      if (altered == entry->second) continue;
      bench.alter(entry->first, altered);
      BOOST_TEST_CONTEXT(way.name << " under key " << troupe::to_hex(entry->first)) {
        BOOST_TEST(mends(bench));
        BOOST_REQUIRE((bench.entries() == whole));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(several_random_damages_at_once_are_mended_too) {
  Bench bench;
  const auto whole = bench.entries();
  Random random(troupe::ledger::samples::seed());
  BOOST_TEST_MESSAGE("seed " << troupe::ledger::samples::seed());

  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 5; ++i) {
      const auto entry =
          std::next(whole.begin(), static_cast<std::ptrdiff_t>(below(random, whole.size())));
      const auto kinds = ways();
      bench.alter(entry->first,
                  kinds[below(random, kinds.size())].alter(entry->second, neighbour(whole, entry)));
    }
    (void)mends(bench);
    BOOST_REQUIRE((bench.entries() == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_value_that_no_block_wrote_is_taken_away) {
  Bench bench;
  const auto whole = bench.entries();
  const auto digest = troupe::crypto::sha256(troupe::ledger::record_state_key("bike/18"));
  const Bytes value = whole.at(troupe::storage::keys::state_value(digest, Height{2}));

  for (const std::uint64_t version : {3u, 7u, 100u}) {
    bench.alter(troupe::storage::keys::state_value(digest, Height{version}), Bytes{0});
    bench.alter(troupe::storage::keys::state_value(
                    troupe::crypto::sha256(troupe::as_bytes("nothing")), Height{version}),
                value);

    BOOST_TEST(bench.mend_all() == 2u);
    BOOST_TEST((bench.entries() == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_block_that_a_quorum_did_not_sign_is_no_block) {
  Bench bench;
  auto forged = bench.blocks[2];
  forged.header.timestamp.milliseconds += 1;
  troupe::ledger::BlockRecord record = troupe::actors::to_record(forged);
  bench.alter(troupe::storage::keys::block(Height{3}), troupe::ledger::encode(record));

  const HeightAudit checked = bench.check(3);

  BOOST_TEST(checked.wants_block);
  BOOST_REQUIRE(!checked.damages.empty());
  BOOST_TEST(checked.damages.front().starts_with("height 3: the block: "));
}

BOOST_AUTO_TEST_SUITE_END()
