#include "actors/state_walk.hpp"

#include <boost/test/unit_test.hpp>

#include "actors/snapshots.hpp"
#include "protocol/ledger/record.hpp"
#include "tests/actors/stored_ledger.hpp"

// What becomes of the findings: scrubber_pruned_test.cpp.
namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::StateStep;
using troupe::actors::StateWalk;
using troupe::test::StoredLedger;

struct Bench : StoredLedger {
  Bench() {
    for (int i = 0; i < 6; ++i)
      commit("key " + std::to_string(i), "value");
  }

  /// All steps of a walk over the newest state in one.
  StateStep walk_all() {
    StateStep all;
    BOOST_REQUIRE(walk.begin(StateWalk::Which::Newest).ok());
    while (!walk.is_done()) {
      const auto step = walk.step();
      BOOST_REQUIRE(step.ok());
      all.values += step->values;
      all.damages.insert(all.damages.end(), step->damages.begin(), step->damages.end());
      if (step->damaged) all.damaged = step->damaged;
    }
    return all;
  }

  static Bytes value_place(const std::string& key, std::uint64_t version) {
    return troupe::storage::keys::state_value(
        troupe::crypto::sha256(troupe::ledger::record_state_key(key)), Height{version});
  }

  StateWalk walk{rig.chain()};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(state_walk_test)

BOOST_AUTO_TEST_CASE(every_value_of_the_newest_agreed_state_is_compared) {
  Bench bench;

  const StateStep all = bench.walk_all();

  BOOST_TEST(bench.walk.height().number == 5u);  // the sixth is exposed by nobody yet
  BOOST_TEST(all.values == 10u);                 // a record and the root of the receipts each
  BOOST_TEST(all.damages.empty());
}

BOOST_AUTO_TEST_CASE(an_altered_and_a_missing_value_damage_the_part_they_are_in) {
  for (const auto& value : {std::optional(Bytes{1, 2, 3}), std::optional<Bytes>{}}) {
    Bench bench;
    bench.alter(Bench::value_place("key 2", 3), value);

    const StateStep all = bench.walk_all();

    BOOST_TEST(all.damages.size() == 1u);
    BOOST_TEST(all.damaged.has_value());
  }
}

BOOST_AUTO_TEST_CASE(only_the_right_part_at_the_right_path_is_taken_from_a_peer) {
  Bench bench;
  BOOST_REQUIRE(bench.walk.begin(StateWalk::Which::Newest).ok());
  const troupe::actors::Snapshots snapshots(bench.rig.context(), bench.rig.chain());
  Bytes part = *snapshots.answer(troupe::ledger::PartQuestion{Height{5}, {}});
  const auto& root = bench.walk.root();

  BOOST_TEST(StateWalk::is_part(part, {}, root));
  BOOST_TEST(!StateWalk::is_part(part, troupe::ledger::NibblePath{}.child(1), root));
  BOOST_TEST(!StateWalk::is_part({}, {}, root));
  part.back() ^= 1;
  BOOST_TEST(!StateWalk::is_part(part, {}, root));
}

BOOST_AUTO_TEST_SUITE_END()
