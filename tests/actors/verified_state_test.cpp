#include "actors/verified_state.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/record.hpp"
#include "tests/actors/stored_ledger.hpp"

namespace {

using troupe::Bytes;
using troupe::Height;
using troupe::actors::VerifiedState;
using troupe::test::StoredLedger;

struct Bench : StoredLedger {
  Bench() {
    commit("key", "old");
    commit("key", "new");
    commit("other", "value");
  }

  [[nodiscard]] bool is_readable(const std::string& key, std::uint64_t height) {
    const troupe::storage::StateStore store(rig.chain()->database());
    const troupe::storage::StoredTree tree(rig.chain()->database());
    return VerifiedState(store, tree, Height{height})
        .value(troupe::ledger::record_state_key(key))
        .ok();
  }

  static Bytes place(const std::string& key, std::uint64_t version) {
    return troupe::storage::keys::state_value(
        troupe::crypto::sha256(troupe::ledger::record_state_key(key)), Height{version});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verified_state_test)

BOOST_AUTO_TEST_CASE(values_and_their_absence_are_read_at_every_height) {
  Bench bench;

  for (std::uint64_t height = 0; height <= 3; ++height) {
    BOOST_TEST(bench.is_readable("key", height));
    BOOST_TEST(bench.is_readable("never", height));
  }
}

BOOST_AUTO_TEST_CASE(an_altered_added_or_removed_value_is_never_handed_out) {
  Bench bench;
  const Bytes old_value = bench.database().get(Bench::place("key", 1)).value().value();
  Bytes altered = bench.database().get(Bench::place("key", 2)).value().value();
  altered.back() ^= 1;

  bench.alter(Bench::place("key", 2), altered);
  BOOST_TEST(!bench.is_readable("key", 3));
  bench.alter(Bench::place("key", 2), std::nullopt);  // rolled back
  BOOST_TEST(!bench.is_readable("key", 3));
  bench.alter(Bench::place("key", 2), Bytes{0});  // said to be gone
  BOOST_TEST(!bench.is_readable("key", 3));
  bench.alter(Bench::place("never", 2), old_value);
  BOOST_TEST(!bench.is_readable("never", 3));
  BOOST_TEST(bench.is_readable("key", 1));
  BOOST_TEST(bench.is_readable("other", 3));
}

BOOST_AUTO_TEST_CASE(a_root_that_was_altered_makes_nothing_readable) {
  Bench bench;
  bench.alter(troupe::storage::keys::state_root(Height{3}), Bytes(32, 7));

  BOOST_TEST(!bench.is_readable("key", 3));
  BOOST_TEST(!bench.is_readable("never", 3));
}

BOOST_AUTO_TEST_SUITE_END()
